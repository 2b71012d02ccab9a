/* Filling errors. Not responsible for printing them, but for the one that nobody can recover from. */
#include "stockfold/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int error_set(struct error *error, enum error_code code, const char *format, ...)
{
    if (error->code != ERROR_NONE)
        return code;
    error->code = code;
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    return code;
}

void error_out_of_memory(void)
{
    fputs("stockfold: out of memory\n", stderr);
    abort();
}
