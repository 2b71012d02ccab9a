/* Documents in one language: a text in place of each object of languages. */
#include "stockfold/codec/translate.h"

#include "document_walk.h"
#include "json_read.h"
#include "stockfold/base/buffer.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/record_json.h"

struct translation {
    struct str language;
    struct arena *arena;
    struct buffer out;
    const char *copied; /* up to here, what came before is in `out` */
};

static void translate_member(void *context, const struct document_member *member)
{
    struct translation *translation = context;
    char detail[REFUSAL_DETAIL_MAX];
    struct texts texts;
    json_t *value;
    if (member->field == NULL || member->field->form != DOCUMENT_TEXTS || member->value.len == 0 ||
        member->value.data[0] != '{')
        return;
    if (json_read_object(member->value, JSON_TO_READ, translation->arena, &value, detail) != REFUSAL_NONE)
        return;
    document_texts(value, translation->arena, &texts);
    json_decref(value);
    buffer_add(&translation->out, translation->copied, (size_t)(member->value.data - translation->copied));
    json_write_string(texts_choose(&texts, translation->language), &translation->out);
    translation->copied = member->value.data + member->value.len;
}

static struct str translate_document(struct str json, const struct document_field *fields, struct str language,
                                     struct arena *arena)
{
    struct translation translation = {.language = language, .arena = arena, .copied = json.data};
    buffer_init(&translation.out);
    document_walk(json, fields, translate_member, &translation);
    struct str translated = json;
    if (translation.copied != json.data) {
        buffer_add(&translation.out, translation.copied, (size_t)(json.data + json.len - translation.copied));
        translated.len = translation.out.len;
        translated.data = arena_copy(arena, translation.out.data, translation.out.len);
    }
    buffer_done(&translation.out);
    return translated;
}

struct str item_translate(struct str json, struct str language, struct arena *arena)
{
    return translate_document(json, item_fields, language, arena);
}

struct str node_translate(struct str json, struct str language, struct arena *arena)
{
    return translate_document(json, node_fields, language, arena);
}
