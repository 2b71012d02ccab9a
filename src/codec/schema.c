/* JSON Schemas, written from the tables of fields (event_table.c, item_document.c, node_document.c). */
#include "stockfold/codec/schema.h"

#include <assert.h>
#include <inttypes.h>

#include "event_fields.h"
#include "stockfold/codec/record_json.h"

const char *const document_kind_names[DOCUMENT_KINDS] = {
    [DOCUMENT_OF_EVENT] = "event", [DOCUMENT_OF_ITEM] = "item", [DOCUMENT_OF_NODE] = "node"};

static const unsigned char event_example[] = {
#include "event_example_json.inc"
};
static const unsigned char item_example[] = {
#include "item_example_json.inc"
};
static const unsigned char node_example[] = {
#include "node_example_json.inc"
};

#define EXAMPLE(bytes)                                                                                                 \
    {                                                                                                                  \
        (const char *)(bytes), sizeof(bytes)                                                                           \
    }

struct str schema_example(enum document_kind kind)
{
    static const struct str examples[DOCUMENT_KINDS] = {[DOCUMENT_OF_EVENT] = EXAMPLE(event_example),
                                                        [DOCUMENT_OF_ITEM] = EXAMPLE(item_example),
                                                        [DOCUMENT_OF_NODE] = EXAMPLE(node_example)};
    return examples[kind];
}

enum { COMPONENTS_MAX = 32 };

/* One text under way: where its schemas stand, and which of them it has. */
struct schema_writer {
    struct buffer *out;
    const char *path; /* "#/$defs/" */
    bool answers;     /* of answers: a text has one language there */
    const char *written[COMPONENTS_MAX];
    size_t written_n;
};

static void write_schema_text(struct schema_writer *writer, const char *text)
{
    json_write_string(str_from(text), writer->out);
}

static void write_comma(struct schema_writer *writer)
{
    const struct buffer *out = writer->out;
    if (out->len > 0 && out->data[out->len - 1] != '{' && out->data[out->len - 1] != '[')
        buffer_add_byte(writer->out, ',');
}

/* --- one field --------------------------------------------------------------------------------------------------- */

#define CONTROLS "\\\\u0000-\\\\u001f\\\\u007f-\\\\u009f"
#define AT_AN_END "[^\\\\s" CONTROLS "]" /* of a name, that is */

static void write_type(struct schema_writer *writer, const char *type, bool nullable)
{
    buffer_add_format(writer->out, nullable ? "\"type\":[\"%s\",\"null\"]" : "\"type\":\"%s\"", type);
}

static void write_text_form(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    write_type(writer, "string", nullable);
    if (field->min > 0)
        buffer_add_format(writer->out, ",\"minLength\":%" PRId64, field->min);
    buffer_add_format(writer->out, ",\"maxLength\":%" PRId64, field->max);
    if (field->form == DOCUMENT_NAME)
        buffer_add_literal(writer->out, ",\"pattern\":\"^" AT_AN_END "([^" CONTROLS "]*" AT_AN_END ")?$\"");
    else
        buffer_add_literal(writer->out, ",\"pattern\":\"^[^" CONTROLS "]*$\"");
}

/* One, or one in each of some languages. */
static void write_texts_form(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    if (writer->answers) {
        write_text_form(writer, field, nullable);
        return;
    }
    buffer_add_literal(writer->out, "\"oneOf\":[{");
    write_text_form(writer, field, nullable);
    buffer_add_format(writer->out,
                      "},{\"type\":\"object\",\"minProperties\":1,\"propertyNames\":{\"pattern\":"
                      "\"^[A-Za-z0-9-]{%d,%d}$\"},\"additionalProperties\":{",
                      BOUND_LANGUAGE_MIN, BOUND_LANGUAGE);
    write_text_form(writer, field, false);
    buffer_add_literal(writer->out, "}}]");
}

static void write_number_form(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    write_type(writer, field->form == DOCUMENT_INTEGER ? "integer" : "number", nullable);
    if (field->form == DOCUMENT_INTEGER)
        buffer_add_literal(writer->out, ",\"format\":\"int64\"");
    buffer_add_format(writer->out, ",\"minimum\":%" PRId64 ",\"maximum\":%" PRId64, field->min, field->max);
}

static void write_word_form(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    write_type(writer, "string", nullable);
    buffer_add_literal(writer->out, ",\"enum\":[");
    for (int i = 0; i < field->max; i++) {
        write_comma(writer);
        write_schema_text(writer, field->words[i]);
    }
    buffer_add(writer->out, nullable ? ",null]" : "]", nullable ? 6 : 1);
}

