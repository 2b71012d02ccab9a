/* clang-format off */
/* The key layout of the view, the one place that spells keys.
 *
 * P is the prefix (setting, "sf"), K a shard number. Every key of a shard carries the tag {K}: one slot, so that one
 * step can change it.
 *
 *   P:view            hash    format, id (random), shards, buckets: written once, when the view is created;
 *                             words = version of the index of words, once it is whole (codec/words.h)
 *   P:{K}:m           hash    token = "start.number" of the writer's newest commit;
 *                             open = identity of the server that this shard was verified on (missing: rebuilding);
 *                             sizes = "h c k": how many fields those hashes have; documents = how many t has;
 *                             settled = hour up to which a sweep has gone (exclusive);
 *                             newest = ms, newest Kafka time of a message folded or passed over; complete = ms, the smallest complete_to of its
 *                             watermarks, as of the last checkpoint;
 *                             w:TOPIC:PARTITION = watermark, text "next last_offset digest complete_to" (digest in hex)
 *   P:{K}:r:SKU       hash    field NODE = sellable + hours + packed record as shown (record_value.h; fold);
 *                             field \1NODE = units reserved there (reservation functions);
 *                             fields \0 and \0NODE = units of safety stock that the item's document names, in general
 *                             and at a node (with the document). No node's name begins with such a byte: one read
 *                             gives all that can be promised. With buckets > 1: P:{K}:rB:SKU, B = murmur2(node) mod
 *                             buckets, each with a \0 of its own
 *   P:{K}:b:SKU       hash    field NODE = "boundary" (varint ms, zigzag) + packed record: the settled base, only while
 *                             the record has events in the journal behind it
 *   P:{K}:h           hash    field HOUR = number of journal blobs' events in that hour's chunk
 *   P:{K}:j:HOUR      list    of journal blobs: the window's events of that hour of event time (journal.h)
 *   P:{K}:c           hash    field RESERVATION \0 SKU \0 NODE = "units time": consumed so far, ms of the newest event
 *   P:{K}:k           hash    field NODE = number of its records; field \0 = number of records whose item has no
 *                             document
 *   P:{K}:n:NODE      list    of blobs of skus that got a record at NODE (newline-separated): a hint for what a node
 *                             holds
 *   P:{K}:i:SKU       string  the item's document
 *   P:{K}:t           hash    field SKU = "time partition" of the newest message about its document, with " deleted"
 *                             behind it of a deletion: Kafka time in ms, and where it lay; what is older changes nothing
 *   P:{K'}:s:STYLE    set     skus of a style, K' = shard of the style's name: a hint
 *   P:{K'}:g:GTIN     set     skus with that GTIN, K' = shard of the GTIN: a hint
 *   P:{K'}:w:WORD     zset    skus of the items that have WORD, K' = shard of the word's beginning; all with score 0, so
 *                             in order of bytes: a hint
 *   P:{K'}:a:START    zset    the words with that beginning that any item has, as above, in the same shard
 *   P:{nodes}:m       hash    as a shard's m, for stock.nodes alone; version = a number that grows with each put
 *   P:{nodes}:d       hash    field NODE = the node's document
 *   P:{nodes}:t       hash    field NODE = as a shard's t
 *   P:{nodes}:h       hash    field NODE = ms, the newest event's time of that node, any sku; -1: something is on its
 *                             way there and nothing else: a hint, an event or so behind after a writer's death
 *   P:{stats}:t       hash    totals over all writers, added to at each checkpoint
 *   P:{stats}:p       hash    field TOPIC:PARTITION = "next end time wall waiting": how far its owner has read, where
 *                             it ends, the Kafka time reached (ms), when that was written (ms), and how many of its
 *                             messages wait for the log
 *   P:{stats}:c       hash    field TOPIC:PARTITION = ms, up to which every shard of items holds all that it has;
 *                             complete = the least of them (complete.h)
 *
 * Reservations (reservations.h), in a slot of their own but for the holds, which go with what they hold:
 *   P:{res}:m         hash    as a shard's m, for stock.reservations alone, without a token;
 *                             relayed = id of the newest entry of the outbox that is in Kafka
 *   P:{res}:v:ID      string  "version document": JSON as codec/reservation_json.h stores it
 *   P:{res}:d         zset    ID, score = ms when it is to be looked at again; !ID: a sale took all of a line of it
 *   P:{res}:o         stream  the outbox (outbox.h): id, topic (reservations, holds) and value of each message
 *   P:{res}:q         hash    field NAME = a number that is counted and bounded
 *   P:{res}:x:K:NAME  zset    ID, score = ms: what can be found by owner, order, node, or node and code
 *   P:{K}:l           hash    field ID \0 SKU \0 NODE = "units bucket": held of a line, and the record's bucket. Clearing the
 *                             shard leaves it, and sets what is reserved from it
 *
 * Each field has one writer: records, bases, journal, c by the fold; l, and all of {res}, by changes of reservations. What
 * is reserved, \1NODE, follows from l and c, and is moved by whoever moves either. */
