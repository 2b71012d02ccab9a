/* `stockfold refused`: lists refused messages, and publishes them again. */
#include <inttypes.h>
#include <string.h>

#include "stockfold/base/clock.h"
#include "stockfold/base/nearest.h"
#include "stockfold/cli/command.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/time_text.h"
#include "stockfold/core/event.h"
#include "stockfold/core/refusal.h"
#include "stockfold/ingest/letters.h"

struct refused_list {
    const char *topic; /* of refused messages */
    struct buffer json;
    int64_t listed, not_sent;
};

static void add_text_field(struct buffer *json, const char *name, struct str text)
{
    buffer_add_format(json, ",\"%s\":", name);
    json_write_string(text, json);
}

/* A header that holds a number, or null. */
static void add_number_field(struct buffer *json, const char *name, struct str digits)
{
    bool number = digits.len > 0 && digits.len < 20 && strspn(digits.data, "0123456789") >= digits.len;
    digits = number ? digits : STR("null");
    buffer_add_format(json, ",\"%s\":%.*s", name, STR_ARG(digits));
}

static void print_letter(void *context, const struct refused_letter *letter)
{
    struct refused_list *list = context;
    struct buffer *json = &list->json;
    char at[TIME_TEXT_MAX];
    list->listed++;
    json->len = 0;
    buffer_add_literal(json, "{\"reason\":");
    json_write_string(letter->reason, json);
    add_text_field(json, "detail", letter->detail);
    add_text_field(json, "topic", letter->topic);
    add_number_field(json, "partition", letter->partition);
    add_number_field(json, "offset", letter->offset);
    if (letter->view.len == 0)
        buffer_add_literal(json, ",\"view\":null");
    else
        add_text_field(json, "view", letter->view);
    add_text_field(json, "at", (struct str){at, time_format(letter->at_ms, at)});
    add_text_field(json, "key", letter->key);
    if (letter->omitted.len > 0)
        add_text_field(json, "omitted", letter->omitted);
    if (letter->value.data == NULL)
        buffer_add_literal(json, ",\"value\":null");
    else
        add_text_field(json, "value", letter->value);
    buffer_add_literal(json, "}\n");
    fwrite(json->data, 1, json->len, stdout);
}

static void tell_not_sent(void *context, int32_t partition, int64_t offset, const char *why)
{
    struct refused_list *list = context;
    list->not_sent++;
    fprintf(stderr, "%s:%" PRId32 ":%" PRId64 ": not sent: %s\n", list->topic, partition, offset, why);
}

static int parse_reason(const char *reason, struct error *error)
{
    struct nearest nearest = {.wanted = reason};
    for (int i = REFUSAL_NONE + 1; reason != NULL && i < REFUSALS; i++) {
        if (strcmp(reason, refusal_texts[i].name) == 0)
            return 0;
        nearest_offer(&nearest, refusal_texts[i].name);
    }
    return reason == NULL
               ? 0
               : error_set(error, ERROR_USAGE, "--reason %s is no reason; the nearest is %s", reason, nearest.word);
}

/* A moment, or how long ago it was. */
static int parse_since(const char *since, int64_t *ret_ms, struct error *error)
{
    static const struct setting row = {
        .type = SETTING_DURATION, .min = 0, .max = 3650 * SETTING_DAY, .size = sizeof(*ret_ms)};
    *ret_ms = TIME_NONE;
    if (since == NULL || time_parse(str_from(since), ret_ms))
        return 0;
    int64_t ago_ms;
    if (!setting_assign(&row, since, &ago_ms))
        return error_set(
            error, ERROR_USAGE,
            "--since %s: expected a moment (RFC 3339), such as 2026-11-21T06:30:00Z, or how long ago, such "
            "as 24h",
            since);
    *ret_ms = clock_wall_ms() - ago_ms;
    return 0;
}

int cmd_refused(const struct invocation *invocation, struct error *error)
{
    const struct kafka_config *kafka = &invocation->settings->fold.kafka;
    struct letters_query query = {.reason = invocation_option(invocation, "reason"),
                                  .view = invocation->settings->fold.view.prefix,
                                  .replay = invocation_option(invocation, "replay") != NULL};
    struct refused_list list = {.topic = kafka->topics[TOPIC_REFUSED]};
    const struct letters_listener listener = {&list, print_letter, tell_not_sent};
    int64_t sent = 0;
    if (parse_reason(query.reason, error) != 0 ||
        parse_since(invocation_option(invocation, "since"), &query.since_ms, error) != 0)
        return (int)error->code;
    buffer_init(&list.json);
    int code = letters_read(kafka, &query, &listener, &sent, error);
    buffer_done(&list.json);
    if (query.replay)
        fprintf(stderr, "listed=%" PRId64 " sent=%" PRId64 " not_sent=%" PRId64 "\n", list.listed, sent, list.not_sent);
    if (code == 0 && list.not_sent > 0)
        code = error_set(error, ERROR_DATA, "%" PRId64 " messages could not be sent again", list.not_sent);
    return code;
}
