/* GET /metrics: what the workers counted, and what the folds left in the view, as Prometheus' text format 0.0.4. */
#include "stockfold/api/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>

#include "call.h"
#include "stockfold/store/outbox.h"
#include "stockfold/store/stats.h"

const int64_t api_latency_bounds_us[API_LATENCY_BUCKETS] = {100,   250,   500,    1000,   2500,   5000,    10000,
                                                            25000, 50000, 100000, 250000, 500000, 1000000, 2500000};

/* The last stands for all others. */
static const int statuses[API_STATUSES] = {200, 204, 304, 400, 401, 403, 404, 405, 408, 409, 412, 413,
                                           414, 422, 429, 431, 500, 501, 502, 503, 504, 505, 0};

void metrics_request(struct api_metrics *metrics, uint32_t route, int status, int64_t latency_us)
{
    struct api_route_metrics *row = &metrics->routes[route];
    size_t at = 0, bucket = 0;
    while (at < API_STATUSES - 1 && statuses[at] != status)
        at++;
    while (bucket < API_LATENCY_BUCKETS && latency_us > api_latency_bounds_us[bucket])
        bucket++;
    metrics_add(&row->requests[at], 1);
    metrics_add(&row->latency[bucket], 1);
    metrics_add(&row->latency_sum_us, latency_us);
}

_Static_assert((int)PROBLEMS <= (int)API_PROBLEMS_MAX, "each has its counter");

void metrics_problem(struct api_metrics *metrics, uint32_t route, uint32_t problem, bool was_cut)
{
    metrics_add(&metrics->routes[route].problems[problem], 1);
    metrics_add(&metrics->cut, was_cut);
}

/* --- the text ---------------------------------------------------------------------------------------------------- */

