/* A view in a Redis of its own, filled by a test, and requests answered from it without nginx. One to a program. */
#ifndef STOCKFOLD_TESTS_API_WORLD_H
#define STOCKFOLD_TESTS_API_WORLD_H

#include <check.h>
#include <jansson.h>

#include "stockfold/api/api.h"
#include "store/support/redis_server.h"

struct world {
    struct redis_server server;
    struct view_config view_config;
    struct view view;
    struct api_config config;
    struct api_metrics metrics;
    struct api api;
    int64_t now_us;  /* steady; 0: nothing is remembered of a shard from one request to the next */
    int64_t took_us; /* every trip, of that */
    int64_t now_ms;  /* of requests: 2026-11-21T10:00:00Z, a Saturday */
    /* Of the last request: CPU time in the api, that of its longest turn, asks of the turn with the most, and the turns in
     * which it let others come first. */
    int64_t spent_us, longest_us;
    int asks_max, pauses;
    size_t fields_max;      /* members of lists and hashes that one of its turns read */
    int trips, asks, parts; /* the same */
    size_t part_max;        /* bytes of its largest part */
    struct buffer body;
    char etag[32], as_of[32], complete_at[32], cache_control[64];
    struct str if_none_match, authorization; /* headers of requests to come */
};
extern struct world world;

/* With so many shards and buckets. */
void world_start(uint32_t shards, uint32_t buckets);
void world_stop(void);

/* --- filling it: before world_open() ----------------------------------------------------------------------------- */

/* Units at floor 0, zone "sales". */
void world_stock(const char *sku, const char *node, int64_t qty);
void world_record(const char *sku, const char *node, const struct record *record);
void world_reserve(const char *sku, const char *node, int64_t units);
void world_item(const char *json);
void world_node(const char *json);
/* Members of a node's document. */
#define ALWAYS_OPEN                                                                                                    \
    "\"time_zone\":\"Etc/UTC\",\"hours\":{\"mon\":[\"00:00-24:00\"],\"tue\":[\"00:00-24:00\"],"                        \
    "\"wed\":[\"00:00-24:00\"],\"thu\":[\"00:00-24:00\"],\"fri\":[\"00:00-24:00\"],\"sat\":[\"00:00-24:00\"],"         \
    "\"sun\":[\"00:00-24:00\"]}"
void world_heard(const char *node, int64_t time_ms);
/* That the shard has folded the partition up to there. */
void world_watermark(uint32_t shard, const char *topic, int32_t partition, int64_t next);
/* Any command, its words parted by blanks. */
void world_do(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Everything is there: every shard is open, and the nodes are read. Once more after more was put. */
void world_open(void);

/* --- asking it --------------------------------------------------------------------------------------------------- */

/* A plan's answers, until trip_done(). */
struct trip *world_travel(const struct plan *plan, const struct answers **ret_answers);
/* The answer to GET of path and query, which must have that status; NULL with 304. Borrowed until the next request. */
json_t *world_get(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes that Redis has sent so far, but for the answers to this question. */
int64_t world_redis_sent(void);
json_t *world_post(int status, const char *path, const char *body);

/* Members by path: "nodes/0/name". */
json_t *at(json_t *json, const char *path);
const char *text_at(json_t *json, const char *path);
int64_t number_at(json_t *json, const char *path);
double real_at(json_t *json, const char *path);
/* The members `name` of a list's objects, with blanks between. Borrowed until the next time. */
const char *texts_of(json_t *list, const char *name);

#endif
