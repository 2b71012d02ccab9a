/* Responsible for: what one shard has learned and has in flight; the one recovery.
 * Not for: what is in a batch (turn.c, batch.c), or reading Kafka (consumer.c). Thread: the fold's.
 *
 *   UNKNOWN --ask meta--> LEARNING --answers--> READY --mismatch, lost link, any doubt--> UNKNOWN
 *
 * The queue holds every message of the shard from `acknowledged` to `taken`, per input, until its commit is
 * acknowledged. So after a mismatch nothing has to be read from Kafka again: what another writer folded is pruned, the
 * rest is folded anew. Only when Redis went back behind what it had acknowledged (writes lost) is the input rewound. */
#include "shard.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "described.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"

enum { BACKOFF_FIRST_MS = 50, BACKOFF_MAX_MS = 2000, COMMITS_UNTIL_PIPELINING = 2 };

/* Two who write one shard spoil each other's commits: the fewer and larger these are, the less is folded in vain. So
 * after a conflict the next CONTENDED_COMMITS wait for more (turn.c). The loser of a conflict has waited already and
 * goes first. */
enum { CONTENDED_COMMITS = 256 };

/* Who clears a shard and has not said for so long that he still does (store/clear.h) is taken for gone. */
enum { CLEARING_US = 10 * 1000 * 1000 };

enum { LOST_WRITES_US = 5 * 1000 * 1000 };

static void *require_shard_memory(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

void shards_init(struct engine *engine)
{
    engine->items_n = engine->view.keys.shards;
    engine->shards_n = engine->items_n + 2;
    engine->shards = require_shard_memory(calloc(engine->shards_n, sizeof(*engine->shards)));
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        engine->shards[i].engine = engine;
        engine->shards[i].number = i;
        buffer_init(&engine->shards[i].closed);
        engine->shards[i].settled = TIME_NONE;
        sweep_pass_init(&engine->shards[i].pass);
        engine->shards[i].settle_next = INT64_MAX;
        engine->shards[i].generation = 1;
    }
    shard_for_nodes(engine)->number = view_shard_of(&engine->view, VIEW_NODES);
    shard_for_reservations(engine)->number = view_shard_of(&engine->view, VIEW_RESERVATIONS);
}

void shards_done(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        buffer_done(&engine->shards[i].closed);
        free(engine->shards[i].inputs);
        free(engine->shards[i].open_at);
        sweep_pass_end(&engine->shards[i].pass);
        free(engine->shards[i].queue.ring);
    }
    free(engine->shards);
}

void shards_fit_inputs(struct engine *engine)
{
    if (engine->inputs.cap == engine->inputs_room)
        return;
    size_t room = engine->inputs.cap;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        struct shard *shard = &engine->shards[i];
        shard->inputs = require_shard_memory(realloc(shard->inputs, room * sizeof(*shard->inputs)));
        shard->open_at = require_shard_memory(realloc(shard->open_at, room * sizeof(*shard->open_at)));
        for (size_t k = engine->inputs_room; k < room; k++) {
            shard->inputs[k] =
                (struct shard_input){.known = watermark_none, .before_oldest = TIME_NONE, .defer_from = INT64_MAX};
            shard->open_at[k] = 0;
        }
    }
    engine->inputs_room = room;
}

struct shard *shard_for(struct engine *engine, uint32_t sku_hash)
{
    return &engine->shards[shard_of_hash(sku_hash, engine->items_n)];
}

struct shard *shard_for_nodes(struct engine *engine)
{
    return &engine->shards[engine->items_n];
}

struct shard *shard_for_reservations(struct engine *engine)
{
    return &engine->shards[engine->items_n + 1];
}

bool shard_is_items(const struct shard *shard)
{
    return shard < &shard->engine->shards[shard->engine->items_n];
}

bool shard_is_nodes(const struct shard *shard)
{
    return shard == shard_for_nodes(shard->engine);
}

bool shard_is_reservations(const struct shard *shard)
{
    return shard == shard_for_reservations(shard->engine);
}

/* Node documents have a home of their own; everything else concerns the shards of items, and messages about reservations
 * both these, by their events, and the reservations. */
