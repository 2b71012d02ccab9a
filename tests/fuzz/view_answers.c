/* What a plan asks is read back word by word; what the answer holds goes by the key's kind (keys.h). */
#include "view_answers.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/codec/record_json.h"
#include "stockfold/codec/words.h"
#include "stockfold/store/record_value.h"
#include "stockfold/store/stats.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HOUR INT64_C(3600000)

uint8_t script_next(struct script *script)
{
    return script->at == script->end ? 0 : *script->at++;
}

/* --- RESP -------------------------------------------------------------------------------------------------------- */

static void add_bulk(struct buffer *out, struct str bytes)
{
    buffer_add_format(out, "$%zu\r\n", bytes.len);
    buffer_add(out, bytes.data, bytes.len);
    buffer_add_literal(out, "\r\n");
}

static void add_text(struct buffer *out, const char *text)
{
    add_bulk(out, (struct str){text, strlen(text)});
}

static void add_int(struct buffer *out, int64_t number)
{
    char text[24];
    add_bulk(out, (struct str){text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)number)});
}

static void add_nil(struct buffer *out)
{
    buffer_add_literal(out, "$-1\r\n");
}

static void add_array(struct buffer *out, size_t n)
{
    buffer_add_format(out, "*%zu\r\n", n);
}

/* The words of an ask. */
static struct str take_word(struct str *rest)
{
    char *end;
    size_t len = strtoul(rest->data + 1, &end, 10);
    struct str word = {end + 2, len};
    size_t used = (size_t)(end - rest->data) + 2 + len + 2;
    *rest = (struct str){rest->data + used, rest->len - used};
    return word;
}

static bool contains(struct str text, const char *what)
{
    return memmem(text.data, text.len, what, strlen(what)) != NULL;
}

/* What follows the key's tag and kind, as in P:{K}:i:SKU. */
static struct str name_in(struct str key)
{
    const char *tag = memchr(key.data, '}', key.len);
    size_t before = tag == NULL ? key.len : (size_t)(tag - key.data) + 1;
    const char *colon = key.len > before + 1 ? memchr(key.data + before + 1, ':', key.len - before - 1) : NULL;
    if (colon == NULL)
        return STR("");
    return (struct str){colon + 1, key.len - (size_t)(colon + 1 - key.data)};
}

/* --- what is in the view ----------------------------------------------------------------------------------------- */

static const char *const node_documents[] = {
    "{\"id\":\"s1\",\"kind\":\"store\",\"name\":\"Gran "
    "V\303\255a\",\"lat\":40.42,\"lon\":-3.7,\"time_zone\":\"Europe/Madrid\","
    "\"hours\":{\"sat\":[\"10:00-02:00\"],\"sun\":[\"12:00-20:00\"]},\"days\":{\"2026-11-22\":[]},\"pickup\":{"
    "\"enabled\":"
    "true,\"lead_minutes\":30},\"floors\":[{\"floor\":\"2\",\"name\":\"Second\"}],\"zones\":[{\"floor\":\"2\",\"zone\":"
    "\"women\",\"name\":\"Women\",\"walk\":2,\"draw\":1},{\"floor\":\"0\",\"zone\":\"back\",\"accessible\":false,"
    "\"pickable\":false}]}",
    "{\"id\":\"s2\",\"kind\":\"store\",\"name\":\"Serrano "
    "5\",\"lat\":40.43,\"lon\":-3.68,\"time_zone\":\"Europe/Madrid\","
    "\"hours\":{},\"pickup\":{\"enabled\":true}}",
    "{\"id\":\"s3\",\"kind\":\"store\",\"lat\":-90,\"lon\":180,\"safety_stock\":2}",
    "{\"id\":\"w1\",\"kind\":\"warehouse\",\"name\":\"W\\u00e4rehouse\",\"sells_online\":true,\"as_of\":1,\"open_now\":"
    "7,"
    "\"extra\":{\"deep\":[1e300,{}]}}",
    "{\"id\":\"web\",\"kind\":\"ecommerce\",\"sells_online\":true,\"lat\":0,\"lon\":0}",
    "{\"id\":\"a b/c%\\u00e9\",\"kind\":\"store\",\"name\":null}",
};
static const char *const node_ids[] = {"s1", "s2", "s3", "w1", "web", "a b/c%\303\251", "unheard-of"};

