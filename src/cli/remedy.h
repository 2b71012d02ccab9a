/* What to do about a server that cannot be used. */
#ifndef STOCKFOLD_SRC_CLI_REMEDY_H
#define STOCKFOLD_SRC_CLI_REMEDY_H

#include "stockfold/base/error.h"

/* Such as "start it, or set redis.url", to stand behind the error's text; NULL: nothing is known, or it says so itself. */
const char *remedy_of(const struct error *error);

#endif
