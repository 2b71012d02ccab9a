/* Where a search by words stands, also between two pages. */
#ifndef STOCKFOLD_SRC_API_WORD_POSITION_H
#define STOCKFOLD_SRC_API_WORD_POSITION_H

#include "call.h"
#include "stockfold/codec/words.h"

/* Where a search stands: behind the item `sku` of `word`, which is of the term `term` of the query's word `driver`. Term
 * 0 is what the whole query names. In a cursor: driver and term as a byte each, word, zero byte, sku. */
struct word_position {
    size_t driver, term;
    struct str word, sku;
};

/* That of the request's cursor; the beginning where there is none, or none of ours. */
struct word_position word_position_parse(struct api_call *call, const struct word_query *query);
/* For call_write_next(); in the call's arena. */
struct str word_position_cursor(struct api_call *call, const struct word_position *position);
/* In the order of a search, of one driver. */
int word_position_compare(const struct word_position *a, const struct word_position *b);

#endif
