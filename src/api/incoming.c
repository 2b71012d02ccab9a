/* Units on their way, as answers show them. */
#include "incoming.h"

#include <stdlib.h>

#include "stockfold/codec/record_json.h"
#include "write.h"

static int compare_arrivals(const void *a, const void *b)
{
    const struct incoming_line *left = a, *right = b;
    if (left->eta != right->eta) {
        bool left_first = right->eta == TIME_NONE || (left->eta != TIME_NONE && left->eta < right->eta);
        return left_first ? -1 : 1;
    }
    return str_compare(left->ref, right->ref);
}

static void write_arrival(const struct incoming_line *line, int64_t now_ms, struct buffer *out)
{
    if (line->qty <= 0)
        return;
    write_separator(out);
    buffer_add_literal(out, "{\"ref\":");
    json_write_string(line->ref, out);
    write_integer(out, "qty", line->qty);
    write_time(out, "eta", line->eta);
    if (line->eta != TIME_NONE && line->eta < now_ms)
        write_boolean(out, "overdue", true);
    buffer_add_byte(out, '}');
}

/* They are few, so the next one is looked for each time. */
static const struct incoming_line *next_arrival(const struct incoming_line *lines, size_t n,
                                                const struct incoming_line *last)
{
    const struct incoming_line *next = NULL;
    for (size_t i = 0; i < n; i++)
        if ((last == NULL || compare_arrivals(last, &lines[i]) < 0) &&
            (next == NULL || compare_arrivals(&lines[i], next) < 0))
            next = &lines[i];
    return next;
}

void incoming_write(const struct incoming_line *lines, size_t n, int64_t now_ms, struct buffer *out)
{
    const struct incoming_line *line = NULL;
    buffer_add_literal(out, ",\"incoming\":[");
    while ((line = next_arrival(lines, n, line)) != NULL)
        write_arrival(line, now_ms, out);
    buffer_add_byte(out, ']');
}

void incoming_write_many(struct incoming_line *lines, size_t n, int64_t now_ms, struct buffer *out)
{
    if (n > 1)
        qsort(lines, n, sizeof(*lines), compare_arrivals);
    buffer_add_literal(out, ",\"incoming\":[");
    for (size_t i = 0; i < n; i++)
        write_arrival(&lines[i], now_ms, out);
    buffer_add_byte(out, ']');
}
