/* The naive model: one of each, strike, sort, apply one after the other. */
#include "naive_model.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { THINGS_MAX = 128, WORD_MAX = 72, CONTENT_MAX = 4096 };

struct shelf {
    char at[6][WORD_MAX]; /* floor, zone, aisle, bay, shelf, position */
    long long qty, seen_at;
    char seen_by[WORD_MAX];
};

struct promise {
    char ref[WORD_MAX];
    long long qty, eta;
};

struct naive {
    long long as_of, newest, newest_kafka, unplaced, undrawn, states[4];
    struct shelf shelves[THINGS_MAX];
    int shelves_n;
    struct promise promises[THINGS_MAX];
    int promises_n;
};

struct told {
    const struct event *event;
    long long at, kafka, own_time;
    char source[WORD_MAX], id[WORD_MAX];
    bool mark, struck;
};

static void word(struct str text, char *ret_word)
{
    assert(text.len < WORD_MAX);
    for (size_t i = 0; i < text.len; i++)
        ret_word[i] = text.data[i];
    ret_word[text.len] = 0;
}

static void place_words(struct str place, char ret_at[6][WORD_MAX])
{
    int component = 0, letter = 0;

    memset(ret_at, 0, 6 * WORD_MAX);
    for (size_t i = 0; i < place.len; i++) {
        if (place.data[i] == 0) {
            component++;
            letter = 0;
        } else {
            ret_at[component][letter++] = place.data[i];
        }
    }
}

/* ---- one of each, in order ---- */

static int hex(char *to, struct str text)
{
    int n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += sprintf(to + n, "%02x", (unsigned)(unsigned char)text.data[i]);
    return n + sprintf(to + n, " "); /* before every digit: a prefix comes first */
}

/* Times so that their texts stand in the order of the numbers. */
static int number(char *to, long long value)
{
    return sprintf(to, "%020llu ", (unsigned long long)value + (1ULL << 63));
}

static void content(const struct event *event, char *to)
{
    to += sprintf(to, "%s %s %s %lld ", event_type_names[event->type], stock_state_names[event->state],
                  stock_state_names[event->to_state], (long long)event->qty);
    to += event->has_seq ? sprintf(to, "1 %lld ", (long long)event->seq) : sprintf(to, "0 ");
    to += hex(to, event->node);
    to += hex(to, event->place);
    to += hex(to, event->to_place);
    to += hex(to, event->to_node);
    to += hex(to, event->ref);
    to += hex(to, event->reservation);
    to += number(to, event->eta);
    to += number(to, event->ref_time);
    to += sprintf(to, "%s %s %d %d ", count_scope_names[event->scope], event->keep ? "keep" : "zero", event->sellable,
                  event->lines != NULL);
    for (uint32_t i = 0; i < event->lines_n; i++) {
        to += sprintf(to, "1 ");
        to += hex(to, event->lines[i].place);
        to += sprintf(to, "%s %lld ", stock_state_names[event->lines[i].state], (long long)event->lines[i].qty);
    }
    sprintf(to, "0 %d", event->inbound);
}

static struct told told_of(const struct event *event)
{
    bool mark = event->type == EVENT_CORRECTED;
    struct told told = {.event = event, .mark = mark, .kafka = event->kafka_time, .own_time = event->time};

    told.at = mark ? event->ref_time : event->time;
    word(event->source, told.source);
    word(mark ? event->ref : event->id, told.id);
    return told;
}

static bool same_key(const struct told *a, const struct told *b)
{
    return a->at == b->at && strcmp(a->source, b->source) == 0 && strcmp(a->id, b->id) == 0;
}

static int compare_nodes(const struct told *a, const struct told *b)
{
    char ours[WORD_MAX], theirs[WORD_MAX];
    word(a->event->node, ours);
    word(b->event->node, theirs);
    if (strcmp(ours, theirs) != 0)
        return strcmp(ours, theirs);
    word(a->event->to_node, ours);
    word(b->event->to_node, theirs);
    return strcmp(ours, theirs);
}

/* Marks are repetitions of each other when they name one event; events, when they have one key. */
static bool repeats(const struct told *a, const struct told *b)
{
    return same_key(a, b) && a->mark == b->mark && (!a->mark || compare_nodes(a, b) == 0);
}

static void add_told(struct told *all, int *all_n, const struct event *event)
{
    char ours[CONTENT_MAX], theirs[CONTENT_MAX];
    struct told told = told_of(event);

    for (int i = 0; i < *all_n; i++) {
        if (!repeats(&all[i], &told))
            continue;
        content(event, ours);
        content(all[i].event, theirs);
        if (strcmp(ours, theirs) < 0)
            all[i].event = event;
        all[i].kafka = told.kafka < all[i].kafka ? told.kafka : all[i].kafka;
        all[i].own_time = told.own_time > all[i].own_time ? told.own_time : all[i].own_time;
        return;
    }
    all[(*all_n)++] = told;
}

