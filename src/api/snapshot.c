/* The nodes as a worker knows them. */
#include "stockfold/api/snapshot.h"

#include <stdlib.h>

#include "stockfold/base/time_zone.h"
#include "stockfold/base/unconst.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/master.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/core/shard.h"
#include "stockfold/store/heard.h"
#include "write.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
enum { ZONE_DAYS = 60 }; /* ahead: more than openings are looked for */

/* What one reference more or less changes; the rest of a snapshot does not. */
struct owned {
    struct snapshot snapshot; /* first */
    struct arena arena;
    struct snapshot_node *nodes;
    size_t cap;
    uint32_t *slots; /* numbers of nodes, plus 1, at the hashes of their ids or behind; 0: none */
    size_t slots_n;  /* a power of two, at least twice the nodes */
    int references;
};

static struct owned *owned_of(const struct snapshot *snapshot)
{
    return unconst(snapshot);
}

static struct str copy_to_arena(struct arena *arena, struct str text)
{
    return (struct str){arena_copy(arena, text.data, text.len), text.len};
}

/* --- time zones: each is asked for once -------------------------------------------------------------------------- */

struct clocks {
    struct {
        struct str name;
        struct local_clock clock;
        bool known;
    } rows[64];
    size_t n;
};

static struct local_clock read_clock(struct owned *owned, struct str name, bool *ret_known)
{
    struct time_zone_change changes[TIME_ZONE_CHANGES_MAX];
    char text[65];
    size_t len = name.len < sizeof(text) ? name.len : sizeof(text) - 1;
    memcpy(text, name.data, len);
    text[len] = '\0';
    size_t n = time_zone_changes(text, owned->snapshot.made_ms - DAY_MS, owned->snapshot.made_ms + ZONE_DAYS * DAY_MS,
                                 changes, ret_known);
    struct zone_offset *offsets = arena_array(&owned->arena, struct zone_offset, n);
    for (size_t i = 0; i < n; i++)
        offsets[i] = (struct zone_offset){changes[i].from_ms, changes[i].seconds};
    return (struct local_clock){offsets, n};
}

static struct local_clock clock_of(struct owned *owned, struct clocks *clocks, struct str name, bool *ret_known)
{
    for (size_t i = 0; i < clocks->n; i++)
        if (str_equal(clocks->rows[i].name, name)) {
            *ret_known = clocks->rows[i].known;
            return clocks->rows[i].clock;
        }
    struct local_clock clock = read_clock(owned, name, ret_known);
    if (clocks->n < sizeof(clocks->rows) / sizeof(clocks->rows[0])) {
        clocks->rows[clocks->n].name = name;
        clocks->rows[clocks->n].known = *ret_known;
        clocks->rows[clocks->n++].clock = clock;
    }
    return clock;
}

/* A node without a zone, or with an unknown one, counts as closed, rather than have people come at an hour that is not
 * its own. A document with an unknown zone, or with hours that end as they begin, counts as broken. */
static void set_clock(struct owned *owned, struct clocks *clocks, struct snapshot_node *node)
{
    struct str zone = node->node.time_zone, empty_span = node->node.hours.empty_span;
    bool known = false;
    if (zone.len > 0)
        node->clock = clock_of(owned, clocks, zone, &known);
    if (!known)
        node->node.hours = (struct opening_hours){0};
    if (empty_span.len > 0)
        owned->snapshot.empty_span = empty_span;
    if (zone.len > 0 && !known)
        owned->snapshot.unknown_zone = zone;
    owned->snapshot.broken_n += empty_span.len > 0 || (zone.len > 0 && !known);
}

/* --- making one -------------------------------------------------------------------------------------------------- */

static struct snapshot_node *append_node(struct owned *owned)
{
    if (owned->snapshot.nodes_n == owned->cap) {
        owned->cap = owned->cap == 0 ? 64 : owned->cap * 2;
        owned->nodes = reallocarray(owned->nodes, owned->cap, sizeof(*owned->nodes));
        if (owned->nodes == NULL)
            error_out_of_memory();
    }
    struct snapshot_node *node = &owned->nodes[owned->snapshot.nodes_n++];
    *node = (struct snapshot_node){.heard_at = TIME_NONE, .node = {.safety_stock = -1}};
    return node;
}

static bool add_documents(struct owned *owned, const struct answers *answers, uint32_t ask)
{
    struct clocks clocks = {.n = 0};
    struct pair *pairs;
    size_t n;
    char detail[REFUSAL_DETAIL_MAX];
    if (!read_pairs(answers, ask, &owned->arena, &pairs, &n))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct snapshot_node *node = append_node(owned);
        node->document = copy_to_arena(&owned->arena, pairs[i].text);
        if (node_read(node->document, &owned->arena, &node->node, detail) != REFUSAL_NONE) {
            owned->snapshot.broken_n++;
            owned->snapshot.nodes_n--;
            continue;
        }
        set_clock(owned, &clocks, node);
        if (node->node.positioned)
            node->point = geo_point_of(node->node.lat, node->node.lon);
    }
    return true;
}

static int compare_nodes_by_id(const void *a, const void *b)
{
    const struct snapshot_node *left = a, *right = b;
    return str_compare(left->node.id, right->node.id);
}

