/* Fields of a document that the table of its fields does not have. */
#include "stockfold/codec/unknown_fields.h"

#include <stdio.h>

#include "document_walk.h"
#include "event_fields.h"
#include "json_read.h"
#include "refuse.h"
#include "seen.h"
#include "stockfold/base/nearest.h"

enum { WHERE_MAX = 80 };

struct unknown_walk {
    void (*each)(void *context, const char *detail);
    void *context;
};

/* "zones: aisles: " */
static size_t describe_level(const struct document_level *level, char *ret_where, size_t size)
{
    size_t len = level->outer == NULL ? 0 : describe_level(level->outer, ret_where, size);
    ret_where[len] = '\0';
    if (level->outer == NULL)
        return len;
    int more = snprintf(ret_where + len, size - len, "%s: ", level->name);
    return len + (size_t)more < size ? len + (size_t)more : size - 1;
}

static void report_unknown(void *context, const struct document_member *member)
{
    struct unknown_walk *walk = context;
    char where[WHERE_MAX], seen[SEEN_MAX], wanted[SEEN_MAX], detail[REFUSAL_DETAIL_MAX];
    if (member->field != NULL)
        return;
    struct str name = {member->quoted.data + 1, member->quoted.len - 2};
    json_t *escaped = memchr(name.data, '\\', name.len) == NULL ? NULL : json_read_string(member->quoted);
    if (escaped != NULL)
        name = document_text(escaped);
    snprintf(wanted, sizeof(wanted), "%.*s", STR_ARG(name));
    struct nearest nearest = {.wanted = wanted};
    for (const struct document_field *field = member->level->fields; field->name != NULL; field++)
        nearest_offer(&nearest, field->name);
    describe_level(member->level, where, sizeof(where));
    refuse_as(detail, REFUSAL_NONE, "%s%s is no field that is known here; the nearest known one is \"%s\"", where,
              seen_text(name, seen), nearest.word);
    json_decref(escaped);
    walk->each(walk->context, detail);
}

void unknown_fields(struct str json, enum document_kind kind, void (*each)(void *context, const char *detail),
                    void *context)
{
    static const struct document_field *const tables[] = {
        [DOCUMENT_OF_EVENT] = event_field_table, [DOCUMENT_OF_ITEM] = item_fields, [DOCUMENT_OF_NODE] = node_fields};
    struct unknown_walk walk = {each, context};
    document_walk(json, tables[kind], report_unknown, &walk);
}
