/* Who a server is, as INFO replication tells it.
 *
 * The identity of a server is its master_replid, which is never the same again after a promotion or a restart, so that a
 * server that may have lost acknowledged writes is another one. (run_id is not enough: it survives a failover there and
 * back.) A server without replicas also takes a new one when it frees its replication backlog, an hour after its last
 * replica left: its shards are then verified once more, in milliseconds. A replica has none: no view is on it. */
#ifndef STOCKFOLD_STORE_IDENTITY_H
#define STOCKFOLD_STORE_IDENTITY_H

#include "stockfold/store/reply.h"
#include "stockfold/store/view.h"

/* The identity that INFO told, borrowed from it; empty: it is a replica's, or no such text. */
struct str identity_of(const struct reply *info);

/* Why the server is not, or no longer, the master with that identity: static words; NULL: it is. */
const char *identity_problem(const struct reply *info, struct str identity);

#endif
