/* What requests ask of reservations: the table of their fields, and what they say. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "document.h"
#include "refuse.h"
#include "stockfold/codec/reservation_json.h"

static_assert((int)RESERVATION_DIGEST == (int)DIGEST_TEXT, "a digest's text");

/* A label in an id may have points and colons, those of people and orders may not; none has a NUL. */
static bool is_label(const json_t *value, const char *more)
{
    struct str text = document_text(value);
    for (size_t i = 0; i < text.len; i++) {
        char letter = text.data[i];
        bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                     (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
        if (!plain && memchr(more, letter, strlen(more)) == NULL)
            return false;
    }
    return text.len > 0 && text.len <= BOUND_LABEL_ID;
}

static bool is_reservation_id(const json_t *value)
{
    return is_label(value, ".:");
}

static bool is_opaque_label(const json_t *value)
{
    return is_label(value, "");
}

#define RESERVATION_ID(field)                                                                                          \
    SPECIAL(field, is_reservation_id, "1 to 64 of A-Za-z0-9._:-"),                                                     \
        .schema = "\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9._:-]{1,64}$\""
#define OPAQUE_LABEL(field)                                                                                            \
    SPECIAL(field, is_opaque_label, "1 to 64 of A-Za-z0-9_-"),                                                         \
        .schema = "\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{1,64}$\""

static const struct document_field requested_line_fields[] = {
    {NAME("sku", BOUND_SKU), .required = true},
    {INTEGER("qty", BOUND_QTY), .min = 1, .required = true},
    {0},
};

#define LINES_HELP "Items and how many of each; those of one item are added up."
#define TTL_MAX_S (RESERVATION_LIFE_MS / 1000)

const struct document_field reservation_create_fields[] = {
    {RESERVATION_ID("id"), .required = true,
     .help = "Of your own making, for one reservation ever: repeating the request with it is safe."},
    {NAME("node", BOUND_NODE), .required = true},
    {OPAQUE_LABEL("owner"), .help = "Whose it is, by a name that only you can read."},
    {OPAQUE_LABEL("order"), .help = "What belongs together, such as a basket over several nodes."},
    {WORD("type", reservation_type_names, RESERVATION_TYPES),
     .help = "collect, unless given: in the node; ship: sent from it."},
    {BOOLEAN("paid"), .help = "Whether it is paid: then handing it over reports the sale, and the till must not."},
    {INTEGER("ttl_s", TTL_MAX_S), .min = 1,
     .help = "For how long units are set aside until it is confirmed, in seconds."},
    {.name = "lines",
     .form = DOCUMENT_LIST,
     .members = requested_line_fields,
     .required = true,
     .component = "RequestedLine",
     .help = LINES_HELP},
    {RESERVATION_ID("replaces"), .help = "An open one whose place it takes, in one step."},
    {TEXT("note", BOUND_NOTE)},
    {0},
};

const struct document_field reservation_verb_fields[] = {
    {BOOLEAN("paid")},
    {BOOLEAN("take_over")},
    {INTEGER("ttl_s", TTL_MAX_S), .min = 1},
    {.name = "lines",
     .form = DOCUMENT_LIST,
     .members = requested_line_fields,
     .component = "RequestedLine",
     .help = LINES_HELP},
    {OPAQUE_LABEL("by"), .help = "Who does it."},
    {TEXT("reason", BOUND_REASON)},
    {OPAQUE_LABEL("request"), .help = "Tells a repetition of the same step from another of its kind."},
    {0},
};

/* --- reading ----------------------------------------------------------------------------------------------------- */

static int flag_or_unset(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_boolean(value) ? json_is_true(value) : -1;
}

static struct requested_line *find_requested(struct reservation_request *request, struct str sku)
{
    for (uint32_t i = 0; i < request->lines_n; i++)
        if (str_equal(request->lines[i].sku, sku))
            return &request->lines[i];
    return NULL;
}

static enum refusal read_requested_lines(const json_t *list, struct arena *arena, struct reservation_request *request,
                                         char *ret_detail)
{
    size_t n = json_array_size(list);
    if (list == NULL || json_is_null(list))
        return REFUSAL_NONE;
    if (n < 1 || n > RESERVATION_LINES)
        return refuse_as(ret_detail, REFUSAL_OUT_OF_RANGE, "lines: %zu of them, expected 1 to %d", n,
                         RESERVATION_LINES);
    request->lines = arena_array(arena, struct requested_line, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *line = json_array_get(list, i);
        struct str sku = document_copy(line, "sku", arena);
        int64_t qty = document_integer(json_object_get(line, "qty"));
        struct requested_line *known = find_requested(request, sku);
        if (known == NULL)
            request->lines[request->lines_n++] = (struct requested_line){sku, qty};
        else if (known->qty + qty > BOUND_QTY)
            return refuse_as(ret_detail, REFUSAL_OUT_OF_RANGE,
                             "lines[%zu].qty: %" PRId64 " of one item in all, expected at most %" PRId64, i,
                             known->qty + qty, BOUND_QTY);
        else
            known->qty += qty;
    }
    return REFUSAL_NONE;
}

enum refusal reservation_request_read(struct str json, bool creates, struct arena *arena,
                                      struct reservation_request *ret_request, char *ret_detail)
{
    json_t *object;
    const struct document_field *table = creates ? reservation_create_fields : reservation_verb_fields;
    enum refusal refusal = document_read(json, table, arena, &object, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    *ret_request = (struct reservation_request){
        .id = document_copy(object, "id", arena),
        .node = document_copy(object, "node", arena),
        .owner = document_copy(object, "owner", arena),
        .order = document_copy(object, "order", arena),
        .note = document_copy(object, "note", arena),
        .replaces = document_copy(object, "replaces", arena),
        .request = document_copy(object, "request", arena),
        .by = document_copy(object, "by", arena),
        .reason = document_copy(object, "reason", arena),
        .type = document_word(reservation_type_names, RESERVATION_TYPES, json_object_get(object, "type")),
        .paid = flag_or_unset(object, "paid"),
        .take_over = flag_or_unset(object, "take_over"),
        .ttl_s = document_integer(json_object_get(object, "ttl_s")),
    };
    refusal = read_requested_lines(json_object_get(object, "lines"), arena, ret_request, ret_detail);
    if (refusal == REFUSAL_NONE && creates && str_equal(ret_request->replaces, ret_request->id))
        refusal = refuse_as(ret_detail, REFUSAL_OUT_OF_RANGE, "replaces: is the id itself, expected that of another");
    json_decref(object);
    return refusal;
}

/* --- telling them apart ------------------------------------------------------------------------------------------ */

static int compare_requested(const void *a, const void *b)
{
    return str_compare(((const struct requested_line *)a)->sku, ((const struct requested_line *)b)->sku);
}

void reservation_request_digest(const struct reservation_request *request, char ret_digest[RESERVATION_DIGEST])
{
    digest128 digest = digest_start();
    const struct str texts[] = {request->id, request->node, request->owner, request->order, request->replaces};
    const int64_t numbers[] = {request->type <= 0 ? 0 : request->type, request->paid > 0, request->ttl_s,
                               request->lines_n};
    struct requested_line lines[RESERVATION_LINES];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        digest_text(&digest, texts[i]);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        digest_int(&digest, numbers[i]);
    for (uint32_t i = 0; i < request->lines_n; i++)
        lines[i] = request->lines[i];
    qsort(lines, request->lines_n, sizeof(lines[0]), compare_requested);
    for (uint32_t i = 0; i < request->lines_n; i++) {
        digest_text(&digest, lines[i].sku);
        digest_int(&digest, lines[i].qty);
    }
    digest_hex(digest, ret_digest);
}
