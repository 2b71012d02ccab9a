#include "word_position.h"

struct word_position word_position_parse(struct api_call *call, const struct word_query *query)
{
    struct str text = call_cursor(call);
    struct word_position position = {0};
    const char *end = text.len < 3 ? NULL : memchr(text.data + 2, '\0', text.len - 2);
    if (end == NULL || (unsigned char)text.data[0] >= query->n || (unsigned char)text.data[1] > WORD_TERMS_MAX)
        return position;
    position.driver = (unsigned char)text.data[0];
    position.term = (unsigned char)text.data[1];
    position.word = (struct str){text.data + 2, (size_t)(end - text.data) - 2};
    position.sku = (struct str){end + 1, text.len - 3 - position.word.len};
    return position;
}

struct str word_position_cursor(struct api_call *call, const struct word_position *position)
{
    struct str word = position->word, sku = position->sku;
    char *text = arena_alloc(&call->arena, 3 + word.len + sku.len);
    text[0] = (char)position->driver;
    text[1] = (char)position->term;
    if (word.len > 0)
        memcpy(text + 2, word.data, word.len);
    text[2 + word.len] = '\0';
    if (sku.len > 0)
        memcpy(text + 3 + word.len, sku.data, sku.len);
    return (struct str){text, 3 + word.len + sku.len};
}

int word_position_compare(const struct word_position *a, const struct word_position *b)
{
    if (a->term != b->term)
        return a->term < b->term ? -1 : 1;
    int order = str_compare(a->word, b->word);
    return order != 0 ? order : str_compare(a->sku, b->sku);
}
