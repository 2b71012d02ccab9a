/* Responsible for: remembering which nodes were heard of, and writing it now and then. Not for: what counts as heard
 * (fold_batch.c). Thread: the fold's.
 *
 * What was noted between two checkpoints is a round. It is begun afresh each time, so that its size is that of a
 * second's nodes, and a view that lost what was written is told again with the next events. */
#include "last_heard.h"

#include <stdlib.h>

#include "stockfold/base/arena.h"
#include "stockfold/base/error.h"

enum { TABLE_FIRST = 256 };

struct slot {
    uint32_t hash, number; /* number: of the row, plus 1; 0: empty */
};

struct round {
    struct last_heard *last_heard;
    struct arena names;
    struct heard_at *rows;
    uint32_t *hashes; /* of the rows' nodes */
    size_t n, cap;
    struct slot *table;
    size_t table_mask;
    size_t waiting; /* answers, once it is sent */
    bool failed;    /* one of them was none */
};

struct last_heard {
    struct view *view;
    struct round *round;
};

static void *require_round_memory(void *pointer)
{
    if (pointer == NULL)
        error_out_of_memory();
    return pointer;
}

static struct round *round_new(struct last_heard *last_heard)
{
    struct round *round = require_round_memory(calloc(1, sizeof(*round)));
    round->last_heard = last_heard;
    arena_init(&round->names);
    return round;
}

static void round_free(struct round *round)
{
    arena_done(&round->names);
    free(round->rows);
    free(round->hashes);
    free(round->table);
    free(round);
}

struct last_heard *last_heard_new(struct view *view)
{
    struct last_heard *last_heard = require_round_memory(calloc(1, sizeof(*last_heard)));
    last_heard->view = view;
    last_heard->round = round_new(last_heard);
    return last_heard;
}

void last_heard_free(struct last_heard *last_heard)
{
    if (last_heard == NULL)
        return;
    round_free(last_heard->round);
    free(last_heard);
}

/* --- noting ------------------------------------------------------------------------------------------------------- */

/* Where in the table a node is, or would go. */
static struct slot *slot_of(const struct round *round, uint32_t hash, struct str node)
{
    size_t at = hash & round->table_mask;
    for (;; at = (at + 1) & round->table_mask) {
        struct slot *slot = &round->table[at];
        if (slot->number == 0 || (slot->hash == hash && str_equal(round->rows[slot->number - 1].node, node)))
            return slot;
    }
}

static void round_grow(struct round *round)
{
    size_t size = round->table == NULL ? TABLE_FIRST : (round->table_mask + 1) * 2;
    free(round->table);
    round->table = require_round_memory(calloc(size, sizeof(*round->table)));
    round->table_mask = size - 1;
    round->cap = size / 2;
    round->rows = require_round_memory(realloc(round->rows, round->cap * sizeof(*round->rows)));
    round->hashes = require_round_memory(realloc(round->hashes, round->cap * sizeof(*round->hashes)));
    for (size_t i = 0; i < round->n; i++)
        *slot_of(round, round->hashes[i], round->rows[i].node) = (struct slot){round->hashes[i], (uint32_t)i + 1};
}

void last_heard_note(struct last_heard *last_heard, uint32_t hash, struct str node, int64_t time_ms)
{
    struct round *round = last_heard->round;
    if (round->n == round->cap)
        round_grow(round);
    struct slot *slot = slot_of(round, hash, node);
    if (slot->number == 0) {
        struct str copy = {arena_copy(&round->names, node.data, node.len), node.len};
        round->rows[round->n] = (struct heard_at){copy, time_ms};
        round->hashes[round->n++] = hash;
        *slot = (struct slot){hash, (uint32_t)round->n};
    } else if (round->rows[slot->number - 1].time_ms < time_ms) {
        round->rows[slot->number - 1].time_ms = time_ms;
    }
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

static void round_answered(void *context, const struct reply *reply)
{
    struct round *round = context;
    round->failed = round->failed || reply_problem(reply) != REPLY_OK;
    if (--round->waiting > 0)
        return;
    for (size_t i = 0; i < round->n && round->failed; i++)
        last_heard_note(round->last_heard, round->hashes[i], round->rows[i].node, round->rows[i].time_ms);
    round_free(round);
}

void last_heard_send(struct last_heard *last_heard)
{
    struct round *round = last_heard->round;
    if (round->n == 0)
        return;
    last_heard->round = round_new(last_heard);
    round->waiting = (round->n + HEARD_MAX - 1) / HEARD_MAX;
    for (size_t i = 0; i < round->n; i += HEARD_MAX)
        heard_write(last_heard->view, &round->rows[i], round->n - i < HEARD_MAX ? round->n - i : HEARD_MAX,
                    round_answered, round);
}
