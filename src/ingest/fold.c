/* The fold's loop. Responsible for: what is done in which order, checkpoints, leaving cleanly.
 *
 *        Kafka ──► consumer.c ──► queue.c ──► batch.c ──► commit ──► Redis
 *                     ▲               ▲                │  ▲
 *                     │ rewind        │ forget, learn  │  └── replay.c (out of order)   sweep.c (settling)
 *                     └───────────────┴── mismatch ◄───┘
 *
 * Back-pressure: Redis is given work for some milliseconds at a time (turn.c); when messages pile up to pending_bytes,
 * Kafka is not read until some are committed; when all of them wait for the log, only what they wait for is read
 * (deferred.c). Both wait on descriptors, so an idle fold sleeps. */
#include "stockfold/ingest/fold.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "accepted_gaps.h"
#include "assignment.h"
#include "batch.h"
#include "checkpoint.h"
#include "completeness.h"
#include "consumer.h"
#include "deferred.h"
#include "gap.h"
#include "group.h"
#include "in_flight.h"
#include "inspect.h"
#include "openings.h"
#include "others.h"
#include "refused.h"
#include "reindex.h"
#include "relay.h"
#include "reread.h"
#include "session.h"
#include "shard.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/base/log.h"
#include "sweep.h"
#include "turn.h"

enum {
    IDLE_MS = 10,
    IDLE_MESSAGES = 1000,       /* since the last checkpoint: little comes */
    CHECKPOINT_TIMES = 2,       /* the pause is at least so often what the last ones took, with many partitions; */
    IDLE_CHECKPOINT_TIMES = 32, /* while little comes: positions hardly move then, and completeness.c says the rest */
    CHECKPOINT_PAUSES_MAX = 10, /* but no longer than so many fold.checkpoint */
    OPENING_US = 50 * 1000,     /* between checkpoints of shards that may open */
    HINT_US = 5 * 1000 * 1000,
    MISSED_US = 60 * 1000 * 1000,
    LEAVE_MS = 300, /* for what is on its way; the next three for what is closed then: all of it within a second */
    DRAIN_MS = 100,
    CLOSE_MS = 200,
    HANDLE_MS = 50,
    END_MS = 5000,    /* in place of DRAIN_MS, where nobody asked to stop: what comes after it reads the view */
    CONNECT_MS = 700, /* longer waits for an answer would keep a stop waiting; it is tried again */
};

struct loop {
    struct engine engine;
    struct session session;
    struct openings openings;
    struct view_config view;
    int wake; /* eventfd: Kafka has something */
    int64_t started_us, checkpoint_us, opening_us, report_us, hint_us, missed_us;
    bool starved;                /* what waits for the log filled the memory, a turn ago */
    int64_t unanswered_us;       /* when checkpoints were last seen in flight */
    int64_t checkpoints_took_us; /* the last ones, until all were answered; 0: not yet */
    uint64_t came;               /* messages since then */
    uint32_t first;              /* shard that gets the first turn */
};

static void start_id(char ret_id[START_ID_MAX])
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        random = (uint64_t)clock_wall_ms() ^ (uint64_t)getpid() << 40;
    snprintf(ret_id, START_ID_MAX, "%016" PRIx64, random);
}

/* --- turns ------------------------------------------------------------------------------------------------------- */

/* As soon as every shard that asks has its answer, so that one walk over the keys does for all of them. */
static void clear_when_all_learned(struct engine *engine, int64_t now_us)
{
    bool any = false;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        if (engine->shards[i].state == SHARD_LEARNING)
            return;
        any = any || shard_is_to_be_cleared(&engine->shards[i], now_us);
    }
    if (any && view_is_open(&engine->view))
        shards_clear_unclean(engine, now_us);
}

/* As the view has it: what was sent last is answered. */
static bool all_open(const struct engine *engine)
{
    for (uint32_t i = 0; i < engine->shards_n; i++)
        if (!engine->shards[i].open || engine->shards[i].checkpoint_in_flight)
            return false;
    return true;
}

