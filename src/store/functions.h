/* The function library, as the build embeds it: src/store/functions, one file behind the other. */
#ifndef STOCKFOLD_STORE_FUNCTIONS_H
#define STOCKFOLD_STORE_FUNCTIONS_H

#include <stddef.h>

extern const char functions_lua[];
extern const size_t functions_lua_len;

#endif
