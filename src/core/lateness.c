/* Which events are taken, and which are refused as late. */
#include "stockfold/core/lateness.h"

#include "stockfold/core/event.h"

bool lateness_is_history(const struct lateness_rule *rule, int64_t key_time, int64_t kafka_time)
{
    return key_time < kafka_time - rule->window_ms;
}

bool lateness_closes(const struct lateness_rule *rule, const struct lateness_mark *mark, int64_t key_time,
                     int64_t kafka_time)
{
    return mark->key_time != TIME_NONE && key_time <= mark->key_time &&
           mark->kafka_time <= kafka_time - rule->history_ms;
}

bool lateness_may_accept(const struct lateness_rule *rule, int64_t progress, int64_t kafka_time)
{
    return progress != TIME_NONE && progress > kafka_time - rule->history_ms / 2;
}

/* Sinks the mark at `root` to its place in a heap with the greatest Kafka time on top. */
static void sink_mark(struct lateness_mark *marks, size_t root, size_t marks_n)
{
    struct lateness_mark sinking = marks[root];

    for (size_t child = 2 * root + 1; child < marks_n; child = 2 * root + 1) {
        if (child + 1 < marks_n && marks[child].kafka_time < marks[child + 1].kafka_time)
            child++;
        if (sinking.kafka_time >= marks[child].kafka_time)
            break;
        marks[root] = marks[child];
        root = child;
    }
    marks[root] = sinking;
}

/* Not qsort(), which may allocate. */
static void sort_marks(struct lateness_mark *marks, size_t marks_n)
{
    for (size_t i = marks_n / 2; i > 0; i--)
        sink_mark(marks, i - 1, marks_n);
    for (size_t end = marks_n; end > 1; end--) {
        struct lateness_mark greatest = marks[0];
        marks[0] = marks[end - 1];
        marks[end - 1] = greatest;
        sink_mark(marks, 0, end - 1);
    }
}

void lateness_table(struct lateness_mark *marks, size_t marks_n)
{
    sort_marks(marks, marks_n);
    for (size_t i = 1; i < marks_n; i++)
        if (marks[i].key_time < marks[i - 1].key_time)
            marks[i].key_time = marks[i - 1].key_time;
}

int64_t lateness_closed_up_to(const struct lateness_rule *rule, const struct lateness_mark *table, size_t table_n,
                              int64_t kafka_time)
{
    size_t low = 0, high = table_n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle].kafka_time <= kafka_time - rule->history_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? TIME_NONE : table[low - 1].key_time;
}

void lateness_remember(struct lateness_past *past, const struct lateness_rule *rule, struct lateness_mark newest)
{
    if (newest.key_time == TIME_NONE)
        return;
    if (past->marks_n > 0 && newest.kafka_time - past->marks[0].kafka_time < rule->history_ms)
        return;
    if (past->marks_n > 0) {
        past->marks[1] = past->marks[0];
        past->marks_n = LATENESS_MARKS;
    } else {
        past->marks_n = 1;
    }
    past->marks[0] = newest;
}
