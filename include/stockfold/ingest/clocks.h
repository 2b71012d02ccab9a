/* Compares clocks, for `check`: of the brokers with each other, since history is judged by their stamps, and of this host
 * with them, since lags are shown by it. */
#ifndef STOCKFOLD_INGEST_CLOCKS_H
#define STOCKFOLD_INGEST_CLOCKS_H

#include "stockfold/ingest/topics.h"

/* Has each broker that leads a partition of the clock's topic stamp one tiny message; reports, as warnings, a host's clock
 * that is off by more than a second, and brokers' clocks further apart than a tenth of half of `history_ms`. One line
 * says that they are right, or, as a warning, that no broker stamped. */
void clocks_check(const struct kafka_config *config, int64_t history_ms, topics_report_fn *report, void *context);

#endif
