/* Item documents: the table of their fields, and the facts that others need of them. */
#include "document.h"
#include "refuse.h"
#include "stockfold/codec/master.h"

static bool is_gtin(const json_t *value)
{
    struct str text = document_text(value);
    return (text.len == 8 || (text.len >= 12 && text.len <= 14)) && document_is_digits(text);
}

/* A decimal number as text: digits, and at most one point between them. */
static bool is_amount(const json_t *value)
{
    struct str text = document_text(value);
    const char *point = text.len == 0 ? NULL : memchr(text.data, '.', text.len);
    if (text.len == 0 || text.len > BOUND_AMOUNT)
        return false;
    if (point == NULL)
        return document_is_digits(text);
    size_t whole = (size_t)(point - text.data);
    return document_is_digits((struct str){text.data, whole}) &&
           document_is_digits((struct str){point + 1, text.len - whole - 1});
}

static bool is_currency(const json_t *value)
{
    struct str text = document_text(value);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 'A' || text.data[i] > 'Z')
            return false;
    return text.len == 3;
}

/* # and six hexadecimal digits. */
static bool is_color_hex(const json_t *value)
{
    struct str text = document_text(value);
    for (size_t i = 1; i < text.len; i++)
        if (text.data[i] == '\0' || strchr("0123456789abcdefABCDEF", text.data[i]) == NULL)
            return false;
    return text.len == 7 && text.data[0] == '#';
}

