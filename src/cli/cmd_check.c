/* `stockfold check`: one line for the configuration, for Redis and its view, its shards and folds, for Kafka and each
 * topic, its clocks, for HTTP. A failure names the address, the cause and what to do. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ready.h"
#include "remedy.h"
#include "stockfold/cli/command.h"
#include "stockfold/cli/finding.h"
#include "stockfold/ingest/clocks.h"
#include "stockfold/ingest/group.h"
#include "stockfold/store/widest.h"
#include "stockfold/store/without_documents.h"

enum {
    REDIS_OLDEST = 7,     /* functions */
    LISTPACK_VALUE = 128, /* bytes: a record with long names stays in the compact form of its hash */
    WIDTH_SAMPLE = 2000,  /* hashes */
};

struct checking {
    const struct settings *settings;
    int failed;
    bool unreachable;
    uint32_t shards; /* of the view, or 0 */
    char view_id[GROUP_VIEW_MAX];
};

static void report_failure(struct checking *checking, const struct error *error)
{
    const char *remedy = remedy_of(error);
    finding_line(FINDING_FAIL, "%s%s%s", error->text, remedy == NULL ? "" : ": ", remedy == NULL ? "" : remedy);
    checking->failed++;
    checking->unreachable |= error->code == ERROR_UNREACHABLE;
}

/* Of one number; 0: unknown. A user who may not ask for settings gets no advice. */
static int64_t ask_setting(const struct view_config *config, struct link *link, const char *name)
{
    link_call_begin(link, 3);
    link_word(link, STR("CONFIG"));
    link_word(link, STR("GET"));
    link_word(link, (struct str){name, strlen(name)});
    const struct reply *reply = link_call(link, config->timeout_ms);
    struct str value = reply_text(reply_at(reply, 1));
    return reply_problem(reply) == REPLY_OK && value.len > 0 ? strtoll(value.data, NULL, 10) : 0;
}

static void advise_on_names(const struct view_config *config, struct link *link)
{
    int64_t bytes = ask_setting(config, link, "hash-max-listpack-value");
    if (bytes > 0 && bytes < LISTPACK_VALUE)
        finding_line(FINDING_WARN,
                     "Redis has hash-max-listpack-value %" PRId64
                     ": records with long names of places or sources take about 25 bytes more each; set it to %d",
                     bytes, LISTPACK_VALUE);
}

/* With so many buckets that the widest item fills them by half. */
static int advise_on_buckets(const struct view_config *config, struct view *view, struct error *error)
{
    struct widest widest;
    int64_t fields = ask_setting(config, view_link(view, 0), "hash-max-listpack-entries");
    int code = fields == 0 ? 0 : view_widest(view, WIDTH_SAMPLE, &widest, error);
    if (fields == 0 || code != 0 || widest.fields <= fields)
        return code;
    int64_t buckets = view->keys.buckets;
    while (buckets * fields < 2 * widest.fields * view->keys.buckets)
        buckets *= 2;
    finding_line(FINDING_WARN,
                 "item %s has %" PRId64 " records in one hash, above hash-max-listpack-entries %" PRId64
                 ": each takes about 45 bytes more; fold into a new view (view.prefix) with view.buckets = %" PRId64,
                 widest.sku, widest.fields, fields, buckets);
    return 0;
}

/* Closed stores have some, too: no failure. */
static int note_without_documents(struct view *view, struct error *error)
{
    struct without_documents without;
    int code = view_count_without_documents(view, &without, error);
    if (code == 0 && without.items + without.nodes > 0)
        finding_line(FINDING_WARN,
                     "%" PRId64 " records are of items and %" PRId64
                     " at nodes that have no document: names that were mistyped, documents to come, or closed stores",
                     without.items, without.nodes);
    return code;
}

static int check_server(struct checking *checking, const struct view_config *config, struct link *link,
                        struct error *error)
{
    if (link_open(link, config->timeout_ms, error) != 0)
        return error->code;
    link_call_begin(link, 1);
    link_word(link, STR("INFO"));
    const struct reply *reply = link_call(link, config->timeout_ms);
    if (reply == NULL)
        return error_set(error, ERROR_UNREACHABLE, "%s",
                         link_trouble(link)[0] == '\0' ? "Redis does not answer in time" : link_trouble(link));
    if (reply_problem(reply) != REPLY_OK)
        return error_set(error, ERROR_UNREACHABLE, "Redis at %s answers: %.*s", link_name(link),
                         STR_ARG(reply_text(reply)));
    struct str version = reply_info(reply, "redis_version"), policy = reply_info(reply, "maxmemory_policy");
    if (version.len == 0 || atoi(version.data) < REDIS_OLDEST)
        return error_set(error, ERROR_STATE, "Redis at %s is %.*s: needs %d or newer", link_name(link),
                         STR_ARG(version), REDIS_OLDEST);
    finding_line(FINDING_OK, "Redis at %s: version %.*s", link_name(link), STR_ARG(version));
    if (!str_equal(policy, STR("noeviction"))) {
        finding_line(FINDING_FAIL,
                     "Redis at %s has maxmemory-policy %.*s, which would lose records: set it to noeviction",
                     link_name(link), STR_ARG(policy));
        checking->failed++;
    }
    advise_on_names(config, link);
    return 0;
}

