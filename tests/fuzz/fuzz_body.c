/* Any bytes as the body of POST /v1/availability: what is taken is what a JSON reader that knows nothing of it finds,
 * and survives being written again; what is not says so in clean words, and has nothing that such a reader would take.
 * Where the pieces are cut in which it comes changes neither. */
#include <jansson.h>

#include "json_judge.h"
#include "stockfold/base/buffer.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/request_body.h"
#include "stockfold/codec/utf8.h"
#include "stockfold/core/bounds.h"
#include "target.h"

static void must_equal(struct str text, const json_t *value)
{
    struct str wanted = {json_string_value(value), json_string_length(value)};
    MUST(wanted.data != NULL && str_equal(text, wanted));
}

/* The one form, or each of the skus with each of the nodes. */
static void must_be_found(const struct request_body *body, const json_t *root)
{
    const json_t *given = json_object_get(root, "pairs"), *skus = json_object_get(root, "skus");
    const json_t *nodes = json_object_get(root, "nodes");
    size_t nodes_n = json_array_size(nodes), n = request_body_pairs(body);
    MUST(n >= 1 && n <= REQUEST_PAIRS_MAX);
    MUST(n == (given != NULL ? json_array_size(given) : json_array_size(skus) * nodes_n));
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(given, i);
        must_equal(request_body_pair(body, i).sku,
                   given != NULL ? json_array_get(pair, 0) : json_array_get(skus, i / nodes_n));
        must_equal(request_body_pair(body, i).node,
                   given != NULL ? json_array_get(pair, 1) : json_array_get(nodes, i % nodes_n));
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

/* As it comes in pieces of `size` bytes, but for the first one, of `first`. The caller frees it. */
static struct request_body *body_in_pieces(struct str json, size_t first, size_t size)
{
    struct request_body *body = request_body_new();
    size_t at = first < json.len ? first : json.len;
    request_body_add(body, (struct str){json.data, at});
    for (size_t len; at < json.len; at += len) {
        len = size < json.len - at ? size : json.len - at;
        request_body_add(body, (struct str){json.data + at, len});
    }
    request_body_end(body);
    return body;
}

static void must_be_equal(const struct request_body *body, const struct request_body *other)
{
    size_t n = request_body_pairs(body);
    MUST(n == request_body_pairs(other) && strcmp(request_body_detail(body), request_body_detail(other)) == 0);
    for (size_t i = 0; i < n; i++) {
        struct request_pair pair = request_body_pair(body, i), other_pair = request_body_pair(other, i);
        MUST(str_equal(pair.sku, other_pair.sku) && str_equal(pair.node, other_pair.node));
    }
}

static void must_survive_writing(const struct request_body *body)
{
    static struct buffer json;
    json.len = 0;
    buffer_add_literal(&json, "{\"pairs\":");
    for (size_t i = 0; i < request_body_pairs(body); i++) {
        struct request_pair pair = request_body_pair(body, i);
        buffer_add(&json, i == 0 ? "[[" : ",[", 2);
        json_write_string(pair.sku, &json);
        buffer_add_byte(&json, ',');
        json_write_string(pair.node, &json);
        buffer_add_byte(&json, ']');
    }
    buffer_add_literal(&json, "]}");
    struct request_body *again = body_in_pieces((struct str){json.data, json.len}, json.len, 1);
    must_be_equal(body, again);
    request_body_free(again);
}

/* Of a long one, cut at as many places as a short one has, and all over it. */
static void must_survive_cutting(const struct request_body *body, struct str json)
{
    size_t step = json.len / 500 + 1;
    for (size_t at = 0; at <= json.len; at += step) {
        struct request_body *cut = body_in_pieces(json, at, json.len);
        must_be_equal(body, cut);
        request_body_free(cut);
    }
    for (size_t size = 1; size < 10; size++) {
        struct request_body *cut = body_in_pieces(json, size, size);
        must_be_equal(body, cut);
        request_body_free(cut);
    }
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
    struct request_body *body = body_in_pieces(json, size, 1);
    json_t *root = json_loadb(json.data, json.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (request_body_pairs(body) > 0) {
        struct judgement judgement = json_judge(data, size);
        MUST(root != NULL && judgement.is_json && judgement.is_object && !judgement.repeats_key);
        must_be_found(body, root);
        must_survive_writing(body);
    } else {
        MUST(!would_be_taken(root));
        must_be_in_words(request_body_detail(body));
    }
    must_survive_cutting(body, json);
    json_decref(root);
    request_body_free(body);
    return 0;
}
