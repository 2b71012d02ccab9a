/* `stockfold status`: what was gathered, as a table or as one JSON object. */
#include <inttypes.h>
#include <string.h>

#include "status.h"
#include "stockfold/cli/command.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/time_text.h"

/* RFC 3339, or "-". */
static const char *time_text(int64_t ms, char ret_text[TIME_TEXT_MAX + 1])
{
    if (ms == TIME_NONE)
        return "-";
    ret_text[time_format(ms, ret_text)] = '\0';
    return ret_text;
}

/* --- the table -------------------------------------------------------------------------------------------------- */

static void print_positions(const struct status *status)
{
    printf("\n%-24s %9s %14s %14s %12s %10s  %s\n", "topic", "partition", "position", "end", "lag", "waiting",
           "complete to");
    for (size_t i = 0; i < status->positions_n; i++) {
        const struct position *position = &status->positions[i];
        char time[TIME_TEXT_MAX + 1];
        printf("%-24s %9" PRId32 " %14" PRId64, position->topic, position->partition, position->next);
        if (position->end < 0)
            printf(" %14s %12s", "-", "-");
        else
            printf(" %14" PRId64 " %12" PRId64, position->end, position->end - position->next);
        printf(" %10" PRId64 "  %s\n", position->waiting, time_text(position->complete_to, time));
    }
}

static void print_event_totals(const struct status *status)
{
    printf("\n%-24s %14s", "since the view was made", "total");
    printf(status->seconds > 0 ? " %12s\n" : "\n", "per second");
    for (size_t i = 0; i < status->totals_n; i++) {
        printf("%-24s %14" PRId64, status->totals[i].name, status->totals[i].number);
        if (status->seconds > 0)
            printf(" %12.1f", status->rates[i]);
        putchar('\n');
    }
}

static void print_table(const struct status *status)
{
    const struct view *view = status->view;
    char time[TIME_TEXT_MAX + 1];
    printf("view      %s at %s/%d, id %s\n", view->config->prefix, view_name(view), view->config->address.db, view->id);
    printf("shards    %" PRIu32 ", %" PRIu32 " open, %" PRIu32 " rebuilding; reservations are %s\n", view->keys.shards,
           status->open, view->keys.shards - status->open, status->reservations_open ? "open" : "rebuilding");
    printf("size      %" PRId64 " records of %" PRId64 " items, %" PRId64 " nodes; Redis holds %.1f MiB\n",
           status->size.records, status->size.items, status->size.nodes, (double)status->size.memory_bytes / (1 << 20));
    printf("unknown   %" PRId64 " records of items and %" PRId64 " records at nodes that have no document\n",
           status->without.items, status->without.nodes);
    printf("progress  %s\n", time_text(status->progress, time));
    printf("kafka     %s\n", status->kafka_away.code == ERROR_NONE ? "reachable" : status->kafka_away.text);
    print_positions(status);
    print_event_totals(status);
    printf("\nRedis %s\n", view->version);
    print_versions(stdout);
}

/* --- JSON ------------------------------------------------------------------------------------------------------- */

static void add_time(struct buffer *json, int64_t ms)
{
    char time[TIME_TEXT_MAX + 1];
    if (ms == TIME_NONE)
        buffer_add_literal(json, "null");
    else
        json_write_string(str_from(time_text(ms, time)), json);
}

static void add_positions(struct buffer *json, const struct status *status)
{
    buffer_add_literal(json, ",\"positions\":[");
    for (size_t i = 0; i < status->positions_n; i++) {
        const struct position *position = &status->positions[i];
        buffer_add_format(json, "%s{\"topic\":", i == 0 ? "" : ",");
        json_write_string(str_from(position->topic), json);
        buffer_add_format(json, ",\"partition\":%" PRId32 ",\"position\":%" PRId64, position->partition,
                          position->next);
        if (position->end >= 0)
            buffer_add_format(json, ",\"end\":%" PRId64 ",\"lag\":%" PRId64, position->end,
                              position->end - position->next);
        buffer_add_format(json, ",\"waiting\":%" PRId64 ",\"complete_to\":", position->waiting);
        add_time(json, position->complete_to);
        buffer_add_byte(json, '}');
    }
    buffer_add_byte(json, ']');
}

