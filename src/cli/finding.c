/* Lines of `setup` and `check`: ok, warn or FAIL, and what about it. */
#include "stockfold/cli/finding.h"

#include <stdarg.h>
#include <stdio.h>

void finding_print(void *context, enum finding finding, const char *text)
{
    (void)context;
    static const char *const words[] = {[FINDING_OK] = "ok", [FINDING_WARN] = "warn", [FINDING_FAIL] = "FAIL"};
    printf("%-5s %s\n", words[finding], text);
}

void finding_line(enum finding finding, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    finding_print(NULL, finding, text);
}
