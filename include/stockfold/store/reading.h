/* What lookups read of the view: each thing as an ask on a plan, and as what its answer says.
 *
 * An ask returns its number, or that of the first of several; the function that reads its answer takes that number.
 * False: the answer is no such thing (lost, an error, or bytes that are no record): the view is damaged there, and
 * nothing may be served from it. What is read borrows from the answers, and from the arena where one is given. */
#ifndef STOCKFOLD_STORE_READING_H
#define STOCKFOLD_STORE_READING_H

#include "stockfold/core/record.h"
#include "stockfold/store/plan.h"
#include "stockfold/store/stats.h"

/* --- how far a shard is ------------------------------------------------------------------------------------------ */

/* A message that a lookup waits for. */
struct message_at {
    struct str topic;
    int32_t partition;
    int64_t offset;
};

struct shard_state {
    bool open;        /* verified on the server that was asked */
    int64_t newest;   /* ms: newest Kafka time folded into it; TIME_NONE: nothing yet */
    int64_t complete; /* ms: everything that Kafka had by then is in it; TIME_NONE: not known */
    int64_t cleared;  /* changes whenever it is cleared, to be folded again from the beginning */
    bool folded;      /* `after` is folded; true when none was asked for */
    bool known;       /* the shard is folded from the partition of `after`; true when none was asked for */
};

/* HMGET P:{K}:m open newest complete cleared [w:TOPIC:PARTITION]. `after` may be NULL. */
uint32_t ask_shard_state(struct plan *plan, const struct view *view, uint32_t shard, const struct message_at *after);
/* The same of the node documents' meta, P:{nodes}:m. */
uint32_t ask_nodes_state(struct plan *plan, const struct view *view, const struct message_at *after);
bool read_shard_state(const struct answers *answers, uint32_t ask, const struct view *view, uint32_t shard,
                      const struct message_at *after, struct shard_state *ret_state);

/* HGET P:{K}:m w:TOPIC:PARTITION, for those who only watch: a fold takes HMGET for somebody who looks stock up
 * (readers.h). The offset of the partition's next message for the shard, 0 where it knows no such partition. */
uint32_t ask_next_offset(struct plan *plan, const struct view *view, uint32_t shard, struct str topic,
                         int32_t partition);
bool read_next_offset(const struct answers *answers, uint32_t ask, int64_t *ret_next);

/* HGET P:{stats}:c complete: to when every shard of items is complete (complete.h), for answers asked behind it. TIME_NONE:
 * not known. */
uint32_t ask_complete(struct plan *plan, const struct view *view);
int64_t read_complete(const struct answers *answers, uint32_t ask);

/* Whether a shard is open, and nothing else. */
uint32_t ask_shard_open(struct plan *plan, const struct view *view, uint32_t shard);
bool read_shard_open(const struct answers *answers, uint32_t ask, const struct view *view, uint32_t shard);

/* FUNCTION LOAD REPLACE, of the libraries that writing needs, to the server of a shard (after REPLY_NO_FUNCTION). */
void ask_load_functions(struct plan *plan, uint32_t shard);

/* --- stock ------------------------------------------------------------------------------------------------------- */

/* One item at one node: the record, and what is set aside there, as of one moment. */
struct stock {
    bool exists; /* there is a record; else it is empty */
    struct record record;
    int64_t reserved;       /* units */
    int64_t safety_node;    /* units that the item's document withholds at this node, and in general; negative: */
    int64_t safety_default; /* it does not say */
};

/* One item at the given nodes, at least one. `index` is the position in `nodes`. */
uint32_t ask_stock(struct plan *plan, const struct view *view, struct str sku, const struct str *nodes, size_t nodes_n);
bool read_stock(const struct answers *answers, uint32_t ask, const struct view *view, size_t nodes_n, size_t index,
                struct arena *arena, struct stock *ret_stock);

struct node_stock {
    struct str node;
    struct stock stock;
};
/* One item at every node that has a record: in no order. */
uint32_t ask_stock_everywhere(struct plan *plan, const struct view *view, struct str sku);
bool read_stock_everywhere(const struct answers *answers, uint32_t ask, const struct view *view, struct arena *arena,
                           struct node_stock **ret_stocks, size_t *ret_n);

/* How many fields that would read, an item at every node: records, and what stands beside them. And how many asking for
 * it at so many nodes reads. */