static const struct document_field price_fields[] = {
    {SPECIAL("amount", is_amount, "a decimal number as a string"), .required = true,
     .schema = "\"type\":\"string\",\"pattern\":\"^[0-9]+(\\\\.[0-9]+)?$\",\"maxLength\":20",
     .help = "Digits, and at most one point between them."},
    {SPECIAL("currency", is_currency, "three capital letters"), .required = true,
     .schema = "\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"", .help = "ISO 4217."},
    {0},
};

static const struct document_field promotion_fields[] = {
    {TEXTS("label", BOUND_LABEL), .help = "As shoppers read it."},
    {.name = "ends", .form = DOCUMENT_TIME},
    {0},
};

static const struct document_field units_fields[] = {{INTEGER("(node)", BOUND_QTY)}, {0}};

static const struct document_field item_safety_fields[] = {
    {INTEGER("default", BOUND_QTY), .help = "Units at nodes that say nothing themselves."},
    {.name = "nodes", .form = DOCUMENT_MAP, .members = units_fields, .help = "Units by the node's id."},
    {0},
};

const struct document_field item_fields[] = {
    {NAME("sku", BOUND_SKU), .required = true, .help = "The item, and the key of its message."},
    {ID("style", BOUND_STYLE), .help = "What its sizes and colors have in common."},
    {TEXTS("title", BOUND_TITLE), .help = "As shoppers read it; is searched."},
    {TEXTS("color", BOUND_COLOR)},
    {SPECIAL("color_hex", is_color_hex, "# and six hexadecimal digits"),
     .schema = "\"type\":\"string\",\"pattern\":\"^#[0-9A-Fa-f]{6}$\"", .help = "To draw the color."},
    {TEXT("size", BOUND_SIZE)},
    {SPECIAL("gtin", is_gtin, "a string of 8, 12, 13 or 14 digits"),
     .schema = "\"type\":\"string\",\"pattern\":\"^([0-9]{8}|[0-9]{12,14})$\"", .help = "The barcode."},
    {OBJECT("price", price_fields), .component = "Price"},
    {OBJECT("promotion", promotion_fields), .component = "Promotion"},
    {TEXT("image", BOUND_IMAGE), .help = "The picture's address."},
    {TEXT("category", BOUND_CATEGORY), .help = "Is searched."},
    {OBJECT("attributes", NULL), .help = "Whatever else is to be shown."},
    {OBJECT("safety_stock", item_safety_fields), .component = "SafetyStock",
     .help = "Units that are never promised. First counts what is said here of the node, then what the node says, then "
             "`default`, then the setting availability.safety_stock."},
    {0},
};

static bool is_given(const json_t *document, const char *name)
{
    const json_t *value = json_object_get(document, name);
    return value != NULL && !json_is_null(value);
}

/* Whether the document is an event published to the topic of items: it would replace the document of its item. */
static bool is_event(const json_t *document)
{
    return is_given(document, "node") || is_given(document, "qty") ||
           (is_given(document, "type") && is_given(document, "time")) ||
           (is_given(document, "id") && is_given(document, "source"));
}

static void read_safety(const json_t *safety, struct arena *arena, struct item_facts *ret_item)
{
    json_t *nodes = json_object_get(safety, "nodes"), *units;
    const char *node;
    ret_item->safety_default = document_integer(json_object_get(safety, "default"));
    ret_item->safety_nodes = arena_array(arena, struct item_safety, json_object_size(nodes));
    ret_item->safety_nodes_n = 0;
    json_object_foreach(nodes, node, units)
    {
        size_t len = strlen(node);
        ret_item->safety_nodes[ret_item->safety_nodes_n++] =
            (struct item_safety){{arena_copy(arena, node, len), len}, json_integer_value(units)};
    }
}

static void read_price(const json_t *price, struct arena *arena, struct item_facts *ret_item)
{
    const char *amount = json_string_value(json_object_get(price, "amount"));
    ret_item->price = document_copy_object(price, arena);
    ret_item->currency = document_copy(price, "currency", arena);
    ret_item->amount = amount == NULL ? 0 : strtod(amount, NULL);
}

/* With one text of its label. */
static struct str read_promotion(json_t *promotion, struct str language, struct arena *arena)
{
    struct texts labels;
    json_t *label = json_object_get(promotion, "label");
    if (json_is_object(label)) {
        document_texts(label, arena, &labels);
        struct str text = texts_choose(&labels, language);
        json_object_set_new(promotion, "label", json_stringn(text.data, text.len));
    }
    return document_copy_object(promotion, arena);
}

enum refusal item_read(struct str json, struct arena *arena, struct item_facts *ret_item, char *ret_detail)
{
    return item_read_in((struct str){0}, json, arena, ret_item, ret_detail);
}

enum refusal item_read_in(struct str language, struct str json, struct arena *arena, struct item_facts *ret_item,
                          char *ret_detail)
{
    json_t *document;
    enum refusal refusal = document_read(json, item_fields, arena, &document, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    if (is_event(document)) {
        json_decref(document);
        return refuse_as(ret_detail, REFUSAL_OUT_OF_RANGE,
                         "an event gone astray: expected an item, without node, qty, type and time, or id and source");
    }
    ret_item->sku = document_copy(document, "sku", arena);
    ret_item->style = document_copy(document, "style", arena);
    ret_item->gtin = document_copy(document, "gtin", arena);
    document_texts(json_object_get(document, "title"), arena, &ret_item->titles);
    document_texts(json_object_get(document, "color"), arena, &ret_item->colors);
    ret_item->title = texts_choose(&ret_item->titles, language);
    ret_item->color = texts_choose(&ret_item->colors, language);
    ret_item->size = document_copy(document, "size", arena);
    ret_item->category = document_copy(document, "category", arena);
    ret_item->image = document_copy(document, "image", arena);
    ret_item->promotion = read_promotion(json_object_get(document, "promotion"), language, arena);
    read_price(json_object_get(document, "price"), arena, ret_item);
    read_safety(json_object_get(document, "safety_stock"), arena, ret_item);
    json_decref(document);
    return REFUSAL_NONE;
}

int64_t item_safety_stock(const struct item_facts *item, struct str node)
{
    for (size_t i = 0; i < item->safety_nodes_n; i++)
        if (str_equal(item->safety_nodes[i].node, node))
            return item->safety_nodes[i].units;
    return -1;
}
