/* Responsible for: noticing that two views share one consumer group. Not for: what the group assigns (assignment.c).
 * Thread: the fold's.
 *
 * librdkafka has a call that would not wait, ListConsumerGroupOffsets; in 2.0 it ends in a time-out or a crash while the
 * group's coordinator is being made. */
#include "group.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"
#include "stockfold/ingest/topics.h"

enum {
    ASK_US = 10 * 1000 * 1000,
    LOG_US = 60 * 1000 * 1000,
    REQUEST_MS = 100,
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
    rd_kafka_t *consumer;
    const char *group, *view_id;
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

/* The newest note of another view among the group's offsets of these partitions, which are filled in. Waits for the
 * coordinator. */
static rd_kafka_resp_err_t read_notes(rd_kafka_t *consumer, rd_kafka_topic_partition_list_t *rows, const char *view_id,
                                      int timeout_ms, struct other_view *ret_newest)
{
    *ret_newest = (struct other_view){.at_ms = 0};
    rd_kafka_resp_err_t err = rd_kafka_committed(consumer, rows, timeout_ms);
    for (int i = 0; err == RD_KAFKA_RESP_ERR_NO_ERROR && i < rows->cnt; i++)
        read_note(&rows->elems[i], view_id, ret_newest);
    return err;
}

/* --- once -------------------------------------------------------------------------------------------------------- */

static rd_kafka_topic_partition_list_t *all_inputs(const struct kafka_config *config, const struct topic_facts *facts)
{
    rd_kafka_topic_partition_list_t *rows = rd_kafka_topic_partition_list_new(8);
    for (int role = 0; role < TOPIC_INPUTS; role++)
        for (int partition = 0; partition < facts[role].partitions; partition++)
            rd_kafka_topic_partition_list_add(rows, config->topics[role], partition);
    return rows;
}

int group_find_other(const struct kafka_config *config, const char *group, const char *view_id,
                     char ret_other[GROUP_VIEW_MAX], struct error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "group.id", group, NULL, 0);
    rd_kafka_t *consumer = kafka_new(config, KAFKA_CONSUMER, conf, NULL, error);
    if (consumer == NULL)
        return (int)error->code;
    struct topic_facts facts[TOPIC_MADE];
    struct other_view other = {.at_ms = 0};
    int code = topics_read(consumer, config, facts, error);
    if (code == 0) {
        rd_kafka_topic_partition_list_t *rows = all_inputs(config, facts);
        rd_kafka_resp_err_t err = rows->cnt == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR
                                                 : read_notes(consumer, rows, view_id, config->timeout_ms, &other);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
            code = error_set(error, ERROR_UNREACHABLE, "Kafka: offsets of consumer group %s: %s", group,
                             rd_kafka_err2str(err));
        rd_kafka_topic_partition_list_destroy(rows);
    }
    memcpy(ret_other, other.id, sizeof(other.id));
    kafka_free(consumer);
    return code != 0 ? code : clock_wall_ms() - other.at_ms < RECENT_MS;
}

/* --- again and again ---------------------------------------------------------------------------------------------- */

struct group_watch *group_watch_new(rd_kafka_t *consumer, const char *group, const char *view_id)
{
    struct group_watch *watch = malloc(sizeof(*watch));
    if (watch == NULL)
        error_out_of_memory();
    *watch = (struct group_watch){.consumer = consumer, .group = group, .view_id = view_id};
    return watch;
}

void group_watch_free(struct group_watch *watch)
{
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

void group_watch_poll(struct group_watch *watch, const struct inputs *inputs, int64_t now_us)
{
    struct other_view other;
    if (now_us - watch->asked_us < ASK_US)
        return;
    watch->asked_us = now_us;
    rd_kafka_topic_partition_list_t *rows = rd_kafka_topic_partition_list_new((int)inputs->n);
    for (size_t i = 0; i < inputs->n; i++)
        if (!inputs->rows[i].assigned)
            rd_kafka_topic_partition_list_add(rows, inputs->rows[i].topic, inputs->rows[i].partition);
    if (rows->cnt > 0 &&
        read_notes(watch->consumer, rows, watch->view_id, REQUEST_MS, &other) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        other.at_ms > 0)
        judge_other(watch, &other, now_us);
    rd_kafka_topic_partition_list_destroy(rows);
}