/* What a special field's row says, with its type in front: nullable types are lists. */
static void write_special_form(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    static const char type[] = "\"type\":\"string\"";
    const char *schema = field->schema;
    if (nullable && strncmp(schema, type, sizeof(type) - 1) == 0) {
        write_type(writer, "string", true);
        schema += sizeof(type) - 1;
    }
    buffer_add(writer->out, schema, strlen(schema));
}

static void write_field_schema(struct schema_writer *writer, const struct document_field *field, bool nullable);

static void write_reference(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    buffer_add_format(writer->out,
                      nullable ? "\"oneOf\":[{\"$ref\":\"%s%s\"},{\"type\":\"null\"}]" : "\"$ref\":\"%s%s\"",
                      writer->path, field->component);
}

static void write_list_form(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    write_type(writer, "array", nullable);
    if (field->max > 0)
        buffer_add_format(writer->out, ",\"maxItems\":%" PRId64, field->max);
    buffer_add_format(writer->out, ",\"items\":{\"$ref\":\"%s%s\"}", writer->path, field->component);
}

static void write_object_form(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    write_type(writer, "object", nullable);
    if (field->form == DOCUMENT_MAP) {
        buffer_add_literal(writer->out, ",\"additionalProperties\":");
        write_field_schema(writer, field->members, false);
    }
}

static void write_value_form(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    switch (field->form) {
    case DOCUMENT_TEXT:
    case DOCUMENT_NAME:
        write_text_form(writer, field, nullable);
        return;
    case DOCUMENT_TEXTS:
        write_texts_form(writer, field, nullable);
        return;
    case DOCUMENT_TIME:
        write_type(writer, "string", nullable);
        buffer_add_literal(writer->out, ",\"format\":\"date-time\"");
        return;
    case DOCUMENT_BOOLEAN:
        write_type(writer, "boolean", nullable);
        return;
    case DOCUMENT_INTEGER:
    case DOCUMENT_NUMBER:
        write_number_form(writer, field, nullable);
        return;
    case DOCUMENT_WORD:
        write_word_form(writer, field, nullable);
        return;
    case DOCUMENT_LIST:
        write_list_form(writer, field, nullable);
        return;
    case DOCUMENT_OBJECT:
    case DOCUMENT_MAP:
        write_object_form(writer, field, nullable);
        return;
    case DOCUMENT_SPECIAL:
        write_special_form(writer, field, nullable);
        return;
    }
}

static void write_field_schema(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    buffer_add_byte(writer->out, '{');
    if (field->component != NULL && field->form != DOCUMENT_LIST)
        write_reference(writer, field, nullable);
    else
        write_value_form(writer, field, nullable);
    if (field->help != NULL) {
        buffer_add_literal(writer->out, ",\"description\":");
        write_schema_text(writer, field->help);
    }
    buffer_add_byte(writer->out, '}');
}

static void write_property(struct schema_writer *writer, const struct document_field *field, bool nullable)
{
    write_comma(writer);
    write_schema_text(writer, field->name);
    buffer_add_byte(writer->out, ':');
    write_field_schema(writer, field, nullable);
}

/* --- objects ------------------------------------------------------------------------------------------------------ */

static void write_required(struct schema_writer *writer, const struct document_field *fields)
{
    size_t n = 0;
    for (; fields->name != NULL; fields++) {
        if (!fields->required)
            continue;
        buffer_add_format(writer->out, "%s", n++ == 0 ? ",\"required\":[" : ",");
        write_schema_text(writer, fields->name);
    }
    if (n > 0)
        buffer_add_byte(writer->out, ']');
}

/* The members of an object's schema. */
static void write_object_members(struct schema_writer *writer, const struct document_field *fields)
{
    buffer_add_literal(writer->out, "\"type\":\"object\"");
    write_required(writer, fields);
    buffer_add_literal(writer->out, ",\"properties\":{");
    for (; fields->name != NULL; fields++)
        write_property(writer, fields, !fields->required);
    buffer_add_byte(writer->out, '}');
}

static bool is_written(const struct schema_writer *writer, const char *component)
{
    for (size_t i = 0; i < writer->written_n; i++)
        if (strcmp(writer->written[i], component) == 0)
            return true;
    return false;
}

/* The schemas that these fields and their members refer to, each once. */
static void write_components_of(struct schema_writer *writer, const struct document_field *fields)
{
    for (; fields->name != NULL; fields++) {
        if (fields->component == NULL || is_written(writer, fields->component))
            continue;
        assert(writer->written_n < COMPONENTS_MAX);
        writer->written[writer->written_n++] = fields->component;
        write_comma(writer);
        write_schema_text(writer, fields->component);
        buffer_add_literal(writer->out, ":{");
        if (fields->form == DOCUMENT_SPECIAL)
            write_special_form(writer, fields, false);
        else
            write_object_members(writer, fields->members);
        buffer_add_byte(writer->out, '}');
        if (fields->members != NULL)
            write_components_of(writer, fields->members);
    }
}

