/* Passing over a document beside the table of its fields, without a tree. The bytes are JSON already; where they are not,
 * the walk ends early. */
#include "stockfold/codec/unknown_fields.h"

#include <stdio.h>

#include "event_fields.h"
#include "json_read.h"
#include "json_scan.h"
#include "refuse.h"
#include "seen.h"
#include "stockfold/base/nearest.h"

enum { WHERE_MAX = 80 };

struct field_walk {
    struct reader reader;
    void (*each)(void *context, const char *detail);
    void *context;
};

static void report_unknown(struct field_walk *walk, const struct document_field *fields, const char *where,
                           struct str name)
{
    char seen[SEEN_MAX], wanted[SEEN_MAX], detail[REFUSAL_DETAIL_MAX];
    snprintf(wanted, sizeof(wanted), "%.*s", STR_ARG(name));
    struct nearest nearest = {.wanted = wanted};
    for (; fields->name != NULL; fields++)
        nearest_offer(&nearest, fields->name);
    refuse_as(detail, REFUSAL_NONE, "%s%s is no field that is known here; the nearest known one is \"%s\"", where,
              seen_text(name, seen), nearest.word);
    walk->each(walk->context, detail);
}

/* Behind a string's opening quote: to behind its closing one. */
static bool skip_quoted(struct reader *reader)
{
    for (; reader->at < reader->end; reader->at++) {
        if (*reader->at == '"') {
            reader->at++;
            return true;
        }
        reader->at += *reader->at == '\\';
    }
    reader->at = reader->end;
    return false;
}

/* Behind the value that begins here, whatever it is. */
static bool skip_any_value(struct reader *reader)
{
    int depth = 0;
    while (reader->at < reader->end) {
        unsigned char byte = *reader->at;
        if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'))
            return true;
        reader->at++;
        if (byte == '"' && !skip_quoted(reader))
            return false;
        depth += (byte == '{' || byte == '[') - (byte == '}' || byte == ']');
    }
    return false;
}

/* The known field of that name; NULL: none, which is reported. */
static const struct document_field *match_field(struct field_walk *walk, const struct document_field *fields,
                                                const char *where, struct str quoted)
{
    struct str name = {quoted.data + 1, quoted.len - 2};
    json_t *escaped = memchr(name.data, '\\', name.len) == NULL ? NULL : json_read_string(quoted);
    if (escaped != NULL)
        name = document_text(escaped);
    const struct document_field *field = fields;
    while (field->name != NULL && !(field->name[0] == name.data[0] && str_equal(str_from(field->name), name)))
        field++;
    if (field->name == NULL)
        report_unknown(walk, fields, where, name);
    json_decref(escaped);
    return field->name == NULL ? NULL : field;
}

static bool walk_object(struct field_walk *walk, const struct document_field *fields, const char *where);

/* An array of objects with those fields. */
static bool walk_list(struct field_walk *walk, const struct document_field *fields, const char *where)
{
    struct reader *reader = &walk->reader;
    reader->at++;
    for (;;) {
        skip_spaces(reader);
        if (skip_byte(reader, ']'))
            return true;
        bool read =
            reader->at < reader->end && *reader->at == '{' ? walk_object(walk, fields, where) : skip_any_value(reader);
        if (!read)
            return false;
        skip_spaces(reader);
        skip_byte(reader, ',');
    }
}

static bool walk_value(struct field_walk *walk, const struct document_field *field, const char *where)
{
    char inner[WHERE_MAX];
    const struct reader *reader = &walk->reader;
    bool nested = field != NULL && field->members != NULL && reader->at < reader->end;
    if (nested && (field->form == DOCUMENT_OBJECT || field->form == DOCUMENT_LIST))
        snprintf(inner, sizeof(inner), "%.60s%s: ", where, field->name);
    if (nested && field->form == DOCUMENT_OBJECT && *reader->at == '{')
        return walk_object(walk, field->members, inner);
    if (nested && field->form == DOCUMENT_LIST && *reader->at == '[')
        return walk_list(walk, field->members, inner);
    return skip_any_value(&walk->reader);
}

static bool walk_object(struct field_walk *walk, const struct document_field *fields, const char *where)
{
    struct reader *reader = &walk->reader;
    reader->at++;
    for (;;) {
        skip_spaces(reader);
        if (skip_byte(reader, '}'))
            return true;
        const char *start = (const char *)reader->at;
        if (!skip_byte(reader, '"') || !skip_quoted(reader))
            return false;
        struct str quoted = {start, (size_t)((const char *)reader->at - start)};
        const struct document_field *field = match_field(walk, fields, where, quoted);
        skip_spaces(reader);
        skip_byte(reader, ':');
        skip_spaces(reader);
        if (!walk_value(walk, field, where))
            return false;
        skip_spaces(reader);
        skip_byte(reader, ',');
    }
}

void unknown_fields(struct str json, enum document_kind kind, void (*each)(void *context, const char *detail),
                    void *context)
{
    static const struct document_field *const tables[] = {
        [DOCUMENT_OF_EVENT] = event_field_table, [DOCUMENT_OF_ITEM] = item_fields, [DOCUMENT_OF_NODE] = node_fields};
    const unsigned char *at = (const unsigned char *)json.data;
    struct field_walk walk = {.reader = {at, at + json.len}, .each = each, .context = context};
    skip_spaces(&walk.reader);
    if (walk.reader.at < walk.reader.end && *walk.reader.at == '{')
        (void)walk_object(&walk, tables[kind], "");
}
