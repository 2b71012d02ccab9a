/* Which refusal of each message is the newest. A message is refused again by whoever folds its log anew. */
#ifndef STOCKFOLD_SRC_INGEST_NEWEST_LETTERS_H
#define STOCKFOLD_SRC_INGEST_NEWEST_LETTERS_H

#include "stockfold/ingest/letters.h"

/* Where a letter lies in the topic of refused messages. */
struct letter_position {
    int64_t at_ms; /* Kafka time */
    int32_t partition;
    int64_t offset;
};

/* All zero is empty. */
struct newest_letters {
    void *root; /* tsearch's */
};

void newest_letters_note(struct newest_letters *newest, const struct refused_letter *letter,
                         const struct letter_position *position);
/* Whether the letter there is the newest that was noted of its message; one that does not say its message's place always
 * is. */
bool newest_letters_has(const struct newest_letters *newest, const struct refused_letter *letter,
                        const struct letter_position *position);
void newest_letters_done(struct newest_letters *newest);

#endif
