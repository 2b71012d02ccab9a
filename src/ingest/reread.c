/* Responsible for: reading a compacted topic whole when that is the only way to learn what was deleted.
 *
 * Kafka forgets a deletion some time after it (delete.retention.ms). Who has not stood at a partition's end for longer
 * may have missed one, and only a key that is nowhere in the topic tells of it. The same holds when the offset to go on
 * from is not there: the topic was made again, and its offsets mean other messages now.
 *
 *   reread_decide    at assignment: is it that long ago, is an offset gone? (REREAD_WANTED: so it was found meanwhile;
 *                    REREAD_UNDECIDED: as soon as a broker's clock is known)
 *   reread_set_back  every shard's watermark goes to the beginning, its complete_to to "never"
 *   reread_note_key  the keys that come by
 *   reread_advance   at the end: what has other keys is deleted, where nobody has read on since; complete_to goes on from
 *                    now
 *
 * complete_to of a compacted partition is the newest moment at which it was read to its end, by its broker's clock. It stays
 * "never" in the view until all of this is done, so whoever dies on the way, the next one starts it again.
 *
 * Not for: a first read, which has nothing to delete. Thread: the fold's. */
#include "reread.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include "checkpoint.h"
#include "end_question.h"
#include "engine.h"
#include "shard.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"
#include "stockfold/store/master.h"

enum { ASK_MS = 500, SEEN_FIRST = 1024, CLOCK_PATIENCE_US = 5 * 1000 * 1000 };

/* Whether a shard keeps documents of that topic. */
static bool is_home(const struct engine *engine, uint32_t shard, enum topic_role role)
{
    return role == TOPIC_NODES ? shard_is_nodes(&engine->shards[shard]) : shard_is_items(&engine->shards[shard]);
}

/* --- the keys seen: hashes in an array, sorted when it is full and when it is asked ------------------------------ */

static int compare_hashes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void sort_seen(struct reread *reread)
{
    size_t kept = 0;
    if (reread->seen_n > 0)
        qsort(reread->seen, reread->seen_n, sizeof(*reread->seen), compare_hashes);
    for (size_t i = 0; i < reread->seen_n; i++)
        if (kept == 0 || reread->seen[i] != reread->seen[kept - 1])
            reread->seen[kept++] = reread->seen[i];
    reread->seen_n = kept;
}

static uint64_t hash_of(struct str key)
{
    return message_digest(key, (struct str){0}, 0);
}

void reread_note_key(struct engine *engine, enum topic_role role, struct str key)
{
    struct reread *reread = &engine->rereads[role];
    if (reread->seen_n == reread->seen_cap)
        sort_seen(reread); /* of a topic that is not compacted yet, most come again */
    if (reread->seen_n * 2 >= reread->seen_cap) {
        reread->seen_cap = reread->seen_cap == 0 ? SEEN_FIRST : reread->seen_cap * 2;
        reread->seen = realloc(reread->seen, reread->seen_cap * sizeof(*reread->seen));
        if (reread->seen == NULL)
            abort();
    }
    reread->seen[reread->seen_n++] = hash_of(key);
}

static bool was_seen(const struct reread *reread, struct str key)
{
    uint64_t hash = hash_of(key);
    return reread->seen_n > 0 &&
           bsearch(&hash, reread->seen, reread->seen_n, sizeof(*reread->seen), compare_hashes) != NULL;
}

/* --- beginning ---------------------------------------------------------------------------------------------------- */

/* Whether the end of a partition was last reached so long ago that deletions may be forgotten: by the brokers' clock, as
 * complete_to is; TIME_NONE: nothing was heard of it yet. */
static bool is_stale(const struct shard *shard, size_t index, int64_t now_ms)
{
    const struct shard_input *input = &shard->inputs[index];
    if (!input->stored || input->known.complete_to == TIME_NONE || now_ms == TIME_NONE)
        return input->stored && input->known.complete_to == TIME_NONE;
    return input->known.complete_to < now_ms - shard->engine->config->master_retention_ms;
}

