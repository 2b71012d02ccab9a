/* The fields of events and documents in Markdown. Their JSON Schemas are schema.c's. */
#include "stockfold/codec/field_reference.h"

#include <stdio.h>

#include "event_fields.h"

enum { FIELD_PATH_MAX = 80 };

/* --- events ------------------------------------------------------------------------------------------------------- */

static void write_field_names(uint32_t fields, const char *behind, struct buffer *out)
{
    for (; fields != 0; fields &= fields - 1)
        buffer_add_format(out, "%s`%s`%s", out->data[out->len - 1] == ' ' ? "" : ", ",
                          event_field_table[__builtin_ctz(fields)].name, behind);
}

static void write_type_row(enum event_type type, struct buffer *out)
{
    const struct event_type_row *row = &event_type_table[type];
    buffer_add_format(out, "| `%s` | ", event_type_names[type]);
    write_field_names(row->needs, "", out);
    write_field_names(row->takes, "?", out);
    buffer_add_format(out, " | %s |\n", row->help);
}

static void write_types(struct buffer *out)
{
    buffer_add_literal(out, "| type | and | what it does |\n|---|---|---|\n");
    for (int type = 0; type < EVENT_TYPES; type++)
        write_type_row((enum event_type)type, out);
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

static void write_field_row(const struct document_field *field, const char *path, struct buffer *out)
{
    char expected[DOCUMENT_EXPECTED_MAX];
    const char *bold = field->required ? "**" : "";
    document_describe_field(field, expected);
    buffer_add_format(out, "| %s`%s%s`%s | %s | %s |\n", bold, path, field->name, bold, expected,
                      field->help == NULL ? "" : field->help);
}

static void write_rows(const struct document_field *fields, const char *path, struct buffer *out)
{
    for (; fields->name != NULL; fields++) {
        char inner[FIELD_PATH_MAX];
        write_field_row(fields, path, out);
        if (fields->members == NULL)
            continue;
        snprintf(inner, sizeof(inner), "%s%s%s.", path, fields->name, fields->form == DOCUMENT_LIST ? "[]" : "");
        write_rows(fields->members, inner, out);
    }
}

/* Without members: places stand in several fields. */
static void write_event_fields(struct buffer *out)
{
    for (const struct document_field *field = event_field_table; field->name != NULL; field++)
        write_field_row(field, "", out);
}

void field_reference_write(enum document_kind kind, struct buffer *out)
{
    if (kind == DOCUMENT_OF_EVENT)
        write_types(out);
    buffer_add_format(out, "%s| field | | |\n|---|---|---|\n", kind == DOCUMENT_OF_EVENT ? "\n" : "");
    if (kind == DOCUMENT_OF_EVENT)
        write_event_fields(out);
    else
        write_rows(kind == DOCUMENT_OF_ITEM ? item_fields : node_fields, "", out);
}

void field_reference_write_refusals(struct buffer *out)
{
    buffer_add_literal(out, "| reason | |\n|---|---|\n");
    for (int refusal = REFUSAL_NONE + 1; refusal < REFUSALS; refusal++)
        buffer_add_format(out, "| `%s` | %s |\n", refusal_texts[refusal].name, refusal_texts[refusal].meaning);
}