static const char *const item_tails[] = {
    "\"style\":\"st\",\"title\":\"Linen shirt\",\"color\":\"black\",\"size\":\"M\",\"gtin\":\"08435678901234\"}",
    "\"style\":\"st\",\"title\":\"Linen shirt\",\"color\":\"white\",\"size\":\"L\",\"safety_stock\":{\"default\":1}}",
    "\"style\":\"st\",\"color\":null,\"size\":null,\"price\":{\"amount\":\"1\",\"currency\":\"EUR\"}}",
    "\"style\":null,\"title\":\"linen\",\"lag_ms\":3,\"as_of\":\"never\",\"attributes\":{\"a\":[1.50,-0]}}",
    "\"style\":\"another\",\"title\":\"\\ud83d\\ude00 \303\251\"}",
    "\"x\":1} ",
};

/* An item's document names the item; the rest is one of the above. */
static void add_item(struct buffer *out, struct str sku, uint8_t choice)
{
    struct buffer document;
    const char *tail = item_tails[choice % COUNT(item_tails)];
    buffer_init(&document);
    buffer_add_literal(&document, "{\"sku\":");
    json_write_string(sku, &document);
    buffer_add_byte(&document, ',');
    buffer_add(&document, tail, strlen(tail));
    add_bulk(out, (struct str){document.data, document.len});
    buffer_done(&document);
}

static void fill_places(struct record *record, uint8_t choice)
{
    static const struct str places[] = {STR("0"), STR("0\0back\0A1"),
                                        STR("2\0women\0A04\0S3\0"
                                            "1"),
                                        STR("7\0\0x")};
    for (size_t i = 0; i < choice % (COUNT(places) + 1); i++)
        record->places[record->places_n++] = (struct place_stock){.place = places[i],
                                                                  .qty = choice % 11 == 0 ? -2 : 3 + choice % 7,
                                                                  .seen_at = VIEW_ANSWERS_NOW - (int64_t)i * HOUR,
                                                                  .seen_by = STR("pos-1")};
}

/* Records: with places, incoming units and unknown departures, or without any of these. */
static void add_record(struct buffer *out, uint8_t choice)
{
    struct place_stock places[4];
    struct incoming_line incoming[1] = {{STR("po-1"), 40, choice % 2 == 0 ? TIME_NONE : VIEW_ANSWERS_NOW + HOUR}};
    struct record record;
    struct buffer packed;
    record_init(&record, places, COUNT(places), incoming, COUNT(incoming));
    fill_places(&record, choice);
    record.incoming_n = choice % 3 == 0;
    record.unplaced = choice % 5;
    record.undrawn = choice % 7;
    record.states[STATE_DAMAGED] = choice % 2;
    record.states[STATE_STAGED] = choice % 4;
    record.as_of = record.newest_time = record.newest_kafka_time = VIEW_ANSWERS_NOW - choice * HOUR;
    buffer_init(&packed);
    record_value_write(&(struct hours){0}, &record, &packed);
    if (choice > 250)
        packed.len -= 1;
    add_bulk(out, (struct str){packed.data, packed.len});
    buffer_done(&packed);
}

/* --- good answers ------------------------------------------------------------------------------------------------ */

static void add_meta(struct buffer *out, struct str field, uint8_t choice)
{
    if (choice == 'n')
        add_nil(out);
    else if (str_equal(field, STR("open")))
        add_text(out, choice == 'o' ? "other-run" : VIEW_ANSWERS_IDENTITY);
    else if (str_equal(field, STR("newest")) || str_equal(field, STR("complete")))
        add_int(out, VIEW_ANSWERS_NOW - choice);
    else if (field.len > 2 && field.data[0] == 'w')
        add_text(out, choice == 'w' ? "1 0 ff 3" : "9223372036854775807 7 ff 3");
    else
        add_text(out, "17");
}

