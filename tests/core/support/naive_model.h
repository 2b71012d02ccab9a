/* The meaning of events, written down a second time and as plainly as possible, from the event reference alone.
 *
 * Shares no code with the fold, only struct event. Slow on purpose: every step searches everything. */
#ifndef NAIVE_MODEL_H
#define NAIVE_MODEL_H

#include "stockfold/core/event.h"

enum { NAIVE_TEXT_MAX = 16384 };

/* Folds all events of one record, in any order, and prints the record (see record_text in driver.h) to ret_text. */
void naive_text(const struct event *const *events, size_t events_n, char ret_text[NAIVE_TEXT_MAX]);

#endif
