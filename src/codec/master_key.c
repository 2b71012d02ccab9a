/* Which Kafka key a document must have. */
#include "refuse.h"
#include "seen.h"
#include "stockfold/codec/master.h"
#include "stockfold/codec/utf8.h"

static bool is_utf8(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
    for (size_t len; at < end; at += len) {
        len = utf8_length(at, end);
        if (len == 0)
            return false;
    }
    return true;
}

enum refusal master_key_judge(struct str key, const char *field, struct str name, char *ret_detail)
{
    char seen_key[SEEN_MAX], seen_name[SEEN_MAX];
    if (str_equal(key, name))
        return REFUSAL_NONE;
    seen_text(name, seen_name);
    if (key.len == 0 || !is_utf8(key))
        return refuse_as(ret_detail, REFUSAL_OUT_OF_RANGE, "key: %s, expected the document's %s %s",
                         key.len == 0 ? "there is none" : "is not UTF-8", field, seen_name);
    return refuse_as(ret_detail, REFUSAL_OUT_OF_RANGE,
                     "key: %s, expected the document's %s %s: the key decides which documents compaction keeps",
                     seen_text(key, seen_key), field, seen_name);
}
