/* Bounds of everything that comes from outside: how long, how many, how great. Each bound is here once.
 *
 * Decoders refuse values beyond them, help and schemas print them, and readers of stored events and documents can rely
 * on them. Lengths are in bytes of UTF-8; a text that is there has at least one, unless it is said. */
#ifndef STOCKFOLD_CORE_BOUNDS_H
#define STOCKFOLD_CORE_BOUNDS_H

#include <stdint.h>

enum {
    BOUND_ID = 128, /* of an event, unique for its source */
    BOUND_SOURCE = 64,
    BOUND_SKU = 64,
    BOUND_NODE = 64,
    BOUND_PLACE_COMPONENT = 64, /* a floor, zone, aisle, bay, shelf or position */
    BOUND_REF = 128,
    BOUND_RESERVATION = 64,
    BOUND_REASON = 200,
    BOUND_LINES = 1000, /* of one count */

    BOUND_STYLE = 64,
    BOUND_TITLE = 1000, /* this and the following ones may be empty */
    BOUND_COLOR = 64,
    BOUND_SIZE = 64,
    BOUND_CATEGORY = 200,
    BOUND_LABEL = 200,      /* of a promotion */
    BOUND_LANGUAGE_MIN = 2, /* a tag: en, es-MX */
    BOUND_LANGUAGE = 35,
    BOUND_IMAGE = 2000,
    BOUND_NAME = 200, /* of a node, a floor or a zone, as people read it */
    BOUND_ADDRESS = 500,
    BOUND_TIME_ZONE = 64,
    BOUND_AMOUNT = 20, /* digits and point of a price */

    BOUND_DEPTH = 32, /* levels of objects and arrays in a document */
};

/* Units of an event or a line, to come, or withheld; `adjusted` and the total of a node may be as far below 0. */
#define BOUND_QTY INT64_C(1000000000)
/* 2^53 - 1: the greatest that every JSON reader keeps exactly. */
#define BOUND_SEQ INT64_C(9007199254740991)
/* Times: from 1970-01-01T00:00:00Z, which is 0, to 2100-12-31T23:59:59.999Z. */
#define BOUND_TIME_MS INT64_C(4133980799999)

#endif
