/* Barcodes (GTIN): 8, 12, 13 and 14 digits are one number, with more or fewer zeros in front. */
#ifndef STOCKFOLD_API_BARCODE_H
#define STOCKFOLD_API_BARCODE_H

#include "stockfold/base/arena.h"
#include "stockfold/core/str.h"

enum { BARCODE_FORMS = 4 };

/* Whether it is digits, and as many as barcodes have. */
bool barcode_is(struct str text);
/* Of two barcodes. */
bool barcode_equal(struct str a, struct str b);
/* All forms of a barcode. Returns how many. */
size_t barcode_forms(struct str barcode, struct arena *arena, struct str ret_forms[BARCODE_FORMS]);

#endif