static void add_totals(struct buffer *json, const struct status *status)
{
    buffer_add_literal(json, ",\"totals\":{");
    for (size_t i = 0; i < status->totals_n; i++) {
        buffer_add_format(json, "%s", i == 0 ? "" : ",");
        json_write_string(str_from(status->totals[i].name), json);
        buffer_add_format(json, ":%" PRId64, status->totals[i].number);
    }
    buffer_add_literal(json, "},\"per_second\":{");
    for (size_t i = 0; status->seconds > 0 && i < status->totals_n; i++) {
        buffer_add_format(json, "%s", i == 0 ? "" : ",");
        json_write_string(str_from(status->totals[i].name), json);
        buffer_add_format(json, ":%.1f", status->rates[i]);
    }
    buffer_add_byte(json, '}');
}

/* STOCKFOLD_LIBRARIES: lines of name, space, version. */
static void add_versions(struct buffer *json, const struct view *view)
{
    buffer_add_format(json, ",\"versions\":{\"stockfold\":\"%s\",\"redis\":\"%s\",\"librdkafka\":\"%s\"",
                      STOCKFOLD_VERSION, view->version, kafka_library_version());
    for (const char *line = STOCKFOLD_LIBRARIES; *line != '\0'; line += strcspn(line, "\n") + 1) {
        int name = (int)strcspn(line, " "), version = (int)strcspn(line + name + 1, "\n");
        buffer_add_format(json, ",\"%.*s\":\"%.*s\"", name, line, version, line + name + 1);
    }
    buffer_add_byte(json, '}');
}

static void print_json(const struct status *status)
{
    const struct view *view = status->view;
    struct buffer json;
    buffer_init(&json);
    buffer_add_literal(&json, "{\"view\":{\"prefix\":");
    json_write_string(str_from(view->config->prefix), &json);
    buffer_add_format(&json, ",\"id\":\"%s\",\"shards\":%" PRIu32 ",\"open\":%" PRIu32, view->id, view->keys.shards,
                      status->open);
    buffer_add_format(&json, ",\"reservations_open\":%s", status->reservations_open ? "true" : "false");
    buffer_add_format(&json, ",\"records\":%" PRId64 ",\"items\":%" PRId64 ",\"nodes\":%" PRId64, status->size.records,
                      status->size.items, status->size.nodes);
    buffer_add_format(&json, ",\"records_without_item\":%" PRId64 ",\"records_without_node\":%" PRId64,
                      status->without.items, status->without.nodes);
    buffer_add_format(&json, ",\"memory_bytes\":%" PRId64 "},\"progress\":", status->size.memory_bytes);
    add_time(&json, status->progress);
    buffer_add_literal(&json, ",\"kafka\":");
    json_write_string(str_from(status->kafka_away.code == ERROR_NONE ? "reachable" : status->kafka_away.text), &json);
    add_positions(&json, status);
    add_totals(&json, status);
    add_versions(&json, view);
    buffer_add_literal(&json, "}\n");
    fwrite(json.data, 1, json.len, stdout);
    buffer_done(&json);
}

/* --- the command ------------------------------------------------------------------------------------------------ */

static int interval_of(const struct invocation *invocation, int64_t *ret_ms, struct error *error)
{
    static const struct setting row = {.type = SETTING_DURATION, .max = SETTING_HOUR, .size = sizeof(*ret_ms)};
    const char *value = invocation_option(invocation, "interval");
    *ret_ms = 1000;
    if (value == NULL || setting_assign(&row, value, ret_ms))
        return 0;
    return error_set(error, ERROR_USAGE, "--interval %s: expected a duration such as 500ms or 5s, up to 1h", value);
}

int cmd_status(const struct invocation *invocation, struct error *error)
{
    int64_t interval_ms;
    int code = interval_of(invocation, &interval_ms, error);
    if (code != 0)
        return code;
    struct view view;
    struct status status = {.view = &view, .kafka = invocation->settings->fold.kafka};
    code = invocation_connect_view(invocation, &view, error);
    if (code == 0)
        code = status_gather(&status, interval_ms, error);
    if (code == 0)
        invocation_option(invocation, "json") != NULL ? print_json(&status) : print_table(&status);
    status_done(&status);
    view_done(&view);
    return code;
}
