/* Any bytes as an item or a node: whatever is taken is JSON by the judge's opinion too, and so is an answer that holds it;
 * whatever is refused as no JSON is none by the judge's; a detail is in clean words. */
#include <string.h>

#include "json_judge.h"
#include "stockfold/base/buffer.h"
#include "stockfold/codec/master.h"
#include "stockfold/codec/name.h"
#include "stockfold/codec/translate.h"
#include "stockfold/codec/utf8.h"
#include "stockfold/core/bounds.h"
#include "target.h"

static struct arena arena;

/* As one of many in an answer. */
static void must_be_echoed(const uint8_t *bytes, size_t len)
{
    static struct buffer answer;
    answer.len = 0;
    buffer_add_literal(&answer, "{\"items\":[{\"sku\":\"a\"},");
    buffer_add(&answer, bytes, len);
    buffer_add_literal(&answer, "],\"next\":null}");
    MUST(json_judge((const uint8_t *)answer.data, answer.len).is_json);
}

static void must_be_in_words(const char *detail)
{
    size_t len = strnlen(detail, REFUSAL_DETAIL_MAX);
    MUST(len > 0 && len < REFUSAL_DETAIL_MAX);
    const unsigned char *at = (const unsigned char *)detail, *end = at + len;
    for (size_t character_len; at < end; at += character_len) {
        character_len = utf8_length(at, end);
        MUST(character_len > 0 && !character_is_invisible(utf8_character(at, character_len)));
    }
}

static void must_agree(enum refusal refusal, const struct judgement *judgement, const char *detail)
{
    bool is_document = judgement->is_json && judgement->is_object && !judgement->repeats_key;
    bool may_be_echoed = judgement->depth <= BOUND_DEPTH && !judgement->infinite;
    if (refusal == REFUSAL_NONE)
        MUST(is_document && may_be_echoed);
    else
        must_be_in_words(detail);
    if (refusal != REFUSAL_MALFORMED && refusal != REFUSAL_OUT_OF_RANGE)
        MUST(is_document && may_be_echoed);
    if (is_document && may_be_echoed && !judgement->zero_in_key)
        MUST(refusal != REFUSAL_MALFORMED);
}

/* In one language it is an item as good, with one text each. */
static void must_be_translated(struct str json)
{
    struct item_facts item;
    char detail[REFUSAL_DETAIL_MAX];
    struct str translated = item_translate(json, STR("en"), &arena);
    must_be_echoed((const uint8_t *)translated.data, translated.len);
    MUST(item_read(translated, &arena, &item, detail) == REFUSAL_NONE);
    MUST(item.titles.n <= 1 && item.colors.n <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str json = {(const char *)data, size};
    struct judgement judgement = json_judge(data, size);
    struct item_facts item;
    struct node node;
    char detail[REFUSAL_DETAIL_MAX] = "";
    enum refusal refusal = item_read(json, &arena, &item, detail);
    must_agree(refusal, &judgement, detail);
    if (refusal == REFUSAL_NONE) {
        must_be_echoed(data, size);
        must_be_translated(json);
    }
    refusal = node_read(json, &arena, &node, detail);
    must_agree(refusal, &judgement, detail);
    if (refusal == REFUSAL_NONE)
        must_be_echoed(data, size);
    arena_reset(&arena, 1 << 20);
    return 0;
}
