/* Master data in the view: item documents beside their shard's records, node documents in one hash, indexes as hints.
 *
 * Each put compares and advances its partition's watermark in the same function call, so an older writer changes nothing
 * ("MISMATCH"), nor does anybody in a shard that has no token. Of two documents of one partition the later message stays;
 * of two in different partitions, where adding partitions put them, the one with the newer Kafka time. A deletion counts
 * as a document, and is remembered for as long as the view lives. With an item's document the safety
 * stock that it names comes and goes, beside the item's records; with a node's the nodes' version. Indexes (style, GTIN,
 * words) are added before the item is put and stale ones removed after; readers verify them against the item. */
#ifndef STOCKFOLD_STORE_MASTER_H
#define STOCKFOLD_STORE_MASTER_H

#include "stockfold/codec/master.h"
#include "stockfold/store/commit.h"

/* A document to put (or, with empty `json`, to delete). */
struct master_put {
    struct str key;                /* sku or node id */
    struct str json;               /* compacted to one line */
    int64_t kafka_time;            /* of its message, ms */
    const struct item_facts *item; /* what an item's says; NULL of a node, and of a deletion */
};

/* Puts up to some hundred items of one shard, or nodes, and advances one watermark. Answers as commit_answer(). */
void master_put_items(struct view *view, uint32_t shard, const struct master_put *puts, size_t puts_n, struct str topic,
                      int32_t partition, const struct watermark *expected, const struct watermark *next,
                      link_reply_fn *fn, void *context);
void master_put_nodes(struct view *view, const struct master_put *puts, size_t puts_n, struct str topic,
                      int32_t partition, const struct watermark *expected, const struct watermark *next,
                      link_reply_fn *fn, void *context);

/* A compacted topic that was read whole. A document that it does not have goes, where its shard stands in every partition
 * as the caller knows: somebody who has read on since may have put it. */
struct master_whole {
    struct str topic;
    int32_t partitions;
    bool (*has)(void *context, struct str key);
    const struct watermark *(*stands_at)(void *context, uint32_t shard, int32_t partition); /* NULL: nowhere yet */
    void *context;
};

/* Deletes the documents that the topic does not have. Blocking, bounded memory. Returns how many it asked to go, or
 * negative. */
int64_t master_delete_unseen_items(struct view *view, const struct master_whole *whole,
                                   struct error *error) WARN_UNUSED;
int64_t master_delete_unseen_nodes(struct view *view, const struct master_whole *whole,
                                   struct error *error) WARN_UNUSED;

#endif