/* Where the view lost writes, an old backup may stand, with deletions forgotten. */
static bool stands_on_old_backup(struct engine *engine, size_t index, int64_t now_ms)
{
    bool stale = false;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        struct shard_input *shard_input = &engine->shards[i].inputs[index];
        stale = stale || (shard_input->lost_writes && is_stale(&engine->shards[i], index, now_ms));
        shard_input->lost_writes = false;
    }
    return stale;
}

/* Shards say which of their inputs lost writes; what follows from it is decided here. */
static void find_old_backups(struct engine *engine)
{
    int64_t now_ms = engine->any_lost_writes ? ends_clock(engine->ends) : TIME_NONE;
    if (now_ms == TIME_NONE)
        return; /* they are remembered until then */
    engine->any_lost_writes = false;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        enum topic_role role = engine->inputs.rows[i].role;
        if (!topic_is_stock(role) && stands_on_old_backup(engine, i, now_ms))
            engine->rereads[role].state = REREAD_WANTED;
    }
}

/* Where the assigned partitions of compacted topics end now, one for each input: -1 where it is not known. All in one
 * question, since reading does not begin before that. */
static int64_t *ask_ends_now(struct engine *engine)
{
    struct inputs *inputs = &engine->inputs;
    int64_t *ends = arena_array(&engine->scratch, int64_t, inputs->n + 1);
    struct partition_end *rows = arena_array(&engine->scratch, struct partition_end, inputs->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < inputs->n; i++) {
        const struct input *input = &inputs->rows[i];
        ends[i] = -1;
        if (input->assigned && !topic_is_stock(input->role))
            rows[n++] = (struct partition_end){.role = input->role, .partition = input->partition, .end = -1};
    }
    (void)!partition_ends_ask(engine->consumer, &engine->config->kafka, ASK_MS, rows, n);
    for (size_t i = 0; i < n; i++)
        ends[inputs_index(inputs, &engine->config->kafka, rows[i].role, rows[i].partition)] = rows[i].end;
    return ends;
}

/* Why an assigned partition has to be read whole: NULL when it has not. */
static const char *why_input(const struct engine *engine, size_t index, int64_t end, int64_t now_ms)
{
    const struct input *input = &engine->inputs.rows[index];
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        if (!is_home(engine, i, input->role))
            continue;
        if (is_stale(&engine->shards[i], index, now_ms))
            return "deletions may be forgotten since its end was last reached";
        if (end >= 0 && engine->shards[i].inputs[index].known.next > end) /* where it begins behind it, reading tells */
            return "the offset to go on from is not in it";
    }
    return NULL;
}

static const char *why_topic(const struct engine *engine, enum topic_role role, const int64_t *ends, int64_t now_ms)
{
    const char *why =
        engine->rereads[role].state == REREAD_WANTED ? "the view, or what is in it, is not what it was" : NULL;
    for (size_t i = 0; i < engine->inputs.n && why == NULL; i++)
        if (engine->inputs.rows[i].role == role && engine->inputs.rows[i].assigned)
            why = why_input(engine, i, ends[i], now_ms);
    return why;
}

/* Until a topic is decided of, what the view has of it does not become newer. */
static void hold_complete(struct engine *engine, enum topic_role role, bool held)
{
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (engine->inputs.rows[i].role == role)
            engine->inputs.rows[i].rereading = held && engine->inputs.rows[i].assigned;
}

