/* Which items of a scope the input did not name.
 *
 *   input ──completion_note──► named skus and newest time of each scope
 *   view ───completion_plan──► items at the scopes' nodes without a name there: zeros
 *   zeros ──completion_each──► an empty count each, of its scope's time */
#include "completion.h"

#include <inttypes.h>
#include <stdlib.h>

#include "scope_readings.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/time_text.h"
#include "stockfold/store/show.h"

struct completed_scope {
    const struct publish_scope *given;
    struct name_map named; /* skus that the input names here */
    int64_t time_ms;       /* of its newest line; TIME_NONE: none */
    char *document;        /* of its node in the input; owned, NULL: none */
    size_t document_len;
    bool holds;       /* the view has stock there */
    struct str floor; /* which it also may name, "B/C" of A/B/C; empty: none */
    bool floor_holds; /* the view has stock there */
};

/* An item that the view has in a scope and that the input does not name there. */
struct zero {
    uint32_t scope;
    struct str sku; /* in the arena of skus */
};

struct completion {
    struct completed_scope *scopes;
    size_t scopes_n;
    int64_t at_ms;
    struct arena skus, arena; /* arena: of one node */
    struct zero *zeros;
    size_t zeros_n, zeros_cap;
    struct publish_plan plan; /* of the node being looked at */
    struct str node;          /* ... and which */
};

/* --- what the input names --------------------------------------------------------------------------------------- */

/* Whether a place lies in a scope, which is a place itself, or empty: all of the node. */
static bool place_is_within(struct str scope, struct str place)
{
    bool begins = place.len >= scope.len && (scope.len == 0 || memcmp(place.data, scope.data, scope.len) == 0);
    return begins && (scope.len == 0 || place.len == scope.len || place.data[scope.len] == '\0');
}

/* Whether all that an event says lies in a scope. Units at no place lie in the node alone. */
static bool scope_holds_event(const struct publish_scope *scope, const struct event *event)
{
    if (!str_equal(scope->node, event->node))
        return false;
    if (scope->place.len == 0)
        return true;
    bool placed = event->place.len > 0 || event->to_place.len > 0;
    bool from = event->place.len == 0 || place_is_within(scope->place, event->place);
    bool to = event->to_place.len == 0 || place_is_within(scope->place, event->to_place);
    return placed && from && to;
}

int completion_note(struct completion *completion, const struct event *event, struct error *error)
{
    bool inside = false;
    for (size_t i = 0; i < completion->scopes_n; i++) {
        struct completed_scope *scope = &completion->scopes[i];
        if (!scope_holds_event(scope->given, event))
            continue;
        inside = true;
        name_map_put(&scope->named, event->sku, 0);
        if (scope->time_ms == TIME_NONE || event->time > scope->time_ms)
            scope->time_ms = event->time;
    }
    if (inside)
        return 0;
    return error_set(error, ERROR_USAGE, "the line of %.*s at %.*s lies outside of what --complete names%s",
                     STR_ARG(event->sku), STR_ARG(event->node), event->place.len == 0 ? " (it has no place)" : "");
}

void completion_note_node(struct completion *completion, struct str id, struct str json)
{
    for (size_t i = 0; i < completion->scopes_n; i++) {
        struct completed_scope *scope = &completion->scopes[i];
        if (!str_equal(scope->given->node, id))
            continue;
        scope->document = realloc(scope->document, json.len + 1);
        if (scope->document == NULL)
            error_out_of_memory();
        memcpy(scope->document, json.data, json.len);
        scope->document_len = json.len;
    }
}

/* --- what the view has ------------------------------------------------------------------------------------------ */

static void add_zero(struct completion *completion, size_t scope, struct str sku)
{
    if (completion->zeros_n == completion->zeros_cap) {
        completion->zeros_cap = completion->zeros_cap == 0 ? 256 : completion->zeros_cap * 2;
        completion->zeros = realloc(completion->zeros, completion->zeros_cap * sizeof(*completion->zeros));
        if (completion->zeros == NULL)
            error_out_of_memory();
    }
    struct str copy = {arena_copy(&completion->skus, sku.data, sku.len), sku.len};
    completion->zeros[completion->zeros_n++] = (struct zero){(uint32_t)scope, copy};
}

