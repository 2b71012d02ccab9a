/* Generated streams of messages about one item at two nodes. */
#include "streams.h"

#include <assert.h>
#include <stdio.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WINDOW LATENESS_WINDOW_MS_DEFAULT
#define HISTORY LATENESS_HISTORY_MS_DEFAULT
#define LOADED_AT INT64_C(1790000000000) /* Kafka time of the first history */

/* The places of both nodes, with the scope they lie in. */
static const struct {
    struct str place;
    int floor, zone;
} pool[] = {
    {STR("0"), 0, 0},         {STR("0\0\0\0\0S1"), 0, 0},  {STR("0\0x"), 0, 1},
    {STR("0\0x\0A1"), 0, 1},  {STR("0\0x\0A1\0B1"), 0, 1}, {STR("0\0x\0A2"), 0, 1},
    {STR("0\0xx\0A1"), 0, 2}, {STR("0\0y\0\0\0S2"), 0, 3}, {STR("0\0y"), 0, 3},
    {STR("00"), 1, 4},        {STR("1\0x\0A1"), 2, 5},     {STR("1\0x"), 2, 5},
};
enum { POOL = sizeof(pool) / sizeof(pool[0]) };

static struct str some_place(struct random *random)
{
    return pool[random_below(random, POOL)].place;
}

static struct str some_place_or_none(struct random *random)
{
    return random_one_in(random, 3) ? STR("") : some_place(random);
}

static struct str some_ref(struct random *random)
{
    static const struct str refs[] = {STR("T1"), STR("T2"), STR("P")};
    return refs[random_below(random, 3)];
}

static int64_t some_qty(struct random *random)
{
    return 1 + random_below(random, random_one_in(random, 4) ? 30 : 5);
}

/* ---- one event ---- */

static bool in_scope(int place, int counted, enum count_scope scope)
{
    switch (scope) {
    case SCOPE_PLACE:
        return place == counted;
    case SCOPE_ZONE:
        return pool[place].zone == pool[counted].zone;
    case SCOPE_FLOOR:
        return pool[place].floor == pool[counted].floor;
    case SCOPE_NODE:
    case COUNT_SCOPES:
        break;
    }
    return true;
}

static void fill_lines(struct stream *stream, struct event *event, int counted, struct random *random)
{
    struct count_line *lines = &stream->lines[stream->lines_n];
    uint32_t lines_n = 0;
    int first = (int)random_below(random, POOL);

    for (int i = 0; i < POOL && lines_n < 2; i++) {
        int place = (first + i) % POOL;
        if (in_scope(place, counted, event->scope) && !random_one_in(random, 3))
            lines[lines_n++] = (struct count_line){.place = pool[place].place, .qty = random_below(random, 12)};
    }
    if (event->scope == SCOPE_NODE && random_one_in(random, 2))
        lines[lines_n++] = (struct count_line){.qty = random_below(random, 12)};
    if (event->scope == SCOPE_NODE && random_one_in(random, 2))
        lines[lines_n++] = (struct count_line){.state = (enum stock_state)(1 + random_below(random, 3)),
                                               .qty = random_below(random, 4)};
    event->lines = lines;
    event->lines_n = lines_n;
    stream->lines_n += lines_n;
    assert(stream->lines_n + 4 <= STREAM_LINES);
}

/* A total of a node may be below 0, and of what may be sold only. */
static void fill_total(struct event *event, struct random *random)
{
    event->qty = random_below(random, 20);
    if (event->scope != SCOPE_NODE)
        return;
    event->sellable = random_one_in(random, 2);
    if (random_one_in(random, 4))
        event->qty = -event->qty;
}

static void fill_count(struct stream *stream, struct event *event, struct random *random)
{
    int counted = (int)random_below(random, POOL);

    event->scope = (enum count_scope)random_below(random, COUNT_SCOPES);
    if (event->scope == SCOPE_ZONE)
        while (place_zone(pool[counted].place).len == place_floor(pool[counted].place).len)
            counted = (int)random_below(random, POOL);
    if (event->scope != SCOPE_NODE)
        event->place = pool[counted].place;
    if (event->scope == SCOPE_ZONE)
        event->place = place_zone(event->place);
    if (event->scope == SCOPE_FLOOR)
        event->place = place_floor(event->place);
    event->keep = random_one_in(random, 3);
    if (random_one_in(random, 3))
        fill_total(event, random);
    else
        fill_lines(stream, event, counted, random);
    if (event->scope == SCOPE_PLACE && event->lines != NULL && random_one_in(random, 2)) {
        event->qty = random_below(random, 12);
        event->lines = NULL;
        event->lines_n = 0;
    }
}

