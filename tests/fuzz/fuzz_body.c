/* Any bytes as the body of POST /v1/availability: what is taken is what a JSON reader that knows nothing of it finds,
 * and survives being written again; what is not says so in clean words, and has nothing that such a reader would take.
 */
#include <jansson.h>

#include "json_judge.h"
#include "stockfold/base/buffer.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/request_json.h"
#include "stockfold/codec/utf8.h"
#include "target.h"

static struct arena arena;

static void must_equal(struct str text, const json_t *value)
{
    struct str wanted = {json_string_value(value), json_string_length(value)};
    MUST(wanted.data != NULL && str_equal(text, wanted));
}

/* The one form, or each of the skus with each of the nodes. */
static void must_be_found(const struct request_pair *pairs, size_t n, const json_t *root)
{
    const json_t *given = json_object_get(root, "pairs"), *skus = json_object_get(root, "skus");
    const json_t *nodes = json_object_get(root, "nodes");
    size_t nodes_n = json_array_size(nodes);
    MUST(n == (given != NULL ? json_array_size(given) : json_array_size(skus) * nodes_n));
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(given, i);
        must_equal(pairs[i].sku, given != NULL ? json_array_get(pair, 0) : json_array_get(skus, i / nodes_n));
        must_equal(pairs[i].node, given != NULL ? json_array_get(pair, 1) : json_array_get(nodes, i % nodes_n));
    }
}

static bool is_text(const json_t *value, size_t max)
{
    struct str text = {json_string_value(value), json_string_length(value)};
    return text.len >= 1 && text.len <= max && !utf8_has_control(text);
}

static bool are_texts(const json_t *list, size_t max)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!is_text(json_array_get(list, i), max))
            return false;
    return json_is_array(list);
}

static bool are_pairs(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        if (json_array_size(pair) != 2 || !is_text(json_array_get(pair, 0), BOUND_SKU) ||
            !is_text(json_array_get(pair, 1), BOUND_NODE))
            return false;
    }
    return json_is_array(list);
}

static bool would_be_taken(const json_t *root)
{
    const json_t *pairs = json_object_get(root, "pairs"), *skus = json_object_get(root, "skus");
    const json_t *nodes = json_object_get(root, "nodes");
    size_t n = pairs != NULL ? json_array_size(pairs) : json_array_size(skus) * json_array_size(nodes);
    bool form = pairs != NULL
                    ? json_object_size(root) == 1 && are_pairs(pairs)
                    : json_object_size(root) == 2 && are_texts(skus, BOUND_SKU) && are_texts(nodes, BOUND_NODE);
    return form && n >= 1 && n <= REQUEST_PAIRS_MAX;
}

static void must_survive_writing(const struct request_pair *pairs, size_t n)
{
    static struct buffer body;
    struct request_pair *again;
    size_t again_n;
    char detail[REQUEST_DETAIL_MAX];
    body.len = 0;
    buffer_add_literal(&body, "{\"pairs\":");
    for (size_t i = 0; i < n; i++) {
        buffer_add(&body, i == 0 ? "[[" : ",[", 2);
        json_write_string(pairs[i].sku, &body);
        buffer_add_byte(&body, ',');
        json_write_string(pairs[i].node, &body);
        buffer_add_byte(&body, ']');
    }
    buffer_add_literal(&body, "]}");
    MUST(pairs_read((struct str){body.data, body.len}, &arena, &again, &again_n, detail) && again_n == n);
    for (size_t i = 0; i < n; i++)
        MUST(str_equal(pairs[i].sku, again[i].sku) && str_equal(pairs[i].node, again[i].node));
}

static void must_be_in_words(const char *detail)
{
    size_t len = strnlen(detail, REQUEST_DETAIL_MAX);
    MUST(len > 0 && len < REQUEST_DETAIL_MAX);
    json_t *text = json_stringn(detail, len); /* NULL unless it is UTF-8 */
    MUST(text != NULL);
    json_decref(text);
    for (size_t i = 0; i < len; i++)
        MUST((unsigned char)detail[i] >= ' ' && detail[i] != '\x7f');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str json = {(const char *)data, size};
    struct request_pair *pairs;
    size_t n;
    char detail[REQUEST_DETAIL_MAX] = "";
    json_t *root = json_loadb(json.data, json.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (pairs_read(json, &arena, &pairs, &n, detail)) {
        MUST(n >= 1 && n <= REQUEST_PAIRS_MAX);
        struct judgement judgement = json_judge(data, size);
        MUST(root != NULL && judgement.is_json && judgement.is_object && !judgement.repeats_key);
        must_be_found(pairs, n, root);
        must_survive_writing(pairs, n);
    } else {
        MUST(!would_be_taken(root));
        must_be_in_words(detail);
    }
    json_decref(root);
    arena_reset(&arena, 1 << 20);
    return 0;
}