/* Whether a record has units in a scope that an empty count sets to 0. */
static bool record_is_in(const struct record *record, struct str scope)
{
    if (scope.len == 0)
        return record->places_n > 0 || record->unplaced != 0 || record->undrawn != 0;
    for (uint32_t i = 0; i < record->places_n; i++)
        if (place_is_within(scope, record->places[i].place))
            return true;
    return false;
}

/* Sellable units of a record that the scopes without its name make 0. */
static int64_t emptied_units(const struct completion *completion, struct str sku, const struct record *record)
{
    int64_t units = 0;
    for (uint32_t i = 0; i < record->places_n; i++) {
        bool emptied = false;
        for (size_t j = 0; j < completion->scopes_n; j++) {
            const struct completed_scope *scope = &completion->scopes[j];
            emptied |= str_equal(scope->given->node, completion->node) &&
                       place_is_within(scope->given->place, record->places[i].place) &&
                       name_map_find(&scope->named, sku) == NULL;
        }
        units += emptied ? record->places[i].qty : 0;
    }
    return units;
}

static int look_at_record(void *context, struct str sku, const struct record *record, struct error *error)
{
    struct completion *completion = context;
    int64_t held = record_sellable(record), emptied = emptied_units(completion, sku, record);
    (void)error;
    for (size_t i = 0; i < completion->scopes_n; i++) {
        struct completed_scope *scope = &completion->scopes[i];
        if (!str_equal(scope->given->node, completion->node))
            continue;
        scope->floor_holds |= scope->floor.len > 0 && record_is_in(record, scope->floor);
        if (!record_is_in(record, scope->given->place))
            continue;
        scope->holds = true;
        if (name_map_find(&scope->named, sku) != NULL)
            continue;
        add_zero(completion, i, sku);
        if (scope->given->place.len == 0)
            emptied = held - record->states[STATE_STAGED];
    }
    if (held <= 0)
        return 0;
    struct publish_plan *plan = &completion->plan;
    plan->skus.held++;
    plan->skus.emptied += emptied >= held;
    plan->units.held += held;
    plan->units.emptied += emptied > held ? held : emptied > 0 ? emptied : 0;
    return 0;
}

/* Whether a node's document has the floor or zone, or lists none. */
static bool layout_has(const struct node *node, struct str place)
{
    bool listed = node->floors_n > 0 || node->zones_n > 0;
    bool is_floor = str_equal(place_floor(place), place);
    for (size_t i = 0; i < node->floors_n; i++)
        if (is_floor && str_equal(node->floors[i].floor, place))
            return true;
    for (size_t i = 0; i < node->zones_n; i++)
        if (place_is_within(place, node->zones[i].place))
            return true;
    return !listed;
}

/* A zone is known by its node's document, by what the view has there, or, of a node without floors and zones, by a line
 * of the input. */
static int require_known_scope(const struct completed_scope *scope, const struct node *node, struct error *error)
{
    bool listed = node->floors_n > 0 || node->zones_n > 0;
    if (scope->given->place.len == 0 || scope->holds || (layout_has(node, scope->given->place) && listed))
        return 0;
    if (!listed && scope->time_ms != TIME_NONE)
        return 0;
    return error_set(error, ERROR_USAGE,
                     "--complete %s: the document of %.*s has no such floor or zone, and nothing is in stock there",
                     scope->given->text, STR_ARG(node->id));
}

/* --- what a scope means ------------------------------------------------------------------------------------------ */

/* Whether a node of that name has a document, in the input or in the view. */
static bool node_is_known(struct completion *completion, struct node_kinds *kinds, struct str node)
{
    return name_map_find(&kinds->known, node) != NULL || node_kinds_document(kinds, node, &completion->arena).len > 0;
}

/* A scope whose "/" may be part of a node's name must not fit two nodes. */
static int require_one_node(struct completion *completion, const struct publish_scope *scope, struct node_kinds *kinds,
                            struct error *error)
{
    struct str names[SCOPE_NAMES_MAX];
    for (unsigned joined = JOINED_FIRST; joined < JOINED_END; joined += JOINED_SECOND)
        if (scope_reading(scope, joined, names) > 0 && node_is_known(completion, kinds, names[0]))
            return scope_refuse_reading(scope, joined, error);
    return 0;
}

/* Nor, of one node, a floor and a zone. */
static int require_one_place(const struct completed_scope *scope, const struct node *node, struct error *error)
{
    bool listed = node->floors_n > 0 || node->zones_n > 0;
    bool floor = scope->floor.len > 0 && (scope->floor_holds || (listed && layout_has(node, scope->floor)));
    return floor ? scope_refuse_reading(scope->given, JOINED_SECOND, error) : 0;
}