uint32_t ask_stock_size(struct plan *plan, const struct view *view, struct str sku);
bool read_stock_size(const struct answers *answers, uint32_t ask, const struct view *view, int64_t *ret_fields);
size_t stock_fields(size_t nodes_n);

/* Whether there is any record of an item. */
uint32_t ask_any_record(struct plan *plan, const struct view *view, struct str sku);
bool read_any_record(const struct answers *answers, uint32_t ask, bool *ret_any);

/* --- master data and indexes ------------------------------------------------------------------------------------- */

/* The item's document; empty: none. */
uint32_t ask_item(struct plan *plan, const struct view *view, struct str sku);
bool read_text(const struct answers *answers, uint32_t ask, struct str *ret_text);

/* Hints, to be verified against the items: skus of a style, skus with a GTIN. Sorted by bytes. */
uint32_t ask_style(struct plan *plan, const struct view *view, struct str style);
uint32_t ask_gtin(struct plan *plan, const struct view *view, struct str gtin);
bool read_names(const struct answers *answers, uint32_t ask, struct arena *arena, struct str **ret_names,
                size_t *ret_n);

/* The index of words, and whether it is of this program's version: another one, or none, is not whole. Items that have a
 * word: how many; and their skus behind `after` (empty: from the first), at most `limit`, for read_names(). The words
 * that begin with `beginning`, behind `after`, alike. */
uint32_t ask_word_index(struct plan *plan, const struct view *view);
bool read_word_index(const struct answers *answers, uint32_t ask, bool *ret_whole);
uint32_t ask_word_size(struct plan *plan, const struct view *view, struct str word);
bool read_size(const struct answers *answers, uint32_t ask, int64_t *ret_size);
uint32_t ask_word(struct plan *plan, const struct view *view, struct str word, struct str after, uint32_t limit);
uint32_t ask_words_from(struct plan *plan, const struct view *view, struct str beginning, struct str after,
                        uint32_t limit);

/* What a node holds, one shard's part of the hint: skus (each once, sorted by bytes) of `limit` entries from the entry
 * `from` on. An entry is what one commit added: few skus or many. Fewer entries than asked for: there are no more. */
uint32_t ask_node_items(struct plan *plan, const struct view *view, uint32_t shard, struct str node, int64_t from,
                        uint32_t limit);
bool read_node_items(const struct answers *answers, uint32_t ask, struct arena *arena, struct str **ret_skus,
                     size_t *ret_skus_n, size_t *ret_entries);

/* Of one shard's records: how many there are of items without a document, and how many at those nodes. */
uint32_t ask_record_counts(struct plan *plan, const struct view *view, uint32_t shard, const struct str *nodes,
                           size_t nodes_n);
bool read_record_counts(const struct answers *answers, uint32_t ask, size_t nodes_n, int64_t *ret_without_item,
                        int64_t *ret_at_nodes);

/* All node documents by node, for read_pairs(); and when each node was heard of, in ms, for read_numbers(). */
uint32_t ask_nodes(struct plan *plan, const struct view *view);
uint32_t ask_heard(struct plan *plan, const struct view *view);
/* Text that changes when a node document does, and is never the same again even in a view that was lost and made anew;
 * for read_text(); empty: never put. */
uint32_t ask_nodes_version(struct plan *plan, const struct view *view);

/* An answer that is a hash, in no order. */
struct pair {
    struct str name, text;
};
bool read_pairs(const struct answers *answers, uint32_t ask, struct arena *arena, struct pair **ret_pairs,
                size_t *ret_n);

struct named_number {
    struct str name;
    int64_t number;
};
bool read_numbers(const struct answers *answers, uint32_t ask, struct arena *arena, struct named_number **ret_numbers,
                  size_t *ret_n);

/* --- what the folds leave of themselves -------------------------------------------------------------------------- */

/* P:{stats}:t, for read_numbers(). */
uint32_t ask_totals(struct plan *plan, const struct view *view);

/* P:{stats}:p, as partitions_write() leaves it. */
uint32_t ask_partitions(struct plan *plan, const struct view *view);
bool read_partitions(const struct answers *answers, uint32_t ask, struct arena *arena,
                     struct partition_progress **ret_partitions, size_t *ret_n);

#endif
