/* The journal's blobs: the window's events of one hour of event time of one shard, as one commit or sweep packed them.
 *
 *   blob  = form byte (0 plain, 1 lz4), for lz4 the plain length (varint), then groups
 *   group = varint length of the rest, sku and node (varint length + bytes each),
 *           base: varint 0, or varint 1 + length, then "boundary + packed record" as in P:{K}:b,
 *           then packed events (codec/pack.h) to the end of the group
 *
 * A group belongs to one record. Its base, where there is one, is the settled state that the record had before its first
 * event in the journal: it rides here because a base of its own would cost sparse records a second write (see
 * journal_base_pick in ingest). All readers check every length: a blob that is none is an error, not a crash. */
#ifndef STOCKFOLD_STORE_JOURNAL_H
#define STOCKFOLD_STORE_JOURNAL_H

#include "stockfold/base/arena.h"
#include "stockfold/base/buffer.h"
#include "stockfold/core/str.h"

struct journal_group {
    struct str sku, node;
    struct str base;   /* boundary + packed record; empty: none */
    struct str events; /* packed events, one after the other */
};

/* Appends one group to plain bytes. */
void journal_add_group(const struct journal_group *group, struct buffer *plain);

/* Makes a blob of plain bytes: lz4 when that is smaller. */
void journal_seal(struct str plain, struct buffer *ret_blob);

/* The plain bytes of a blob, from the arena when it was packed. False: not a blob. */
bool journal_unseal(struct str blob, struct arena *arena, struct str *ret_plain);

/* The next group at *position. False at the end or when broken; broken sets *position to SIZE_MAX. */
bool journal_next(struct str plain, size_t *position, struct journal_group *ret_group);

#endif