bool shard_concerns(const struct shard *shard, const struct input *input)
{
    if (shard_is_items(shard))
        return input->role != TOPIC_NODES;
    return input->role == (shard_is_nodes(shard) ? TOPIC_NODES : TOPIC_RESERVATIONS);
}

size_t shard_fed_by(const struct shard *shard, struct fed_topic ret_topics[TOPIC_INPUTS])
{
    const struct engine *engine = shard->engine;
    size_t partitions[TOPIC_INPUTS] = {0}, n = 0;
    for (size_t i = 0; i < engine->inputs.n && engine->partitions_known; i++)
        partitions[engine->inputs.rows[i].role] += shard_concerns(shard, &engine->inputs.rows[i]);
    for (int role = 0; role < TOPIC_INPUTS; role++)
        if (partitions[role] > 0)
            ret_topics[n++] = (struct fed_topic){str_from(engine->config->kafka.topics[role]), partitions[role]};
    return n;
}

/* --- forgetting and learning ------------------------------------------------------------------------------------ */

void shard_forget(struct shard *shard, int64_t wait_ms)
{
    struct engine *engine = shard->engine;
    shard->state = SHARD_UNKNOWN;
    shard->generation++;
    shard->retry_us = clock_steady_us() + wait_ms * 1000;
    shard->queue.sent = 0;
    shard->checkpoint_in_flight = shard->asked_of_others = false;
    shard->commits_until_pipelining = COMMITS_UNTIL_PIPELINING;
    shard->ends_known = false;
    shard->ends_round = engine->ends_rounds == 0 ? 1 : engine->ends_rounds + 2; /* one that begins from now on */
    shard->in_flight_n = 0;
    shard->preparing = false;
    sweep_pass_end(&shard->pass); /* somebody else may have put events into hours that it has gone by */
    assert(shard_check(shard));
}

static int64_t doubled(int64_t wait_ms, int64_t max_ms)
{
    int64_t next_ms = wait_ms == 0 ? BACKOFF_FIRST_MS : wait_ms * 2;
    return next_ms < max_ms ? next_ms : max_ms;
}

static void back_off(struct shard *shard)
{
    shard->backoff_ms = doubled(shard->backoff_ms, BACKOFF_MAX_MS);
    shard_forget(shard, shard->backoff_ms);
}

void shard_damaged(struct shard *shard, const char *what)
{
    int64_t now_us = clock_steady_us();
    bool calm = now_us - shard->damaged_us > DAMAGE_CALM_US;
    shard->damage_wait_ms = doubled(calm ? 0 : shard->damage_wait_ms, DAMAGE_WAIT_MAX_MS);
    shard->damaged_us = now_us;
    log_error("%s, the shard is folded again from the beginning shard=%u wait_ms=%" PRId64
              " next=\"see who writes the view's keys: an eviction policy, another program\"",
              what, shard->number, shard->damage_wait_ms);
    shard->engine->totals.damaged++;
    shard_forget(shard, 0);
    shard->unclean = true;
}

bool shard_is_to_be_cleared(const struct shard *shard, int64_t now_us)
{
    return shard->unclean && now_us >= shard->damaged_us + shard->damage_wait_ms * 1000;
}

static bool is_wrong_type(const struct reply *reply)
{
    struct str text = reply_text(reply);
    return reply_is_error(reply) && text.len >= 9 && memcmp(text.data, "WRONGTYPE", 9) == 0;
}

void shard_trouble(struct shard *shard, enum reply_problem problem, const struct reply *reply)
{
    struct engine *engine = shard->engine;
    bool may_be_cleared = !shard_is_reservations(shard);
    if (problem == REPLY_BROKEN && shard->state == SHARD_READY && is_wrong_type(reply) && may_be_cleared) {
        shard_damaged(shard, "a key of the view is of another type");
        return;
    }
    if (problem != REPLY_LOST && !shard->refusal_logged && !engine->refusal_logged) {
        struct str text = reply_text(reply);
        log_warning("redis refuses shard=%u reply=\"%.*s\" next=\"trying again until it takes commits\"", shard->number,
                    STR_ARG(text));
    }
    if (problem != REPLY_LOST)
        shard->refusal_logged = engine->refusal_logged = true;
    if (problem == REPLY_NO_FUNCTION)
        view_load_functions(&engine->view, NULL, NULL);
    back_off(shard);
}