static void answer_fields(struct str key, struct str words, bool many, struct script *script, struct buffer *out)
{
    size_t n = 0;
    for (struct str rest = words; rest.len > 0; n++)
        take_word(&rest);
    if (many)
        add_array(out, n);
    while (words.len > 0) {
        struct str field = take_word(&words);
        uint8_t choice = script_next(script);
        if (contains(key, ":view"))
            add_int(out, choice % 8 == 7 ? 1 : WORD_INDEX_VERSION);
        else if (contains(key, "}:m"))
            add_meta(out, field, choice);
        else if (choice == 'n' || (!field_is_record(field) && choice == 0))
            add_nil(out);
        else if (!field_is_record(field))
            add_int(out, choice % 8);
        else
            add_record(out, choice);
    }
}

/* Every node's record, and before it, of some, what is set aside there. */
static void answer_stock_everywhere(struct script *script, struct buffer *out)
{
    uint8_t choice = script_next(script);
    size_t n = choice % (COUNT(node_ids) + 1), aside = choice / 16 % 4;
    n = n == 0 ? 2 : n - 1;
    aside = aside < n ? aside : n;
    add_array(out, 2 * n + 2 * aside);
    for (size_t i = 0; i < n; i++) {
        if (i < aside) {
            struct buffer field;
            buffer_init(&field);
            buffer_add_format(&field, "%c%s", choice % 2 == 0 ? FIELD_RESERVED : FIELD_SAFETY, node_ids[i]);
            add_bulk(out, (struct str){field.data, field.len});
            buffer_done(&field);
            add_int(out, script_next(script) % 8);
        }
        add_text(out, node_ids[i]);
        add_record(out, script_next(script));
    }
}

static void answer_nodes(struct buffer *out)
{
    add_array(out, 2 * COUNT(node_documents));
    for (size_t i = 0; i < COUNT(node_documents); i++) {
        add_text(out, node_ids[i]);
        add_text(out, node_documents[i]);
    }
}

static void answer_heard(struct buffer *out)
{
    add_array(out, 2 * COUNT(node_ids));
    for (size_t i = 0; i < COUNT(node_ids); i++) {
        add_text(out, node_ids[i]);
        add_int(out, VIEW_ANSWERS_NOW - (int64_t)i * HOUR);
    }
}

static void answer_totals(struct script *script, struct buffer *out)
{
    add_array(out, 2 * TOTALS - 2); /* one has no field */
    for (size_t i = 0; i < TOTALS; i++)
        if (total_rows[i].field != NULL) {
            add_text(out, total_rows[i].field);
            add_int(out, script_next(script));
        }
}

static void answer_partitions(struct script *script, struct buffer *out)
{
    static const char *const topics[] = {"stock.store:0", "stock.store:1", "stock.items:0"};
    static const char *const progress[] = {"10 20 1795255400000 1795255500000 0", "10 -1 -9223372036854775808 0 0",
                                           "10 20 -9223372036854775808 1795255600000 7", "20 10 1795255600000 1 1"};
    add_array(out, 2 * COUNT(topics));
    for (size_t i = 0; i < COUNT(topics); i++) {
        add_text(out, topics[i]);
        add_text(out, progress[script_next(script) % COUNT(progress)]);
    }
}

static void answer_hash(struct str key, struct script *script, struct buffer *out)
{
    if (contains(key, "{nodes}:d"))
        answer_nodes(out);
    else if (contains(key, "{nodes}:h"))
        answer_heard(out);
    else if (contains(key, "{stats}:t"))
        answer_totals(script, out);
    else if (contains(key, "{stats}:p"))
        answer_partitions(script, out);
    else
        answer_stock_everywhere(script, out);
}