/* Of one moment: what is no count and has no seq, then what has one, then counts that have none. */
static int turn_of(const struct told *told)
{
    if (told->event->has_seq)
        return 1;
    return told->event->type == EVENT_COUNTED ? 2 : 0;
}

static bool comes_before(const struct told *a, const struct told *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    if (turn_of(a) != turn_of(b))
        return turn_of(a) < turn_of(b);
    if (strcmp(a->source, b->source) != 0)
        return strcmp(a->source, b->source) < 0;
    if (a->event->has_seq && a->event->seq != b->event->seq)
        return a->event->seq < b->event->seq;
    if (strcmp(a->id, b->id) != 0)
        return strcmp(a->id, b->id) < 0;
    if (a->mark != b->mark)
        return a->mark < b->mark;
    return compare_nodes(a, b) < 0;
}

static void put_in_order(struct told *all, int all_n)
{
    for (int i = 0; i < all_n; i++) {
        for (int j = i + 1; j < all_n; j++) {
            if (comes_before(&all[j], &all[i])) {
                struct told swap = all[i];
                all[i] = all[j];
                all[j] = swap;
            }
        }
    }
}

static void strike_out(struct told *all, int all_n)
{
    for (int i = 0; i < all_n; i++)
        for (int j = 0; j < all_n; j++)
            if (all[i].mark && !all[j].mark && same_key(&all[i], &all[j]) && compare_nodes(&all[i], &all[j]) == 0)
                all[j].struck = true;
}

/* ---- places and promises ---- */

static struct shelf *shelf_at(struct naive *naive, char at[6][WORD_MAX])
{
    for (int i = 0; i < naive->shelves_n; i++)
        if (memcmp(naive->shelves[i].at, at, 6 * WORD_MAX) == 0)
            return &naive->shelves[i];
    assert(naive->shelves_n < THINGS_MAX);
    struct shelf *shelf = &naive->shelves[naive->shelves_n++];
    memset(shelf, 0, sizeof(*shelf));
    memcpy(shelf->at, at, 6 * WORD_MAX);
    return shelf;
}

static struct shelf *shelf_of(struct naive *naive, struct str place)
{
    char at[6][WORD_MAX];
    place_words(place, at);
    return shelf_at(naive, at);
}

static void observe(struct shelf *shelf, long long qty, const struct event *event)
{
    shelf->qty = qty;
    shelf->seen_at = event->time;
    word(event->source, shelf->seen_by);
}

static struct promise *promise_of(struct naive *naive, struct str ref)
{
    char name[WORD_MAX];
    word(ref, name);
    for (int i = 0; i < naive->promises_n; i++)
        if (strcmp(naive->promises[i].ref, name) == 0)
            return &naive->promises[i];
    assert(naive->promises_n < THINGS_MAX);
    struct promise *promise = &naive->promises[naive->promises_n++];
    memset(promise, 0, sizeof(*promise));
    promise->eta = TIME_NONE;
    strcpy(promise->ref, name);
    return promise;
}

/* What came to 0 is forgotten. */
static void forget(struct naive *naive)
{
    int n = 0;
    for (int i = 0; i < naive->shelves_n; i++)
        if (naive->shelves[i].qty != 0)
            naive->shelves[n++] = naive->shelves[i];
    naive->shelves_n = n;
    n = 0;
    for (int i = 0; i < naive->promises_n; i++)
        if (naive->promises[i].qty != 0)
            naive->promises[n++] = naive->promises[i];
    naive->promises_n = n;
}

/* ---- counts ---- */

static bool inside(enum count_scope scope, char at[6][WORD_MAX], char counted[6][WORD_MAX])
{
    if (scope == SCOPE_NODE)
        return true;
    if (strcmp(at[0], counted[0]) != 0)
        return false;
    if (scope == SCOPE_FLOOR)
        return true;
    if (strcmp(at[1], counted[1]) != 0)
        return false;
    return scope == SCOPE_ZONE || memcmp(at, counted, 6 * WORD_MAX) == 0;
}

static long long units_inside(const struct naive *naive, enum count_scope scope, char counted[6][WORD_MAX])
{
    long long qty = 0;
    for (int i = 0; i < naive->shelves_n; i++) {
        char at[6][WORD_MAX];
        memcpy(at, naive->shelves[i].at, sizeof(at));
        if (inside(scope, at, counted))
            qty += naive->shelves[i].qty;
    }
    return qty;
}

