/* What the folds count and where they are: the tables, and writing it. */
#include "stockfold/store/stats.h"

#include <inttypes.h>

#include "reading_parts.h"

/* --- totals ------------------------------------------------------------------------------------------------------ */

const int64_t times_bounds_us[TIMES_BOUNDS] = {500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 500000};

#define FOLD "stockfold_fold_"
#define COUNTER(name, text)                                                                                            \
    {                                                                                                                  \
        .field = name, .metric = FOLD name "_total", .suffix = "", .kind = METRIC_COUNTER, .unit = 1, .help = text     \
    }
#define REFUSED(reason)                                                                                                \
    {                                                                                                                  \
        .field = "refused_" reason, .metric = FOLD "refused_total", .suffix = "", .labels = "reason=\"" reason "\"",   \
        .kind = METRIC_COUNTER, .unit = 1, .help = "Messages refused, by reason"                                       \
    }
#define TIMES_PART(name, part, end, label, scale, text)                                                                \
    {                                                                                                                  \
        .field = name "_" part, .metric = FOLD name "_seconds", .suffix = end, .labels = label,                        \
        .kind = METRIC_HISTOGRAM, .unit = scale, .help = text                                                          \
    }
#define TIMES_WITHIN(name, us, seconds, text) TIMES_PART(name, "within_" us, "_bucket", "le=\"" seconds "\"", 1, text)
#define TIMES(name, text)                                                                                              \
    TIMES_WITHIN(name, "500us", "0.0005", text), TIMES_WITHIN(name, "1000us", "0.001", text),                          \
        TIMES_WITHIN(name, "2000us", "0.002", text), TIMES_WITHIN(name, "5000us", "0.005", text),                      \
        TIMES_WITHIN(name, "10000us", "0.01", text), TIMES_WITHIN(name, "20000us", "0.02", text),                      \
        TIMES_WITHIN(name, "50000us", "0.05", text), TIMES_WITHIN(name, "100000us", "0.1", text),                      \
        TIMES_WITHIN(name, "500000us", "0.5", text), TIMES_WITHIN(name, "any", "+Inf", text),                          \
        TIMES_PART(name, "sum_us", "_sum", NULL, 1e-6, text), TIMES_PART(name, "count", "_count", NULL, 1, text)

const struct total_row total_rows[TOTALS] = {
    COUNTER("read", "Messages taken from the input topics, up to the newest commit"),
    COUNTER("folded", "Events that became part of the view"),
    COUNTER("duplicate", "Events that were in it already, or came twice"),
    COUNTER("conflicting", "Events of one time, source and id with different content, of which one stays"),
    COUNTER("unmatched", "Corrections that settled without having met what they correct"),
    COUNTER("struck", "Events struck out by a correction"),
    COUNTER("master", "Item and node documents put or deleted"),
    COUNTER("records", "Records written"),
    COUNTER("commits", "Commits acknowledged"),
    COUNTER("conflicts", "Commits and checkpoints that met another writer's, and were done anew"),
    COUNTER("replays", "Records replayed for events out of order"),
    COUNTER("settled", "Events settled into their record's base"),
    COUNTER("drift", "Records that settling found different from what was shown, and set right"),
    COUNTER("damaged", "Shards in which something was missing or could not be read, and that were folded again"),
    COUNTER("clock_ahead", "Polls that brought a message stamped far ahead of its broker's clock"),
    COUNTER("reservations", "Reservations of the log put into the view"),
    COUNTER("relayed", "Messages of reservations brought from the outbox into Kafka"),
    {0}, /* REFUSAL_NONE */
    REFUSED("malformed"),
    REFUSED("missing_field"),
    REFUSED("wrong_type"),
    REFUSED("out_of_range"),
    REFUSED("unknown_type"),
    REFUSED("bad_time"),
    REFUSED("future"),
    REFUSED("late"),
    REFUSED("not_stamped"),
    TIMES("batch", "From a batch's first message read to its commit acknowledged"),
    TIMES("commit", "From a commit sent to its answer"),
};

void times_add(struct times *times, int64_t us)
{
    for (int i = TIMES_BOUNDS - 1; i >= 0 && us <= times_bounds_us[i]; i--)
        times->within[i]++;
    times->within[TIMES_BOUNDS]++;
    times->sum_us += us;
    times->count++;
}

void totals_add(struct totals *totals, const struct totals *more)
{
    int64_t *sums = (int64_t *)totals;
    const int64_t *parts = (const int64_t *)more;
    for (size_t i = 0; i < TOTALS; i++)
        sums[i] += parts[i];
}

const struct total_row *total_row_of(struct str field)
{
    for (size_t i = 0; i < TOTALS; i++)
        if (total_rows[i].field != NULL && str_equal(field, str_from(total_rows[i].field)))
            return &total_rows[i];
    return NULL;
}

void totals_write(struct view *view, const struct totals *now, const struct totals *then)
{
    const int64_t *is = (const int64_t *)now, *was = (const int64_t *)then;
    struct buffer key;
    buffer_init(&key);
    key_stats(&view->keys, &key);
    struct link *link = view_link(view, view_shard_of(view, VIEW_STATS));
    for (size_t i = 0; i < TOTALS; i++) {
        if (is[i] == was[i])
            continue;
        link_begin(link, 4, NULL, NULL);
        link_word(link, STR("HINCRBY"));
        link_word(link, (struct str){key.data, key.len});
        link_word(link, str_from(total_rows[i].field));
        link_word_int(link, is[i] - was[i]);
    }
    buffer_done(&key);
}

/* --- progress of partitions -------------------------------------------------------------------------------------- */

void partitions_write(struct view *view, const struct partition_progress *partitions, size_t n)
{
    if (n == 0)
        return;
    struct buffer word;
    buffer_init(&word);
    key_partitions(&view->keys, &word);
    struct link *link = view_link(view, view_shard_of(view, VIEW_STATS));
    link_begin(link, 2 + 2 * n, NULL, NULL);
    link_word(link, STR("HSET"));
    link_word(link, (struct str){word.data, word.len});
    for (size_t i = 0; i < n; i++) {
        const struct partition_progress *row = &partitions[i];
        word.len = 0;
        buffer_add_format(&word, "%.*s:%" PRId32, STR_ARG(row->topic), row->partition);
        link_word(link, (struct str){word.data, word.len});
        word.len = 0;
        buffer_add_format(&word, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, row->next, row->end,
                          row->complete_to, row->written_ms, row->waiting);
        link_word(link, (struct str){word.data, word.len});
    }
    buffer_done(&word);
}

bool partition_parse(struct str field, struct str value, struct partition_progress *ret_partition)
{
    int64_t partition, *numbers[] = {&ret_partition->next, &ret_partition->end, &ret_partition->complete_to,
                                     &ret_partition->written_ms, &ret_partition->waiting};
    ret_partition->topic = cut_at(&field, ':');
    if (ret_partition->topic.len == 0 || !number_of(field, &partition) || partition < 0 || partition > INT32_MAX)
        return false;
    ret_partition->partition = (int32_t)partition;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (!number_of(cut_at(&value, ' '), numbers[i]))
            return false;
    return value.len == 0;
}