/* What a view is there for. */
static int check_serving(struct checking *checking, struct view *view, struct error *error)
{
    bool serves = false, lives = false;
    int code = check_folds(view, &checking->settings->fold, &lives, error);
    if (code == 0)
        code = check_shards(view, &checking->settings->fold.kafka, lives, &serves, error);
    if (code == 0)
        checking->failed += !serves + !lives;
    return code;
}

static void check_redis(struct checking *checking)
{
    struct error error = {0};
    const struct view_config *config = &checking->settings->fold.view;
    struct view view;
    view_init(&view, config);
    int code = check_server(checking, config, view_link(&view, 0), &error);
    if (code == 0)
        code = view_connect(&view, VIEW_READ, false, &error);
    if (code == 0) {
        checking->shards = view.keys.shards;
        snprintf(checking->view_id, sizeof(checking->view_id), "%s", view.id);
        finding_line(FINDING_OK, "view %s: format %d, %" PRIu32 " shards", config->prefix, VIEW_FORMAT,
                     view.keys.shards);
        struct error differs = {0};
        if (view_settings_hold(&view, &differs) != 0)
            report_failure(checking, &differs);
        code = check_serving(checking, &view, &error);
        if (code == 0)
            code = note_without_documents(&view, &error);
        if (code == 0)
            code = advise_on_buckets(config, &view, &error);
    }
    if (code != 0)
        report_failure(checking, &error);
    view_done(&view);
}

/* Another partitioner than Kafka's own sends an item to a partition whose consumer does not own its shard. */
static void check_partitioner(const struct kafka_config *kafka)
{
    const char *partitioner = "murmur2_random";
    for (size_t i = kafka->settings_n; i-- > 0;) {
        if (strcmp(kafka->settings[i].name, "partitioner") != 0)
            continue;
        partitioner = kafka->settings[i].value;
        break;
    }
    if (strncmp(partitioner, "murmur2", strlen("murmur2")) == 0)
        finding_line(FINDING_OK, "kafka.partitioner: %s, as Kafka's own producers", partitioner);
    else
        finding_line(FINDING_WARN,
                     "kafka.partitioner = %s: as exact, only slower; set murmur2_random, as Kafka's own producers",
                     partitioner);
}

static void check_group(struct checking *checking)
{
    struct error error = {0};
    char other[GROUP_VIEW_MAX];
    const char *group = checking->settings->fold.group;
    int found = group_find_other(&checking->settings->fold.kafka, group, checking->view_id, other, &error);
    if (found == 1)
        error_set(
            &error, ERROR_STATE,
            "consumer group %s is shared with view %s: each gets a part of the log, neither is whole; give each view "
            "a fold.group of its own",
            group, other);
    if (found != 0)
        report_failure(checking, &error);
}

static void check_kafka(struct checking *checking)
{
    struct error error = {0};
    const struct kafka_config *config = &checking->settings->fold.kafka;
    struct rd_kafka_s *handle = kafka_new(config, KAFKA_ADMIN, NULL, NULL, &error);
    int failed = handle == NULL ? error.code : 0;
    if (failed == 0)
        failed = topics_check(handle, config, checking->shards, finding_print, NULL, &error);
    if (failed >= 0 && kafka_is_mock(handle, config->timeout_ms))
        finding_line(FINDING_WARN, "Kafka is the mock broker: for trying out only, it keeps nothing");
    if (failed < 0)
        report_failure(checking, &error);
    else
        checking->failed += failed;
    if (failed >= 0 && checking->shards > 0 && !kafka_is_mock(handle, config->timeout_ms))
        check_group(checking);
    if (failed >= 0 && !kafka_is_mock(handle, config->timeout_ms))
        clocks_check(config, checking->settings->fold.view.rule.history_ms, finding_print, NULL);
    kafka_free(handle);
}

/* Stock need not be served over HTTP: that the default address is not ours is a failure only where it was given. */
static void check_http(struct checking *checking)
{
    const char *url = checking->settings->api.url;
    struct readiness readiness;
    struct error error = {0};
    ready_ask(url, &readiness);
    if (readiness.kind == READY) {
        finding_line(FINDING_OK, "http: %s ready, lag %" PRId64 " ms", url, readiness.lag_ms);
    } else if (readiness.kind == READY_NOT || checking->settings->url_given) {
        error_set(&error, readiness.kind == READY_NO_ANSWER ? ERROR_UNREACHABLE : ERROR_STATE, "http: %s %s", url,
                  readiness.reason);
        report_failure(checking, &error);
    } else {
        finding_line(FINDING_WARN, "http: %s %s; without HTTP, that is as it should be", url, readiness.reason);
    }
}

int cmd_check(const struct invocation *invocation, struct error *error)
{
    struct checking checking = {.settings = invocation->settings};
    const char *file = invocation->settings->file;
    finding_line(FINDING_OK, "configuration %s", file == NULL ? "(no file: defaults and --set)" : file);
    check_partitioner(&invocation->settings->fold.kafka);
    check_redis(&checking);
    check_kafka(&checking);
    check_http(&checking);
    if (checking.failed == 0)
        return 0;
    return error_set(error, checking.unreachable ? ERROR_UNREACHABLE : ERROR_NO, "%d checks failed", checking.failed);
}
