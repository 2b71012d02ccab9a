/* Responsible for: knowing where every input partition ends, since when that is known, and by which clock; and keeping
 * librdkafka's fetching awake. Not for: what follows from it; the questions themselves (end_question.c). Thread: its own;
 * shares one locked table and the brokers' clocks with the fold's. */
#include "ends.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "broker_clock.h"
#include "end_question.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"

/* A question costs its brokers some milliseconds: they are asked for a sixth of the time at most. */
enum { PAUSE_MS = 100, PAUSE_TIMES = 5, PAUSE_MAX_MS = 1000, QUESTION_MS = 500, STOP_MS = 200, HANDLE_MS = 50 };
enum { FIND_US = 1000 * 1000, STABLE_US = 500 * 1000, SAY_US = 600 * 1000 * 1000 };
enum { CLOCK_PARTITIONS_MAX = 1024 };
enum { NO_BROKER = INT32_MIN };
enum { WAKE_MS = 20, FULL_US = 100 * 1000 };

/* What the fold's thread sees of a partition. */
struct end {
    struct partition_end last;
    int64_t stable;        /* last stable offset, -1: not asked */
    uint64_t stable_round; /* the round in which that was asked */
    bool seems_held_up;    /* written by the fold's thread */
};

struct ends {
    struct ends_config config;
    rd_kafka_t *handle; /* reads uncommitted messages; also produces to the clock's topic */
    bool is_mock;
    pthread_t thread;

    /* the thread's own */
    struct partition_end_list found;
    int32_t clock_leaders[CLOCK_PARTITIONS_MAX];
    int clock_partitions;
    int64_t found_us, stable_us, said_us;

    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping, hurry; /* under lock, like all below */
    int64_t full_us;      /* when much had come last, and little more was fetched */
    struct end *rows;     /* as many as found.n, in its order */
    size_t n;
    uint64_t rounds, version, copied;
    int missing;
    struct broker_clocks clocks;
};

static bool stopping(struct ends *ends)
{
    pthread_mutex_lock(&ends->lock);
    bool answer = ends->stopping;
    pthread_mutex_unlock(&ends->lock);
    return answer;
}

/* --- ends --------------------------------------------------------------------------------------------------------- */

/* Makes what was found visible; with `whole`, as one more round. */
static void publish_ends(struct ends *ends, bool whole)
{
    pthread_mutex_lock(&ends->lock);
    if (ends->n < ends->found.n) {
        ends->rows = reallocarray(ends->rows, ends->found.n, sizeof(*ends->rows));
        if (ends->rows == NULL)
            error_out_of_memory();
    }
    for (; ends->n < ends->found.n; ends->n++)
        ends->rows[ends->n] = (struct end){.stable = -1};
    for (size_t i = 0; i < ends->n; i++)
        ends->rows[i].last = ends->found.rows[i];
    ends->missing = ends->found.missing;
    ends->rounds += whole;
    ends->version++;
    pthread_mutex_unlock(&ends->lock);
}

static bool find_partitions(struct ends *ends, int64_t now_us)
{
    const struct kafka_config *kafka = ends->config.kafka;
    if (!partition_ends_find(ends->handle, kafka, QUESTION_MS, &ends->found))
        return false;
    ends->clock_partitions =
        topic_leaders(ends->handle, kafka->topics[TOPIC_CLOCK], QUESTION_MS, ends->clock_leaders, CLOCK_PARTITIONS_MAX);
    ends->found_us = now_us;
    return true;
}

/* Partitions and their leaders are looked up once a second, and where a question was not answered. */
static void ask_round(struct ends *ends)
{
    int64_t now_us = clock_steady_us();
    bool whole = false;
    if ((ends->found_us != 0 && now_us - ends->found_us < FIND_US) || find_partitions(ends, now_us))
        whole = partition_ends_ask(ends->handle, ends->config.kafka, QUESTION_MS, ends->found.rows, ends->found.n);
    if (!whole)
        ends->found_us = 0;
    publish_ends(ends, whole && ends->found.missing == 0);
}

