/* The relay: messages of reservations on their way from the view's outbox to Kafka.
 *
 * Of all folds one relays: the one that reads partition 0 of stock.reservations. Any other steps in when the oldest entry
 * stays for RELAY_PATIENCE_MS. Messages reach Kafka at least once, in the outbox' order but where two folds relay; whoever
 * reads them goes by their versions and by their events' keys. */
#ifndef STOCKFOLD_SRC_INGEST_RELAY_H
#define STOCKFOLD_SRC_INGEST_RELAY_H

#include "engine.h"

enum { RELAY_PATIENCE_MS = 5000 };

struct relay *relay_new(struct engine *engine, struct error *error);
/* What the next step needs, as far as answers have come; never waits. True: something was done. */
bool relay_turn(struct relay *relay, int64_t now_us);
/* What is on its way is relayed again by whoever comes next. */
void relay_free(struct relay *relay, int timeout_ms);

#endif