/* --- events ------------------------------------------------------------------------------------------------------- */

/* A field as events of that type have it. */
static void write_event_field(struct schema_writer *writer, enum event_field number, enum event_type type, bool needed)
{
    struct document_field field = event_field_table[number];
    if (number == FIELD_QTY && type != EVENT_COUNTED)
        field.min = event_type_table[type].qty_min;
    write_property(writer, &field, !needed);
}

static void write_event_type(struct schema_writer *writer, enum event_type type)
{
    const struct event_type_row *row = &event_type_table[type];
    uint32_t needs = EVENT_NEEDS | row->needs, all = needs | row->takes | EVENT_TAKES;
    write_comma(writer);
    buffer_add_format(writer->out, "{\"title\":\"%s\",\"description\":", event_type_names[type]);
    write_schema_text(writer, row->help);
    buffer_add_literal(writer->out, ",\"type\":\"object\",\"required\":[\"type\"");
    for (uint32_t left = needs; left != 0; left &= left - 1) {
        buffer_add_byte(writer->out, ',');
        write_schema_text(writer, event_field_table[__builtin_ctz(left)].name);
    }
    buffer_add_format(writer->out, "],\"properties\":{\"type\":{\"const\":\"%s\"}", event_type_names[type]);
    for (uint32_t left = all; left != 0; left &= left - 1) {
        enum event_field field = (enum event_field)__builtin_ctz(left);
        write_event_field(writer, field, type, needs & FIELD_BIT(field));
    }
    buffer_add_byte(writer->out, '}');
    if (row->schema != NULL)
        buffer_add_format(writer->out, ",%s", row->schema);
    buffer_add_byte(writer->out, '}');
}

static void write_event_types(struct schema_writer *writer)
{
    buffer_add_literal(writer->out, "\"type\":\"object\",\"oneOf\":[");
    for (int type = 0; type < EVENT_TYPES; type++)
        write_event_type(writer, (enum event_type)type);
    buffer_add_byte(writer->out, ']');
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *title, *description;
    const struct document_field *fields;
} kinds[DOCUMENT_KINDS] = {
    [DOCUMENT_OF_EVENT] =
        {"A stock event of Stockfold",
         "One message of a stock topic, keyed by sku. A field that is null is the same as none; lengths "
         "are bytes of UTF-8.",
         event_field_table},
    [DOCUMENT_OF_ITEM] =
        {"An item document of Stockfold",
         "One message of the topic of items, keyed by sku; the newest stays. A field that is null is the "
         "same as none; lengths are bytes of UTF-8.",
         item_fields},
    [DOCUMENT_OF_NODE] =
        {"A node document of Stockfold",
         "One message of the topic of nodes, keyed by id; the newest stays. A field that is null is the "
         "same as none; lengths are bytes of UTF-8.",
         node_fields},
};

void schema_write(enum document_kind kind, struct buffer *out)
{
    struct schema_writer writer = {.out = out, .path = "#/$defs/"};
    buffer_add_literal(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":");
    write_schema_text(&writer, kinds[kind].title);
    buffer_add_literal(out, ",\"description\":");
    write_schema_text(&writer, kinds[kind].description);
    buffer_add_byte(out, ',');
    if (kind == DOCUMENT_OF_EVENT)
        write_event_types(&writer);
    else
        write_object_members(&writer, kinds[kind].fields);
    buffer_add_literal(out, ",\"$defs\":{");
    write_components_of(&writer, kinds[kind].fields);
    buffer_add_literal(out, "},\"examples\":[");
    struct str example = schema_example(kind);
    buffer_add(out, example.data, example.len);
    buffer_add_literal(out, "]}");
}

/* But for the first, its name, which answers have in the words of whoever asked. */
static void write_fields_of_answers(struct schema_writer *writer, const char *name, enum document_kind kind)
{
    write_comma(writer);
    buffer_add_format(writer->out, "\"%s\":{\"type\":\"object\",\"properties\":{", name);
    for (const struct document_field *field = kinds[kind].fields + 1; field->name != NULL; field++)
        write_property(writer, field, true);
    buffer_add_literal(writer->out, "}}");
    write_components_of(writer, kinds[kind].fields);
}

void schema_write_components(struct buffer *out)
{
    struct schema_writer writer = {.out = out, .path = "#/components/schemas/", .answers = true};
    write_fields_of_answers(&writer, "ItemFields", DOCUMENT_OF_ITEM);
    write_fields_of_answers(&writer, "NodeFields", DOCUMENT_OF_NODE);
}