/* Redis went back behind what it had acknowledged, or somebody else folded further: line the queue up with it. */
static bool is_still_to_fold(const struct shard *shard, const struct message *message)
{
    const struct shard_input *input = &shard->inputs[message->input];
    return message->offset >= input->known.next && message->offset < input->taken;
}

/* Once for all shards and partitions that it happens to at a time. */
static void say_lost_writes(struct shard *shard, const struct input *input, int64_t next, int64_t acknowledged)
{
    int64_t now_us = clock_steady_us();
    if (now_us - shard->engine->lost_writes_us > LOST_WRITES_US)
        log_warning("view lost writes, reading again shard=%u topic=%s partition=%d from=%" PRId64
                    " acknowledged=%" PRId64 " next=\"others that follow at once are not told\"",
                    shard->number, input->topic, input->partition, next, acknowledged);
    shard->engine->lost_writes_us = now_us;
}

static void line_up(struct shard *shard, size_t index)
{
    struct shard_input *shard_input = &shard->inputs[index];
    struct input *input = &shard->engine->inputs.rows[index];
    int64_t next = shard_input->known.next;
    if (next < shard_input->acknowledged)
        shard->engine->complete_doubted = true;
    if (next < shard_input->acknowledged && input->assigned) {
        say_lost_writes(shard, input, next, shard_input->acknowledged);
        shard_input->taken = next; /* drops what is queued: it all comes again, in order */
        input_go_back(input, &shard_input->known);
        shard_input->lost_writes = shard->engine->any_lost_writes = true;
    } else if (shard_input->taken < next) {
        shard_input->taken = next;
    }
    if (input->assigned && shard_concerns(shard, input))
        input_expect(input, &shard_input->known, shard->engine->ends_rounds + 2);
    shard_input->acknowledged = next;
}

static void say_broken_meta(const struct shard *shard)
{
    struct buffer key;
    buffer_init(&key);
    key_meta(&shard->engine->view.keys, shard->number, &key);
    log_error("shard's own description is broken shard=%u next=\"delete the key %.*s: the shard is folded again\"",
              shard->number, (int)key.len, key.data);
    buffer_done(&key);
}

static void copy_closed(struct shard *shard, struct str open)
{
    size_t position = 0;
    shard->closed.len = 0;
    if (view_next_closing(open, &position).len > 0)
        buffer_add(&shard->closed, open.data, open.len);
}

static void take_meta(struct shard *shard, const struct shard_meta *meta)
{
    struct engine *engine = shard->engine;
    for (size_t i = 0; i < engine->inputs_room; i++) {
        shard->inputs[i].known = watermark_none;
        shard->inputs[i].before_oldest = TIME_NONE;
        shard->inputs[i].stored = false;
    }
    for (size_t k = 0; k < meta->watermarks_n; k++) {
        size_t i = inputs_find(&engine->inputs, meta->watermarks[k].topic, meta->watermarks[k].partition);
        if (i == SIZE_MAX)
            continue;
        shard->inputs[i].known = meta->watermarks[k].watermark;
        shard->inputs[i].stored = true;
    }
    size_t len = meta->token.len < VIEW_TOKEN_MAX - 1 ? meta->token.len : VIEW_TOKEN_MAX - 1;
    if (len > 0)
        memcpy(shard->token, meta->token.data, len);
    shard->token[len] = '\0';
    shard->settled = meta->settled;
    shard->began_empty = meta->watermarks_n == 0;
    copy_closed(shard, meta->open);
    shard->gaps_listed = 0;
    shard->lacks_watermarks = true;
    shard->open = str_equal(meta->open, view_identity(&engine->view, shard->number));
}

struct question *question_new(struct shard *shard)
{
    struct question *question = require_shard_memory(malloc(sizeof(*question)));
    *question = (struct question){shard, shard->generation};
    return question;
}

