/* GET /v1/availability?summary=style: the part of availability_answer() that answers styles. */
#ifndef STOCKFOLD_API_AVAILABILITY_STYLES_H
#define STOCKFOLD_API_AVAILABILITY_STYLES_H

#include "call.h"

/* At least one style and one node are given, and no sku. */
enum api_next availability_styles_answer(struct api_call *call);

#endif
