/* What a shard says of itself: its token, whether it is open, how far its inputs are folded. */
#ifndef STOCKFOLD_STORE_SHARD_META_H
#define STOCKFOLD_STORE_SHARD_META_H

#include "stockfold/base/arena.h"
#include "stockfold/core/watermark.h"
#include "stockfold/store/view.h"

/* What `open` begins with where a shard is closed until somebody decides: each TOPIC:PARTITION whose log does not fit the
 * view follows, with a space between two. */
#define VIEW_CLOSED_BY "closed "

struct shard_watermark {
    struct str topic; /* view into the reply */
    int32_t partition;
    struct watermark watermark;
};

struct shard_meta {
    struct str token; /* empty: nothing was ever committed */
    struct str open;  /* identity it was verified on; VIEW_CLOSED_BY...; else: rebuilding */
    int64_t settled;  /* hour, TIME_NONE before the first sweep */
    size_t watermarks_n;
    struct shard_watermark *watermarks; /* from the arena */
};

/* HGET P:{K}:m token; nil: none. */
void view_ask_token(struct view *view, uint32_t shard, link_reply_fn *fn, void *context);
/* HGETALL P:{K}:m */
void view_ask_meta(struct view *view, uint32_t shard, link_reply_fn *fn, void *context);
/* False: a field that is no such thing (error reply, NULL reply or broken watermark text). */
bool view_parse_meta(const struct reply *reply, struct arena *arena, struct shard_meta *ret_meta);
/* The next TOPIC:PARTITION that closes a shard, by what its `open` says; *position is 0 at first. Empty: no more, or the
 * shard is not closed. */
struct str view_next_closing(struct str open, size_t *position);

#endif
