/* Responsible for: knowing where every input partition ends, and since when that is known.
 * Not for: what follows from it. Thread: its own; shares one locked table with the fold's. */
#include "ends.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdlib.h>

#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"

/* Questions are spread out rather than asked in one go, because each of them also wakes librdkafka's thread for that
 * broker: up to 2.0 that thread sleeps a whole second whenever the queue of fetched messages was full. */
enum { PAUSE_MS = 20, QUESTION_MS = 500, STOP_MS = 200 };

struct end {
    enum topic_role role;
    int32_t partition;
    int64_t begin, end, asked_ms;
};

struct ends {
    rd_kafka_t *handle;
    const struct kafka_config *config;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping, hurry; /* under lock, like all below */
    struct end *rows;
    size_t n, cap;
    uint64_t rounds;
    int topics;
};

static void put_end(struct ends *ends, const struct end *row)
{
    pthread_mutex_lock(&ends->lock);
    size_t i = 0;
    while (i < ends->n && (ends->rows[i].role != row->role || ends->rows[i].partition != row->partition))
        i++;
    if (i == ends->cap) {
        ends->cap = ends->cap == 0 ? 32 : ends->cap * 2;
        ends->rows = realloc(ends->rows, ends->cap * sizeof(*ends->rows));
        if (ends->rows == NULL)
            abort();
    }
    ends->rows[i] = *row;
    if (i == ends->n)
        ends->n++;
    pthread_mutex_unlock(&ends->lock);
}

static bool stopping(struct ends *ends)
{
    pthread_mutex_lock(&ends->lock);
    bool answer = ends->stopping;
    pthread_mutex_unlock(&ends->lock);
    return answer;
}

/* Returns how many partitions the topic has; 0 when it does not exist, -1 when nobody answers. */
static int topic_partitions(struct ends *ends, const char *name)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(ends->handle, name, NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    int count = -1;
    if (topic != NULL &&
        rd_kafka_metadata(ends->handle, 0, topic, &metadata, QUESTION_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        count = metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR
                    ? metadata->topics[0].partition_cnt
                    : 0;
        rd_kafka_metadata_destroy(metadata);
    }
    if (topic != NULL)
        rd_kafka_topic_destroy(topic);
    return count;
}

static void pause_between(struct ends *ends)
{
    struct timespec until = clock_wall_in(PAUSE_MS);
    pthread_mutex_lock(&ends->lock);
    if (!ends->stopping && !ends->hurry)
        pthread_cond_timedwait(&ends->wake, &ends->lock, &until);
    pthread_mutex_unlock(&ends->lock);
}

static bool ask_round(struct ends *ends)
{
    int topics = 0;
    bool whole = true;
    for (int role = 0; role < TOPIC_INPUTS && !stopping(ends); role++) {
        int partitions = topic_partitions(ends, ends->config->topics[role]);
        if (partitions < 0)
            return false;
        topics += partitions > 0;
        for (int32_t partition = 0; partition < partitions && !stopping(ends); partition++) {
            struct end row = {.role = (enum topic_role)role, .partition = partition, .asked_ms = clock_wall_ms()};
            rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(ends->handle, ends->config->topics[role],
                                                                       partition, &row.begin, &row.end, QUESTION_MS);
            if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
                put_end(ends, &row);
            else
                whole = false;
            pause_between(ends);
        }
    }
    pthread_mutex_lock(&ends->lock);
    ends->topics = topics;
    pthread_mutex_unlock(&ends->lock);
    return whole && topics == TOPIC_INPUTS;
}

/* A round that begins after ends_hurry() is asked without pauses; one that is under way is finished so. */
static void *run_ends(void *context)
{
    struct ends *ends = context;
    bool hurried = true;
    while (!stopping(ends)) {
        bool whole = ask_round(ends);
        pthread_mutex_lock(&ends->lock);
        ends->rounds += whole;
        if (ends->hurry && hurried)
            ends->hurry = false;
        hurried = ends->hurry;
        pthread_mutex_unlock(&ends->lock);
        pause_between(ends);
    }
    return NULL;
}

struct ends *ends_start(struct rd_kafka_s *handle, const struct kafka_config *config)
{
    struct ends *ends = calloc(1, sizeof(*ends));
    if (ends == NULL)
        abort();
    ends->handle = handle;
    ends->config = config;
    ends->topics = -1;
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
    struct timespec until = clock_wall_in(STOP_MS);
    if (pthread_timedjoin_np(ends->thread, NULL, &until) != 0)
        return false;
    pthread_cond_destroy(&ends->wake);
    pthread_mutex_destroy(&ends->lock);
    free(ends->rows);
    free(ends);
    return true;
}

void ends_hurry(struct ends *ends)
{
    pthread_mutex_lock(&ends->lock);
    ends->hurry = true;
    pthread_cond_signal(&ends->wake);
    pthread_mutex_unlock(&ends->lock);
}

uint64_t ends_copy(struct ends *ends, struct inputs *inputs)
{
    pthread_mutex_lock(&ends->lock);
    for (size_t i = 0; i < ends->n; i++) {
        const struct end *row = &ends->rows[i];
        size_t index = inputs_index(inputs, ends->config, row->role, row->partition); /* may move the rows */
        struct input *input = &inputs->rows[index];
        input->begin = row->begin;
        input->end = row->end;
        input->end_asked_ms = row->asked_ms;
    }
    uint64_t rounds = ends->rounds;
    pthread_mutex_unlock(&ends->lock);
    return rounds;
}

int ends_topics(struct ends *ends)
{
    pthread_mutex_lock(&ends->lock);
    int topics = ends->topics;
    pthread_mutex_unlock(&ends->lock);
    return topics;
}