static void report_partitions(struct engine *engine)
{
    int64_t now_ms = clock_wall_ms();
    struct partition_progress *rows = arena_array(&engine->scratch, struct partition_progress, engine->inputs.n);
    size_t n = 0;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        const struct input *input = &engine->inputs.rows[i];
        if (input->assigned)
            rows[n++] = (struct partition_progress){.topic = {input->topic, strlen(input->topic)},
                                                    .partition = input->partition,
                                                    .next = input->read.next,
                                                    .end = input->end,
                                                    .complete_to = input_watermark(input).complete_to,
                                                    .written_ms = now_ms,
                                                    .waiting = (int64_t)input->deferred_n};
    }
    partitions_write(&engine->view, rows, n);
    arena_reset(&engine->scratch, 0);
}

/* What goes with the checkpoints for those who watch. */
static void report_progress(struct engine *engine)
{
    if (!view_is_open(&engine->view))
        return;
    totals_write(&engine->view, &engine->totals, &engine->reported);
    engine->reported = engine->totals;
    last_heard_send(engine->last_heard);
    if (engine->assigned)
        report_partitions(engine);
}

/* Without an end to reach, a Kafka that is away is waited for. */
static int check_answer_of_kafka(const struct loop *loop, int64_t now_us, struct error *error)
{
    const struct fold_config *config = loop->engine.config;
    int64_t timeout_ms = config->until_end_timeout_ms > 0 ? config->until_end_timeout_ms : config->kafka.timeout_ms;
    if (!config->until_end || now_us - loop->started_us < timeout_ms * 1000)
        return 0;
    return error_set(error, ERROR_UNREACHABLE,
                     "Kafka at %s does not answer within %" PRId64 " ms: start it, or set kafka.bootstrap.servers; "
                     "`stockfold check` says more",
                     kafka_bootstrap(&config->kafka), timeout_ms);
}

/* Nothing opens, and no end is reached, while a topic is missing. */
static int check_topics(struct loop *loop, int64_t now_us, struct error *error)
{
    struct engine *engine = &loop->engine;
    char names[KAFKA_INPUT_NAMES_MAX];
    int missing = ends_missing_topics(engine->ends);
    if (missing < 0)
        return check_answer_of_kafka(loop, now_us, error);
    if (missing == 0)
        return 0;
    kafka_name_inputs(&engine->config->kafka, missing, names);
    if (engine->config->until_end)
        return error_set(error, ERROR_STATE,
                         "topics are missing: %s; run `stockfold setup`, or permit this user to describe them", names);
    if (now_us - loop->missed_us >= MISSED_US || loop->missed_us == 0) {
        loop->missed_us = now_us;
        log_warning("topics are missing topics=%s next=\"nothing opens until they are there: run stockfold setup, or "
                    "permit this user to describe them\"",
                    names);
    }
    return 0;
}

/* A partition that is new to the view, which its readers know by the shard's watermark. */
static bool is_to_get_watermark(struct shard *shard)
{
    const struct engine *engine = shard->engine;
    bool lacks = false, known = false;
    if (!engine->assigned || !shard->lacks_watermarks)
        return false;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        const struct input *input = &engine->inputs.rows[i];
        if (!input->assigned || shard->inputs[i].stored || !shard_concerns(shard, input))
            continue;
        lacks = true;
        known = known || input_watermark(input).complete_to != TIME_NONE;
    }
    shard->lacks_watermarks = lacks;
    return known;
}

/* Shards that have read what they have to reach before they open do not wait for the next checkpoint; but commits come
 * first: with many partitions one checkpoint of each shard is long work for Redis. */