static void set_listed(struct naive *naive, const struct event *event, char counted[6][WORD_MAX])
{
    for (int i = 0; !event->keep && i < naive->shelves_n; i++)
        if (inside(event->scope, naive->shelves[i].at, counted))
            naive->shelves[i].qty = 0;
    for (uint32_t i = 0; i < event->lines_n; i++)
        if (event->lines[i].place.len > 0)
            observe(shelf_of(naive, event->lines[i].place), event->lines[i].qty, event);
}

/* Explains a gain d by what is at the coarser place; returns what stays unexplained. */
static long long explain_by(struct naive *naive, char at[6][WORD_MAX], long long d)
{
    struct shelf *coarse = shelf_at(naive, at);
    for (; d > 0 && coarse->qty > 0; d--)
        coarse->qty--;
    for (; d < 0 && coarse->qty < 0; d++)
        coarse->qty++;
    return d;
}

static void explain(struct naive *naive, enum count_scope scope, char counted[6][WORD_MAX], long long d)
{
    char zone[6][WORD_MAX] = {{0}}, floor[6][WORD_MAX] = {{0}};
    memcpy(floor[0], counted[0], WORD_MAX);
    memcpy(zone[0], counted[0], WORD_MAX);
    memcpy(zone[1], counted[1], WORD_MAX);

    if (scope == SCOPE_PLACE && counted[1][0] != 0 && memcmp(zone, counted, sizeof(zone)) != 0)
        d = explain_by(naive, zone, d);
    if (scope != SCOPE_FLOOR && memcmp(floor, counted, sizeof(floor)) != 0)
        d = explain_by(naive, floor, d);
    for (; d > 0 && naive->unplaced > 0; d--)
        naive->unplaced--;
    for (; d < 0 && naive->undrawn > 0; d++)
        naive->undrawn--;
}

static void count_part(struct naive *naive, const struct event *event)
{
    char counted[6][WORD_MAX], coarse[6][WORD_MAX] = {{0}};
    place_words(event->place, counted);
    int components = event->scope == SCOPE_FLOOR ? 1 : event->scope == SCOPE_ZONE ? 2 : 6;
    memcpy(coarse, counted, (size_t)components * WORD_MAX);

    long long before = units_inside(naive, event->scope, counted);
    if (event->lines != NULL) {
        set_listed(naive, event, counted);
    } else {
        struct shelf *rest = shelf_at(naive, coarse);
        observe(rest, event->qty - (before - rest->qty), event);
    }
    explain(naive, event->scope, coarse, units_inside(naive, event->scope, counted) - before);
}

static void count_node(struct naive *naive, const struct event *event)
{
    char nowhere[6][WORD_MAX] = {{0}};

    if (event->lines == NULL) {
        long long left = event->qty - units_inside(naive, SCOPE_NODE, nowhere);
        left -= naive->states[STATE_STAGED];
        if (!event->sellable)
            left -= naive->states[STATE_DAMAGED] + naive->states[STATE_QUALITY_HOLD];
        naive->unplaced = left > 0 ? left : 0;
        naive->undrawn = left > 0 ? 0 : -left;
        return;
    }
    set_listed(naive, event, nowhere);
    if (!event->keep)
        naive->unplaced = naive->undrawn = 0;
    for (uint32_t i = 0; i < event->lines_n; i++) {
        const struct count_line *line = &event->lines[i];
        if (line->state != STATE_SELLABLE)
            naive->states[line->state] = line->qty;
        else if (line->place.len == 0) {
            naive->unplaced = line->qty;
            naive->undrawn = 0;
        }
    }
}

/* ---- deltas ---- */

static void come(struct naive *naive, const struct event *event, enum stock_state state, struct str place)
{
    if (state != STATE_SELLABLE)
        naive->states[state] += event->qty;
    else if (place.len == 0)
        naive->unplaced += event->qty;
    else
        observe(shelf_of(naive, place), shelf_of(naive, place)->qty + event->qty, event);
}

static void leave(struct naive *naive, const struct event *event, long long qty)
{
    if (event->state != STATE_SELLABLE)
        naive->states[event->state] -= qty;
    else if (event->place.len == 0)
        naive->undrawn += qty;
    else
        observe(shelf_of(naive, event->place), shelf_of(naive, event->place)->qty - qty, event);
}

static void move_units(struct naive *naive, const struct event *event)
{
    if (event->place.len == 0)
        naive->unplaced -= event->qty;
    else
        leave(naive, event, event->qty);
    if (event->to_place.len == 0)
        naive->undrawn -= event->qty;
    else
        come(naive, event, STATE_SELLABLE, event->to_place);
}

static void change(struct naive *naive, const struct event *event)
{
    leave(naive, event, event->qty);
    if (event->to_state == STATE_SELLABLE && event->state == STATE_STAGED && event->place.len == 0)
        naive->undrawn -= event->qty;
    else
        come(naive, event, event->to_state, event->place);
}

