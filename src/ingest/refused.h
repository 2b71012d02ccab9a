/* Dead letters: refused messages, unchanged, in a topic of their own, with headers that say why: `reason`, `detail`,
 * `topic`, `partition`, `offset`, and `view`, the prefix of the view whose fold refused it.
 *
 * A letter that the broker takes for too large goes again alone, then without its value (the header `omitted` says so),
 * then without its key and the producer's headers; one that it does not take even then is given up with an error in the
 * log, since the message itself stays where it was refused. What will pass (no leader, no such topic) is waited for, and
 * holds up the batches that have such letters, no others. */
#ifndef STOCKFOLD_SRC_INGEST_REFUSED_H
#define STOCKFOLD_SRC_INGEST_REFUSED_H

#include "message.h"
#include "stockfold/ingest/fold.h"

struct batch;
struct input;

struct refuser;
struct refuser *refuser_new(const struct fold_config *config, struct error *error);
void refuser_free(struct refuser *refuser, int timeout_ms);
/* Sends a message, unchanged, to the topic of refused ones; batch_arrived(batch) once the broker has it. */
void refuser_send(struct refuser *refuser, const struct input *input, struct message *message, struct batch *batch);
/* A step of a batch whose messages were judged when they were read: refuses the bad ones, takes the others. */
void refuser_send_bad(struct batch *batch);
void refuser_poll(struct refuser *refuser);

#endif