/* A scope's count needs a moment; it is that of its own newest line. */
static int require_time(struct completion *completion, struct completed_scope *scope, struct error *error)
{
    if (scope->time_ms == TIME_NONE)
        scope->time_ms = completion->at_ms;
    if (scope->time_ms != TIME_NONE)
        return 0;
    return error_set(
        error, ERROR_USAGE,
        "--complete %s: the input has no line there to take the time of the count from: give it with --at, "
        "such as --at 2026-11-21T06:30:00Z",
        scope->given->text);
}

static int read_scope_node(struct completion *completion, const struct completed_scope *scope, struct node_kinds *kinds,
                           struct node *ret_node, struct error *error)
{
    struct str json = {scope->document, scope->document_len};
    char detail[REFUSAL_DETAIL_MAX];
    if (scope->document == NULL)
        json = node_kinds_document(kinds, scope->given->node, &completion->arena);
    if (kinds->view == NULL)
        return error_set(error, ERROR_UNREACHABLE, "Redis went away: what the view has there is not known");
    if (json.len == 0)
        return error_set(error, ERROR_USAGE,
                         "--complete %s: node %.*s is not known: publish and fold its document first",
                         scope->given->text, STR_ARG(scope->given->node));
    if (node_read(json, &completion->arena, ret_node, detail) != REFUSAL_NONE)
        return error_set(error, ERROR_STATE, "the document of node %.*s is broken: %s", STR_ARG(scope->given->node),
                         detail);
    return 0;
}

static double emptied_part(const struct publish_plan *plan)
{
    double skus = plan->skus.held == 0 ? 0 : (double)plan->skus.emptied / (double)plan->skus.held;
    double units = plan->units.held == 0 ? 0 : (double)plan->units.emptied / (double)plan->units.held;
    return skus > units ? skus : units;
}

/* All scopes of the node of the scope `first`. */
static int plan_node(struct completion *completion, size_t first, struct node_kinds *kinds,
                     struct publish_plan *worst_plan, struct error *error)
{
    struct node node;
    completion->node = completion->scopes[first].given->node;
    completion->plan = (struct publish_plan){.scope = completion->scopes[first].given->text};
    int code = read_scope_node(completion, &completion->scopes[first], kinds, &node, error);
    if (code == 0)
        code = view_each_at_node(kinds->view, completion->node, look_at_record, completion, error);
    for (size_t i = first; code == 0 && i < completion->scopes_n; i++)
        if (str_equal(completion->scopes[i].given->node, completion->node)) {
            code = require_one_place(&completion->scopes[i], &node, error);
            code = code != 0 ? code : require_known_scope(&completion->scopes[i], &node, error);
        }
    if (code == 0 && (worst_plan->scope == NULL || emptied_part(&completion->plan) > emptied_part(worst_plan)))
        *worst_plan = completion->plan;
    arena_reset(&completion->arena, 0);
    return code;
}

static bool is_first_of_node(const struct completion *completion, size_t scope)
{
    for (size_t i = 0; i < scope; i++)
        if (str_equal(completion->scopes[i].given->node, completion->scopes[scope].given->node))
            return false;
    return true;
}

int completion_plan(struct completion *completion, struct node_kinds *kinds, struct publish_plan *ret_plan,
                    struct error *error)
{
    int code = 0;
    *ret_plan = (struct publish_plan){0};
    for (size_t i = 0; code == 0 && i < completion->scopes_n; i++)
        code = require_one_node(completion, completion->scopes[i].given, kinds, error);
    for (size_t i = 0; code == 0 && i < completion->scopes_n; i++)
        if (is_first_of_node(completion, i))
            code = plan_node(completion, i, kinds, ret_plan, error);
    for (size_t i = 0; code == 0 && i < completion->scopes_n; i++)
        code = require_time(completion, &completion->scopes[i], error);
    ret_plan->counts = (int64_t)completion->zeros_n;
    return code;
}

bool publish_plan_empties(const struct publish_plan *plan)
{
    return plan->skus.emptied * 5 > plan->skus.held || plan->units.emptied * 5 > plan->units.held;
}

/* --- counts ----------------------------------------------------------------------------------------------------- */

