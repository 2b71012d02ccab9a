/* The worker's snapshot of the nodes, kept fresh: a small question again and again, and everything when its answer
 * differs from what the snapshot was made of, or a day has passed (time zones are known for a while only). */
#include "worker.h"

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

static int64_t wall_ms(void)
{
    ngx_time_t *now = ngx_timeofday();
    return (int64_t)now->sec * 1000 + (int64_t)now->msec;
}

static void send_plan_of_nodes(struct worker *worker, trip_fn *fn)
{
    enum problem problem;
    worker->trip = worker_ask(worker, &worker->plan, fn, worker, &problem);
}

static void finish_refresh(struct worker *worker)
{
    trip_done(worker->trip);
    worker->trip = NULL;
    worker_nodes_read(worker);
}

/* What ask_all_nodes() asks: the nodes, and before and behind them whether they are being rebuilt. */
enum { ASKED_OPEN, ASKED_NODES, ASKED_STILL_OPEN = ASKED_NODES + 3 };

static bool is_whole(const struct worker *worker, const struct answers *answers)
{
    uint32_t nodes = view_shard_of(&worker->view, VIEW_NODES);
    return answers_problem(answers) == REPLY_OK && read_shard_open(answers, ASKED_OPEN, &worker->view, nodes) &&
           read_shard_open(answers, ASKED_STILL_OPEN, &worker->view, nodes);
}

/* Once for each snapshot: they are as rare as changes of nodes. */
static void tell_broken(const struct worker *worker, const struct snapshot *made)
{
    if (made->broken_n == 0)
        return;
    const char *why = "what the view has of them cannot be read", *next = "publish them again";
    struct str seen = made->unknown_zone;
    if (seen.len > 0) {
        why = "of time zones that are not known here, they count as closed";
        next = "mend the document, or install tzdata where workers may read it";
    } else if (made->empty_span.len > 0) {
        seen = made->empty_span;
        why = "a span of hours ends as it begins, its day counts as closed";
        next = "mend the document; all day is 00:00-24:00";
    }
    ngx_log_error(NGX_LOG_ERR, worker->log, 0, "stockfold: broken_nodes=%uz why=\"%s\" seen=\"%*s\" next=\"%s\"",
                  made->broken_n, why, seen.len, seen.data, next);
}

/* A snapshot that cannot be made leaves the old one: nodes do not vanish while the view is being rebuilt. */
static void take_all_nodes(void *context, const struct answers *answers)
{
    struct worker *worker = context;
    bool whole = is_whole(worker, answers);
    struct snapshot *made = whole ? snapshot_new(answers, ASKED_NODES, wall_ms()) : NULL;
    worker->api.nodes_closed = !whole && answers_problem(answers) == REPLY_OK;
    if (made != NULL) {
        struct snapshot *before = worker->nodes;
        worker->nodes = made;
        worker->api.nodes = made;
        snapshot_unref(before);
        metrics_add(&worker->api.metrics->snapshots, 1);
        __atomic_store_n(&worker->api.metrics->snapshot_broken, (int64_t)made->broken_n, __ATOMIC_RELAXED);
        tell_broken(worker, made);
    }
    finish_refresh(worker);
}

static void ask_all_nodes(struct worker *worker)
{
    trip_done(worker->trip);
    plan_reset(&worker->plan);
    ask_shard_open(&worker->plan, &worker->view, worker->view.keys.shards);
    ask_nodes_version(&worker->plan, &worker->view);
    ask_nodes(&worker->plan, &worker->view);
    ask_heard(&worker->plan, &worker->view);
    ask_shard_open(&worker->plan, &worker->view, worker->view.keys.shards);
    send_plan_of_nodes(worker, take_all_nodes);
}

/* Whether the snapshot is of this version; then the nodes' times of the second answer are put into it. */
static bool is_fresh(struct worker *worker, const struct answers *answers)
{
    struct snapshot *nodes = worker->nodes;
    struct str version;
    arena_reset(&worker->scratch, SIZE_MAX);
    return nodes != NULL && wall_ms() - nodes->made_ms < day_ms && read_text(answers, 0, &version) &&
           str_equal(version, nodes->version) && snapshot_hear(nodes, answers, 1, &worker->scratch);
}

static void take_version(void *context, const struct answers *answers)
{
    struct worker *worker = context;
    if (answers_problem(answers) != REPLY_OK || is_fresh(worker, answers)) {
        finish_refresh(worker);
        return;
    }
    ask_all_nodes(worker);
    if (worker->trip == NULL)
        finish_refresh(worker);
}

void nodes_refresh(struct worker *worker)
{
    if (worker->trip != NULL)
        return;
    plan_reset(&worker->plan);
    ask_nodes_version(&worker->plan, &worker->view);
    ask_heard(&worker->plan, &worker->view);
    send_plan_of_nodes(worker, take_version);
}