/* Where the fold stands at the end of what it may read, and messages lie behind that: how far it may read at most. */
static void ask_stable_ends(struct ends *ends)
{
    struct partition_end *wanted = calloc(ends->found.n + 1, sizeof(*wanted));
    size_t *index = calloc(ends->found.n + 1, sizeof(*index)), n = 0;
    if (wanted == NULL || index == NULL)
        error_out_of_memory();
    pthread_mutex_lock(&ends->lock);
    for (size_t i = 0; i < ends->n; i++)
        if (ends->rows[i].seems_held_up) {
            index[n] = i;
            wanted[n] = ends->rows[i].last;
            wanted[n++].end = -1;
        }
    uint64_t round = ends->rounds;
    pthread_mutex_unlock(&ends->lock);
    if (n > 0)
        (void)partition_ends_ask(ends->config.consumer, ends->config.kafka, QUESTION_MS, wanted, n);
    pthread_mutex_lock(&ends->lock);
    for (size_t i = 0; i < n; i++)
        if (wanted[i].end >= 0) {
            ends->rows[index[i]].stable = wanted[i].end;
            ends->rows[index[i]].stable_round = round;
            ends->version++;
        }
    pthread_mutex_unlock(&ends->lock);
    free(wanted);
    free(index);
}

/* --- clocks ------------------------------------------------------------------------------------------------------- */

/* The time at which it was sent rides with the message as its opaque pointer. */
static void take_stamp(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct ends *ends = opaque;
    rd_kafka_timestamp_type_t type;
    int64_t stamp_ms = rd_kafka_message_timestamp(message, &type), now_us = clock_steady_us();
    (void)handle;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || (type != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME && !ends->is_mock))
        return;
    if (ends->is_mock)
        stamp_ms = clock_wall_ms(); /* its messages have their producers' times; what it answers is no wall clock */
    pthread_mutex_lock(&ends->lock);
    broker_clock_answered(&ends->clocks, rd_kafka_message_broker_id(message), stamp_ms,
                          (int64_t)(intptr_t)message->_private, now_us);
    int64_t apart_ms = broker_clocks_apart(&ends->clocks);
    ends->version++;
    pthread_mutex_unlock(&ends->lock);
    if (apart_ms <= ends->config.clocks_apart_max_ms || (ends->said_us != 0 && now_us - ends->said_us < SAY_US))
        return;
    ends->said_us = now_us;
    log_warning("the brokers' clocks differ by_ms=%lld next=\"set them right: history is judged by them, and waits for "
                "the slowest where they are far apart\"",
                (long long)apart_ms);
}

static void ask_clock_in(struct ends *ends, int32_t partition)
{
    const char *topic = ends->config.kafka->topics[TOPIC_CLOCK];
    rd_kafka_resp_err_t err =
        rd_kafka_producev(ends->handle, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_KEY(ends->config.id, strlen(ends->config.id)), RD_KAFKA_V_VALUE((void *)"?", 1),
                          RD_KAFKA_V_OPAQUE((void *)(intptr_t)clock_steady_us()), RD_KAFKA_V_END);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_debug("clock not asked topic=%s partition=%d reason=\"%s\"", topic, partition, rd_kafka_err2str(err));
}

static bool leads_inputs(const struct ends *ends, int32_t broker)
{
    for (size_t i = 0; i < ends->found.n; i++)
        if (ends->found.rows[i].leader == broker)
            return true;
    return false;
}

/* Each broker that leads an input partition is asked in the first partition of the clock's topic that it leads. */
static void ask_clocks(struct ends *ends)
{
    int64_t now_us = clock_steady_us();
    for (int i = 0; i < ends->clock_partitions; i++) {
        int32_t broker = ends->clock_leaders[i];
        bool first = broker >= 0 && leads_inputs(ends, broker);
        for (int k = 0; k < i && first; k++)
            first = ends->clock_leaders[k] != broker;
        pthread_mutex_lock(&ends->lock);
        bool ask = first && broker_clock_is_to_be_asked(&ends->clocks, broker, now_us);
        pthread_mutex_unlock(&ends->lock);
        if (ask)
            ask_clock_in(ends, i);
    }
}

