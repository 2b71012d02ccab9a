/* Node documents: the table of their fields, and the node that they describe. */
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "hours_document.h"
#include "stockfold/codec/master.h"

enum { MINUTES_MAX = 7 * DAY_MINUTES };

static bool is_gln(const json_t *value)
{
    struct str text = document_text(value);
    return text.len == 13 && document_is_digits(text);
}

static const struct document_field pickup_fields[] = {
    {BOOLEAN("enabled"), .help = "Whether orders are handed over here; unless given, in stores."},
    {INTEGER("lead_minutes", MINUTES_MAX), .help = "Opening time from an order to its being ready; else promise.lead."},
    {INTEGER("cutoff_minutes", MINUTES_MAX),
     .help =
         "An order that comes later than so long before closing counts from the next opening; else promise.cutoff."},
    {INTEGER("capacity_per_hour", BOUND_QTY), .help = "Orders that can be picked in an hour."},
    {0},
};

static const struct document_field map_fields[] = {
    {NUMBER("x", -BOUND_QTY, BOUND_QTY)},
    {NUMBER("y", -BOUND_QTY, BOUND_QTY)},
    {NUMBER("w", 0, BOUND_QTY)},
    {NUMBER("h", 0, BOUND_QTY)},
    {0},
};

static const char *const feature_words[] = {"entrance", "escalator", "lift", "stairs", "till", "fitting"};

static const struct document_field feature_fields[] = {
    {WORD("kind", feature_words, sizeof(feature_words) / sizeof(feature_words[0])), .required = true},
    {NUMBER("x", -BOUND_QTY, BOUND_QTY)},
    {NUMBER("y", -BOUND_QTY, BOUND_QTY)},
    {0},
};

static const struct document_field floor_map_fields[] = {
    {NUMBER("w", 0, BOUND_QTY)},
    {NUMBER("h", 0, BOUND_QTY)},
    {0},
};

static const struct document_field floor_fields[] = {
    {NAME("floor", BOUND_PLACE_COMPONENT), .required = true},
    {TEXTS("name", BOUND_NAME)},
    {OBJECT("map", floor_map_fields), .component = "FloorMap",
     .help = "The floor's extent, in the unit of its zones' maps; the origin is top left."},
    {.name = "features",
     .form = DOCUMENT_LIST,
     .members = feature_fields,
     .component = "Feature",
     .help = "What people go by."},
    {0},
};

static const struct document_field aisle_fields[] = {
    {NAME("aisle", BOUND_PLACE_COMPONENT), .required = true},
    {OBJECT("map", map_fields), .component = "Map"},
    {0},
};

static const struct document_field zone_fields[] = {
    {NAME("floor", BOUND_PLACE_COMPONENT), .required = true},
    {NAME("zone", BOUND_PLACE_COMPONENT), .required = true},
    {TEXTS("name", BOUND_NAME)},
    {INTEGER("walk", BOUND_QTY), .help = "The order in which the node is walked, lowest first."},
    {INTEGER("draw", BOUND_QTY), .help = "The order in which zones are drawn from, lowest first."},
    {BOOLEAN("pickable"), .help = "Whether staff takes orders from it; true unless given."},
    {BOOLEAN("accessible"), .help = "Whether shoppers see it and may walk to it; true unless given."},
    {BOOLEAN("staff_only")},
    {OBJECT("map", map_fields), .component = "Map", .help = "Where it is drawn on its floor."},
    {.name = "aisles", .form = DOCUMENT_LIST, .members = aisle_fields, .component = "Aisle"},
    {0},
};

#define SPANS                                                                                                          \
    "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":\"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)-"         \
    "(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$\"}}"
#define WEEKDAY(name) "\"" name "\":" SPANS

const struct document_field node_fields[] = {
    {NAME("id", BOUND_NODE), .required = true, .help = "The node, and the key of its message."},
    {TEXTS("name", BOUND_NAME), .help = "As people read it."},
    {WORD("kind", node_kind_names, NODE_KINDS), .required = true, .help = "Decides to which topic its events go."},
    {BOOLEAN("sells_online"), .help = "Whether the web shop sells its stock; unless given, that of ecommerce."},
    {NUMBER("lat", -90, 90), .help = "Degrees; with `lon`."},
    {NUMBER("lon", -180, 180)},
    {TEXT("address", BOUND_ADDRESS)},
    {TEXT("time_zone", BOUND_TIME_ZONE), .help = "Such as Europe/Madrid or Etc/UTC; without one the node is closed."},
    {SPECIAL("hours", hours_are_weekly, "mon to sun, each a list of HH:MM-HH:MM"), .component = "Hours",
     .schema = "\"type\":\"object\",\"properties\":{" WEEKDAY("mon") "," WEEKDAY("tue") "," WEEKDAY("wed") "," WEEKDAY(
         "thu") "," WEEKDAY("fri") "," WEEKDAY("sat") "," WEEKDAY("sun") "},"
                                                                         "\"additionalProperties\":"
                                                                         "false",
     .help = "When it is open in a week, on its own clock; a span that ends before it begins ends on the next day, all "
             "day is 00:00-24:00. Without hours the node is closed."},
    {SPECIAL("days", hours_are_daily, "days as YYYY-MM-DD, each a list of HH:MM-HH:MM"), .component = "Days",
     .schema = "\"type\":\"object\",\"propertyNames\":{\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"},"
               "\"additionalProperties\":" SPANS,
     .help = "Days (YYYY-MM-DD) on which it is open at other times; an empty list: closed."},
    {SPECIAL("gln", is_gln, "a string of 13 digits"), .schema = "\"type\":\"string\",\"pattern\":\"^[0-9]{13}$\"",
     .help = "The Global Location Number."},
    {INTEGER("safety_stock", BOUND_QTY), .help = "Units of each item that are never promised."},
    {OBJECT("pickup", pickup_fields), .component = "Pickup", .help = "How orders are handed over."},
    {.name = "floors", .form = DOCUMENT_LIST, .members = floor_fields, .component = "Floor"},
    {.name = "zones", .form = DOCUMENT_LIST, .members = zone_fields, .component = "Zone"},
    {0},
};

