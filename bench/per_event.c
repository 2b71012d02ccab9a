/* A peer of the fold: what one writes first. One message after the other is polled, parsed by jansson and written by
 * one function call of its own. Calls are pipelined, some hundred outstanding, but every event is one call.
 *
 *   per_event exact|bare BROKERS TOPIC,... SINCE_MS REDIS_PORT EVENTS       stops after so many events at the latest
 *
 * Exact does the fold's work as far as one call per event can: a repeated message changes nothing, since its
 * partition's offset is compared and moved on in the same call; the record has what is on hand, what each place holds,
 * when and by whom that was last seen, and its newest time; what comes and goes, moves between places and counts of a
 * place are taken. It keeps no history, so events count in the order in which they come; it knows no states, no units
 * without place and no other counts.
 *
 * Bare checks nothing and keeps only what is on hand: a sum in one hash field, and the partition's offset. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/clock.h"
#include "stockfold/codec/time_text.h"
#include "topics.h"

enum { OUTSTANDING_MAX = 512, PATIENCE_MS = 1000, WORDS_MAX = 16, KEY_MAX = 128, NUMBER_MAX = 24 };

/* Times are compared as text: all have as many digits from 2001 to 2286. */
static const char library[] =
    "#!lua name=per_event\n"
    /* One place: how '+' adds qty, '=' sets it. `stamp` is the event's time and source, kept beside the place. */
    "local function put(record, time, stamp, how, place, qty)\n"
    "    local stamp_field = 'seen:' .. place\n"
    "    local had = redis.call('HMGET', record, 'on_hand', 'as_of', place, stamp_field)\n"
    "    local change = how == '=' and qty - (had[3] or 0) or qty\n"
    "    local as_of, seen = had[2] or time, had[4] or stamp\n"
    "    redis.call('HSET', record, 'on_hand', (had[1] or 0) + change, 'as_of', as_of > time and as_of or time,\n"
    "               place, (had[3] or 0) + change, stamp_field, seen > stamp and seen or stamp)\n"
    "end\n"
    /* keys: offsets, record. args: partition, offset, time, source, then how, place and qty of one place or two. */
    "redis.register_function('per_event_exact', function(keys, args)\n"
    "    local done = redis.call('HGET', keys[1], args[1])\n"
    "    if done and tonumber(done) >= tonumber(args[2]) then\n"
    "        return\n"
    "    end\n"
    "    local time = args[3]\n"
    "    local stamp = time .. ' ' .. args[4]\n"
    "    for i = 5, #args, 3 do\n"
    "        put(keys[2], time, stamp, args[i], args[i + 1], args[i + 2])\n"
    "    end\n"
    "    redis.call('HSET', keys[1], args[1], args[2])\n"
    "end)\n"
    /* keys: offsets, item. args: partition, offset, node, change. */
    "redis.register_function('per_event_bare', function(keys, args)\n"
    "    redis.call('HINCRBY', keys[2], args[3], args[4])\n"
    "    redis.call('HSET', keys[1], args[1], args[2])\n"
    "end)\n";

struct pipeline {
    redisContext *redis;
    int outstanding;
};

/* --- Redis ------------------------------------------------------------------------------------------------------- */

static void pipeline_open(struct pipeline *ret_pipeline, int port)
{
    redisContext *redis = redisConnect("127.0.0.1", port);
    if (redis == NULL || redis->err)
        fail("redis", "cannot connect");
    redisReply *reply = redisCommand(redis, "FUNCTION LOAD REPLACE %s", library);
    if (reply == NULL || reply->type == REDIS_REPLY_ERROR)
        fail("redis", reply == NULL ? redis->errstr : reply->str);
    freeReplyObject(reply);
    *ret_pipeline = (struct pipeline){redis, 0};
}

/* Sends what was appended and takes answers until no more than `most` are outstanding. */
static void pipeline_take(struct pipeline *pipeline, int most)
{
    for (; pipeline->outstanding > most; pipeline->outstanding--) {
        redisReply *reply;
        if (redisGetReply(pipeline->redis, (void **)&reply) != REDIS_OK)
            fail("redis", pipeline->redis->errstr);
        if (reply->type == REDIS_REPLY_ERROR)
            fail("redis", reply->str);
        freeReplyObject(reply);
    }
}

static void pipeline_call(struct pipeline *pipeline, const char **words, int words_n)
{
    redisAppendCommandArgv(pipeline->redis, words_n, words, NULL);
    if (++pipeline->outstanding >= OUTSTANDING_MAX)
        pipeline_take(pipeline, OUTSTANDING_MAX / 2);
}

/* --- events ------------------------------------------------------------------------------------------------------ */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    if (text == NULL)
        fail("event", name);
    return text;
}

