/* Item and node documents: the tables of their fields, and the facts that others need of them. */
#include "stockfold/codec/master.h"

#include "document.h"
#include "json_read.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/time_text.h"

const char *const node_kind_names[NODE_KINDS] = {
    [NODE_WAREHOUSE] = "warehouse", [NODE_STORE] = "store", [NODE_ECOMMERCE] = "ecommerce"};

enum { UNITS_MAX = 1000000000, MINUTES_MAX = 7 * 24 * 60 };

static bool is_digits(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}

static struct str text_of(const json_t *value)
{
    return json_is_string(value) ? (struct str){json_string_value(value), json_string_length(value)} : (struct str){0};
}

static bool is_gtin(const json_t *value)
{
    struct str text = text_of(value);
    return (text.len == 8 || (text.len >= 12 && text.len <= 14)) && is_digits(text);
}

static bool is_gln(const json_t *value)
{
    struct str text = text_of(value);
    return text.len == 13 && is_digits(text);
}

/* A decimal number as text: digits, and at most one point between them. */
static bool is_amount(const json_t *value)
{
    struct str text = text_of(value);
    const char *point = text.len == 0 ? NULL : memchr(text.data, '.', text.len);
    if (text.len == 0 || text.len > 20)
        return false;
    if (point == NULL)
        return is_digits(text);
    size_t whole = (size_t)(point - text.data);
    return is_digits((struct str){text.data, whole}) && is_digits((struct str){point + 1, text.len - whole - 1});
}

static bool is_currency(const json_t *value)
{
    struct str text = text_of(value);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 'A' || text.data[i] > 'Z')
            return false;
    return text.len == 3;
}

static int kind_of(const json_t *value)
{
    struct str text = text_of(value);
    for (int i = 0; i < NODE_KINDS; i++)
        if (str_equal(text, (struct str){node_kind_names[i], strlen(node_kind_names[i])}))
            return i;
    return -1;
}

static bool is_kind(const json_t *value)
{
    return kind_of(value) >= 0;
}

/* `HH:MM`, up to 24:00. */
static bool is_clock_time(const char *text)
{
    if (!is_digits((struct str){text, 2}) || text[2] != ':' || !is_digits((struct str){text + 3, 2}))
        return false;
    int hours = (text[0] - '0') * 10 + (text[1] - '0'), minutes = (text[3] - '0') * 10 + (text[4] - '0');
    return minutes < 60 && (hours < 24 || (hours == 24 && minutes == 0));
}

/* Opening times of a day; one that ends before it begins ends on the next day. */
static bool are_ranges(const json_t *list)
{
    if (!json_is_array(list))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct str text = text_of(json_array_get(list, i));
        if (text.len != sizeof("HH:MM-HH:MM") - 1 || text.data[5] != '-' || !is_clock_time(text.data) ||
            !is_clock_time(text.data + 6))
            return false;
    }
    return true;
}

static bool is_weekday(const char *key)
{
    static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (size_t i = 0; i < sizeof(weekdays) / sizeof(weekdays[0]); i++)
        if (strcmp(key, weekdays[i]) == 0)
            return true;
    return false;
}

static bool is_date(const char *key)
{
    char midnight[sizeof("YYYY-MM-DDT00:00:00Z")] = "YYYY-MM-DDT00:00:00Z";
    int64_t time;
    if (strlen(key) != 10)
        return false;
    memcpy(midnight, key, 10);
    return time_parse((struct str){midnight, sizeof(midnight) - 1}, &time);
}

static bool is_calendar(const json_t *value, bool (*is_day)(const char *key))
{
    /* jansson iterates over const objects only without its const. */
    json_t *calendar = (json_t *)(uintptr_t)value;
    const char *key;
    json_t *ranges;
    json_object_foreach(calendar, key, ranges)
    {
        if (!is_day(key) || !are_ranges(ranges))
            return false;
    }
    return json_is_object(value);
}

static bool are_hours(const json_t *value)
{
    return is_calendar(value, is_weekday);
}

static bool are_days(const json_t *value)
{
    return is_calendar(value, is_date);
}

#define TEXT(field, bytes) .name = field, .form = DOCUMENT_TEXT, .max = bytes
#define ID(field, bytes) TEXT(field, bytes), .min = 1
#define INTEGER(field, greatest) .name = field, .form = DOCUMENT_INTEGER, .max = greatest
#define NUMBER(field, least, greatest) .name = field, .form = DOCUMENT_NUMBER, .min = least, .max = greatest
#define BOOLEAN(field) .name = field, .form = DOCUMENT_BOOLEAN
#define OBJECT(field, of) .name = field, .form = DOCUMENT_OBJECT, .members = of
#define SPECIAL(field, test, words) .name = field, .form = DOCUMENT_SPECIAL, .accepts = test, .expected = words

static const struct document_field price_fields[] = {
    {SPECIAL("amount", is_amount, "a decimal number as a string"), .required = true},
    {SPECIAL("currency", is_currency, "three capital letters"), .required = true},
    {0},
};

static const struct document_field promotion_fields[] = {
    {TEXT("label", 200)},
    {.name = "ends", .form = DOCUMENT_TIME},
    {0},
};

static const struct document_field units_fields[] = {{INTEGER("(node)", UNITS_MAX)}, {0}};

static const struct document_field item_safety_fields[] = {
    {INTEGER("default", UNITS_MAX)},
    {.name = "nodes", .form = DOCUMENT_MAP, .members = units_fields},
    {0},
};

