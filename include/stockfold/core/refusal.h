/* Why an event is refused: the words of the `reason` header and of the counters. */
#ifndef STOCKFOLD_CORE_REFUSAL_H
#define STOCKFOLD_CORE_REFUSAL_H

enum refusal {
    REFUSAL_NONE,
    REFUSAL_MALFORMED,
    REFUSAL_MISSING_FIELD,
    REFUSAL_WRONG_TYPE,
    REFUSAL_OUT_OF_RANGE,
    REFUSAL_UNKNOWN_TYPE,
    REFUSAL_BAD_TIME,
    REFUSAL_FUTURE,
    REFUSAL_LATE,
    REFUSAL_NOT_STAMPED,
    REFUSALS
};

/* Bytes of the sentence that says more, of one document: zero-terminated UTF-8 in which every character can be seen. It
 * names the field, the value seen there, shortened, and the expected one. */
enum { REFUSAL_DETAIL_MAX = 256 };

/* One row a reason: its name in headers and metrics, and what it means, for help and documentation. */
struct refusal_text {
    const char *name, *meaning;
};
extern const struct refusal_text refusal_texts[REFUSALS];

#endif