static void apply_promise(struct naive *naive, const struct event *event)
{
    if (event->ref.len == 0)
        return;
    struct promise *promise = promise_of(naive, event->ref);

    if (event->type == EVENT_EXPECTED) {
        promise->qty = event->qty;
        promise->eta = event->eta;
    } else if (event->type == EVENT_SHIPPED) {
        promise->qty += event->qty;
        if (event->eta != TIME_NONE)
            promise->eta = event->eta;
    } else if (event->type == EVENT_ARRIVED) {
        promise->qty -= event->qty;
    } else if (event->type == EVENT_RECEIVED && promise->qty > 0) {
        promise->qty = promise->qty > event->qty ? promise->qty - event->qty : 0;
    }
}

static void apply(struct naive *naive, const struct event *event)
{
    switch (event->type) {
    case EVENT_RECEIVED:
    case EVENT_ARRIVED:
        apply_promise(naive, event);
        come(naive, event, event->state, event->place);
        break;
    case EVENT_RETURNED:
        come(naive, event, event->state, event->place);
        break;
    case EVENT_SOLD:
        leave(naive, event, event->qty);
        break;
    case EVENT_ADJUSTED:
        if (event->qty > 0)
            come(naive, event, event->state, event->place);
        else
            leave(naive, event, -event->qty);
        break;
    case EVENT_SHIPPED:
        if (event->inbound)
            apply_promise(naive, event);
        else
            leave(naive, event, event->qty);
        break;
    case EVENT_EXPECTED:
        apply_promise(naive, event);
        break;
    case EVENT_MOVED:
        move_units(naive, event);
        break;
    case EVENT_STATE_CHANGED:
        change(naive, event);
        break;
    case EVENT_COUNTED:
        if (event->scope == SCOPE_NODE)
            count_node(naive, event);
        else
            count_part(naive, event);
        break;
    case EVENT_CORRECTED:
    case EVENT_TYPES:
        break;
    }
    forget(naive);
}

/* ---- printing ---- */

static int by_place(const void *a, const void *b)
{
    const struct shelf *left = a, *right = b;
    for (int i = 0; i < 6; i++)
        if (strcmp(left->at[i], right->at[i]) != 0)
            return strcmp(left->at[i], right->at[i]);
    return 0;
}

static int by_ref(const void *a, const void *b)
{
    const struct promise *left = a, *right = b;
    return strcmp(left->ref, right->ref);
}

static void print(struct naive *naive, char *to)
{
    qsort(naive->shelves, (size_t)naive->shelves_n, sizeof(struct shelf), by_place);
    qsort(naive->promises, (size_t)naive->promises_n, sizeof(struct promise), by_ref);
    to += sprintf(to, "as_of %lld newest %lld %lld unplaced %lld undrawn %lld states %lld %lld %lld\n", naive->as_of,
                  naive->newest, naive->newest_kafka, naive->unplaced, naive->undrawn, naive->states[STATE_DAMAGED],
                  naive->states[STATE_QUALITY_HOLD], naive->states[STATE_STAGED]);
    for (int i = 0; i < naive->shelves_n; i++) {
        const struct shelf *shelf = &naive->shelves[i];
        for (int c = 0; c < 6; c++)
            to += sprintf(to, "%s/", shelf->at[c]);
        to += sprintf(to, " %lld seen %lld by %s\n", shelf->qty, shelf->seen_at, shelf->seen_by);
    }
    for (int i = 0; i < naive->promises_n; i++)
        to += sprintf(to, "incoming %s %lld eta %lld\n", naive->promises[i].ref, naive->promises[i].qty,
                      naive->promises[i].eta);
}

/* The newest key time, and the smallest Kafka time told for it. */
static void find_newest(struct naive *naive, const struct told *all, int all_n)
{
    naive->newest = naive->newest_kafka = TIME_NONE;
    for (int i = 0; i < all_n; i++) {
        if (i == 0 || all[i].at > naive->newest || all[i].kafka < naive->newest_kafka)
            naive->newest_kafka = all[i].kafka;
        naive->newest = all[i].at;
    }
}

void naive_text(const struct event *const *events, size_t events_n, char ret_text[NAIVE_TEXT_MAX])
{
    static struct naive naive;
    static struct told all[THINGS_MAX];
    int all_n = 0;

    memset(&naive, 0, sizeof(naive));
    naive.as_of = TIME_NONE;
    for (size_t i = 0; i < events_n; i++)
        add_told(all, &all_n, events[i]);
    strike_out(all, all_n);
    put_in_order(all, all_n);
    find_newest(&naive, all, all_n);

    for (int i = 0; i < all_n; i++) {
        if (all[i].struck)
            continue;
        if (all[i].own_time > naive.as_of)
            naive.as_of = all[i].own_time;
        apply(&naive, all[i].event);
    }
    print(&naive, ret_text);
}