int64_t ends_saw_stamp(struct ends *ends, int32_t broker, int64_t stamp_ms)
{
    pthread_mutex_lock(&ends->lock);
    int64_t ahead_ms = broker_clock_saw(&ends->clocks, broker, stamp_ms, clock_steady_us());
    pthread_mutex_unlock(&ends->lock);
    return ahead_ms;
}

int64_t ends_clock(struct ends *ends)
{
    pthread_mutex_lock(&ends->lock);
    int64_t now_ms = broker_clock_at(&ends->clocks, NO_BROKER, clock_steady_us());
    pthread_mutex_unlock(&ends->lock);
    return now_ms;
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

/* Up to librdkafka 2.1 a broker's thread that finds the queue of fetched messages full sleeps for a second, however soon
 * the queue is empty again. A request to that broker on the same handle ends the sleep; later ones have a setting. */
static bool fetching_may_sleep(struct ends *ends)
{
    pthread_mutex_lock(&ends->lock);
    bool answer = ends->full_us != 0 && clock_steady_us() - ends->full_us < FULL_US;
    pthread_mutex_unlock(&ends->lock);
    return answer && rd_kafka_version() < FETCH_BACKOFF_VERSION;
}

/* Asks every leader for the end of one of its partitions. */
static void wake_fetching(struct ends *ends)
{
    struct partition_end *asked = calloc(ends->found.n + 1, sizeof(*asked));
    size_t n = 0;
    if (asked == NULL)
        error_out_of_memory();
    for (size_t i = 0; i < ends->found.n; i++) {
        bool first = ends->found.rows[i].leader >= 0;
        for (size_t k = 0; k < n && first; k++)
            first = asked[k].leader != ends->found.rows[i].leader;
        if (first)
            asked[n++] = ends->found.rows[i];
    }
    (void)partition_ends_ask(ends->config.consumer, ends->config.kafka, QUESTION_MS, asked, n);
    free(asked);
}

/* Returns whether the thread has something better to do than to wait on. */
static bool wait_until(struct ends *ends, int64_t until_us)
{
    int64_t left_ms = (until_us - clock_steady_us()) / 1000;
    bool wakes = fetching_may_sleep(ends);
    if (left_ms <= 0)
        return true;
    struct timespec until = clock_steady_in(wakes && left_ms > WAKE_MS ? WAKE_MS : left_ms);
    pthread_mutex_lock(&ends->lock);
    if (!ends->stopping && !ends->hurry)
        pthread_cond_clockwait(&ends->wake, &ends->lock, CLOCK_MONOTONIC, &until);
    bool called = ends->stopping || ends->hurry;
    pthread_mutex_unlock(&ends->lock);
    if (!called && wakes)
        wake_fetching(ends);
    return called;
}

/* Stamps come meanwhile. */
static void pause_between(struct ends *ends, int64_t took_us)
{
    int64_t pause_ms = took_us * PAUSE_TIMES / 1000, now_us = clock_steady_us();
    pause_ms = pause_ms < PAUSE_MS ? PAUSE_MS : pause_ms > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause_ms;
    int64_t until_us = now_us + pause_ms * 1000;
    while (rd_kafka_outq_len(ends->handle) > 0 && clock_steady_us() < until_us && !stopping(ends))
        rd_kafka_poll(ends->handle, 5);
    while (!wait_until(ends, until_us)) {
    }
}

/* A round that begins after ends_hurry() is asked without pauses; one that is under way is finished so. */
static void *run_ends(void *context)
{
    struct ends *ends = context;
    ends->is_mock = kafka_is_mock(ends->handle, QUESTION_MS);
    bool hurried = true;
    while (!stopping(ends)) {
        int64_t begin_us = clock_steady_us();
        ask_round(ends);
        ask_clocks(ends);
        int64_t end_us = clock_steady_us();
        if (end_us - ends->stable_us >= STABLE_US) {
            ask_stable_ends(ends);
            ends->stable_us = end_us;
        }
        pthread_mutex_lock(&ends->lock);
        if (ends->hurry && hurried)
            ends->hurry = false;
        hurried = ends->hurry;
        pthread_mutex_unlock(&ends->lock);
        pause_between(ends, end_us - begin_us);
    }
    return NULL;
}

struct ends *ends_start(const struct ends_config *config, struct error *error)
{
    struct ends *ends = calloc(1, sizeof(*ends));
    if (ends == NULL)
        error_out_of_memory();
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_dr_msg_cb(conf, take_stamp);
    ends->config = *config;
    ends->handle = kafka_new(config->kafka, KAFKA_ENDS, conf, ends, error);
    if (ends->handle == NULL) {
        free(ends);
        return NULL;
    }
    ends->missing = ends->found.missing = -1; /* until a broker has answered once */
    ends->hurry = true;
    pthread_mutex_init(&ends->lock, NULL);
    pthread_cond_init(&ends->wake, NULL);
    if (pthread_create(&ends->thread, NULL, run_ends, ends) != 0)
        abort();
    return ends;
}

bool ends_stop(struct ends *ends)
{
    if (ends == NULL)
        return true;
    pthread_mutex_lock(&ends->lock);
    ends->stopping = true;
    pthread_cond_signal(&ends->wake);
    pthread_mutex_unlock(&ends->lock);
    struct timespec until = clock_steady_in(STOP_MS);
    if (pthread_clockjoin_np(ends->thread, NULL, CLOCK_MONOTONIC, &until) != 0)
        return false;
    kafka_free_within(ends->handle, HANDLE_MS);
    pthread_cond_destroy(&ends->wake);
    pthread_mutex_destroy(&ends->lock);
    partition_ends_done(&ends->found);
    broker_clocks_done(&ends->clocks);
    free(ends->rows);
    free(ends);
    return true;
}

/* --- for the fold's thread ---------------------------------------------------------------------------------------- */

void ends_hurry(struct ends *ends)
{
    pthread_mutex_lock(&ends->lock);
    ends->hurry = true;
    pthread_cond_signal(&ends->wake);
    pthread_mutex_unlock(&ends->lock);
}

void ends_keep_fetching(struct ends *ends)
{
    int64_t now_us = clock_steady_us();
    pthread_mutex_lock(&ends->lock);
    if (now_us - ends->full_us >= FULL_US)
        pthread_cond_signal(&ends->wake); /* its pause is in parts from now on */
    ends->full_us = now_us;
    pthread_mutex_unlock(&ends->lock);
}

bool ends_are_new(struct ends *ends)
{
    pthread_mutex_lock(&ends->lock);
    bool answer = ends->version != ends->copied;
    pthread_mutex_unlock(&ends->lock);
    return answer;
}

uint64_t ends_copy(struct ends *ends, struct inputs *inputs)
{
    pthread_mutex_lock(&ends->lock);
    for (size_t i = 0; i < ends->n; i++) {
        struct end *row = &ends->rows[i];
        size_t index =
            inputs_index(inputs, ends->config.kafka, row->last.role, row->last.partition); /* may move rows */
        struct input *input = &inputs->rows[index];
        input->stable_end = row->stable;
        input->stable_round = row->stable_round;
        if (row->last.end >= 0)
            input_hear_end(input, row->last.end, broker_clock_at(&ends->clocks, row->last.leader, row->last.sent_us));
        row->seems_held_up = input_seems_held_up(input);
        input->awaited = false;
    }
    ends->copied = ends->version;
    uint64_t rounds = ends->rounds;
    pthread_mutex_unlock(&ends->lock);
    return rounds;
}

int ends_missing_topics(struct ends *ends)
{
    pthread_mutex_lock(&ends->lock);
    int missing = ends->missing;
    pthread_mutex_unlock(&ends->lock);
    return missing;
}
