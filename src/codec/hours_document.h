/* Opening hours in node documents: {"mon":["10:00-22:00"],...} by weekday, {"2026-12-25":[],...} by day. */
#ifndef STOCKFOLD_CODEC_HOURS_DOCUMENT_H
#define STOCKFOLD_CODEC_HOURS_DOCUMENT_H

#include <jansson.h>

#include "stockfold/base/arena.h"
#include "stockfold/core/node.h"

bool hours_are_weekly(const json_t *value);
bool hours_are_daily(const json_t *value);

/* Both as accepted above, or NULL. */
void hours_document_read(const json_t *weekly, const json_t *daily, struct arena *arena,
                         struct opening_hours *ret_hours);

#endif
