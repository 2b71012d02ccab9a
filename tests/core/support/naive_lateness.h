/* What is taken, straight from the contract, "Late": a function of the log alone. Shares no code with core/lateness.h. */
#ifndef NAIVE_LATENESS_H
#define NAIVE_LATENESS_H

#include "driver.h"

/* ret_taken[i] says whether messages[i] of a whole log is taken. */
void naive_taken(const struct message *messages, size_t messages_n, int64_t window_ms, int64_t history_ms,
                 bool *ret_taken);

#endif
