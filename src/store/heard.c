/* Writing when nodes were last heard of. */
#include "stockfold/store/heard.h"

void heard_write(struct view *view, const struct heard_at *nodes, size_t n, link_reply_fn *fn, void *context)
{
    struct buffer key;
    buffer_init(&key);
    key_heard(&view->keys, &key);
    struct link *link = view_link(view, view_shard_of(view, VIEW_NODES));
    link_begin(link, 4 + 2 * n, fn, context);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_hear"));
    link_word_int(link, 1);
    link_word(link, (struct str){key.data, key.len});
    for (size_t i = 0; i < n; i++) {
        link_word(link, nodes[i].node);
        link_word_int(link, nodes[i].time_ms);
    }
    buffer_done(&key);
}