static void fill_delta(struct event *event, struct random *random)
{
    event->qty = some_qty(random);
    event->place = some_place_or_none(random);
    if (random_one_in(random, 6)) {
        event->state = (enum stock_state)(1 + random_below(random, 3));
        event->place = STR("");
    }
    if (event->type == EVENT_ADJUSTED && random_one_in(random, 2))
        event->qty = -event->qty;
    if (event->type == EVENT_SOLD && random_one_in(random, 4))
        event->reservation = STR("web-1");
    if (event->type == EVENT_SHIPPED || (event->type == EVENT_ARRIVED && !random_one_in(random, 3)) ||
        (event->type == EVENT_RECEIVED && random_one_in(random, 2)))
        event->ref = some_ref(random);
    if (event->type == EVENT_SHIPPED && random_one_in(random, 2))
        event->eta = LOADED_AT + random_below(random, 9) * DAY;
}

static void fill_move(struct event *event, struct random *random)
{
    event->qty = some_qty(random);
    do {
        event->place = some_place_or_none(random);
        event->to_place = some_place_or_none(random);
    } while (str_equal(event->place, event->to_place));
}

static void fill_state_change(struct event *event, struct random *random)
{
    event->qty = some_qty(random);
    event->state = (enum stock_state)random_below(random, STOCK_STATES);
    do
        event->to_state = (enum stock_state)random_below(random, STOCK_STATES);
    while (event->to_state == event->state);
    if (event->state == STATE_SELLABLE || event->to_state == STATE_SELLABLE)
        event->place = some_place_or_none(random);
}

static void fill_type(struct stream *stream, struct event *event, struct random *random)
{
    switch (event->type) {
    case EVENT_COUNTED:
        fill_count(stream, event, random);
        break;
    case EVENT_MOVED:
        fill_move(event, random);
        break;
    case EVENT_STATE_CHANGED:
        fill_state_change(event, random);
        break;
    case EVENT_EXPECTED:
        event->qty = random_below(random, 9);
        event->ref = some_ref(random);
        event->eta = random_one_in(random, 2) ? TIME_NONE : LOADED_AT + random_below(random, 9) * DAY;
        break;
    case EVENT_RECEIVED:
    case EVENT_SOLD:
    case EVENT_RETURNED:
    case EVENT_ADJUSTED:
    case EVENT_SHIPPED:
    case EVENT_ARRIVED:
    case EVENT_CORRECTED:
    case EVENT_TYPES:
        fill_delta(event, random);
        break;
    }
}

static enum event_type some_type(struct random *random)
{
    enum event_type type;

    if (random_one_in(random, 4))
        return EVENT_COUNTED;
    do
        type = (enum event_type)random_below(random, EVENT_TYPES);
    while (type == EVENT_CORRECTED);
    return type;
}

/* The record of a node; below 0 of the third node, whose own record nobody looks at. */
static int record_of(struct str node)
{
    return node.data[0] == 'C' ? -1 : node.data[0] - 'A';
}

static struct str other_node(struct str node)
{
    return node.data[0] == 'A' ? STR("B") : STR("A");
}

static struct event some_event(struct stream *stream, struct random *random)
{
    static const struct str sources[] = {STR("p"), STR("pos"), STR("wms")};
    struct event event = {.type = some_type(random), .eta = TIME_NONE, .ref_time = TIME_NONE, .sku = STR("sku")};
    char *id = stream->ids[stream->messages_n];

    event.id = (struct str){id, (size_t)snprintf(id, sizeof(stream->ids[0]), "%d", (int)random_below(random, 12))};
    event.source = sources[random_below(random, 3)];
    event.node = random_one_in(random, 2) ? STR("A") : STR("B");
    if (event.type == EVENT_SHIPPED && random_one_in(random, 3))
        event.node = STR("C");
    if (event.type == EVENT_SHIPPED)
        event.to_node = random_one_in(random, 2) ? other_node(event.node) : STR("B");
    if (str_equal(event.node, event.to_node))
        event.to_node = STR("A");
    fill_type(stream, &event, random);
    event.has_seq = random_one_in(random, 3);
    event.seq = event.has_seq ? random_below(random, 3) : 0;
    return event;
}

/* A mark on `original`, or on something like it that is not there: another id, or other nodes. */
static struct event some_mark(const struct event *original, struct random *random)
{
    struct event mark = {.type = EVENT_CORRECTED, .eta = TIME_NONE, .sku = original->sku, .id = STR("fix")};

    mark.source = original->source;
    mark.node = original->node;
    mark.to_node = original->to_node;
    mark.ref = random_one_in(random, 8) ? STR("lost") : original->id;
    mark.ref_time = original->time;
    if (random_one_in(random, 8))
        mark.to_node = mark.to_node.len == 0 ? other_node(mark.node) : STR("");
    if (random_one_in(random, 8))
        mark.node = random_one_in(random, 2) ? STR("C") : other_node(mark.node);
    if (str_equal(mark.node, mark.to_node))
        mark.to_node = other_node(mark.node);
    if (record_of(mark.node) < 0 && mark.to_node.len == 0)
        mark.to_node = STR("B");
    return mark;
}

