/* POST /v1/availability: the lines of GET for up to 10,000 pairs, sent part by part.
 *
 *   states of all shards ──► records of a part ──► what is known of items without a record ──► the part ──► the next
 *   (of one part: with them)                       (where there are such)
 *
 * Memory does not grow with the parts: what is read of one goes into an arena of its own, emptied for the next. */
#include <stdlib.h>

#include "line.h"
#include "stockfold/codec/request_body.h"

enum { PART_PAIRS = 64 };

/* Pairs of one item in a row. */
struct run {
    struct str sku;
    size_t from, n;            /* of the part */
    uint32_t stock, any, item; /* asks */
    bool known;                /* there is a record or a document */
    struct stock *stocks;      /* one for each pair */
};

enum phase { PHASE_NONE, PHASE_RECORDS, PHASE_UNKNOWN };

struct bulk {
    enum phase phase;         /* what was asked for of the part */
    size_t pairs_n, from, to; /* all of the body's, and the part's */
    struct run runs[PART_PAIRS];
    size_t runs_n;
    struct str nodes[PART_PAIRS]; /* of the part's pairs */
};

/* --- a part: its records ----------------------------------------------------------------------------------------- */

static void ask_run(struct api_call *call, struct bulk *bulk, struct str sku, size_t from, size_t n)
{
    struct run *run = &bulk->runs[bulk->runs_n++];
    *run = (struct run){.sku = sku, .from = from, .n = n};
    call_ask_shard(call, sku);
    run->stock = ask_stock(&call->plan, call->api->view, sku, &bulk->nodes[from], n);
}

static enum api_next ask_part(struct api_call *call, struct bulk *bulk)
{
    size_t left = bulk->pairs_n - bulk->from;
    call_begin_portion(call);
    bulk->phase = PHASE_RECORDS;
    bulk->runs_n = 0;
    bulk->to = bulk->from + (left < PART_PAIRS ? left : PART_PAIRS);
    size_t n = bulk->to - bulk->from, from = 0;
    struct str sku = request_body_pair(call->request->body, bulk->from).sku;
    for (size_t i = 0; i < n; i++) {
        struct request_pair pair = request_body_pair(call->request->body, bulk->from + i);
        bulk->nodes[i] = pair.node;
        if (str_equal(pair.sku, sku))
            continue;
        ask_run(call, bulk, sku, from, i - from);
        sku = pair.sku;
        from = i;
    }
    ask_run(call, bulk, sku, from, n - from);
    return API_ASK;
}

static bool read_run(struct api_call *call, struct run *run)
{
    run->stocks = arena_array(&call->part, struct stock, run->n);
    for (size_t i = 0; i < run->n; i++) {
        if (!read_stock(call->answers, run->stock, call->api->view, run->n, i, &call->part, &run->stocks[i]))
            return false;
        run->known = run->known || run->stocks[i].exists;
    }
    return true;
}

/* --- a part: items without a record in it ------------------------------------------------------------------------ */

static void ask_names_of_part(struct api_call *call, struct bulk *bulk)
{
    bulk->phase = PHASE_UNKNOWN;
    for (size_t i = 0; i < bulk->runs_n; i++) {
        struct run *run = &bulk->runs[i];
        if (run->known)
            continue;
        call_ask_shard(call, run->sku);
        run->item = ask_item(&call->plan, call->api->view, run->sku);
        run->any = ask_any_record(&call->plan, call->api->view, run->sku);
    }
}

static bool read_names_of_part(struct api_call *call, struct bulk *bulk)
{
    for (size_t i = 0; i < bulk->runs_n; i++) {
        struct run *run = &bulk->runs[i];
        struct str document;
        if (run->known)
            continue;
        if (!read_any_record(call->answers, run->any, &run->known) || !read_text(call->answers, run->item, &document))
            return false;
        run->known = run->known || document.len > 0;
    }
    return true;
}

/* --- a part: its lines ------------------------------------------------------------------------------------------- */

static enum api_next write_part(struct api_call *call, struct bulk *bulk)
{
    struct buffer *out = &call->response.body;
    bool first = bulk->from == 0;
    if (first) {
        call_open(call);
        buffer_add_literal(out, ",\"lines\":[");
    }
    for (size_t i = 0; i < bulk->runs_n; i++) {
        const struct run *run = &bulk->runs[i];
        for (size_t k = 0; k < run->n; k++) {
            if (!first)
                buffer_add_byte(out, ',');
            first = false;
            line_write_pair(call, run->sku, run->known, NULL, bulk->nodes[run->from + k], &run->stocks[k], out);
        }
    }
    bulk->phase = PHASE_NONE;
    bulk->from = bulk->to;
    if (bulk->from < bulk->pairs_n)
        return API_PART;
    buffer_add_literal(out, "]}");
    return API_DONE;
}

static enum api_next read_part(struct api_call *call, struct bulk *bulk)
{
    for (size_t i = 0; i < bulk->runs_n; i++)
        if (!read_run(call, &bulk->runs[i]))
            return call_broken(call);
    ask_names_of_part(call, bulk);
    return call->plan.asks_n > 0 ? API_ASK : write_part(call, bulk);
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

/* Every shard's state stands behind the first part's head, so all are asked before it. */
static enum api_next start_bulk(struct api_call *call)
{
    struct bulk *bulk = call->state = arena_array(&call->arena, struct bulk, 1);
    const struct request_body *body = call->request->body;
    *bulk = (struct bulk){.pairs_n = request_body_pairs(body)};
    if (bulk->pairs_n == 0)
        return call_fail(call, PROBLEM_MALFORMED_BODY, "%s", request_body_detail(body));
    if (bulk->pairs_n <= PART_PAIRS)
        return ask_part(call, bulk);
    for (size_t i = 0; i < bulk->pairs_n; i++)
        call_ask_state(call, shard_of(request_body_pair(body, i).sku, call->api->view->keys.shards));
    return API_ASK;
}

enum api_next availability_bulk_answer(struct api_call *call)
{
    struct bulk *bulk = call->state;
    if (bulk == NULL)
        return start_bulk(call);
    if (bulk->phase == PHASE_NONE)
        return ask_part(call, bulk);
    if (bulk->phase == PHASE_RECORDS)
        return read_part(call, bulk);
    return read_names_of_part(call, bulk) ? write_part(call, bulk) : call_broken(call);
}