static void print_place(const json_t *place, char ret_text[KEY_MAX])
{
    static const char *const components[] = {"floor", "zone", "aisle", "bay", "shelf", "position"};
    size_t len = 0;
    for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++) {
        const char *component = json_string_value(json_object_get(place, components[i]));
        len += (size_t)snprintf(ret_text + len, KEY_MAX - len, "/%s", component == NULL ? "" : component);
    }
}

static void fold_exact(struct pipeline *pipeline, const json_t *event, const char *partition, const char *offset)
{
    char record[KEY_MAX], time[NUMBER_MAX], qty[NUMBER_MAX], less[NUMBER_MAX], place[KEY_MAX], to_place[KEY_MAX];
    const char *type = text_of(event, "type"), *time_text = text_of(event, "time");
    int64_t time_ms, units = json_integer_value(json_object_get(event, "qty"));
    if (!time_parse((struct str){time_text, strlen(time_text)}, &time_ms))
        fail("time", time_text);
    snprintf(record, sizeof(record), "stock:%s:%s", text_of(event, "sku"), text_of(event, "node"));
    snprintf(time, sizeof(time), "%" PRId64, time_ms);
    snprintf(qty, sizeof(qty), "%" PRId64, units);
    snprintf(less, sizeof(less), "%" PRId64, -units);
    print_place(json_object_get(event, "place"), place);

    bool counted = strcmp(type, "counted") == 0, moved = strcmp(type, "moved") == 0;
    bool takes = moved || strcmp(type, "sold") == 0;
    const char *words[WORDS_MAX] = {"FCALL",
                                    "per_event_exact",
                                    "2",
                                    "offsets",
                                    record,
                                    partition,
                                    offset,
                                    time,
                                    text_of(event, "source"),
                                    counted ? "=" : "+",
                                    place,
                                    takes ? less : qty};
    int words_n = 12;
    if (moved) {
        print_place(json_object_get(event, "to_place"), to_place);
        words[words_n++] = "+";
        words[words_n++] = to_place;
        words[words_n++] = qty;
    }
    pipeline_call(pipeline, words, words_n);
}

static void fold_bare(struct pipeline *pipeline, const json_t *event, const char *partition, const char *offset)
{
    char item[KEY_MAX], change[NUMBER_MAX];
    int64_t units = json_integer_value(json_object_get(event, "qty"));
    snprintf(item, sizeof(item), "stock:%s", text_of(event, "sku"));
    snprintf(change, sizeof(change), "%" PRId64, strcmp(text_of(event, "type"), "sold") == 0 ? -units : units);
    const char *words[] = {"FCALL", "per_event_bare",       "2",   "offsets", item, partition,
                           offset,  text_of(event, "node"), change};
    pipeline_call(pipeline, words, sizeof(words) / sizeof(words[0]));
}

static void fold(struct pipeline *pipeline, bool exact, const rd_kafka_message_t *message)
{
    char partition[KEY_MAX], offset[NUMBER_MAX];
    json_t *event = json_loadb(message->payload, message->len, 0, NULL);
    snprintf(partition, sizeof(partition), "%s:%" PRId32, rd_kafka_topic_name(message->rkt), message->partition);
    snprintf(offset, sizeof(offset), "%" PRId64, message->offset);
    (exact ? fold_exact : fold_bare)(pipeline, event, partition, offset);
    json_decref(event);
}

int main(int argc, char **argv)
{
    if (argc != 7)
        fail("usage", "per_event exact|bare BROKERS TOPIC,... SINCE_MS REDIS_PORT EVENTS");
    struct topics topics;
    struct pipeline pipeline;
    bool exact = strcmp(argv[1], "exact") == 0;
    uint64_t events = 0, events_max = strtoull(argv[6], NULL, 10);
    int64_t first_us = 0;
    pipeline_open(&pipeline, atoi(argv[5]));
    topics_open(&topics, argv[2], argv[3], strtoll(argv[4], NULL, 10));
    while (topics.open > 0 && events < events_max) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(topics.consumer, PATIENCE_MS);
        if (message == NULL)
            continue;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            topics_take_error(&topics, message);
        } else {
            if (events++ == 0)
                first_us = clock_steady_us();
            fold(&pipeline, exact, message);
        }
        rd_kafka_message_destroy(message);
    }
    pipeline_take(&pipeline, 0);
    printf("{\"operations\":%" PRIu64 ",\"seconds\":%.6f}\n", events, (double)(clock_steady_us() - first_us) / 1e6);
    redisFree(pipeline.redis);
    topics_close(&topics);
    return EXIT_SUCCESS;
}