/* ,"scope":"zone","place":{"floor":"2","zone":"women"} */
static void write_scope(struct str scope, struct buffer *json)
{
    struct str components[PLACE_COMPONENTS];
    place_split(scope, components);
    if (scope.len == 0) {
        buffer_add_literal(json, ",\"scope\":\"node\"");
        return;
    }
    bool zone = components[PLACE_ZONE].len > 0;
    buffer_add_format(json, ",\"scope\":\"%s\",\"place\":{\"floor\":", zone ? "zone" : "floor");
    json_write_string(components[PLACE_FLOOR], json);
    if (zone) {
        buffer_add_literal(json, ",\"zone\":");
        json_write_string(components[PLACE_ZONE], json);
    }
    buffer_add_byte(json, '}');
}

static void write_state_lines(const struct record *record, struct buffer *json)
{
    const char *comma = "";
    for (int state = STATE_SELLABLE + 1; record != NULL && state < STOCK_STATES; state++) {
        if (record->states[state] == 0)
            continue;
        buffer_add_format(json, "%s{\"state\":\"%s\",\"qty\":0}", comma, stock_state_names[state]);
        comma = ",";
    }
}

/* FNV-1a. */
static uint64_t add_to_digest(uint64_t digest, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        digest = (digest ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    return (digest ^ 0xff) * UINT64_C(0x100000001b3);
}

void completion_write_count(struct str sku, struct str node, struct str place, int64_t time_ms,
                            const struct record *record, struct buffer *json)
{
    char time[TIME_TEXT_MAX];
    struct str time_text = {time, time_format(time_ms, time)};
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    digest = add_to_digest(add_to_digest(add_to_digest(add_to_digest(digest, sku), node), place), time_text);
    json->len = 0;
    buffer_add_format(json, "{\"id\":\"empty-%016" PRIx64 "\",\"source\":\"publish\"", digest);
    buffer_add_format(json, ",\"type\":\"counted\",\"time\":\"%.*s\",\"sku\":", STR_ARG(time_text));
    json_write_string(sku, json);
    buffer_add_literal(json, ",\"node\":");
    json_write_string(node, json);
    write_scope(place, json);
    buffer_add_literal(json, ",\"lines\":[");
    write_state_lines(record, json);
    buffer_add_literal(json, "],\"missing\":\"zero\"}");
}

int completion_each(struct completion *completion,
                    int (*send)(void *context, struct str sku, struct str node, struct str json, struct error *error),
                    void *context, struct error *error)
{
    struct buffer json;
    int code = 0;
    buffer_init(&json);
    for (size_t i = 0; code == 0 && i < completion->zeros_n; i++) {
        const struct zero *zero = &completion->zeros[i];
        const struct completed_scope *scope = &completion->scopes[zero->scope];
        completion_write_count(zero->sku, scope->given->node, scope->given->place, scope->time_ms, NULL, &json);
        code = send(context, zero->sku, scope->given->node, (struct str){json.data, json.len}, error);
    }
    buffer_done(&json);
    return code;
}

/* --- life ------------------------------------------------------------------------------------------------------- */

struct completion *completion_new(const struct publish_scope *scopes, size_t scopes_n, int64_t at_ms)
{
    struct completion *completion = calloc(1, sizeof(*completion));
    struct completed_scope *rows = calloc(scopes_n, sizeof(*rows));
    if (completion == NULL || rows == NULL)
        error_out_of_memory();
    *completion = (struct completion){.scopes = rows, .scopes_n = scopes_n, .at_ms = at_ms};
    for (size_t i = 0; i < scopes_n; i++) {
        struct str names[SCOPE_NAMES_MAX] = {{0}};
        size_t names_n = scope_reading(&scopes[i], JOINED_SECOND, names);
        rows[i] = (struct completed_scope){.given = &scopes[i], .time_ms = TIME_NONE};
        rows[i].floor = names_n > 0 ? names[1] : STR("");
    }
    arena_init(&completion->skus);
    arena_init(&completion->arena);
    return completion;
}

void completion_free(struct completion *completion)
{
    if (completion == NULL)
        return;
    for (size_t i = 0; i < completion->scopes_n; i++) {
        name_map_done(&completion->scopes[i].named);
        free(completion->scopes[i].document);
    }
    arena_done(&completion->skus);
    arena_done(&completion->arena);
    free(completion->zeros);
    free(completion->scopes);
    free(completion);
}
