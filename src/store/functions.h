/* The function libraries, as the build embeds them: src/store/functions, one file behind the other. */
#ifndef STOCKFOLD_STORE_FUNCTIONS_H
#define STOCKFOLD_STORE_FUNCTIONS_H

#include "stockfold/core/str.h"

enum { FUNCTION_LIBRARIES = 2 };
extern const struct str function_libraries[FUNCTION_LIBRARIES];

#endif
