/* Reading what `status` shows: every shard's watermarks, the totals twice, the size, and the ends in Kafka. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"
#include "stockfold/base/clock.h"
#include "stockfold/store/shard_meta.h"
#include "stockfold/store/stats.h"

enum { ARENA_KEEP = 1 << 20 };

struct gathering {
    struct status *status;
    struct arena arena;
    uint32_t shard; /* whose answer comes next */
    bool broken;    /* an answer was none */
};

static struct position *position_of(struct status *status, struct str topic, int32_t partition)
{
    for (size_t i = 0; i < status->positions_n; i++) {
        struct position *position = &status->positions[i];
        if (position->partition == partition && strlen(position->topic) == topic.len &&
            memcmp(position->topic, topic.data, topic.len) == 0)
            return position;
    }
    struct position *grown = reallocarray(status->positions, status->positions_n + 1, sizeof(*grown));
    if (grown == NULL)
        error_out_of_memory();
    status->positions = grown;
    struct position *position = &grown[status->positions_n++];
    *position = (struct position){.partition = partition, .next = INT64_MAX, .complete_to = INT64_MAX, .end = -1};
    snprintf(position->topic, sizeof(position->topic), "%.*s", STR_ARG(topic));
    return position;
}

static void take_watermarks(struct status *status, const struct shard_meta *meta)
{
    for (size_t i = 0; i < meta->watermarks_n; i++) {
        const struct shard_watermark *row = &meta->watermarks[i];
        struct position *position = position_of(status, row->topic, row->partition);
        position->shards++;
        if (row->watermark.next < position->next)
            position->next = row->watermark.next;
        if (row->watermark.complete_to < position->complete_to)
            position->complete_to = row->watermark.complete_to;
    }
}

static void take_openness(struct status *status, uint32_t shard, const struct shard_meta *meta)
{
    status->open += meta->open.len > 0 && str_equal(meta->open, view_identity(status->view, shard));
    status->never_folded += meta->token.len == 0;
    size_t position = 0;
    struct str closing = view_next_closing(meta->open, &position);
    if (closing.len == 0)
        return;
    status->closed++;
    snprintf(status->closed_by, sizeof(status->closed_by), "%.*s", STR_ARG(closing));
}

static void take_shard(void *context, const struct reply *reply)
{
    struct gathering *gathering = context;
    struct status *status = gathering->status;
    struct shard_meta meta;
    uint32_t shard = gathering->shard++;
    arena_reset(&gathering->arena, ARENA_KEEP);
    if (!view_parse_meta(reply, &gathering->arena, &meta)) {
        gathering->broken = true;
        return;
    }
    take_openness(status, shard, &meta);
    take_watermarks(status, &meta);
}

/* Of node documents, or of reservations. */
static bool take_part(void *context, const struct reply *reply, struct shard_meta *ret_meta)
{
    struct gathering *gathering = context;
    arena_reset(&gathering->arena, ARENA_KEEP);
    gathering->broken = gathering->broken || !view_parse_meta(reply, &gathering->arena, ret_meta);
    if (!gathering->broken)
        take_watermarks(gathering->status, ret_meta);
    return !gathering->broken;
}

static void take_node_watermarks(void *context, const struct reply *reply)
{
    struct shard_meta meta;
    take_part(context, reply, &meta);
}

static void take_reservations(void *context, const struct reply *reply)
{
    struct gathering *gathering = context;
    struct status *status = gathering->status;
    struct shard_meta meta;
    if (take_part(gathering, reply, &meta))
        status->reservations_open =
            meta.open.len > 0 &&
            str_equal(meta.open, view_identity(status->view, view_shard_of(status->view, VIEW_RESERVATIONS)));
}

static void ask_whole_hash(struct view *view, enum view_part part,
                           void (*write_key)(const struct key_space *space, struct buffer *out), link_reply_fn *fn,
                           void *context)
{
    struct buffer key;
    buffer_init(&key);
    write_key(&view->keys, &key);
    struct link *link = view_link(view, view_shard_of(view, part));
    link_begin(link, 2, fn, context);
    link_word(link, STR("HGETALL"));
    link_word(link, (struct str){.data = key.data, .len = key.len});
    buffer_done(&key);
}

static int drain(struct view *view, struct error *error)
{
    if (view_drain(view, view->config->timeout_ms))
        return 0;
    return error_set(error, ERROR_UNREACHABLE, "Redis at %s went away", view_name(view));
}

int status_read_shards(struct status *status, struct error *error)
{
    struct gathering gathering = {.status = status};
    arena_init(&gathering.arena);
    for (uint32_t shard = 0; shard < status->view->keys.shards; shard++)
        view_ask_meta(status->view, shard, take_shard, &gathering);
    ask_whole_hash(status->view, VIEW_NODES, key_nodes_meta, take_node_watermarks, &gathering);
    ask_whole_hash(status->view, VIEW_RESERVATIONS, key_reservations_meta, take_reservations, &gathering);
    int code = drain(status->view, error);
    arena_done(&gathering.arena);
    if (code == 0 && gathering.broken)
        return error_set(error, ERROR_STATE, "a shard's watermarks cannot be read");
    return code;
}

/* --- what folds write of themselves ------------------------------------------------------------------------------- */

static bool is_configured_input(const struct status *status, struct str topic)
{
    for (int role = 0; role < TOPIC_INPUTS; role++)
        if (str_equal(str_from(status->kafka.topics[role]), topic))
            return true;
    return false;
}

static void take_fold_progress(void *context, const struct reply *reply)
{
    struct status *status = context;
    for (size_t i = 0; i + 1 < reply_count(reply); i += 2) {
        struct partition_progress row;
        if (!partition_parse(reply_text(reply_at(reply, i)), reply_text(reply_at(reply, i + 1)), &row) ||
            !is_configured_input(status, row.topic))
            continue;
        struct position *position = position_of(status, row.topic, row.partition);
        position->waiting = row.waiting;
        position->written_ms = row.written_ms;
    }
}