void reread_decide(struct engine *engine)
{
    find_old_backups(engine);
    int64_t now_ms = ends_clock(engine->ends);
    const int64_t *ends = ask_ends_now(engine);
    for (int role = TOPIC_ITEMS; role <= TOPIC_NODES; role++) {
        struct reread *reread = &engine->rereads[role];
        const char *reason = why_topic(engine, (enum topic_role)role, ends, now_ms);
        reread->state = reason != NULL ? REREAD_RUNNING : now_ms == TIME_NONE ? REREAD_UNDECIDED : REREAD_NONE;
        reread->undecided_us = clock_steady_us();
        hold_complete(engine, (enum topic_role)role, reread->state == REREAD_UNDECIDED);
        if (reason != NULL)
            log_info("reading a compacted topic whole topic=%s why=\"%s\"", engine->config->kafka.topics[role], reason);
        reread->round = engine->ends_rounds + 2; /* one that begins from now on */
        reread->seen_n = 0;
        reread->deleted = 0;
    }
    arena_reset(&engine->scratch, 0);
}

void reread_set_back(struct engine *engine, size_t index)
{
    struct input *input = &engine->inputs.rows[index];
    if (rd_kafka_query_watermark_offsets(engine->consumer, input->topic, input->partition, &input->begin, &input->end,
                                         ASK_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        input->begin = 0; /* when it begins later, reading says so, and this comes again */
    for (uint32_t i = 0; i < engine->shards_n; i++)
        shard_restart_input(&engine->shards[i], index, input->begin);
    input->rereading = true;
}

void reread_stop(struct engine *engine)
{
    for (int role = TOPIC_ITEMS; role <= TOPIC_NODES; role++)
        if (engine->rereads[role].state != REREAD_WANTED)
            engine->rereads[role].state = REREAD_NONE;
    for (size_t i = 0; i < engine->inputs.n; i++)
        engine->inputs.rows[i].rereading = false;
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

enum progress { READING, READ, LOST };

/* LOST: a shard's watermark is not set back, because the answer never came; or it lies behind what was read here: another
 * fold reads the topic, too, and the shard has documents whose keys were not seen. */
static enum progress reread_progress(const struct engine *engine, size_t index)
{
    const struct input *input = &engine->inputs.rows[index];
    bool read = engine->ends_rounds >= engine->rereads[input->role].round && input->rewind < 0 && input_at_end(input);
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        const struct shard *shard = &engine->shards[i];
        if (!is_home(engine, i, input->role))
            continue;
        const struct watermark *known = &shard->inputs[index].known;
        if (shard->state == SHARD_READY && (known->complete_to != TIME_NONE || known->next > input->read.next))
            return LOST;
        read = read && shard->state == SHARD_READY && shard->inputs[index].queued == 0;
    }
    return read ? READ : READING;
}

struct whole {
    struct engine *engine;
    enum topic_role role;
};

static bool whole_has(void *context, struct str key)
{
    const struct whole *whole = context;
    return was_seen(&whole->engine->rereads[whole->role], key);
}

static const struct watermark *whole_stands_at(void *context, uint32_t shard, int32_t partition)
{
    const struct whole *whole = context;
    struct engine *engine = whole->engine;
    size_t index = inputs_index(&engine->inputs, &engine->config->kafka, whole->role, partition);
    const struct shard_input *shard_input = &engine->shards[shard].inputs[index];
    return shard_input->stored ? &shard_input->known : NULL;
}

static int32_t whole_partitions(const struct engine *engine, enum topic_role role)
{
    int32_t n = 0;
    for (size_t i = 0; i < engine->inputs.n; i++)
        n += engine->inputs.rows[i].role == role;
    return n;
}

/* Deletes what was not seen; true when there is nothing left to delete. Nobody hears whether a deletion was done, so it
 * is looked for again until none is found. */
static bool delete_unseen(struct engine *engine, enum topic_role role)
{
    struct reread *reread = &engine->rereads[role];
    struct error error;
    error_clear(&error);
    sort_seen(reread);
    struct whole context = {engine, role};
    struct master_whole whole = {.topic = str_from(engine->config->kafka.topics[role]),
                                 .partitions = whole_partitions(engine, role),
                                 .has = whole_has,
                                 .stands_at = whole_stands_at,
                                 .context = &context};
    int64_t deleted = role == TOPIC_NODES ? master_delete_unseen_nodes(&engine->view, &whole, &error)
                                          : master_delete_unseen_items(&engine->view, &whole, &error);
    if (error.code != 0) {
        log_warning("stale documents not deleted topic=%s reason=\"%s\" next=\"trying again\"",
                    engine->config->kafka.topics[role], error.text);
        reread->round = engine->ends_rounds + 1;
        return false;
    }
    reread->deleted += deleted;
    return deleted == 0;
}

static void finish_reread(struct engine *engine, enum topic_role role)
{
    struct reread *reread = &engine->rereads[role];
    bool all = true;
    for (size_t i = 0; i < engine->inputs.n; i++)
        all = all && (engine->inputs.rows[i].role != role || engine->inputs.rows[i].assigned);
    if (all && !delete_unseen(engine, role))
        return;
    if (all)
        log_info("compacted topic was read whole topic=%s deleted=%" PRId64, engine->config->kafka.topics[role],
                 reread->deleted);
    else
        log_warning(
            "compacted topic was read whole by several topic=%s next=\"documents that were deleted meanwhile may "
            "remain; let one consumer alone read it whole\"",
            engine->config->kafka.topics[role]);
    reread->state = REREAD_NONE;
    hold_complete(engine, role, false);
    free(reread->seen);
    reread->seen = NULL;
    reread->seen_n = reread->seen_cap = 0;
}

/* Once a broker's clock is known: whether any end of the topic was reached too long ago. One never reached is read for the
 * first time, or was noticed at once. */
static void decide_by_clock(struct engine *engine, enum topic_role role)
{
    struct reread *reread = &engine->rereads[role];
    int64_t now_ms = ends_clock(engine->ends);
    bool stale = false;
    if (now_ms == TIME_NONE)
        return;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        if (is_home(engine, i, role) && engine->shards[i].state != SHARD_READY)
            return;
        for (size_t k = 0; k < engine->inputs.n && is_home(engine, i, role); k++)
            stale = stale || (engine->inputs.rows[k].role == role && engine->inputs.rows[k].assigned &&
                              engine->shards[i].inputs[k].known.complete_to != TIME_NONE &&
                              is_stale(&engine->shards[i], k, now_ms));
    }
    reread->state = stale ? REREAD_WANTED : REREAD_NONE;
    hold_complete(engine, role, false);
}

/* Finishes a topic that is read whole; one that stands on what the view has lost again is wanted anew. */
static void advance_reread(struct engine *engine, enum topic_role role)
{
    struct reread *reread = &engine->rereads[role];
    bool read = view_is_open(&engine->view);
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (engine->inputs.rows[i].rereading && engine->inputs.rows[i].role == role) {
            enum progress progress = reread_progress(engine, i);
            read = read && progress == READ;
            if (progress == LOST)
                reread->state = REREAD_WANTED;
        }
    if (read)
        finish_reread(engine, role);
}

bool reread_advance(struct engine *engine)
{
    bool wanted = false;
    find_old_backups(engine);
    for (int role = TOPIC_ITEMS; role <= TOPIC_NODES; role++) {
        if (engine->rereads[role].state == REREAD_RUNNING)
            advance_reread(engine, (enum topic_role)role);
        if (engine->rereads[role].state == REREAD_UNDECIDED)
            decide_by_clock(engine, (enum topic_role)role);
        wanted = wanted || engine->rereads[role].state == REREAD_WANTED;
    }
    return wanted;
}

bool reread_is_due(const struct engine *engine)
{
    bool due = false;
    for (int role = TOPIC_ITEMS; role <= TOPIC_NODES; role++) {
        const struct reread *reread = &engine->rereads[role];
        bool waited = clock_steady_us() - reread->undecided_us > CLOCK_PATIENCE_US;
        due = due || (reread->state == REREAD_UNDECIDED ? !waited : reread->state != REREAD_NONE);
    }
    return due;
}

void reread_done(struct engine *engine)
{
    for (int role = TOPIC_ITEMS; role <= TOPIC_NODES; role++)
        free(engine->rereads[role].seen);
}
