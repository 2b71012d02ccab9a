/* Responsible for: noticing that two views share one consumer group. Not for: what the group assigns (assignment.c).
 * Thread: the fold's; answers are taken in group_watch_poll(). */
#include "group.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kafka_admin.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"
#include "stockfold/ingest/topics.h"

enum {
    ASK_US = 5 * 1000 * 1000,
    LOG_US = 60 * 1000 * 1000,
    AGAIN_US = 50 * 1000,
    REQUEST_MS = 5000,
    RECENT_MS = 60 * 1000,
    /* Notes of another view that grew newer so often are of a fold that lives: a view that was made anew under running
     * folds has another id, which they learn one after the other. */
    ADVANCES = 2,
};

/* The newest note of another view. */
struct other_view {
    char id[GROUP_VIEW_MAX];
    int64_t at_ms; /* 0: none */
};

struct group_watch {
    rd_kafka_t *handle;
    const char *group, *view_id;
    rd_kafka_queue_t *answers;
    bool asked;
    int64_t asked_us, logged_us;
    struct other_view seen;
    int advances;
};

/* --- notes ------------------------------------------------------------------------------------------------------- */

void group_note(rd_kafka_topic_partition_t *row, const char *view_id)
{
    char note[GROUP_VIEW_MAX + 48];
    int len = snprintf(note, sizeof(note), "stockfold view=%s at=%" PRId64, view_id, clock_wall_ms());
    row->metadata = strdup(note); /* freed with the list */
    if (row->metadata == NULL)
        error_out_of_memory();
    row->metadata_size = (size_t)len;
}

static void read_note(const rd_kafka_topic_partition_t *row, const char *view_id, struct other_view *newest)
{
    char note[128] = "", id[GROUP_VIEW_MAX];
    int64_t at_ms;
    if (row->metadata == NULL || row->metadata_size >= sizeof(note))
        return;
    memcpy(note, row->metadata, row->metadata_size);
    if (sscanf(note, "stockfold view=%39[0-9a-zA-Z-] at=%" SCNd64, id, &at_ms) != 2 || strcmp(id, view_id) == 0 ||
        at_ms <= newest->at_ms)
        return;
    memcpy(newest->id, id, sizeof(id));
    newest->at_ms = at_ms;
}

static struct other_view newest_other(rd_kafka_event_t *event, const char *view_id)
{
    struct other_view newest = {.at_ms = 0};
    size_t groups_n = 0;
    const rd_kafka_group_result_t **groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &groups_n);
    for (size_t g = 0; g < groups_n; g++) {
        const rd_kafka_topic_partition_list_t *rows = rd_kafka_group_result_partitions(groups[g]);
        for (int i = 0; rows != NULL && i < rows->cnt; i++)
            read_note(&rows->elems[i], view_id, &newest);
    }
    return newest;
}