static int compare_positions(const void *a, const void *b)
{
    const struct position *left = a, *right = b;
    int order = strcmp(left->topic, right->topic);
    return order != 0 ? order : (left->partition > right->partition) - (left->partition < right->partition);
}

static void sort_positions(struct status *status)
{
    if (status->positions_n > 0)
        qsort(status->positions, status->positions_n, sizeof(*status->positions), compare_positions);
}

int status_read_progress(struct status *status, struct error *error)
{
    ask_whole_hash(status->view, VIEW_STATS, key_partitions, take_fold_progress, status);
    int code = drain(status->view, error);
    sort_positions(status);
    return code;
}

/* --- totals ----------------------------------------------------------------------------------------------------- */

/* Counters only: durations are for who draws them. */
static void take_totals(void *context, const struct reply *reply)
{
    struct status *status = context;
    status->totals_n = 0;
    for (size_t i = 0; i + 1 < reply_count(reply) && status->totals_n < TOTALS_MAX; i += 2) {
        const struct total_row *row = total_row_of(reply_text(reply_at(reply, i)));
        if (row == NULL || row->kind != METRIC_COUNTER)
            continue;
        struct total *total = &status->totals[status->totals_n++];
        snprintf(total->name, sizeof(total->name), "%.*s", STR_ARG(reply_text(reply_at(reply, i))));
        total->number = reply_int(reply_at(reply, i + 1));
    }
}

static int compare_totals(const void *a, const void *b)
{
    return strcmp(((const struct total *)a)->name, ((const struct total *)b)->name);
}

static int read_totals(struct status *status, struct error *error)
{
    ask_whole_hash(status->view, VIEW_STATS, key_stats, take_totals, status);
    int code = drain(status->view, error);
    qsort(status->totals, status->totals_n, sizeof(*status->totals), compare_totals);
    return code;
}

static int read_rates(struct status *status, int64_t interval_ms, struct error *error)
{
    struct total before[TOTALS_MAX];
    int64_t started_us = clock_steady_us();
    int code = read_totals(status, error);
    if (code != 0 || interval_ms == 0)
        return code;
    size_t before_n = status->totals_n;
    memcpy(before, status->totals, sizeof(before));
    poll(NULL, 0, (int)interval_ms);
    code = read_totals(status, error);
    status->seconds = (double)(clock_steady_us() - started_us) / 1e6;
    for (size_t i = 0; i < status->totals_n; i++) {
        const struct total *was = bsearch(&status->totals[i], before, before_n, sizeof(*before), compare_totals);
        status->rates[i] = (double)(status->totals[i].number - (was == NULL ? 0 : was->number)) / status->seconds;
    }
    return code;
}

/* --- Kafka ------------------------------------------------------------------------------------------------------ */

static void read_ends(struct status *status)
{
    struct rd_kafka_s *handle = kafka_new(&status->kafka, KAFKA_ENDS, NULL, NULL, &status->kafka_away);
    struct partition_end *ends = NULL;
    size_t ends_n = 0;
    /* What cannot be reached is shown beside what is known. */
    int code = handle == NULL ? status->kafka_away.code
                              : positions_read(handle, &status->kafka, &ends, &ends_n, &status->kafka_away);
    if (code != 0)
        status->kafka_away.code = code;
    for (size_t i = 0; i < ends_n; i++) {
        const char *topic = status->kafka.topics[ends[i].role];
        position_of(status, (struct str){topic, strlen(topic)}, ends[i].partition)->end = ends[i].end;
    }
    free(ends);
    kafka_free(handle);
}

/* --- all of it -------------------------------------------------------------------------------------------------- */

static bool is_stock(const struct status *status, const char *topic)
{
    for (int role = 0; role < TOPIC_INPUTS; role++)
        if (topic_is_stock((enum topic_role)role) && strcmp(status->kafka.topics[role], topic) == 0)
            return true;
    return false;
}

/* How many of the view's parts read a topic: shards of items, beside those reservations, or the nodes alone. */
static uint32_t readers_of(const struct status *status, const char *topic)
{
    if (strcmp(topic, status->kafka.topics[TOPIC_NODES]) == 0)
        return 1;
    return status->view->keys.shards + (strcmp(topic, status->kafka.topics[TOPIC_RESERVATIONS]) == 0);
}

/* A partition that some reader knows nothing of counts as not read. */
static void conclude(struct status *status)
{
    status->progress = INT64_MAX;
    bool any = false;
    for (size_t i = 0; i < status->positions_n; i++) {
        struct position *position = &status->positions[i];
        if (position->shards < readers_of(status, position->topic)) {
            position->next = 0;
            position->complete_to = TIME_NONE;
        }
        if (!is_stock(status, position->topic))
            continue;
        any = true;
        if (position->complete_to < status->progress)
            status->progress = position->complete_to;
    }
    if (!any)
        status->progress = TIME_NONE;
    sort_positions(status);
}

int status_gather(struct status *status, int64_t interval_ms, struct error *error)
{
    int code = read_rates(status, interval_ms, error);
    if (code == 0)
        code = status_read_shards(status, error);
    if (code == 0)
        code = status_read_progress(status, error);
    if (code == 0)
        code = view_measure(status->view, &status->size, error);
    if (code == 0)
        code = view_count_without_documents(status->view, &status->without, error);
    if (code != 0)
        return code;
    read_ends(status);
    conclude(status);
    return 0;
}

void status_done(struct status *status)
{
    free(status->positions);
    status->positions = NULL;
}