static void open_shards(struct loop *loop, int64_t now_us)
{
    struct engine *engine = &loop->engine;
    if (engine->checkpoints_in_flight > 0) {
        loop->unanswered_us = now_us;
        return;
    }
    int64_t took_us = loop->unanswered_us > loop->opening_us ? loop->unanswered_us - loop->opening_us : 0;
    int64_t rest_us = took_us * CHECKPOINT_TIMES;
    if (now_us - loop->opening_us - took_us < (rest_us > OPENING_US ? rest_us : OPENING_US))
        return;
    loop->opening_us = now_us;
    for (uint32_t i = 0; i < engine->shards_n; i++)
        if (shard_may_open(&engine->shards[i]) || is_to_get_watermark(&engine->shards[i]))
            shard_checkpoint(&engine->shards[i]);
}

/* With many partitions the checkpoints of all shards are long work for Redis. */
static bool checkpoint_is_due(struct loop *loop, int64_t now_us)
{
    const struct engine *engine = &loop->engine;
    int64_t pause_us = engine->config->checkpoint_ms * 1000, since_us = now_us - loop->checkpoint_us;
    if (loop->checkpoints_took_us == 0 && engine->checkpoints_in_flight == 0)
        loop->checkpoints_took_us = since_us;
    int64_t rest_us =
        loop->checkpoints_took_us * (loop->came < IDLE_MESSAGES ? IDLE_CHECKPOINT_TIMES : CHECKPOINT_TIMES);
    if (rest_us > CHECKPOINT_PAUSES_MAX * engine->config->checkpoint_ms * 1000)
        rest_us = CHECKPOINT_PAUSES_MAX * engine->config->checkpoint_ms * 1000;
    return since_us >= (pause_us > rest_us ? pause_us : rest_us);
}

static void checkpoint_all(struct loop *loop, int64_t now_us)
{
    struct engine *engine = &loop->engine;
    loop->checkpoint_us = loop->opening_us = now_us;
    loop->checkpoints_took_us = 0;
    loop->came = 0;
    failpoint("checkpoint");
    for (uint32_t i = 0; i < engine->shards_n; i++)
        shard_checkpoint(&engine->shards[i]);
}

static void checkpoint_when_due(struct loop *loop, int64_t now_us)
{
    struct engine *engine = &loop->engine;
    if (ends_are_new(engine->ends)) {
        bool known = ends_missing_topics(engine->ends) == 0; /* asked first: what is known then is copied */
        engine->ends_rounds = ends_copy(engine->ends, &engine->inputs);
        engine->partitions_known = engine->partitions_known || known;
        shards_fit_inputs(engine);
        gap_find_short_logs(engine);
        gap_note_others_fit(engine);
        completeness_write(engine);
        shard_checkpoint(shard_for_nodes(engine));
        shard_checkpoint(shard_for_reservations(engine));
    }
    gap_close_shards(engine);
    if (checkpoint_is_due(loop, now_us))
        checkpoint_all(loop, now_us);
    else
        open_shards(loop, now_us);
    if (now_us - loop->report_us < engine->config->checkpoint_ms * 1000)
        return;
    loop->report_us = now_us;
    for (uint32_t i = 0; i < engine->shards_n; i++)
        sweep_consider(&engine->shards[i], now_us);
    report_progress(engine);
    openings_report(&loop->openings, engine, now_us);
    if (engine->assigned && now_us - loop->hint_us >= HINT_US) {
        loop->hint_us = now_us;
        assignment_hint(engine);
    }
    if (engine->assigned)
        group_watch_poll(engine->group_watch, &engine->inputs, now_us);
}

struct waited {
    struct pollfd descriptors[1 + VIEW_LINKS_MAX];
    nfds_t n;
};

static void add_descriptor(void *context, struct link *link)
{
    struct waited *waited = context;
    waited->descriptors[waited->n++] = (struct pollfd){
        .fd = link_descriptor(link), .events = (short)(POLLIN | (link_wants_write(link) ? POLLOUT : 0))};
}

