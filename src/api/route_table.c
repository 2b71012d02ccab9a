/* The tables of parameters and routes. */
#include "route.h"
#include "stockfold/core/bounds.h"

#define DEGREES 180

const struct tag_row tag_table[TAGS] = {
    [TAG_ITEMS] = {"Items", "What items there are, and where each stands."},
    [TAG_AVAILABILITY] = {"Availability", "What can be promised: how many, where, and ready by when."},
    [TAG_NODES] = {"Nodes", "Warehouses, stores and web shops, and what they hold."},
    [TAG_OPERATIONS] = {"Operations", "For those who watch over the server."},
};

const struct parameter_row parameter_table[PARAMETERS] = {
    [PARAMETER_SKU] = {"sku", FORM_TEXT, 1, BOUND_SKU, "The item.", "ZR-7745-M-BLK"},
    [PARAMETER_STYLE] = {"style", FORM_TEXT, 1, BOUND_STYLE, "The style: all its sizes and colors.", "ZR-7745"},
    [PARAMETER_NODE] = {"node", FORM_TEXT, 1, BOUND_NODE, "The node.", "store-014"},
    [PARAMETER_GTIN] = {"gtin", FORM_DIGITS, 8, 14, "The barcode: 8, 12, 13 or 14 digits.", "08435678901234",
                        .pattern = "^([0-9]{8}|[0-9]{12,14})$"},
    [PARAMETER_Q] =
        {"q", FORM_TEXT, 1, 1000,
         "Up to 16 words. Each is found in title, color, size, category or style; of the last, its beginning "
         "(two letters) will do. Or all of it is the sku or barcode. Case, accents, apostrophes, hyphens and "
         "the like make no difference.",
         "linen shi"},
    [PARAMETER_ITEM] = {"item", FORM_ITEM, 1, 400,
                        "SKU[:QTY], one unit where no quantity is given; a colon inside the sku is written %3A.",
                        "ZR-7745-M-BLK:2",
                        .pattern = "^([^:" CONTROLS "]{1,64}|[^" CONTROLS "]{1,64}:(1000000000|[1-9][0-9]{0,8}))$"},
    [PARAMETER_LAT] = {"lat", FORM_NUMBER, -DEGREES / 2, DEGREES / 2, "Latitude in degrees; goes with lon.", "40.42"},
    [PARAMETER_LON] = {"lon", FORM_NUMBER, -DEGREES, DEGREES, "Longitude in degrees; goes with lat.", "-3.7058"},
    [PARAMETER_K] = {"k", FORM_INTEGER, 1, 100, "How many nodes at most; 5 unless given.", "3"},
    [PARAMETER_MAX_KM] = {"max_km", FORM_NUMBER, 0, 20100, "No farther than this, in kilometres.", "25"},
    [PARAMETER_FLOOR] = {"floor", FORM_TEXT, 1, BOUND_PLACE_COMPONENT, "Only what is on this floor.", "2"},
    [PARAMETER_ZONE] = {"zone", FORM_TEXT, 1, BOUND_PLACE_COMPONENT,
                        "Only what is in this zone of the floor; goes with floor.", "women"},
    [PARAMETER_LIMIT] = {"limit", FORM_INTEGER, 1, 1000, "How many lines at most; 100 unless given.", "20"},
    [PARAMETER_CURSOR] = {"cursor", FORM_HEX, 2, 1000, "Where the page before ended: its `next`.", "3a31"},
    [PARAMETER_AFTER] = {"after", FORM_MESSAGE, 5, 300,
                         "TOPIC:PARTITION:OFFSET of a message: the answer has it folded, or is 412; 400 if the view is "
                         "not folded from it.",
                         "stock.store:3:8841"},
    [PARAMETER_WAIT_MS] =
        {"wait_ms", FORM_INTEGER, 0, 600000,
         "How long to wait for `after`, in milliseconds; 0 unless given. A server process that is ending "
         "waits no longer: then 412 has Retry-After.",
         "1000"},
    [PARAMETER_STRICT] = {"strict", FORM_BOOLEAN, 0, 0,
                          "true: no as well while any shard is closed, or the view further behind than http.lag_max.",
                          "true"},
    [PARAMETER_INCLUDE] = {"include", FORM_WORD, 0, 0, "item: title, price, promotion and image in each line or cell.",
                           "item", "item"},
    [PARAMETER_SUMMARY] = {"summary", FORM_WORD, 0, 0, "style: one line a style and node.", "style", "style"},
    [PARAMETER_GROUP] = {"group", FORM_WORD, 0, 0, "style: of each style one item, the first that is found.", "style",
                         "style"},
    [PARAMETER_FOR] = {"for", FORM_WORD, 0, 0,
                       "pickup (unless given): to collect an order; visit: to walk in and buy, pickup not asked for.",
                       "visit", "pickup|visit"},
    [PARAMETER_LANG] = {"lang", FORM_TEXT, BOUND_LANGUAGE_MIN, BOUND_LANGUAGE,
                        "The language of texts that documents give in several; the first of those that lack it.", "es"},
};

