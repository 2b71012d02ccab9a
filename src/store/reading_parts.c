/* Commands on a key; numbers and pieces of text. */
#include "reading_parts.h"

struct buffer *ask_key(struct plan *plan)
{
    plan->key.len = 0;
    return &plan->key;
}

uint32_t ask_on_key(struct plan *plan, uint32_t shard, struct str verb, enum answer_shape shape, uint32_t more)
{
    uint32_t ask = plan_begin(plan, shard, 2 + more, shape);
    plan_word(plan, verb);
    plan_word(plan, (struct str){plan->key.data, plan->key.len});
    return ask;
}

const struct reply *answer_at(const struct answers *answers, uint32_t ask)
{
    return ask < answers->n ? answers->replies[ask] : NULL;
}

bool number_of(struct str text, int64_t *ret_number)
{
    size_t at = text.len > 0 && text.data[0] == '-' ? 1 : 0;
    uint64_t number = 0, limit = (uint64_t)INT64_MAX + at;
    if (at == text.len)
        return false;
    for (; at < text.len; at++) {
        unsigned digit = (unsigned char)text.data[at] - (unsigned)'0';
        if (digit > 9 || number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = (int64_t)(text.data[0] == '-' ? 0 - number : number);
    return true;
}

bool read_units(const struct reply *reply, int64_t missing, int64_t *ret_units)
{
    *ret_units = missing;
    return reply_is_nil(reply) ||
           (reply_is_string(reply) && number_of(reply_text(reply), ret_units) && *ret_units >= 0);
}

struct str cut_at(struct str *text, char mark)
{
    const char *end = text->len == 0 ? NULL : memchr(text->data, mark, text->len);
    size_t len = end == NULL ? text->len : (size_t)(end - text->data), step = end == NULL ? len : len + 1;
    struct str cut = {text->data, len};
    *text = (struct str){text->data + step, text->len - step};
    return cut;
}