static void wait_for_something(struct loop *loop)
{
    struct engine *engine = &loop->engine;
    struct waited waited = {.descriptors = {{.fd = loop->wake, .events = POLLIN}}, .n = 1};
    if (view_is_open(&engine->view))
        view_each_link(&engine->view, add_descriptor, &waited);
    bool queued = false;
    for (uint32_t i = 0; i < engine->shards_n && !queued; i++)
        queued = queue_waiting(&engine->shards[i].queue) > 0;
    poll(waited.descriptors, waited.n, queued ? 1 : IDLE_MS);
    uint64_t count;
    if (waited.descriptors[0].revents != 0 && read(loop->wake, &count, sizeof(count)) < 0)
        count = 0;
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

static bool input_done(const struct engine *engine, size_t index)
{
    const struct input *input = &engine->inputs.rows[index];
    if (!input->assigned)
        return true;
    if (input->target < 0 || input->read.next < input->target || !input_fits(input))
        return false;
    for (uint32_t i = 0; i < engine->shards_n; i++)
        if (shard_concerns(&engine->shards[i], input) && engine->shards[i].inputs[index].acknowledged < input->target)
            return false;
    return true;
}

/* Says once which partition it is that an open transaction holds up: nobody else can tell, and it may take hours. */
static void say_held_up(struct engine *engine, struct input *input)
{
    if (input->held_up_logged || !input_is_held_up(input, 1))
        return;
    input->held_up_logged = true;
    log_warning("a producer's open transaction holds a partition up topic=%s partition=%d position=%" PRId64
                " end=%" PRId64 " next=\"waiting for it: see kafka-transactions.sh --bootstrap-server %s "
                "find-hanging\"",
                input->topic, input->partition, input->read.next, input->end, kafka_bootstrap(&engine->config->kafka));
}

/* With until_end: everything that was there when the fold started is committed, and what is ours is open. */
static bool reached_end(struct engine *engine)
{
    if (!engine->config->until_end || !engine->assigned || engine->ends_rounds == 0 || reread_is_due(engine) ||
        gap_is_being_accepted(engine))
        return false;
    bool all_ours = true;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        struct input *input = &engine->inputs.rows[i];
        all_ours = all_ours && input->assigned;
        if (input->target < 0)
            input->target = input->end;
        if (input->broken)
            return true;
        if (!input_done(engine, i)) {
            say_held_up(engine, input);
            return false;
        }
    }
    return !all_ours || all_open(engine);
}

/* The first partition whose end at the start is not committed yet; NULL: all are. */
static const struct input *unfinished_input(const struct engine *engine)
{
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (!input_done(engine, i))
            return &engine->inputs.rows[i];
    return NULL;
}

static int check_timeout(struct loop *loop, int64_t now_us, struct error *error)
{
    const struct engine *engine = &loop->engine;
    int64_t timeout_ms = engine->config->until_end_timeout_ms;
    if (timeout_ms == 0 || now_us - loop->started_us < timeout_ms * 1000)
        return 0;
    const struct input *input = unfinished_input(engine);
    if (input == NULL || !engine->assigned)
        return error_set(error, ERROR_UNREACHABLE, "not at the end within %" PRId64 " ms: %s", timeout_ms,
                         engine->assigned ? "shards are not open" : "no partitions were assigned");
    return error_set(error, ERROR_UNREACHABLE,
                     "not at the end within %" PRId64 " ms: %s:%" PRId32 " is read to offset %" PRId64 " of %" PRId64
                     "%s; what was committed stays",
                     timeout_ms, input->topic, input->partition, input->read.next, input->target,
                     input_is_held_up(input, 1) ? ", an open transaction holds it up" : "");
}

static void leave_cleanly(struct loop *loop)
{
    struct engine *engine = &loop->engine;
    engine->leaving = true;
    in_flight_wait(engine, LEAVE_MS);
    for (uint32_t i = 0; i < engine->shards_n; i++)
        shard_checkpoint(&engine->shards[i]);
    report_progress(engine);
    if (view_is_open(&engine->view) && !view_drain(&engine->view, *engine->stop ? DRAIN_MS : END_MS))
        log_debug("left without the last checkpoint's answer");
}

