/* What requests there are, what they take and what can go wrong, for people and for programs: written from the tables
 * of routes, parameters and problems that dispatch and checks use. */
#ifndef STOCKFOLD_API_REFERENCE_H
#define STOCKFOLD_API_REFERENCE_H

#include "stockfold/base/buffer.h"

/* Markdown tables; the README has them. */
void api_write_reference(struct buffer *out);

/* The OpenAPI 3.1 document that /openapi.json answers. */
void api_write_openapi(struct buffer *out);

#endif
