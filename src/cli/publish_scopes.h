/* What `publish --complete` names: scopes, from NODE[/FLOOR[/ZONE]] with percent-encoded names. */
#ifndef STOCKFOLD_SRC_CLI_PUBLISH_SCOPES_H
#define STOCKFOLD_SRC_CLI_PUBLISH_SCOPES_H

#include "stockfold/cli/command.h"
#include "stockfold/ingest/publish.h"

/* Reads every --complete of the command line into the arena; *ret_scopes_n 0: there is none. ERROR_USAGE: one is no
 * scope. */
int publish_scopes_read(const struct invocation *invocation, struct arena *arena, struct publish_scope **ret_scopes,
                        size_t *ret_scopes_n, struct error *error) WARN_UNUSED;

#endif
