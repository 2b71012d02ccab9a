/* Fills stock topics with events as a retailer's tills and scanners would send them: 210 to 240 bytes of JSON, lz4,
 * keyed by sku. Responsible for: what benchmarks read. Not for: the topics, which must be there.
 *
 *   produce_events --brokers LIST --topics WAREHOUSE,STORE,ECOMMERCE --items N --nodes N [--events N | --one-each]
 *                  [--hot | --in-turn] [--late N] [--from MINUTES] [--to MINUTES] [--first N] [--partitioner NAME]
 *                  [--rate N] [--partition N] [--first-item N]
 *
 * Node 0 is a warehouse, node 1 the web shop, all others are stores, so every record has all its events in one topic.
 * Records are drawn uniformly (--hot: always the first; --in-turn: all of them in a scattered order, and again;
 * --one-each: once). Event times rise evenly from --from to --to minutes before now: in order. One in --late of them is
 * at a random moment between --from and its own turn instead, and every fourth of those is a count. --first numbers the
 * ids, so that a second run adds new events. --rate: so many a second, evenly, each sent within some milliseconds.
 * --partition: all into that one, whatever their sku. --first-item: of other items, numbered from there. */
#include <getopt.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stockfold/base/clock.h"

enum { TOPICS = 3, EVENT_MAX = 512, MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

struct plan {
    const char *brokers, *partitioner;
    char *topics;
    uint64_t items, first_item, nodes, events, first, late, rate; /* rate 0: as fast as they can be made */
    bool one_each, hot, in_turn;
    int32_t partition;
    int64_t from_ms, to_ms; /* wall clock */
};

struct writer {
    const struct plan *plan;
    rd_kafka_t *producer;
    rd_kafka_topic_t *topics[TOPICS];
    uint64_t random;
    int64_t hour; /* whose text is in hour_text */
    char hour_text[16];
    uint64_t failed;
};

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "produce_events: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

/* --- options ----------------------------------------------------------------------------------------------------- */

static uint64_t number(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (*text == '\0' || *end != '\0')
        fail(text, "not a number");
    return value;
}

static void read_options(int argc, char **argv, struct plan *ret_plan)
{
    static const struct option options[] = {
        {"brokers", 1, NULL, 'b'},     {"topics", 1, NULL, 't'},  {"items", 1, NULL, 'i'},
        {"nodes", 1, NULL, 'n'},       {"events", 1, NULL, 'e'},  {"one-each", 0, NULL, 'o'},
        {"hot", 0, NULL, 'h'},         {"in-turn", 0, NULL, 'r'}, {"late", 1, NULL, 'l'},
        {"from", 1, NULL, 'f'},        {"to", 1, NULL, 'u'},      {"first", 1, NULL, '1'},
        {"partitioner", 1, NULL, 'p'}, {"rate", 1, NULL, 'a'},    {"partition", 1, NULL, 'k'},
        {"first-item", 1, NULL, 'm'},  {NULL, 0, NULL, 0},
    };
    int64_t now_ms = clock_wall_ms();
    struct plan plan = {.partitioner = "murmur2_random",
                        .partition = RD_KAFKA_PARTITION_UA,
                        .items = 1,
                        .nodes = 1,
                        .from_ms = now_ms - HOUR_MS,
                        .to_ms = now_ms};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'b':
            plan.brokers = optarg;
            break;
        case 't':
            plan.topics = optarg;
            break;
        case 'i':
            plan.items = number(optarg);
            break;
        case 'n':
            plan.nodes = number(optarg);
            break;
        case 'e':
            plan.events = number(optarg);
            break;
        case 'o':
            plan.one_each = true;
            break;
        case 'h':
            plan.hot = true;
            break;
        case 'r':
            plan.in_turn = true;
            break;
        case 'l':
            plan.late = number(optarg);
            break;
        case 'f':
            plan.from_ms = now_ms - (int64_t)number(optarg) * MINUTE_MS;
            break;
        case 'u':
            plan.to_ms = now_ms - (int64_t)number(optarg) * MINUTE_MS;
            break;
        case '1':
            plan.first = number(optarg);
            break;
        case 'p':
            plan.partitioner = optarg;
            break;
        case 'a':
            plan.rate = number(optarg);
            break;
        case 'm':
            plan.first_item = number(optarg);
            break;
        case 'k':
            plan.partition = (int32_t)number(optarg);
            break;
        default:
            exit(EXIT_FAILURE);
        }
    }
    if (plan.brokers == NULL || plan.topics == NULL)
        fail("usage", "--brokers and --topics are needed");
    if (plan.one_each) {
        plan.in_turn = true;
        plan.events = plan.items * plan.nodes;
    }
    *ret_plan = plan;
}

