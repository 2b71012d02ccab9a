/* Lines of `setup` and `check` on stdout: "ok    redis ...", "warn  ...", "FAIL  ...". */
#ifndef STOCKFOLD_CLI_FINDING_H
#define STOCKFOLD_CLI_FINDING_H

#include "stockfold/ingest/topics.h"

/* A topics_report_fn. */
void finding_print(void *context, enum finding finding, const char *text);

void finding_line(enum finding finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