static int run_until_stopped(struct loop *loop, struct error *error)
{
    struct engine *engine = &loop->engine;
    const struct fold_config *config = engine->config;
    while (!*engine->stop && !reached_end(engine)) {
        int64_t now_us = clock_steady_us();
        int code = session_reconnect(&loop->session, engine, now_us, error);
        if (code != 0)
            return code;
        size_t came = 0;
        bool starved = deferred_starve(engine);
        if (starved && !loop->starved)
            assignment_hurry(engine); /* nothing more is read before those that wait are paused */
        else if (engine->pending_bytes < config->pending_bytes || starved)
            came = consumer_poll(engine, 0);
        else
            ends_keep_fetching(engine->ends);
        loop->starved = starved;
        loop->came += came;
        assignment_steer(engine, now_us);
        gap_restart_shards(engine);
        refuser_poll(engine->refuser);
        relay_turn(engine->relay, now_us);
        checkpoint_when_due(loop, now_us);
        code = check_topics(loop, now_us, error);
        if (code == 0)
            code = check_timeout(loop, now_us, error);
        if (code != 0)
            return code;
        clear_when_all_learned(engine, now_us);
        completeness_take_back(engine, now_us);
        bool started = turn_step(engine, &loop->first, now_us);
        int replies = view_is_open(&engine->view) ? view_turn(&engine->view, 0) : 0;
        if (engine->failure.code != 0)
            return error_set(error, engine->failure.code, "%s", engine->failure.text);
        inspector_turn(engine->inspector, now_us);
        session_watch(&loop->session, engine, now_us);
        session_end_silence(&loop->session, engine, now_us, replies);
        if (came == 0 && !started && replies == 0)
            wait_for_something(loop);
    }
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (config->until_end && engine->inputs.rows[i].broken)
            return error_set(
                error, ERROR_NO,
                "%s partition %d does not fit the view (the log says why): restore the topic, or fold what "
                "it holds now with --accept-gap %s:%d, or what all partitions of the topic hold with --accept-gap %s",
                engine->inputs.rows[i].topic, engine->inputs.rows[i].partition, engine->inputs.rows[i].topic,
                engine->inputs.rows[i].partition, engine->inputs.rows[i].topic);
    return 0;
}

/* --- start and finish -------------------------------------------------------------------------------------------- */

static int connect_kafka(struct loop *loop, struct error *error)
{
    struct engine *engine = &loop->engine;
    const struct fold_config *config = engine->config;
    engine->refuser = refuser_new(config, error);
    if (engine->refuser == NULL)
        return (int)error->code;
    engine->relay = relay_new(engine, error);
    if (engine->relay == NULL)
        return (int)error->code;
    int code = consumer_open(engine, loop->wake, error);
    if (code != 0)
        return code;
    struct ends_config ends = {.kafka = &config->kafka,
                               .consumer = engine->consumer,
                               .id = engine->start_id,
                               .clocks_apart_max_ms = config->view.rule.history_ms / CLOCKS_APART_PART};
    engine->ends = ends_start(&ends, error);
    if (engine->ends == NULL)
        return (int)error->code;
    engine->group_watch = group_watch_new(engine->consumer, config->group, engine->view.id);
    return 0;
}

static void release_all(struct loop *loop)
{
    struct engine *engine = &loop->engine;
    bool closed = consumer_close(engine, CLOSE_MS); /* revokes, which may still want the ends */
    bool unused = ends_stop(engine->ends);
    engine->ends = NULL;
    group_watch_free(engine->group_watch);
    for (uint32_t i = 0; i < engine->shards_n && engine->shards != NULL; i++)
        shard_clear(&engine->shards[i]);
    view_close(&engine->view); /* answers that never come end what waits for them */
    inspector_free(engine->inspector);
    reindex_free(engine->reindex);
    refuser_free(engine->refuser, HANDLE_MS);
    relay_free(engine->relay, HANDLE_MS);
    if (engine->shards != NULL)
        shards_done(engine);
    batches_done(engine);
    if (closed && unused) /* once no block has any of its messages */
        kafka_free_within(engine->consumer, HANDLE_MS);
    reread_done(engine);
    inputs_done(&engine->inputs);
    cache_free(engine->cache);
    last_heard_free(engine->last_heard);
    commit_done(&engine->commit);
    buffer_done(&engine->packed);
    buffer_done(&engine->plain);
    buffer_done(&engine->blob);
    arena_done(&engine->scratch);
    view_done(&engine->view);
    close(loop->wake);
}