static void send_question(rd_kafka_t *handle, const char *group, const rd_kafka_topic_partition_list_t *rows,
                          int timeout_ms, rd_kafka_queue_t *answers)
{
    rd_kafka_ListConsumerGroupOffsets_t *asked = rd_kafka_ListConsumerGroupOffsets_new(group, rows);
    rd_kafka_AdminOptions_t *options =
        kafka_admin_options(handle, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, timeout_ms);
    rd_kafka_ListConsumerGroupOffsets(handle, &asked, 1, options, answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(asked);
}

/* --- once -------------------------------------------------------------------------------------------------------- */

/* A group's first request finds its coordinator just starting. librdkafka 2.0 asks again by itself, 2.8 does not. */
static bool is_coordinator_starting(rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t err = event == NULL ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_event_error(event);
    return err == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
           err == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE || err == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
}

static rd_kafka_event_t *read_group_offsets(rd_kafka_t *handle, const struct kafka_config *config, const char *group,
                                            const rd_kafka_topic_partition_list_t *rows, struct error *error)
{
    int64_t deadline_us = clock_steady_us() + (int64_t)config->timeout_ms * 1000;
    rd_kafka_queue_t *answers = rd_kafka_queue_new(handle);
    send_question(handle, group, rows, config->timeout_ms, answers);
    rd_kafka_event_t *event = rd_kafka_queue_poll(answers, config->timeout_ms + 1000);
    while (is_coordinator_starting(event) && clock_steady_us() < deadline_us) {
        rd_kafka_event_destroy(event);
        usleep(AGAIN_US);
        send_question(handle, group, rows, config->timeout_ms, answers);
        event = rd_kafka_queue_poll(answers, config->timeout_ms + 1000);
    }
    event = kafka_admin_result(event, "offsets of the consumer group", error);
    rd_kafka_queue_destroy(answers);
    return event;
}

int group_find_other(struct rd_kafka_s *handle, const struct kafka_config *config, const char *group,
                     const char *view_id, char ret_other[GROUP_VIEW_MAX], struct error *error)
{
    struct topic_facts facts[TOPIC_MADE];
    int code = topics_read(handle, config, facts, error);
    if (code != 0)
        return code;
    rd_kafka_topic_partition_list_t *rows = rd_kafka_topic_partition_list_new(8);
    for (int role = 0; role < TOPIC_INPUTS; role++)
        for (int partition = 0; partition < facts[role].partitions; partition++)
            rd_kafka_topic_partition_list_add(rows, config->topics[role], partition);
    if (rows->cnt == 0) {
        rd_kafka_topic_partition_list_destroy(rows);
        return 0;
    }
    rd_kafka_event_t *event = read_group_offsets(handle, config, group, rows, error);
    struct other_view other = {.at_ms = 0};
    if (event != NULL)
        other = newest_other(event, view_id);
    memcpy(ret_other, other.id, sizeof(other.id));
    code = event == NULL ? (int)error->code : clock_wall_ms() - other.at_ms < RECENT_MS;
    rd_kafka_event_destroy(event);
    rd_kafka_topic_partition_list_destroy(rows);
    return code;
}

/* --- again and again ---------------------------------------------------------------------------------------------- */

struct group_watch *group_watch_new(rd_kafka_t *handle, const char *group, const char *view_id)
{
    struct group_watch *watch = malloc(sizeof(*watch));
    if (watch == NULL)
        error_out_of_memory();
    *watch = (struct group_watch){
        .handle = handle, .group = group, .view_id = view_id, .answers = rd_kafka_queue_new(handle)};
    return watch;
}

void group_watch_free(struct group_watch *watch)
{
    if (watch == NULL)
        return;
    rd_kafka_queue_destroy(watch->answers);
    free(watch);
}

static void judge_other(struct group_watch *watch, const struct other_view *other, int64_t now_us)
{
    bool same = strcmp(other->id, watch->seen.id) == 0;
    if (same && other->at_ms > watch->seen.at_ms)
        watch->advances++;
    else if (!same)
        watch->advances = 0;
    watch->seen = *other;
    if (watch->advances < ADVANCES || (watch->logged_us != 0 && now_us - watch->logged_us < LOG_US))
        return;
    watch->logged_us = now_us;
    log_error(
        "consumer group is shared with another view: each gets a part of the log, neither is whole group=%s view=%s "
        "other=%s next=\"give each view a fold.group of its own\"",
        watch->group, watch->view_id, other->id);
}

static void ask_group_offsets(struct group_watch *watch, const struct inputs *inputs)
{
    rd_kafka_topic_partition_list_t *rows = rd_kafka_topic_partition_list_new((int)inputs->n);
    for (size_t i = 0; i < inputs->n; i++)
        if (!inputs->rows[i].assigned)
            rd_kafka_topic_partition_list_add(rows, inputs->rows[i].topic, inputs->rows[i].partition);
    if (rows->cnt > 0) {
        send_question(watch->handle, watch->group, rows, REQUEST_MS, watch->answers);
        watch->asked = true;
    }
    rd_kafka_topic_partition_list_destroy(rows);
}

void group_watch_poll(struct group_watch *watch, const struct inputs *inputs, int64_t now_us)
{
    rd_kafka_event_t *event = watch->asked ? rd_kafka_queue_poll(watch->answers, 0) : NULL;
    if (event != NULL) {
        watch->asked = false;
        struct other_view other = newest_other(event, watch->view_id);
        if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR && other.at_ms > 0)
            judge_other(watch, &other, now_us);
        rd_kafka_event_destroy(event);
    }
    if (!watch->asked && now_us - watch->asked_us >= ASK_US) {
        watch->asked_us = now_us;
        ask_group_offsets(watch, inputs);
    }
}