static bool flag_of(const json_t *object, const char *name, bool otherwise)
{
    const json_t *value = json_object_get(object, name);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

static struct pickup read_pickup(const json_t *pickup, enum node_kind kind)
{
    return (struct pickup){
        .enabled = flag_of(pickup, "enabled", kind == NODE_STORE),
        .lead_minutes = document_integer(json_object_get(pickup, "lead_minutes")),
        .cutoff_minutes = document_integer(json_object_get(pickup, "cutoff_minutes")),
        .capacity_per_hour = document_integer(json_object_get(pickup, "capacity_per_hour")),
    };
}

static void read_position(const json_t *document, struct node *ret_node)
{
    const json_t *lat = json_object_get(document, "lat"), *lon = json_object_get(document, "lon");
    ret_node->positioned = json_is_number(lat) && json_is_number(lon);
    ret_node->half_positioned = json_is_number(lat) != json_is_number(lon);
    ret_node->lat = json_number_value(lat);
    ret_node->lon = json_number_value(lon);
}

static void read_floors(const json_t *list, struct arena *arena, struct node *ret_node)
{
    struct floor *floors = arena_array(arena, struct floor, json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *floor = json_array_get(list, i);
        floors[i] = (struct floor){.floor = document_copy(floor, "floor", arena)};
        document_texts(json_object_get(floor, "name"), arena, &floors[i].name);
    }
    ret_node->floors = floors;
    ret_node->floors_n = json_array_size(list);
}

static int64_t rank_of(const json_t *zone, const char *name)
{
    int64_t rank = document_integer(json_object_get(zone, name));
    return rank < 0 ? INT64_MAX : rank;
}

static struct zone read_zone(const json_t *zone, char *place, struct arena *arena)
{
    const struct str components[PLACE_COMPONENTS] = {
        [PLACE_FLOOR] = document_text(json_object_get(zone, "floor")),
        [PLACE_ZONE] = document_text(json_object_get(zone, "zone")),
    };
    struct texts name;
    document_texts(json_object_get(zone, "name"), arena, &name);
    return (struct zone){
        .place = place_join(components, place),
        .name = name,
        .map = document_copy_object(json_object_get(zone, "map"), arena),
        .walk = rank_of(zone, "walk"),
        .draw = rank_of(zone, "draw"),
        .pickable = flag_of(zone, "pickable", true),
        .accessible = flag_of(zone, "accessible", true),
    };
}

/* Of a zone that is listed twice the first comes first: their places' bytes stand in the order of the document. */
static int by_place(const void *a, const void *b)
{
    const struct zone *left = a, *right = b;
    int order = str_compare(left->place, right->place);
    return order != 0 ? order : (left->place.data > right->place.data) - (left->place.data < right->place.data);
}

static void read_zones(const json_t *list, struct arena *arena, struct node *ret_node)
{
    size_t listed_n = json_array_size(list), n = 0;
    struct zone *zones = arena_array(arena, struct zone, listed_n);
    char *places = arena_alloc(arena, listed_n * PLACE_MAX);
    for (size_t i = 0; i < listed_n; i++)
        zones[i] = read_zone(json_array_get(list, i), places + i * PLACE_MAX, arena);
    qsort(zones, listed_n, sizeof(*zones), by_place);
    for (size_t i = 0; i < listed_n; i++)
        if (n == 0 || !str_equal(zones[n - 1].place, zones[i].place))
            zones[n++] = zones[i];
        else
            ret_node->zone_twice = zones[i].place;
    ret_node->zones = zones;
    ret_node->zones_n = n;
}

enum refusal node_read(struct str json, struct arena *arena, struct node *ret_node, char *ret_detail)
{
    json_t *document;
    enum refusal refusal = document_read(json, node_fields, arena, &document, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    enum node_kind kind = (enum node_kind)document_word(node_kind_names, NODE_KINDS, json_object_get(document, "kind"));
    *ret_node = (struct node){
        .id = document_copy(document, "id", arena),
        .address = document_copy(document, "address", arena),
        .time_zone = document_copy(document, "time_zone", arena),
        .kind = kind,
        .sells_online = flag_of(document, "sells_online", kind == NODE_ECOMMERCE),
        .safety_stock = document_integer(json_object_get(document, "safety_stock")),
        .pickup = read_pickup(json_object_get(document, "pickup"), kind),
    };
    document_texts(json_object_get(document, "name"), arena, &ret_node->name);
    read_position(document, ret_node);
    hours_document_read(json_object_get(document, "hours"), json_object_get(document, "days"), arena, &ret_node->hours);
    read_floors(json_object_get(document, "floors"), arena, ret_node);
    read_zones(json_object_get(document, "zones"), arena, ret_node);
    json_decref(document);
    return REFUSAL_NONE;
}
