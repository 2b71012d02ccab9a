/* Responsible for: the rows of a change that follow from a reservation. Not for: what a change does with them
 * (reservations.c), or what a step does to a reservation (core). */
#include "stockfold/store/reservation_rows.h"

static void fill_holds(const struct reservation *reservation, struct arena *arena, struct reservation_rows *rows)
{
    rows->holds_n = reservation->lines_n;
    rows->holds = arena_array(arena, struct change_hold, reservation->lines_n);
    for (uint32_t i = 0; i < reservation->lines_n; i++)
        rows->holds[i] = (struct change_hold){.id = reservation->id,
                                              .sku = reservation->lines[i].sku,
                                              .node = reservation->node,
                                              .units = reservation->lines[i].held};
}

static void add_index(struct reservation_rows *rows, enum reservation_index index, struct str name, struct str id,
                      int64_t at_ms)
{
    if (name.len > 0)
        rows->indexes[rows->indexes_n++] = (struct change_index){index, name, id, at_ms};
}

/* Node and code with a blank between. */
static struct str code_name(const struct reservation_document *document, struct arena *arena)
{
    struct str node = document->reservation.node, code = document->code;
    char *name = arena_alloc(arena, node.len + 1 + code.len);
    if (code.len == 0)
        return (struct str){0};
    memcpy(name, node.data, node.len);
    name[node.len] = ' ';
    memcpy(name + node.len + 1, code.data, code.len);
    return (struct str){name, node.len + 1 + code.len};
}

/* A node lists what was confirmed, or handed over at once; a code is one of the node's open ones. */
static void fill_indexes(const struct reservation_document *document, struct arena *arena,
                         struct reservation_rows *rows)
{
    const struct reservation *reservation = &document->reservation;
    struct str id = reservation->id;
    int64_t at_ms = reservation->created_ms;
    add_index(rows, INDEX_OWNER, reservation->owner, id, at_ms);
    add_index(rows, INDEX_ORDER, reservation->order, id, at_ms);
    if (reservation->confirmed_ms != TIME_NONE || reservation->state == RESERVATION_COLLECTED)
        add_index(rows, INDEX_NODE, reservation->node, id, at_ms);
    add_index(rows, INDEX_CODE, code_name(document, arena), id, reservation_is_open(reservation) ? at_ms : TIME_NONE);
}

void reservation_rows_fill(const struct reservation_document *document, const struct reservation_policy *policy,
                           struct arena *arena, struct reservation_rows *ret_rows)
{
    bool is_forgotten;
    *ret_rows = (struct reservation_rows){.holds_n = 0};
    fill_holds(&document->reservation, arena, ret_rows);
    fill_indexes(document, arena, ret_rows);
    ret_rows->due = (struct change_due){.id = document->reservation.id,
                                        .seen_ms = TIME_NONE,
                                        .at_ms = reservation_due_ms(&document->reservation, policy, &is_forgotten)};
}