bool question_stands(struct question *question, struct shard **ret_shard)
{
    *ret_shard = question->shard;
    bool stands = question->generation == question->shard->generation;
    free(question);
    return stands;
}

/* Whether the shard must be cleared first: it has no token (new, flushed, or its meta deleted), or is damaged, or who
 * was clearing it seems to be gone. Waits for one who is at it. */
static bool must_be_cleared(struct shard *shard, struct str token)
{
    int64_t now_us = clock_steady_us();
    bool clearing = token.len > strlen(VIEW_CLEARING) && memcmp(token.data, VIEW_CLEARING, strlen(VIEW_CLEARING)) == 0;
    shard->unclean = shard_is_items(shard) && (token.len == 0 || str_equal(token, STR(VIEW_DAMAGED)));
    if (!clearing) {
        shard->clearing_since_us = 0;
        return shard->unclean;
    }
    if (shard->clearing_since_us == 0 || strcmp(shard->clearing_token, shard->token) != 0) {
        shard->clearing_since_us = now_us;
        memcpy(shard->clearing_token, shard->token, VIEW_TOKEN_MAX);
    }
    shard->unclean = now_us - shard->clearing_since_us > CLEARING_US;
    return true;
}

/* A watermark whose newest message does not lie before its next one would skip what is between the two. */
static bool is_to_be_believed(const struct shard_meta *meta)
{
    for (size_t k = 0; k < meta->watermarks_n; k++)
        if (!watermark_is_sound(&meta->watermarks[k].watermark))
            return false;
    return true;
}

static void take_meta_reply(void *context, const struct reply *reply)
{
    struct shard *shard;
    if (!question_stands(context, &shard))
        return;
    enum reply_problem problem = reply_problem(reply);
    struct arena arena;
    arena_init(&arena);
    struct shard_meta meta;
    if (problem != REPLY_OK) {
        shard_trouble(shard, problem, reply);
    } else if (!view_parse_meta(reply, &arena, &meta)) {
        say_broken_meta(shard);
        back_off(shard);
    } else {
        take_meta(shard, &meta);
        if (must_be_cleared(shard, meta.token)) {
            back_off(shard);
            arena_done(&arena);
            return;
        }
        if (!is_to_be_believed(&meta) && shard_is_reservations(shard)) {
            say_broken_meta(shard);
            back_off(shard);
            arena_done(&arena);
            return;
        }
        if (!is_to_be_believed(&meta) && shard_is_nodes(shard)) {
            shard->engine->rereads[TOPIC_NODES].state = REREAD_WANTED;
        } else if (!is_to_be_believed(&meta)) {
            shard_damaged(shard, "a position is one that nothing can have written");
            arena_done(&arena);
            return;
        }
        for (size_t i = 0; i < shard->engine->inputs.n; i++)
            line_up(shard, i);
        queue_filter(shard, is_still_to_fold);
        if (!shard->open && shard->queue.n == 0)
            ends_hurry(shard->engine->ends); /* nothing else to wait for before it opens */
    }
    arena_done(&arena);
}

/* Asked after the meta: whoever makes the view anew describes it first, so a token of theirs comes with their descriptor. */
static void take_description(void *context, const struct reply *reply)
{
    struct shard *shard;
    if (!question_stands(context, &shard))
        return;
    enum reply_problem problem = reply_problem(reply);
    if (problem != REPLY_OK) {
        shard_trouble(shard, problem, reply);
    } else if (!described_as_ours(shard->engine, reply)) {
        back_off(shard);
    } else {
        shard->state = SHARD_READY;
        assert(shard_check(shard));
    }
}

void shard_learn(struct shard *shard)
{
    shard->state = SHARD_LEARNING;
    view_ask_meta(&shard->engine->view, shard->number, take_meta_reply, question_new(shard));
    view_ask_descriptor(&shard->engine->view, take_description, question_new(shard));
}