static void sort_nodes(struct owned *owned)
{
    if (owned->snapshot.nodes_n > 1)
        qsort(owned->nodes, owned->snapshot.nodes_n, sizeof(*owned->nodes), compare_nodes_by_id);
    owned->snapshot.nodes = owned->nodes;
}

static void write_heads(struct owned *owned)
{
    struct buffer text;
    buffer_init(&text);
    for (size_t i = 0; i < owned->snapshot.nodes_n; i++) {
        struct snapshot_node *node = &owned->nodes[i];
        text.len = 0;
        buffer_add_literal(&text, "\"node\":");
        json_write_string(node->node.id, &text);
        write_text(&text, "name", texts_choose(&node->node.name, (struct str){0}));
        write_name(&text, "kind", node->document.len == 0 ? NULL : node_kind_names[node->node.kind]);
        node->head = copy_to_arena(&owned->arena, (struct str){text.data, text.len});
    }
    buffer_done(&text);
}

/* --- finding nodes ----------------------------------------------------------------------------------------------- */

static void index_ids(struct owned *owned)
{
    owned->slots_n = 1;
    while (owned->slots_n < 2 * owned->snapshot.nodes_n)
        owned->slots_n *= 2;
    owned->slots = arena_array(&owned->arena, uint32_t, owned->slots_n);
    memset(owned->slots, 0, owned->slots_n * sizeof(*owned->slots));
    for (uint32_t i = 0; i < owned->snapshot.nodes_n; i++) {
        size_t at = murmur2(owned->nodes[i].node.id) & (owned->slots_n - 1);
        while (owned->slots[at] != 0)
            at = (at + 1) & (owned->slots_n - 1);
        owned->slots[at] = i + 1;
    }
}

static void gather_positions(struct owned *owned)
{
    struct snapshot *snapshot = &owned->snapshot;
    struct snapshot_position *positions = arena_array(&owned->arena, struct snapshot_position, snapshot->nodes_n);
    for (uint32_t i = 0; i < snapshot->nodes_n; i++) {
        const struct snapshot_node *node = &owned->nodes[i];
        if (node->node.positioned)
            positions[snapshot->positions_n++] = (struct snapshot_position){node->point, i, node->node.pickup.enabled};
    }
    snapshot->positions = positions;
}

const struct snapshot_node *snapshot_find(const struct snapshot *snapshot, struct str id)
{
    const struct owned *owned = owned_of(snapshot);
    size_t at = murmur2(id) & (owned->slots_n - 1);
    for (; owned->slots[at] != 0; at = (at + 1) & (owned->slots_n - 1)) {
        const struct snapshot_node *node = &snapshot->nodes[owned->slots[at] - 1];
        if (str_equal(node->node.id, id))
            return node;
    }
    return NULL;
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

/* Nodes of which events came, or to which something is on its way, and no document yet. */
static bool add_heard_only(struct owned *owned, const struct answers *answers, uint32_t ask)
{
    struct named_number *heard;
    size_t n, documented = owned->snapshot.nodes_n;
    if (!read_numbers(answers, ask, &owned->arena, &heard, &n))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct snapshot_node wanted = {.node = {.id = heard[i].name}};
        if (documented > 0 && bsearch(&wanted, owned->nodes, documented, sizeof(wanted), compare_nodes_by_id) != NULL)
            continue;
        append_node(owned)->node.id = copy_to_arena(&owned->arena, heard[i].name);
    }
    return true;
}

struct snapshot *snapshot_new(const struct answers *answers, uint32_t first, int64_t now_ms)
{
    struct owned *owned = calloc(1, sizeof(*owned));
    if (owned == NULL)
        error_out_of_memory();
    owned->references = 1;
    owned->snapshot.made_ms = now_ms;
    arena_init(&owned->arena);
    struct str version = {0};
    bool read = read_text(answers, first, &version) && add_documents(owned, answers, first + 1);
    owned->snapshot.version = copy_to_arena(&owned->arena, version);
    sort_nodes(owned);
    read = read && add_heard_only(owned, answers, first + 2);
    sort_nodes(owned);
    write_heads(owned);
    index_ids(owned);
    gather_positions(owned);
    if (!read || !snapshot_hear(&owned->snapshot, answers, first + 2, &owned->arena)) {
        snapshot_unref(&owned->snapshot);
        return NULL;
    }
    return &owned->snapshot;
}

bool snapshot_hear(struct snapshot *snapshot, const struct answers *answers, uint32_t ask, struct arena *scratch)
{
    struct named_number *heard;
    size_t n;
    if (!read_numbers(answers, ask, scratch, &heard, &n))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct snapshot_node *node = unconst(snapshot_find(snapshot, heard[i].name));
        if (node == NULL)
            return false;
        node->heard_at = heard[i].number == HEARD_NEVER ? TIME_NONE : heard[i].number;
    }
    return true;
}

/* --- using one --------------------------------------------------------------------------------------------------- */

struct snapshot *snapshot_ref(const struct snapshot *snapshot)
{
    struct owned *owned = owned_of(snapshot);
    owned->references++;
    return &owned->snapshot;
}

void snapshot_unref(const struct snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    struct owned *owned = owned_of(snapshot);
    if (--owned->references > 0)
        return;
    arena_done(&owned->arena);
    free(owned->nodes);
    free(owned);
}