/* --- Kafka ------------------------------------------------------------------------------------------------------- */

static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct writer *writer = opaque;
    (void)producer;
    writer->failed += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_t *producer_new(const struct plan *plan, struct writer *writer)
{
    const char *const settings[][2] = {
        {"bootstrap.servers", plan->brokers},
        {"partitioner", plan->partitioner},
        {"enable.idempotence", "true"},
        {"max.in.flight", "1"},
        {"compression.codec", "lz4"},
        {"linger.ms", plan->rate > 0 ? "5" : "50"},
        {"batch.size", "1000000"},
        {"queue.buffering.max.messages", "400000"},
    };
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof(why)) != RD_KAFKA_CONF_OK)
            fail(settings[i][0], why);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_opaque(conf, writer);
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (producer == NULL)
        fail("librdkafka", why);
    return producer;
}

static void writer_open(const struct plan *plan, struct writer *ret_writer)
{
    *ret_writer = (struct writer){.plan = plan, .random = 88172645463325252u + plan->first, .hour = INT64_MIN};
    ret_writer->producer = producer_new(plan, ret_writer);
    char *rest = plan->topics;
    for (size_t i = 0; i < TOPICS; i++) {
        const char *name = strsep(&rest, ",");
        if (name == NULL)
            fail("--topics", "three are needed");
        ret_writer->topics[i] = rd_kafka_topic_new(ret_writer->producer, name, NULL);
    }
}

