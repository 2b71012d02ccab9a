/* Dead letters: refused messages, unchanged, in a topic of their own. */
#ifndef STOCKFOLD_SRC_INGEST_REFUSED_H
#define STOCKFOLD_SRC_INGEST_REFUSED_H

#include "message.h"
#include "stockfold/ingest/kafka.h"

struct batch;
struct input;

struct refuser;
struct refuser *refuser_new(const struct kafka_config *config, struct error *error);
void refuser_free(struct refuser *refuser, int timeout_ms);
/* Sends a message, unchanged, to the topic of refused ones; batch_arrived(batch) once the broker has it. */
void refuser_send(struct refuser *refuser, const struct input *input, const struct message *message,
                  struct batch *batch);
void refuser_poll(struct refuser *refuser);

#endif