static void clear_shards(struct engine *engine, struct shard_clear *shards, size_t n)
{
    char id[VIEW_TOKEN_MAX];
    struct error error;
    size_t mine = 0;
    error_clear(&error);
    snprintf(id, sizeof(id), "%s.%" PRIu64, engine->start_id, ++engine->commit_number);
    view_describe(&engine->view); /* shards without a token may be the trace of a FLUSHALL */
    if (view_clear_shards(&engine->view, shards, n, id, &error) != 0) {
        log_warning("shards not cleared reason=\"%s\" next=\"trying again\"", error.text);
        return;
    }
    for (size_t i = 0; i < n; i++)
        mine += shards[i].mine;
    if (mine > 0)
        log_info("shards cleared, to be folded from the beginning count=%zu", mine);
}

void shards_clear_unclean(struct engine *engine, int64_t now_us)
{
    struct shard_clear *shards = require_shard_memory(calloc(engine->shards_n, sizeof(*shards)));
    size_t n = 0;
    for (uint32_t i = 0; i < engine->shards_n; i++)
        if (shard_is_to_be_cleared(&engine->shards[i], now_us)) {
            shards[n].shard = i;
            memcpy(shards[n++].token, engine->shards[i].token, VIEW_TOKEN_MAX);
        }
    if (n > 0)
        clear_shards(engine, shards, n);
    for (size_t i = 0; i < n; i++) {
        engine->shards[shards[i].shard].unclean = false;
        engine->shards[shards[i].shard].retry_us = 0;
    }
    free(shards);
}

static bool is_wanted_by_nobody(const struct shard *shard, const struct message *message)
{
    (void)shard;
    (void)message;
    return false;
}

void shard_clear(struct shard *shard)
{
    shard_forget(shard, 0);
    queue_filter(shard, is_wanted_by_nobody);
}

static bool is_of_assigned(const struct shard *shard, const struct message *message)
{
    return shard->engine->inputs.rows[message->input].assigned;
}

void shard_drop_unassigned(struct shard *shard)
{
    queue_filter(shard, is_of_assigned);
}

/* --- answers to commits ----------------------------------------------------------------------------------------- */

/* Redis takes what is written: being able to read it, which many a refusal leaves, would not do. */
void shard_written(struct shard *shard)
{
    shard->backoff_ms = 0;
    shard->refusal_logged = shard->engine->refusal_logged = false;
}

void shard_note_settled(struct shard *shard, int64_t before)
{
    if (before > shard->settled)
        shard->settled = before;
}

void shard_acknowledge(struct shard *shard, size_t messages_n)
{
    assert(shard->in_flight_n > 0);
    queue_commit(shard, messages_n);
    shard->in_flight_n--;
    shard_written(shard);
    shard->advanced = true;
    if (shard->commits_until_pipelining > 0)
        shard->commits_until_pipelining--;
    if (shard->contended_commits > 0)
        shard->contended_commits--;
    assert(shard_check(shard));
}

void shard_conflict(struct shard *shard, enum commit_answer answer)
{
    shard->engine->totals.conflicts++;
    shard->contended_commits = CONTENDED_COMMITS;
    if (answer == COMMIT_LOST_RECORD)
        shard_damaged(shard, "what a commit changes is not as it was left");
    else
        shard_forget(shard, 0);
}

/* --- invariants ---------------------------------------------------------------------------------------------------
 *
 *   1. what is queued of all inputs is in the ring or deferred
 *   2. what is acknowledged of an input was taken
 *   3. messages are sent by batches in preparation or in flight alone, and only by a shard that is READY
 *   4. no more batches are in flight than the settings allow */
bool shard_check(const struct shard *shard)
{
    const struct engine *engine = shard->engine;
    size_t queued = 0, deferred = 0,
           inputs_n = engine->inputs.n < engine->inputs_room ? engine->inputs.n : engine->inputs_room;
    for (size_t i = 0; i < inputs_n; i++) {
        queued += shard->inputs[i].queued;
        deferred += shard->inputs[i].deferred_n;
        if (shard->inputs[i].acknowledged > shard->inputs[i].taken)
            return false;
    }
    bool busy = shard->preparing || shard->in_flight_n > 0;
    return queued == shard->queue.n + deferred && deferred == shard->queue.deferred_n &&
           shard->queue.sent <= shard->queue.n && (busy || shard->queue.sent == 0) &&
           (!busy || shard->state == SHARD_READY) && shard->in_flight_n <= engine->config->commits_in_flight;
}
