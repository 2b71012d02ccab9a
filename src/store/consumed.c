/* Responsible for: asking the view to forget what sales took of reservations long ago. */
#include "stockfold/store/consumed.h"

enum { ENTRIES = 100 };

void view_forget_consumed(struct view *view, uint32_t shard, int64_t before_ms, const char *cursor, link_reply_fn *fn,
                          void *context)
{
    void (*const keys[])(const struct key_space *space, uint32_t shard,
                         struct buffer *out) = {key_meta, key_hours, key_consumed, key_counts, key_holds};
    const size_t keys_n = sizeof(keys) / sizeof(keys[0]);
    struct link *link = view_link(view, shard);
    struct buffer key;
    buffer_init(&key);
    link_begin(link, 6 + keys_n, fn, context);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_forget_consumed"));
    link_word_int(link, (int64_t)keys_n);
    for (size_t i = 0; i < keys_n; i++) {
        key.len = 0;
        keys[i](&view->keys, shard, &key);
        link_word(link, (struct str){key.data, key.len});
    }
    link_word_int(link, before_ms);
    link_word(link, str_from(cursor));
    link_word_int(link, ENTRIES);
    buffer_done(&key);
}