static const struct document_field item_fields[] = {
    {ID("sku", 64), .required = true},
    {ID("style", 64)},
    {TEXT("title", 200)},
    {TEXT("color", 64)},
    {TEXT("size", 64)},
    {SPECIAL("gtin", is_gtin, "a string of 8, 12, 13 or 14 digits")},
    {OBJECT("price", price_fields)},
    {OBJECT("promotion", promotion_fields)},
    {TEXT("image", 2000)},
    {TEXT("category", 200)},
    {OBJECT("attributes", NULL)},
    {OBJECT("safety_stock", item_safety_fields)},
    {0},
};

static const struct document_field pickup_fields[] = {
    {BOOLEAN("enabled")},
    {INTEGER("lead_minutes", MINUTES_MAX)},
    {INTEGER("cutoff_minutes", MINUTES_MAX)},
    {INTEGER("capacity_per_hour", UNITS_MAX)},
    {0},
};

static const struct document_field floor_fields[] = {
    {ID("floor", PLACE_COMPONENT_MAX), .required = true},
    {TEXT("name", 200)},
    {0},
};

static const struct document_field zone_fields[] = {
    {ID("floor", PLACE_COMPONENT_MAX), .required = true},
    {ID("zone", PLACE_COMPONENT_MAX), .required = true},
    {TEXT("name", 200)},
    {INTEGER("walk", UNITS_MAX)},
    {INTEGER("draw", UNITS_MAX)},
    {BOOLEAN("pickable")},
    {BOOLEAN("accessible")},
    {OBJECT("map", NULL)},
    {0},
};

static const struct document_field node_fields[] = {
    {ID("id", 32), .required = true},
    {TEXT("name", 200)},
    {SPECIAL("kind", is_kind, "warehouse, store or ecommerce"), .required = true},
    {BOOLEAN("sells_online")},
    {NUMBER("lat", -90, 90)},
    {NUMBER("lon", -180, 180)},
    {TEXT("address", 500)},
    {TEXT("time_zone", 64)},
    {SPECIAL("hours", are_hours, "mon to sun, each a list of HH:MM-HH:MM")},
    {SPECIAL("days", are_days, "days as YYYY-MM-DD, each a list of HH:MM-HH:MM")},
    {SPECIAL("gln", is_gln, "a string of 13 digits")},
    {INTEGER("safety_stock", UNITS_MAX)},
    {OBJECT("pickup", pickup_fields)},
    {.name = "floors", .form = DOCUMENT_LIST, .members = floor_fields},
    {.name = "zones", .form = DOCUMENT_LIST, .members = zone_fields},
    {0},
};

static struct str copy_text(const json_t *document, const char *name, struct arena *arena)
{
    struct str text = text_of(json_object_get(document, name));
    return text.len == 0 ? (struct str){0} : (struct str){arena_copy(arena, text.data, text.len), text.len};
}

/* Below 0 when there is none. */
static int64_t units_of(const json_t *value)
{
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static enum refusal read_document(struct str json, const struct document_field *fields, struct arena *arena,
                                  json_t **ret_document, char *ret_detail)
{
    json_t *document;
    enum refusal refusal = json_read_object(json, arena, &document, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    refusal = document_check(document, fields, ret_detail);
    if (refusal != REFUSAL_NONE)
        json_decref(document);
    else
        *ret_document = document;
    return refusal;
}

enum refusal item_read(struct str json, struct arena *arena, struct item_facts *ret_item, char *ret_detail)
{
    json_t *document;
    enum refusal refusal = read_document(json, item_fields, arena, &document, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    ret_item->sku = copy_text(document, "sku", arena);
    ret_item->style = copy_text(document, "style", arena);
    ret_item->gtin = copy_text(document, "gtin", arena);
    ret_item->title = copy_text(document, "title", arena);
    ret_item->safety_default = units_of(json_object_get(json_object_get(document, "safety_stock"), "default"));
    json_decref(document);
    return REFUSAL_NONE;
}

static struct str zone_place(const json_t *zone, struct arena *arena)
{
    struct str components[PLACE_COMPONENTS] = {
        [PLACE_FLOOR] = text_of(json_object_get(zone, "floor")), [PLACE_ZONE] = text_of(json_object_get(zone, "zone"))};
    return place_join(components, arena_alloc(arena, PLACE_MAX));
}

static void read_closed_zones(const json_t *zones, struct arena *arena, struct node_facts *ret_node)
{
    ret_node->closed_zones = arena_array(arena, struct closed_zone, json_array_size(zones));
    ret_node->closed_zones_n = 0;
    for (size_t i = 0; i < json_array_size(zones); i++) {
        const json_t *zone = json_array_get(zones, i);
        if (json_is_false(json_object_get(zone, "pickable")) || json_is_false(json_object_get(zone, "accessible")))
            ret_node->closed_zones[ret_node->closed_zones_n++].zone = zone_place(zone, arena);
    }
}

enum refusal node_read(struct str json, struct arena *arena, struct node_facts *ret_node, char *ret_detail)
{
    json_t *document;
    enum refusal refusal = read_document(json, node_fields, arena, &document, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    ret_node->id = copy_text(document, "id", arena);
    ret_node->name = copy_text(document, "name", arena);
    ret_node->kind = (enum node_kind)kind_of(json_object_get(document, "kind"));
    ret_node->safety_stock = units_of(json_object_get(document, "safety_stock"));
    read_closed_zones(json_object_get(document, "zones"), arena, ret_node);
    json_decref(document);
    return REFUSAL_NONE;
}

int64_t item_safety_stock(struct str json, struct str node)
{
    char detail[REFUSAL_DETAIL_MAX];
    struct arena arena;
    json_t *document;
    int64_t units = -1;
    arena_init(&arena);
    if (json_read_object(json, &arena, &document, detail) == REFUSAL_NONE) {
        const json_t *nodes = json_object_get(json_object_get(document, "safety_stock"), "nodes");
        units = units_of(json_object_getn(nodes, node.data, node.len));
        json_decref(document);
    }
    arena_done(&arena);
    return units;
}
