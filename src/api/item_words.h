/* GET /v1/items?q=: items by words. */
#ifndef STOCKFOLD_API_ITEM_WORDS_H
#define STOCKFOLD_API_ITEM_WORDS_H

#include "call.h"

enum api_next item_words_answer(struct api_call *call);

#endif
