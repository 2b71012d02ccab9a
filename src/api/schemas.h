/* The schemas of bodies and answers (schemas.json), as the build embeds them. */
#ifndef STOCKFOLD_API_SCHEMAS_H
#define STOCKFOLD_API_SCHEMAS_H

#include <stddef.h>

extern const char schemas_json[];
extern const size_t schemas_json_len;

#endif