static void give_totals(const struct loop *loop, struct fold_totals *ret_totals)
{
    const struct totals *totals = &loop->engine.totals;
    *ret_totals = (struct fold_totals){.read = totals->read,
                                       .folded = totals->folded + totals->master,
                                       .duplicate = totals->duplicate,
                                       .seconds = (double)(clock_steady_us() - loop->started_us) / 1e6};
    memcpy(ret_totals->refused, totals->refused, sizeof(ret_totals->refused));
}

/* The last word in the log: how it ended, and what was done. */
static void log_end(const struct fold_totals *totals, const char *reason)
{
    char refused[REFUSALS * 40] = "";
    int64_t refused_n = 0;
    size_t len = 0;
    for (int refusal = REFUSAL_NONE + 1; refusal < REFUSALS; refusal++) {
        refused_n += totals->refused[refusal];
        if (totals->refused[refusal] > 0)
            len += (size_t)snprintf(refused + len, sizeof(refused) - len, " refused_%s=%" PRId64,
                                    refusal_texts[refusal].name, totals->refused[refusal]);
    }
    log_info("the fold ends reason=%s read=%" PRId64 " folded=%" PRId64 " duplicate=%" PRId64 " refused=%" PRId64
             "%s seconds=%.1f",
             reason, totals->read, totals->folded, totals->duplicate, refused_n, refused, totals->seconds);
}

int fold_run(const struct fold_config *config, const volatile sig_atomic_t *stop, struct fold_totals *ret_totals,
             struct error *error)
{
    if (accepted_gaps_check(config, error) != 0)
        return (int)error->code;
    struct loop loop = {.engine = {.config = config, .stop = stop}, .wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    struct engine *engine = &loop.engine;
    loop.started_us = loop.checkpoint_us = clock_steady_us();
    start_id(engine->start_id);
    loop.view = config->view;
    if (loop.view.timeout_ms > CONNECT_MS)
        loop.view.timeout_ms = CONNECT_MS;
    view_init(&engine->view, &loop.view);
    commit_init(&engine->commit, &engine->view);
    buffer_init(&engine->packed);
    buffer_init(&engine->plain);
    buffer_init(&engine->blob);
    arena_init(&engine->scratch);
    engine->cache = cache_new(config->cache_bytes);
    engine->last_heard = last_heard_new(&engine->view);
    engine->inspector = inspector_new(engine);
    engine->reindex = reindex_new(&config->view);
    int code = session_open(&loop.session, engine, error);
    if (code == 0 && loop.session.was_open) {
        shards_init(engine);
        code = connect_kafka(&loop, error);
    }
    if (code == 0 && loop.session.was_open)
        code = run_until_stopped(&loop, error);
    if (code == 0 && config->until_end && *stop)
        code = error_set(error, ERROR_NO, "stopped before the end; what was committed stays: run it again");
    bool folded = engine->shards != NULL && engine->refuser != NULL;
    if (folded && engine->failure.code == 0)
        leave_cleanly(&loop);
    if (code == 0 && config->until_end && folded) {
        openings_report(&loop.openings, engine, clock_steady_us());
        code = others_check(engine, error);
    }
    give_totals(&loop, ret_totals);
    release_all(&loop);
    if (folded)
        log_end(ret_totals, code != 0 ? "error" : *stop ? "signal" : "end");
    return code;
}
