/* GET /v1/items?sku=: items by their skus. */
#ifndef STOCKFOLD_API_ITEM_SEVERAL_H
#define STOCKFOLD_API_ITEM_SEVERAL_H

#include "call.h"

/* Every sku in the order asked, on one page; one that nobody knows has the status unknown. */
enum api_next item_several_answer(struct api_call *call);

#endif