static void write_head(struct buffer *out, const char *metric, enum metric_kind kind, const char *help)
{
    static const char *const kinds[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
    buffer_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", metric, help, metric, kinds[kind]);
}

static int64_t read_counter(const int64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* --- workers ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *metric;
    enum metric_kind kind;
    size_t offset;
    const char *help;
} worker_rows[] = {
    {"stockfold_redis_round_trips_total", METRIC_COUNTER, offsetof(struct api_metrics, trips), "Round trips to Redis"},
    {"stockfold_redis_commands_total", METRIC_COUNTER, offsetof(struct api_metrics, asks), "Commands in round trips"},
    {"stockfold_redis_connects_total", METRIC_COUNTER, offsetof(struct api_metrics, connects),
     "Times that a worker reached the view"},
    {"stockfold_redis_disconnects_total", METRIC_COUNTER, offsetof(struct api_metrics, disconnects),
     "Times that a worker lost the view"},
    {"stockfold_redis_connected_workers", METRIC_GAUGE, offsetof(struct api_metrics, connected),
     "Workers that are connected to the view"},
    {"stockfold_redis_queue_depth", METRIC_GAUGE, offsetof(struct api_metrics, queue_depth),
     "Commands of requests that Redis has not answered yet"},
    {"stockfold_http_requests_in_flight", METRIC_GAUGE, offsetof(struct api_metrics, in_flight),
     "Requests being answered, but for those that wait and those that look after this server"},
    {"stockfold_http_requests_waiting", METRIC_GAUGE, offsetof(struct api_metrics, waiting),
     "Requests that wait for a message"},
    {"stockfold_http_bodies_held_bytes", METRIC_GAUGE, offsetof(struct api_metrics, bodies_held),
     "Memory held for bodies of requests, bounded in each worker by stockfold_bodies"},
    {"stockfold_http_waits_total", METRIC_COUNTER, offsetof(struct api_metrics, waits),
     "Times that a request waited for a message"},
    {"stockfold_http_waits_refused_total", METRIC_COUNTER, offsetof(struct api_metrics, waits_refused),
     "Requests refused because too many were waiting, of all clients or of theirs"},
    {"stockfold_http_timeouts_total", METRIC_COUNTER, offsetof(struct api_metrics, timeouts),
     "Requests that met their deadline"},
    {"stockfold_http_turned_away_total", METRIC_COUNTER, offsetof(struct api_metrics, turned_away),
     "Requests refused because too many were being answered"},
    {"stockfold_http_answers_cut_total", METRIC_COUNTER, offsetof(struct api_metrics, cut),
     "Answers that ended in the middle because the view failed meanwhile"},
    {"stockfold_http_abandoned_total", METRIC_COUNTER, offsetof(struct api_metrics, abandoned),
     "Requests whose client left before the answer"},
    {"stockfold_nodes_reads_total", METRIC_COUNTER, offsetof(struct api_metrics, snapshots),
     "Times that a worker read the node documents anew"},
    {"stockfold_nodes_broken", METRIC_GAUGE, offsetof(struct api_metrics, snapshot_broken),
     "Node documents that could not be read, whose time zone is not known, or with hours that end as they begin"},
};

static const char *route_label(uint32_t route)
{
    return route < routes_n ? route_table[route].id : "none";
}

static bool is_used(uint32_t route)
{
    return route < routes_n || route == API_ROUTES_MAX - 1;
}

static void write_requests(const struct api_metrics *metrics, struct buffer *out)
{
    write_head(out, "stockfold_http_requests_total", METRIC_COUNTER, "Requests answered, by route and status");
    for (uint32_t route = 0; route < API_ROUTES_MAX; route++)
        for (size_t at = 0; is_used(route) && at < API_STATUSES; at++) {
            int64_t n = read_counter(&metrics->routes[route].requests[at]);
            if (n == 0)
                continue;
            buffer_add_format(out, "stockfold_http_requests_total{route=\"%s\",status=\"", route_label(route));
            if (statuses[at] == 0)
                buffer_add_literal(out, "other");
            else
                buffer_add_int(out, statuses[at]);
            buffer_add_format(out, "\"} %" PRId64 "\n", n);
        }
}

static void write_problem_counts(const struct api_metrics *metrics, struct buffer *out)
{
    write_head(out, "stockfold_http_problems_total", METRIC_COUNTER,
               "Requests that ended in a problem, by route and code");
    for (uint32_t route = 0; route < API_ROUTES_MAX; route++)
        for (size_t at = 0; is_used(route) && at < PROBLEMS; at++) {
            int64_t n = read_counter(&metrics->routes[route].problems[at]);
            if (n > 0)
                buffer_add_format(out, "stockfold_http_problems_total{route=\"%s\",code=\"%s\"} %" PRId64 "\n",
                                  route_label(route), problem_table[at].code, n);
        }
}

static void write_latency(const struct api_route_metrics *row, const char *label, struct buffer *out)
{
    static const char metric[] = "stockfold_http_request_duration_seconds";
    int64_t sum = 0;
    for (size_t i = 0; i <= API_LATENCY_BUCKETS; i++) {
        sum += read_counter(&row->latency[i]);
        buffer_add_format(out, "%s_bucket{route=\"%s\",le=\"", metric, label);
        if (i < API_LATENCY_BUCKETS)
            buffer_add_format(out, "%g", (double)api_latency_bounds_us[i] / 1e6);
        else
            buffer_add_literal(out, "+Inf");
        buffer_add_format(out, "\"} %" PRId64 "\n", sum);
    }
    buffer_add_format(out, "%s_sum{route=\"%s\"} %.6f\n%s_count{route=\"%s\"} %" PRId64 "\n", metric, label,
                      (double)read_counter(&row->latency_sum_us) / 1e6, metric, label, sum);
}

static void write_workers(const struct api_metrics *metrics, struct buffer *out)
{
    write_requests(metrics, out);
    write_problem_counts(metrics, out);
    write_head(
        out, "stockfold_http_request_duration_seconds", METRIC_HISTOGRAM,
        "From a whole request to its answer handed over, without waits for a message or for its client, by route");
    for (uint32_t route = 0; route < API_ROUTES_MAX; route++)
        if (is_used(route))
            write_latency(&metrics->routes[route], route_label(route), out);
    for (size_t i = 0; i < sizeof(worker_rows) / sizeof(worker_rows[0]); i++) {
        const int64_t *number = (const int64_t *)(const void *)((const char *)metrics + worker_rows[i].offset);
        write_head(out, worker_rows[i].metric, worker_rows[i].kind, worker_rows[i].help);
        buffer_add_format(out, "%s %" PRId64 "\n", worker_rows[i].metric, read_counter(number));
    }
    write_head(out, "stockfold_http_wait_seconds_total", METRIC_COUNTER,
               "How long requests waited for messages, which is no part of their duration");
    buffer_add_format(out, "stockfold_http_wait_seconds_total %.6f\n", (double)read_counter(&metrics->waited_us) / 1e6);
    write_head(out, "stockfold_build_info", METRIC_GAUGE, "Always 1; the version is a label");
    buffer_add_literal(out, "stockfold_build_info{version=\"" STOCKFOLD_VERSION "\"} 1\n");
}

/* --- folds ------------------------------------------------------------------------------------------------------- */

static int64_t total_of(const struct named_number *numbers, size_t n, const char *field)
{
    for (size_t i = 0; i < n; i++)
        if (str_equal(numbers[i].name, (struct str){field, strlen(field)}))
            return numbers[i].number;
    return 0;
}

static void write_totals(const struct named_number *numbers, size_t n, struct buffer *out)
{
    const char *metric = "";
    for (size_t i = 0; i < TOTALS; i++) {
        const struct total_row *row = &total_rows[i];
        if (row->field == NULL)
            continue;
        if (strcmp(row->metric, metric) != 0)
            write_head(out, row->metric, row->kind, row->help);
        metric = row->metric;
        buffer_add_format(out, "%s%s", row->metric, row->suffix);
        if (row->labels != NULL)
            buffer_add_format(out, "{%s}", row->labels);
        int64_t number = total_of(numbers, n, row->field);
        if (row->unit < 1)
            buffer_add_format(out, " %.6f\n", (double)number * row->unit);
        else
            buffer_add_format(out, " %" PRId64 "\n", number);
    }
}

static const char *const partition_metrics[][2] = {
    {"stockfold_fold_lag_messages", "Messages in the partition that are not folded yet"},
    {"stockfold_fold_lag_seconds", "How far the partition's folded Kafka time is behind now; 0 at its end"},
    {"stockfold_fold_waiting_messages", "Messages of the partition that wait until all others are read as far as they"},
    {"stockfold_fold_report_age_seconds", "Since the partition's owner last said where it is"},
};

static double seconds_since(int64_t ms, int64_t now_ms)
{
    if (ms == TIME_NONE)
        return NAN;
    return now_ms < ms ? 0 : ((double)now_ms - (double)ms) / 1000;
}

/* NAN: not known. The end is asked for less often than messages come. */
static double partition_number(const struct partition_progress *state, size_t metric, int64_t now_ms)
{
    if (metric == 2)
        return (double)state->waiting;
    if (metric == 3)
        return seconds_since(state->written_ms, now_ms);
    if (state->end < 0)
        return NAN;
    if (state->end <= state->next)
        return 0;
    return metric == 0 ? (double)state->end - (double)state->next : seconds_since(state->complete_to, now_ms);
}

static void write_partition(struct buffer *out, const char *metric, const struct partition_progress *state,
                            double number)
{
    buffer_add_format(out, "%s{topic=\"%.*s\",partition=\"%d\"} ", metric, STR_ARG(state->topic),
                      (int)state->partition);
    if (isnan(number))
        buffer_add_literal(out, "NaN\n");
    else
        buffer_add_format(out, "%.15g\n", number);
}

static void write_partitions(const struct partition_progress *states, size_t n, int64_t now_ms, struct buffer *out)
{
    for (size_t metric = 0; metric < sizeof(partition_metrics) / sizeof(partition_metrics[0]); metric++) {
        const char *name = partition_metrics[metric][0];
        write_head(out, name, METRIC_GAUGE, partition_metrics[metric][1]);
        for (size_t i = 0; i < n; i++)
            write_partition(out, name, &states[i], partition_number(&states[i], metric, now_ms));
    }
}

/* --- the route --------------------------------------------------------------------------------------------------- */

struct asked {
    uint32_t totals, partitions, outbox, outbox_depth;
    uint32_t open, counts; /* the first of as many as there are shards; `counts`: each of one or two asks */
    struct str *unknown;   /* nodes without a document */
    size_t unknown_n;
};

static void find_unknown(struct api_call *call, struct asked *asked)
{
    const struct snapshot *nodes = call->nodes;
    asked->unknown = arena_array(&call->arena, struct str, nodes->nodes_n);
    for (size_t i = 0; i < nodes->nodes_n; i++)
        if (nodes->nodes[i].document.len == 0)
            asked->unknown[asked->unknown_n++] = nodes->nodes[i].node.id;
}

static enum api_next ask_view_figures(struct api_call *call)
{
    const struct view *view = call->api->view;
    struct asked *asked = call->state = arena_array(&call->arena, struct asked, 1);
    *asked = (struct asked){.totals = ask_totals(&call->plan, view)};
    asked->partitions = ask_partitions(&call->plan, view);
    asked->outbox = ask_outbox(&call->plan, view, 1);
    asked->outbox_depth = ask_outbox_depth(&call->plan, view);
    asked->open = ask_shard_open(&call->plan, view, 0);
    for (uint32_t shard = 1; shard < view->keys.shards; shard++)
        ask_shard_open(&call->plan, view, shard);
    find_unknown(call, asked);
    asked->counts = ask_record_counts(&call->plan, view, 0, asked->unknown, asked->unknown_n);
    for (uint32_t shard = 1; shard < view->keys.shards; shard++)
        ask_record_counts(&call->plan, view, shard, asked->unknown, asked->unknown_n);
    return API_ASK;
}

static void write_without_master_data(struct api_call *call, const struct asked *asked, struct buffer *out)
{
    int64_t items = 0, nodes = 0;
    uint32_t each = asked->unknown_n == 0 ? 1 : 2;
    for (uint32_t shard = 0; shard < call->api->view->keys.shards; shard++) {
        int64_t of_items, at_nodes;
        if (!read_record_counts(call->answers, asked->counts + shard * each, asked->unknown_n, &of_items, &at_nodes))
            return;
        items += of_items;
        nodes += at_nodes;
    }
    write_head(out, "stockfold_view_records_without_master_data", METRIC_GAUGE,
               "Records whose item or node has no document");
    buffer_add_format(out, "stockfold_view_records_without_master_data{missing=\"item\"} %" PRId64 "\n", items);
    buffer_add_format(out, "stockfold_view_records_without_master_data{missing=\"node\"} %" PRId64 "\n", nodes);
}

static void write_outbox(struct api_call *call, const struct asked *asked, struct buffer *out)
{
    struct outbox_entry *oldest;
    size_t n;
    int64_t depth;
    if (!read_outbox(call->answers, asked->outbox, &call->arena, &oldest, &n) ||
        !read_outbox_depth(call->answers, asked->outbox_depth, &depth))
        return;
    write_head(out, "stockfold_reservations_outbox_messages", METRIC_GAUGE,
               "Messages of reservations that Kafka has not got yet");
    buffer_add_format(out, "stockfold_reservations_outbox_messages %" PRId64 "\n", depth);
    write_head(out, "stockfold_reservations_outbox_age_seconds", METRIC_GAUGE,
               "How long the oldest of them has waited; 0 when there is none");
    buffer_add_format(out, "stockfold_reservations_outbox_age_seconds %.3f\n",
                      n == 0 ? 0 : seconds_since(oldest->at_ms, call->now_ms));
}

static void write_folds(struct api_call *call, struct buffer *out)
{
    const struct asked *asked = call->state;
    const struct view *view = call->api->view;
    struct named_number *totals;
    struct partition_progress *partitions;
    size_t totals_n, partitions_n;
    uint32_t open = 0;
    if (read_numbers(call->answers, asked->totals, &call->arena, &totals, &totals_n))
        write_totals(totals, totals_n, out);
    if (read_partitions(call->answers, asked->partitions, &call->arena, &partitions, &partitions_n))
        write_partitions(partitions, partitions_n, call->now_ms, out);
    for (uint32_t shard = 0; shard < view->keys.shards; shard++)
        open += read_shard_open(call->answers, asked->open + shard, view, shard);
    write_head(out, "stockfold_view_shards", METRIC_GAUGE, "Shards of the view, by whether they serve");
    buffer_add_format(out, "stockfold_view_shards{state=\"open\"} %u\nstockfold_view_shards{state=\"rebuilding\"} %u\n",
                      open, view->keys.shards - open);
    write_without_master_data(call, asked, out);
    write_outbox(call, asked, out);
}

/* The workers' own part is answered also when the view is away. */
enum api_next metrics_answer(struct api_call *call)
{
    struct buffer *out = &call->response.body;
    if (call->turn == 0 && call->nodes != NULL)
        return ask_view_figures(call);
    write_workers(call->api->metrics, out);
    write_head(out, "stockfold_view_up", METRIC_GAUGE, "1 when the view answered");
    buffer_add_format(out, "stockfold_view_up %d\n", call->answers != NULL);
    if (call->answers != NULL)
        write_folds(call, out);
    return API_DONE;
}