/* clang-format on */
#ifndef STOCKFOLD_STORE_KEYS_H
#define STOCKFOLD_STORE_KEYS_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/shard.h"

struct key_space {
    struct str prefix;
    uint32_t shards, buckets;
};

/* "P:{*}:kind*", which SCAN takes for all keys of shards, or those of a kind (0: of any): what would be a pattern in the
 * prefix is escaped. */
void key_pattern(const struct key_space *space, char kind, struct buffer *out);

/* Each appends the key's bytes. */
void key_view(const struct key_space *space, struct buffer *out);
void key_meta(const struct key_space *space, uint32_t shard, struct buffer *out);
void key_record(const struct key_space *space, uint32_t shard, struct str sku, struct str node, struct buffer *out);
void key_record_bucket(const struct key_space *space, uint32_t shard, struct str sku, uint32_t bucket,
                       struct buffer *out);
void key_base(const struct key_space *space, uint32_t shard, struct str sku, struct buffer *out);
void key_hours(const struct key_space *space, uint32_t shard, struct buffer *out);
void key_journal(const struct key_space *space, uint32_t shard, int64_t hour, struct buffer *out);
void key_consumed(const struct key_space *space, uint32_t shard, struct buffer *out);
void key_counts(const struct key_space *space, uint32_t shard, struct buffer *out);
void key_node_items(const struct key_space *space, uint32_t shard, struct str node, struct buffer *out);
void key_item(const struct key_space *space, uint32_t shard, struct str sku, struct buffer *out);
/* Of a shard; of the nodes' where it is space->shards. */
void key_document_times(const struct key_space *space, uint32_t shard, struct buffer *out);
void key_style(const struct key_space *space, struct str style, struct buffer *out);
void key_gtin(const struct key_space *space, struct str gtin, struct buffer *out);
void key_nodes_meta(const struct key_space *space, struct buffer *out);
void key_nodes(const struct key_space *space, struct buffer *out);
void key_stats(const struct key_space *space, struct buffer *out);
void key_word(const struct key_space *space, struct str word, struct str start, struct buffer *out);
void key_words(const struct key_space *space, struct str start, struct buffer *out);
void key_heard(const struct key_space *space, struct buffer *out);
void key_partitions(const struct key_space *space, struct buffer *out);
void key_complete(const struct key_space *space, struct buffer *out);
void key_reservations_meta(const struct key_space *space, struct buffer *out);
void key_reservation(const struct key_space *space, struct str id, struct buffer *out);
void key_due(const struct key_space *space, struct buffer *out);
void key_outbox(const struct key_space *space, struct buffer *out);
void key_counters(const struct key_space *space, struct buffer *out);
void key_reservation_index(const struct key_space *space, char kind, struct str name, struct buffer *out);
void key_holds(const struct key_space *space, uint32_t shard, struct buffer *out);

/* The bucket of a node's fields. */
uint32_t key_bucket(const struct key_space *space, struct str node);

/* What a field beside the records begins with. */
enum { FIELD_SAFETY = '\0', FIELD_RESERVED = '\1' };

static inline bool field_is_record(struct str field)
{
    return field.len > 0 && field.data[0] != FIELD_SAFETY && field.data[0] != FIELD_RESERVED;
}

#endif
