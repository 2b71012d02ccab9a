/* Passing over a document beside the table of its fields. */
#include "document_walk.h"

#include "json_read.h"
#include "json_scan.h"

struct document_walker {
    struct reader reader;
    void (*each)(void *context, const struct document_member *member);
    void *context;
};

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

/* NULL: there is none of that name. */
static const struct document_field *match_field(const struct document_field *fields, struct str quoted)
{
    struct str name = {quoted.data + 1, quoted.len - 2};
    json_t *escaped = memchr(name.data, '\\', name.len) == NULL ? NULL : json_read_string(quoted);
    if (escaped != NULL)
        name = document_text(escaped);
    const struct document_field *field = fields;
    while (field->name != NULL && !(field->name[0] == name.data[0] && str_equal(str_from(field->name), name)))
        field++;
    json_decref(escaped);
    return field->name == NULL ? NULL : field;
}

static bool walk_object(struct document_walker *walker, const struct document_level *level);

/* An array of objects. */
static bool walk_list(struct document_walker *walker, const struct document_level *level)
{
    struct reader *reader = &walker->reader;
    reader->at++;
    for (;;) {
        skip_spaces(reader);
        if (skip_byte(reader, ']'))
            return true;
        bool read =
            reader->at < reader->end && *reader->at == '{' ? walk_object(walker, level) : skip_any_value(reader);
        if (!read)
            return false;
        skip_spaces(reader);
        skip_byte(reader, ',');
    }
}

static bool walk_value(struct document_walker *walker, const struct document_member *member)
{
    const struct reader *reader = &walker->reader;
    const struct document_field *field = member->field;
    if (field == NULL || field->members == NULL || reader->at == reader->end)
        return skip_any_value(&walker->reader);
    struct document_level inner = {member->level, field->name, field->members};
    if (field->form == DOCUMENT_OBJECT && *reader->at == '{')
        return walk_object(walker, &inner);
    if (field->form == DOCUMENT_LIST && *reader->at == '[')
        return walk_list(walker, &inner);
    return skip_any_value(&walker->reader);
}

static bool walk_object(struct document_walker *walker, const struct document_level *level)
{
    struct reader *reader = &walker->reader;
    reader->at++;
    for (;;) {
        skip_spaces(reader);
        if (skip_byte(reader, '}'))
            return true;
        struct document_member member = {.level = level, .quoted.data = (const char *)reader->at};
        if (!skip_byte(reader, '"') || !skip_quoted(reader))
            return false;
        member.quoted.len = (size_t)((const char *)reader->at - member.quoted.data);
        member.field = match_field(level->fields, member.quoted);
        skip_spaces(reader);
        skip_byte(reader, ':');
        skip_spaces(reader);
        member.value.data = (const char *)reader->at;
        if (!walk_value(walker, &member))
            return false;
        member.value.len = (size_t)((const char *)reader->at - member.value.data);
        while (member.value.len > 0 && is_space((unsigned char)member.value.data[member.value.len - 1]))
            member.value.len--;
        walker->each(walker->context, &member);
        skip_spaces(reader);
        skip_byte(reader, ',');
    }
}

void document_walk(struct str json, const struct document_field *fields,
                   void (*each)(void *context, const struct document_member *member), void *context)
{
    const unsigned char *at = (const unsigned char *)json.data;
    struct document_walker walker = {.reader = {at, at + json.len}, .each = each, .context = context};
    struct document_level document = {.fields = fields};
    skip_spaces(&walker.reader);
    if (walker.reader.at < walker.reader.end && *walker.reader.at == '{')
        (void)walk_object(&walker, &document);
}
