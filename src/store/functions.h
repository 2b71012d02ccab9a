/* The source of the function library (functions.lua), as the build embeds it. */
#ifndef STOCKFOLD_STORE_FUNCTIONS_H
#define STOCKFOLD_STORE_FUNCTIONS_H

#include <stddef.h>

extern const char functions_lua[];
extern const size_t functions_lua_len;

#endif
