/* A server's identity, as INFO replication tells it.
 *
 * The identity is the server's master_replid. It changes with every promotion and restart, so a server that may have lost
 * acknowledged writes has another one. (run_id is not enough: it survives a failover there and back.) It also changes
 * when a server's first replica connects, and an hour after the last one left: the shards are then verified once more,
 * which takes milliseconds. A replica has no identity: a view is on a master. */
#ifndef STOCKFOLD_STORE_IDENTITY_H
#define STOCKFOLD_STORE_IDENTITY_H

#include "stockfold/store/reply.h"
#include "stockfold/store/view.h"

/* The identity in INFO's reply, borrowed from it; empty: a replica, or not INFO's text. */
struct str identity_of(const struct reply *info);

/* NULL: the server is the master with that identity; else why not (a static text). */
const char *identity_problem(const struct reply *info, struct str identity);

/* Notes the identity of the server at the end of this link; too long is cut. */
void view_set_identity(struct view *view, const struct link *link, struct str identity);

#endif