/* ---- messages ---- */

static const struct event *keep_event(struct stream *stream, struct event event)
{
    assert(stream->events_n < sizeof(stream->events) / sizeof(stream->events[0]));
    stream->events[stream->events_n] = event;
    return &stream->events[stream->events_n++];
}

static void send(struct stream *stream, struct event event, int partition, int64_t kafka_time)
{
    struct message message = {.kafka_time = kafka_time, .partition = partition};
    int own = record_of(event.node);

    event.kafka_time = kafka_time;
    event.inbound = false;
    if (own >= 0)
        message.sides[own] = keep_event(stream, event);
    event.inbound = true;
    if (event.to_node.len > 0)
        message.sides[record_of(event.to_node)] = keep_event(stream, event);
    if (kafka_time > stream->published_until)
        stream->published_until = kafka_time;
    stream->messages[stream->messages_n++] = message;
}

static const struct event *sent(const struct stream *stream, size_t index)
{
    const struct message *message = &stream->messages[index];
    const struct event *first = message->sides[0], *second = message->sides[1];
    return first != NULL && (second == NULL || !first->inbound) ? first : second;
}

/* Other content for the same key: another quantity, another type, or another node that it was shipped from. */
static struct event conflicting(struct event event, struct random *random)
{
    if (event.type == EVENT_CORRECTED)
        return event;
    if (str_equal(event.to_node, STR("B")) && random_one_in(random, 2)) {
        event.node = record_of(event.node) < 0 ? STR("A") : STR("C");
        return event;
    }
    if (event.lines == NULL)
        event.qty = some_qty(random);
    if (random_one_in(random, 4)) {
        event.has_seq = !event.has_seq;
        event.seq = event.has_seq ? random_below(random, 3) : 0;
    }
    if (random_one_in(random, 2) && event.type == EVENT_RETURNED)
        event.type = EVENT_SOLD;
    if (random_one_in(random, 2) && event.type == EVENT_ADJUSTED && event.qty > 0)
        event.type = EVENT_RETURNED;
    return event;
}

/* How much older than its message an event is. */
static int64_t some_age(struct random *random)
{
    static const int64_t ages[] = {-10 * MINUTE, 0, 1, HOUR, WINDOW / 2, WINDOW - 1, WINDOW, WINDOW + 1, WINDOW + HOUR};

    switch (random_below(random, 4)) {
    case 0:
        return random_below(random, 60 * DAY);
    case 1:
        return WINDOW + random_below(random, 2 * DAY);
    default:
        return ages[random_below(random, 9)];
    }
}

/* Between two messages; the last ones are rare, so that most records stay busy. */
static int64_t some_gap(struct random *random)
{
    static const int64_t gaps[] = {0,        0,           1,           MINUTE,  HOUR,        3 * HOUR,
                                   5 * HOUR, HISTORY / 2, HISTORY - 1, HISTORY, HISTORY + 1, WINDOW + HOUR};
    return gaps[random_below(random, random_one_in(random, 3) ? 12 : 6)];
}

/* The event of a message: a new one, or one that belongs to an earlier message: the same again, the same with other
 * content, or a mark on it. */
static struct event some_message(struct stream *stream, int64_t kafka_time, struct random *random)
{
    bool first = stream->messages_n == 0;
    struct event event = some_event(stream, random);

    event.time = kafka_time - some_age(random);
    if (first || random_one_in(random, 2))
        return event;
    struct event earlier = *sent(stream, (size_t)random_below(random, (int64_t)stream->messages_n));
    if (event_key_time(&earlier) > kafka_time + 10 * MINUTE)
        return event;
    switch (random_below(random, 4)) {
    case 0:
        event.time = event_key_time(&earlier);
        return event;
    case 1:
        return earlier;
    case 2:
        return conflicting(earlier, random);
    default:
        if (earlier.type == EVENT_CORRECTED)
            return earlier;
        event = some_mark(&earlier, random);
        event.time = kafka_time - random_below(random, 3) * HOUR;
        return event;
    }
}

void stream_make(struct stream *stream, struct random *random)
{
    int64_t now = LOADED_AT, ahead[DRIVER_PARTITIONS];
    int messages = 4 + (int)random_below(random, 40);

    stream->messages_n = stream->events_n = stream->lines_n = 0;
    stream->published_until = 0;
    stream->partitions_n = 1 + (int)random_below(random, DRIVER_PARTITIONS);
    for (int i = 0; i < stream->partitions_n; i++)
        ahead[i] = random_one_in(random, 3) ? STREAM_BACK_MS : 0;
    for (int i = 0; i < messages; i++) {
        now += some_gap(random);
        int partition = (int)random_below(random, stream->partitions_n);
        int64_t kafka_time = now + ahead[partition] - (random_one_in(random, 4) ? STREAM_BACK_MS : 0);
        send(stream, some_message(stream, kafka_time, random), partition, kafka_time);
    }
}
