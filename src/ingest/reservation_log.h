/* Messages of stock.reservations on their way from Kafka into the view.
 *
 * One message is one offset. Its document is applied with the reservations (reservation_batch.c); each of its events is folded in the shard of its item like any other stock event. */
#ifndef STOCKFOLD_SRC_INGEST_RESERVATION_LOG_H
#define STOCKFOLD_SRC_INGEST_RESERVATION_LOG_H

#include "engine.h"
#include "message.h"

/* Takes the message over and queues each of its events; one that cannot be read is queued to be refused. */
void reservation_log_queue(struct engine *engine, struct message *message);

#endif