/* What every lookup takes; the path's parameters and its own come before. */
#define LOOKUP_PARAMETERS                                                                                              \
    {OPTIONAL(PARAMETER_LANG)}, {OPTIONAL(PARAMETER_AFTER)},                                                           \
    {                                                                                                                  \
        OPTIONAL(PARAMETER_WAIT_MS)                                                                                    \
    }
#define PAGED_PARAMETERS                                                                                               \
    {OPTIONAL(PARAMETER_LIMIT)},                                                                                       \
    {                                                                                                                  \
        OPTIONAL(PARAMETER_CURSOR)                                                                                     \
    }
#define OPTIONAL(name) .parameter = name
#define REQUIRED(name) .parameter = name, .required = true
#define IN_PATH(name) .parameter = name, .in_path = true, .required = true
#define REPEATED(name, most) .parameter = name, .times = most

const struct route route_table[] = {
    {API_GET, "/v1/items/{sku}", "getItem", TAG_ITEMS, "The item's master data", item_answer, .schema = "ItemAnswer",
     .lookup = true, .parameters = {{IN_PATH(PARAMETER_SKU)}, LOOKUP_PARAMETERS}, .problems = {PROBLEM_UNKNOWN_SKU}},
    {API_GET, "/v1/items", "findItems", TAG_ITEMS, "Items by barcode, style or words, or several by sku", items_answer,
     .help = "One of `gtin`, `style`, `q` and `sku`, and no two of them. Of several skus, a line each in the order "
             "asked, `unknown` where nobody knows it; without `limit` and `cursor`.",
     .schema = "ItemsAnswer", .lookup = true,
     .parameters = {{OPTIONAL(PARAMETER_GTIN)},
                    {OPTIONAL(PARAMETER_STYLE)},
                    {OPTIONAL(PARAMETER_Q)},
                    {REPEATED(PARAMETER_SKU, 200)},
                    {OPTIONAL(PARAMETER_GROUP)},
                    PAGED_PARAMETERS,
                    LOOKUP_PARAMETERS},
     .problems = {PROBLEM_UNKNOWN_STYLE}},
    {API_GET, "/v1/availability", "getAvailability", TAG_AVAILABILITY,
     "What can be promised of items at nodes, in the order asked; with one item and no node, every node that has a "
     "record "
     "of it, the most available first",
     availability_answer,
     .help = "`sku` or `style`, and `node`; for one sku and no style, `node` may be left out. `summary=style` takes no "
             "`sku`. At most 200 pairs of item and node, or with `summary=style` of style and node; POST takes more.",
     .schema = "AvailabilityAnswer", .lookup = true,
     .parameters = {{REPEATED(PARAMETER_SKU, 200)},
                    {REPEATED(PARAMETER_STYLE, 200)},
                    {REPEATED(PARAMETER_NODE, 200)},
                    {OPTIONAL(PARAMETER_INCLUDE)},
                    {OPTIONAL(PARAMETER_SUMMARY)},
                    PAGED_PARAMETERS,
                    LOOKUP_PARAMETERS},
     .problems = {PROBLEM_UNKNOWN_SKU, PROBLEM_UNKNOWN_STYLE}},
    {API_POST, "/v1/availability", "postAvailability", TAG_AVAILABILITY, "The same for up to 10,000 pairs, streamed",
     availability_bulk_answer,
     .help = "Lines in the order asked, for `pairs`, or for each of `skus` at each of `nodes`. A long answer comes in "
             "parts: one that is not whole JSON was cut off.",
     .schema = "AvailabilityAnswer", .lookup = true, .body_schema = "AvailabilityRequest",
     .parameters = {LOOKUP_PARAMETERS}, .problems = {PROBLEM_MALFORMED_BODY, PROBLEM_BODY_TOO_LARGE}},
    {API_GET, "/v1/items/{sku}/locate", "locateItem", TAG_ITEMS, "Where an item stands in a node, in walking order",
     locate_answer, .help = "Also its other sizes in the node, and other nodes that have it.", .schema = "LocateAnswer",
     .lookup = true, .parameters = {{IN_PATH(PARAMETER_SKU)}, {REQUIRED(PARAMETER_NODE)}, LOOKUP_PARAMETERS},
     .problems = {PROBLEM_UNKNOWN_SKU, PROBLEM_UNKNOWN_NODE}},
    {API_GET, "/v1/nearby", "findNearby", TAG_AVAILABILITY,
     "The nearest nodes that have all of a basket, and those passed over", nearby_answer,
     .help = "From `lat` and `lon`, or from a `node` that has a position.", .schema = "NearbyAnswer", .lookup = true,
     .parameters = {{.parameter = PARAMETER_ITEM, .required = true, .times = 50},
                    {OPTIONAL(PARAMETER_LAT)},
                    {OPTIONAL(PARAMETER_LON)},
                    {OPTIONAL(PARAMETER_NODE)},
                    {OPTIONAL(PARAMETER_K)},
                    {OPTIONAL(PARAMETER_MAX_KM)},
                    {OPTIONAL(PARAMETER_FOR)},
                    LOOKUP_PARAMETERS},
     .problems = {PROBLEM_UNKNOWN_SKU, PROBLEM_UNKNOWN_NODE}},
    {API_GET, "/v1/styles/{style}", "getStyle", TAG_AVAILABILITY,
     "A style's sizes and colors: here, online and at the nearest node", style_answer,
     .help = "The nearest from `lat` and `lon`, or from `node`; without either there is none.", .schema = "StyleAnswer",
     .lookup = true,
     .parameters = {{IN_PATH(PARAMETER_STYLE)},
                    {OPTIONAL(PARAMETER_NODE)},
                    {OPTIONAL(PARAMETER_LAT)},
                    {OPTIONAL(PARAMETER_LON)},
                    {OPTIONAL(PARAMETER_INCLUDE)},
                    LOOKUP_PARAMETERS},
     .problems = {PROBLEM_UNKNOWN_STYLE, PROBLEM_UNKNOWN_NODE}},
    {API_GET, "/v1/nodes", "listNodes", TAG_NODES, "Nodes: all, those named, or by distance", nodes_answer,
     .help = "`lat` and `lon` go together: then by distance, those without a position last.", .schema = "NodesAnswer",
     .lookup = true,
     .parameters = {{REPEATED(PARAMETER_NODE, 200)},
                    {OPTIONAL(PARAMETER_LAT)},
                    {OPTIONAL(PARAMETER_LON)},
                    PAGED_PARAMETERS,
                    LOOKUP_PARAMETERS}},
    {API_GET, "/v1/nodes/{node}", "getNode", TAG_NODES, "One node", node_answer, .schema = "NodeAnswer", .lookup = true,
     .parameters = {{IN_PATH(PARAMETER_NODE)}, LOOKUP_PARAMETERS}, .problems = {PROBLEM_UNKNOWN_NODE}},
    {API_GET, "/v1/nodes/{node}/stock", "getNodeStock", TAG_NODES, "What a node holds", node_stock_answer,
     .help = "`zone` goes with `floor`.", .schema = "NodeStockAnswer", .lookup = true,
     .parameters = {{IN_PATH(PARAMETER_NODE)},
                    {OPTIONAL(PARAMETER_FLOOR)},
                    {OPTIONAL(PARAMETER_ZONE)},
                    PAGED_PARAMETERS,
                    LOOKUP_PARAMETERS},
     .problems = {PROBLEM_UNKNOWN_NODE}},
    {API_GET, "/healthz", "healthz", TAG_OPERATIONS, "Whether this server lives", healthz_answer,
     .schema = "HealthAnswer", .operational = true},
    {API_GET, "/readyz", "readyz", TAG_OPERATIONS,
     "Whether this process can answer: the view is reachable, its nodes are read, a shard is "
     "open",
     readyz_answer, .schema = "ReadyAnswer", .operational = true, .parameters = {{OPTIONAL(PARAMETER_STRICT)}},
     .problems = {PROBLEM_NOT_READY}},
    {API_GET, "/metrics", "metrics", TAG_OPERATIONS, "Counters for Prometheus", metrics_answer, .survives = true,
     .operational = true, .content_type = "text/plain; version=0.0.4; charset=utf-8"},
    {API_GET, "/openapi.json", "openapi", TAG_OPERATIONS, "This description", openapi_answer, .schema = NULL,
     .constant = true},
};
const uint32_t routes_n = sizeof(route_table) / sizeof(route_table[0]);
