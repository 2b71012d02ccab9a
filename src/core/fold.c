/* The fold: one of each event, in canonical order, applied to a record. */
#include "stockfold/core/fold.h"

#include "record_parts.h"

typedef int entry_order(const struct fold_entry *a, const struct fold_entry *b);

/* Identity, and of repetitions first those that the window holds. */
static int by_identity(const struct fold_entry *a, const struct fold_entry *b)
{
    int order = event_identity(a->event, b->event);
    return order != 0 ? order : a->fresh - b->fresh;
}

static int by_order(const struct fold_entry *a, const struct fold_entry *b)
{
    return event_order(a->event, b->event);
}

/* Sinks the entry at `root` to its place in a heap with the greatest on top. */
static void sink(struct fold_entry *entries, size_t root, size_t entries_n, entry_order *compare)
{
    struct fold_entry sinking = entries[root];

    for (size_t child = 2 * root + 1; child < entries_n; child = 2 * root + 1) {
        if (child + 1 < entries_n && compare(&entries[child], &entries[child + 1]) < 0)
            child++;
        if (compare(&sinking, &entries[child]) >= 0)
            break;
        entries[root] = entries[child];
        root = child;
    }
    entries[root] = sinking;
}

static void heap_sort(struct fold_entry *entries, size_t entries_n, entry_order *compare)
{
    for (size_t i = entries_n / 2; i > 0; i--)
        sink(entries, i - 1, entries_n, compare);
    for (size_t end = entries_n - 1; end > 0; end--) {
        struct fold_entry greatest = entries[0];
        entries[0] = entries[end];
        entries[end] = greatest;
        sink(entries, 0, end, compare);
    }
}

/* Insertion sort, which gives up after more than a few moves for each entry: a window comes nearly sorted, with what
 * is new at its end. Returns whether it got through. */
static bool insertion_sort(struct fold_entry *entries, size_t entries_n, entry_order *compare)
{
    size_t moves_left = 8 * entries_n;

    for (size_t i = 1; i < entries_n; i++) {
        if (compare(&entries[i - 1], &entries[i]) <= 0)
            continue;
        struct fold_entry entry = entries[i];
        size_t to = i;
        for (; to > 0 && moves_left > 0 && compare(&entries[to - 1], &entry) > 0; to--, moves_left--)
            entries[to] = entries[to - 1];
        entries[to] = entry;
        if (moves_left == 0)
            return false;
    }
    return true;
}

/* Not qsort(), which may allocate. */
static void sort(struct fold_entry *entries, size_t entries_n, entry_order *compare)
{
    if (!insertion_sort(entries, entries_n, compare))
        heap_sort(entries, entries_n, compare);
}

/* Merges repetitions of one event into the first of them, as if they had come in any other order. */
static struct fold_entry merge(const struct fold_entry *entries, size_t entries_n, struct fold_tally *tally)
{
    struct fold_entry kept = entries[0];

    for (size_t i = 1; i < entries_n; i++) {
        const struct fold_entry *again = &entries[i];
        int content = event_content(again->event, kept.event);
        if (content < 0)
            kept.event = again->event;
        if (again->kafka_time < kept.kafka_time)
            kept.kafka_time = again->kafka_time;
        if (again->as_of > kept.as_of)
            kept.as_of = again->as_of;
        if (again->fresh) {
            tally->repeated++;
            tally->conflicting += content != 0;
        }
    }

    kept.fresh = entries[entries_n - 1].fresh;
    for (size_t i = 0; i < entries_n && !entries[i].fresh; i++)
        if (entries[i].kafka_time == kept.kafka_time && entries[i].as_of == kept.as_of &&
            event_content(entries[i].event, kept.event) == 0)
            kept.fresh = false;
    return kept;
}

static size_t drop_repetitions(struct fold_entry *entries, size_t entries_n, struct fold_tally *tally)
{
    size_t kept_n = 0;

    for (size_t i = 0, end; i < entries_n; i = end) {
        for (end = i + 1; end < entries_n && event_identity(entries[i].event, entries[end].event) == 0; end++)
            ;
        entries[kept_n++] = end == i + 1 ? entries[i] : merge(&entries[i], end - i, tally);
    }
    return kept_n;
}

/* In identity order the marks of a key stand right after its event, whatever nodes they name; at most one of them names
 * that event. */
static void strike_marked(struct fold_entry *entries, size_t entries_n, struct fold_tally *tally)
{
    struct fold_entry *original = NULL;

    for (size_t i = 0; i < entries_n; i++) {
        struct fold_entry *entry = &entries[i];
        entry->struck = false;
        if (entry->event->type != EVENT_CORRECTED) {
            original = entry;
        } else if (original != NULL && event_is_struck_by(original->event, entry->event)) {
            original->struck = true;
            tally->struck += entry->fresh || original->fresh;
        } else {
            tally->unmatched++;
        }
    }
}

size_t fold_unique(struct fold_entry *entries, size_t entries_n, struct fold_tally *tally)
{
    struct fold_tally ignored = {0};
    if (tally == NULL)
        tally = &ignored;

    sort(entries, entries_n, by_identity);
    entries_n = drop_repetitions(entries, entries_n, tally);
    strike_marked(entries, entries_n, tally);
    sort(entries, entries_n, by_order);
    return entries_n;
}

static void move_newest(struct record *record, int64_t key_time, int64_t kafka_time)
{
    bool newer = key_time > record->newest_time;

    if (newer || (key_time == record->newest_time && kafka_time < record->newest_kafka_time))
        record->newest_kafka_time = kafka_time;
    if (newer)
        record->newest_time = key_time;
}

void fold_replay(struct record *record, const struct fold_entry *entries, size_t entries_n)
{
    for (size_t i = 0; i < entries_n; i++) {
        const struct fold_entry *entry = &entries[i];
        move_newest(record, event_key_time(entry->event), entry->kafka_time);
        if (!entry->struck)
            record_apply_effect(record, entry->event, entry->as_of);
    }
}

void fold_room(const struct fold_entry *entries, size_t entries_n, uint32_t *ret_places, uint32_t *ret_incoming)
{
    *ret_places = *ret_incoming = 0;
    for (size_t i = 0; i < entries_n; i++) {
        uint32_t places, incoming;
        record_room(entries[i].event, &places, &incoming);
        *ret_places += places;
        *ret_incoming += incoming;
    }
}
