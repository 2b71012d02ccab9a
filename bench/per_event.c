/* A peer of the fold: what one writes first. One message after the other is polled, parsed by jansson and written by
 * one function call of its own, which changes one hash field and the partition's offset together. Calls are pipelined,
 * some hundred outstanding, but every event is one call. It checks nothing and keeps no history.
 *
 *   per_event BROKERS TOPIC,... SINCE_MS REDIS_PORT EVENTS       stops after so many events at the latest */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/clock.h"
#include "topics.h"

enum { OUTSTANDING_MAX = 512, PATIENCE_MS = 1000 };

static const char library[] = "#!lua name=per_event\n"
                              "redis.register_function('per_event', function(keys, args)\n"
                              "    redis.call('HINCRBY', keys[1], args[1], args[2])\n"
                              "    redis.call('HSET', keys[2], args[3], args[4])\n"
                              "end)\n";

struct pipeline {
    redisContext *redis;
    int outstanding;
};

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

static void fold(struct pipeline *pipeline, const rd_kafka_message_t *message)
{
    json_t *event = json_loadb(message->payload, message->len, 0, NULL);
    const char *sku = json_string_value(json_object_get(event, "sku"));
    const char *node = json_string_value(json_object_get(event, "node"));
    const char *type = json_string_value(json_object_get(event, "type"));
    if (sku == NULL || node == NULL || type == NULL)
        fail("event", "not as expected");
    int64_t qty = json_integer_value(json_object_get(event, "qty"));
    char key[64], change[24], input[64], offset[24];
    snprintf(key, sizeof(key), "stock:%s", sku);
    snprintf(change, sizeof(change), "%" PRId64, strcmp(type, "sold") == 0 ? -qty : qty);
    snprintf(input, sizeof(input), "%s:%" PRId32, rd_kafka_topic_name(message->rkt), message->partition);
    snprintf(offset, sizeof(offset), "%" PRId64, message->offset);
    const char *words[] = {"FCALL", "per_event", "2", key, "offsets", node, change, input, offset};
    redisAppendCommandArgv(pipeline->redis, sizeof(words) / sizeof(words[0]), words, NULL);
    json_decref(event);
    if (++pipeline->outstanding >= OUTSTANDING_MAX)
        pipeline_take(pipeline, OUTSTANDING_MAX / 2);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        fail("usage", "per_event BROKERS TOPIC,... SINCE_MS REDIS_PORT EVENTS");
    struct topics topics;
    struct pipeline pipeline;
    uint64_t events = 0, events_max = strtoull(argv[5], NULL, 10);
    int64_t first_us = 0;
    pipeline_open(&pipeline, atoi(argv[4]));
    topics_open(&topics, argv[1], argv[2], strtoll(argv[3], NULL, 10));
    while (topics.open > 0 && events < events_max) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(topics.consumer, PATIENCE_MS);
        if (message == NULL)
            continue;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            topics_take_error(&topics, message);
        } else {
            if (events++ == 0)
                first_us = clock_steady_us();
            fold(&pipeline, message);
        }
        rd_kafka_message_destroy(message);
    }
    pipeline_take(&pipeline, 0);
    printf("{\"operations\":%" PRIu64 ",\"seconds\":%.6f}\n", events, (double)(clock_steady_us() - first_us) / 1e6);
    redisFree(pipeline.redis);
    topics_close(&topics);
    return EXIT_SUCCESS;
}