/* Skus of a style, of a barcode, of a word; words of a beginning; what a node holds. */
static void answer_names(struct str key, struct script *script, struct buffer *out)
{
    size_t n = script_next(script) % 9;
    n = n == 0 ? 3 : n - 1;
    add_array(out, n);
    for (size_t i = 0; i < n; i++) {
        uint8_t choice = script_next(script);
        struct buffer name;
        buffer_init(&name);
        if (contains(key, "}:a:"))
            buffer_add_format(&name, "%.*s%zu", STR_ARG(name_in(key)), i + choice);
        else if (contains(key, "}:n:"))
            buffer_add_format(&name, "sku-%zu\nsku-%d\n", i, choice);
        else
            buffer_add_format(&name, "sku-%zu", i);
        add_bulk(out, (struct str){name.data, name.len});
        buffer_done(&name);
    }
}

static void answer_well(struct str words, struct script *script, struct buffer *out)
{
    struct str command = take_word(&words), key = take_word(&words);
    if (str_equal(command, STR("HMGET")) || str_equal(command, STR("HGET")))
        answer_fields(key, words, str_equal(command, STR("HMGET")), script, out);
    else if (str_equal(command, STR("HGETALL")))
        answer_hash(key, script, out);
    else if (str_equal(command, STR("GET"))) {
        uint8_t choice = script_next(script);
        if (choice == 'n')
            add_nil(out);
        else
            add_item(out, name_in(key), choice);
    } else if (str_equal(command, STR("EXISTS")) || str_equal(command, STR("ZCARD")) || str_equal(command, STR("HLEN")))
        buffer_add_format(out, ":%d\r\n", script_next(script) % 4);
    else
        answer_names(key, script, out);
}

/* --- any answers ------------------------------------------------------------------------------------------------- */

static const char *const odd[] = {
    "$-1\r\n",
    "*0\r\n",
    "*-1\r\n",
    ":-1\r\n",
    ":9223372036854775807\r\n",
    "+OK\r\n",
    "$0\r\n\r\n",
    "$1\r\n{\r\n",
    "$2\r\n{}\r\n",
    "-WRONGTYPE Operation against a key\r\n",
    "-LOADING Redis is loading\r\n",
    "-ERR Function not found\r\n",
    "*1\r\n$1\r\nx\r\n",
    "*2\r\n$1\r\na\r\n$1\r\nb\r\n",
    "*2\r\n$1\r\na\r\n$1\r\n1\r\n",
    "*3\r\n$5\r\na-run\r\n$1\r\nx\r\n$-1\r\n",
    "*3\r\n:1\r\n*1\r\n:1\r\n-ERR no\r\n",
    "*2\r\n$-1\r\n$-1\r\n",
};

static const struct reply *reply_of(const struct buffer *bytes)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;
    if (redisReaderFeed(reader, bytes->data, bytes->len) != REDIS_OK ||
        redisReaderGetReply(reader, &reply) != REDIS_OK || reply == NULL) {
        fprintf(stderr, "no reply: %.*s\n", (int)bytes->len, bytes->data);
        abort();
    }
    redisReaderFree(reader);
    return reply;
}

enum { LOST = 0xff, ODD = 0xc0 };

void view_answer(const struct plan *plan, struct script *script, const struct reply **replies)
{
    struct buffer bytes;
    buffer_init(&bytes);
    for (uint32_t i = 0; i < plan->asks_n; i++) {
        const struct plan_ask *ask = &plan->asks[i];
        size_t end = i + 1 < plan->asks_n ? ask[1].from : plan->bytes.len;
        uint8_t choice = script_next(script);
        bytes.len = 0;
        replies[i] = NULL;
        if (choice == LOST)
            continue;
        if (choice >= ODD)
            buffer_add(&bytes, odd[choice % COUNT(odd)], strlen(odd[choice % COUNT(odd)]));
        else
            answer_well((struct str){plan->bytes.data + ask->from, end - ask->from}, script, &bytes);
        replies[i] = reply_of(&bytes);
    }
    buffer_done(&bytes);
}

void view_answer_free(const struct reply *reply)
{
    if (reply != NULL)
        freeReplyObject((void *)(uintptr_t)reply);
}