static void send_event(struct writer *writer, size_t topic, const char *sku, size_t sku_len, char *event,
                       size_t event_len)
{
    while (rd_kafka_produce(writer->topics[topic], writer->plan->partition, RD_KAFKA_MSG_F_COPY, event, event_len, sku,
                            sku_len, NULL) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            fail("produce", rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(writer->producer, 10);
    }
}

static void writer_close(struct writer *writer)
{
    while (rd_kafka_outq_len(writer->producer) > 0)
        rd_kafka_poll(writer->producer, 100);
    if (writer->failed > 0)
        fail("produce", "messages were not acknowledged");
    for (size_t i = 0; i < TOPICS; i++)
        rd_kafka_topic_destroy(writer->topics[i]);
    rd_kafka_destroy(writer->producer);
}

/* --- events ------------------------------------------------------------------------------------------------------ */

static uint64_t below(struct writer *writer, uint64_t bound)
{
    writer->random ^= writer->random << 13;
    writer->random ^= writer->random >> 7;
    writer->random ^= writer->random << 17;
    return writer->random % bound;
}

static char *add(char *at, const char *text)
{
    size_t len = strlen(text);
    memcpy(at, text, len);
    return at + len;
}

static char *add_number(char *at, uint64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + digits;
}

/* printf and gmtime would be half of the whole cost: the hour's text is kept, the rest is digits. */
static char *add_time(struct writer *writer, char *at, int64_t time_ms)
{
    int64_t hour = time_ms / HOUR_MS;
    if (hour != writer->hour) {
        time_t seconds = (time_t)(time_ms / 1000);
        struct tm utc;
        gmtime_r(&seconds, &utc);
        strftime(writer->hour_text, sizeof(writer->hour_text), "%Y-%m-%dT%H:", &utc);
        writer->hour = hour;
    }
    uint64_t rest = (uint64_t)(time_ms % HOUR_MS);
    at = add(at, writer->hour_text);
    at = add_number(at, rest / MINUTE_MS, 2);
    *at++ = ':';
    at = add_number(at, rest / 1000 % 60, 2);
    *at++ = '.';
    at = add_number(at, rest % 1000, 3);
    return add(at, "Z");
}

/* Every record has one place, which its item and node decide. */
static char *add_place(char *at, uint64_t item, uint64_t node)
{
    static const char *const zones[] = {"women", "men", "kids", "home", "shoes"};
    uint64_t place = item * 7 + node * 3;
    at = add(at, "{\"floor\":\"");
    at = add_number(at, place % 3, 1);
    at = add(add(at, "\",\"zone\":\""), zones[place % 5]);
    at = add_number(add(at, "\",\"aisle\":\"A"), place / 5 % 20, 2);
    at = add_number(add(at, "\",\"bay\":\"B"), place / 7 % 12, 2);
    at = add_number(add(at, "\",\"shelf\":\"S"), place / 11 % 6, 1);
    at = add_number(add(at, "\",\"position\":\""), place / 13 % 9, 1);
    return add(at, "\"}");
}

/* 2654435761 is a prime above any number of records here: each comes once before any comes again. */
static uint64_t in_turn(uint64_t records, uint64_t index)
{
    return index % records * 2654435761u % records;
}

static const char *type_of(struct writer *writer, bool late)
{
    uint64_t dice = below(writer, 20);
    if (late && dice < 5)
        return "counted\",\"scope\":\"place";
    return writer->plan->one_each || dice < 3 ? "received" : dice == 3 ? "returned" : "sold";
}

static void write_event(struct writer *writer, uint64_t index)
{
    const struct plan *plan = writer->plan;
    uint64_t records = plan->items * plan->nodes;
    uint64_t record = plan->hot ? 0 : plan->in_turn ? in_turn(records, index) : below(writer, records);
    uint64_t item = record / plan->nodes, node = record % plan->nodes;
    int64_t span_ms = (int64_t)((double)(plan->to_ms - plan->from_ms) * (double)index / (double)plan->events);
    bool late = plan->late > 0 && span_ms > 0 && below(writer, plan->late) == 0;
    if (late)
        span_ms = (int64_t)below(writer, (uint64_t)span_ms);

    char sku[16], event[EVENT_MAX];
    size_t sku_len = (size_t)(add(add_number(add(sku, "ZR-"), writer->plan->first_item + item, 7), "-M") - sku);
    char *at = add_number(add(event, "{\"id\":\""), plan->first + index, 10);
    at = add_number(add(at, "\",\"source\":\"pos-"), node, 3);
    at = add(add(at, "\",\"type\":\""), type_of(writer, late));
    at = add_time(writer, add(at, "\",\"time\":\""), plan->from_ms + span_ms);
    at = add(at, "\",\"sku\":\"");
    memcpy(at, sku, sku_len);
    at = add_number(add(at + sku_len, "\",\"node\":\"node-"), node, 3);
    at = add_number(add(at, "\",\"qty\":"), 1 + below(writer, 9), 1);
    at = add(add_place(add(at, ",\"place\":"), item, node), "}");
    send_event(writer, node == 0 ? 0 : node == 1 ? 2 : 1, sku, sku_len, event, (size_t)(at - event));
    if (index % 1024 == 0)
        rd_kafka_poll(writer->producer, 0);
}

/* Waits until the next event is due: not for each one, but once some are ahead. */
static void keep_pace(const struct plan *plan, uint64_t sent, int64_t start_us)
{
    int64_t ahead_us = start_us + (int64_t)(sent * 1000000 / plan->rate) - clock_steady_us();
    if (ahead_us > 1000)
        usleep((useconds_t)ahead_us);
}

int main(int argc, char **argv)
{
    struct plan plan;
    struct writer writer;
    read_options(argc, argv, &plan);
    writer_open(&plan, &writer);
    int64_t start_us = clock_steady_us();
    for (uint64_t i = 0; i < plan.events; i++) {
        if (plan.rate > 0)
            keep_pace(&plan, i, start_us);
        write_event(&writer, i);
    }
    writer_close(&writer);
    printf("{\"operations\":%" PRIu64 ",\"seconds\":%.6f}\n", plan.events,
           (double)(clock_steady_us() - start_us) / 1e6);
    return EXIT_SUCCESS;
}
