/* How complete the whole view is: the one call that writes it. */
#include "stockfold/store/complete.h"

#include <inttypes.h>

#include "meta.h"

void complete_write(struct view *view, const struct fed_topic *topics, size_t topics_n,
                    const struct partition_complete *rows, size_t rows_n, link_reply_fn *fn, void *context)
{
    struct buffer word;
    buffer_init(&word);
    struct link *link = view_link(view, view_shard_of(view, VIEW_STATS));
    link_begin(link, 5 + 2 * rows_n, fn, context);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_complete"));
    link_word_int(link, 1);
    key_complete(&view->keys, &word);
    link_word(link, (struct str){word.data, word.len});
    word.len = 0;
    for (size_t i = 0; i < topics_n; i++)
        buffer_add_format(&word, "%.*s %zu ", STR_ARG(topics[i].topic), topics[i].partitions);
    link_word(link, (struct str){word.data, word.len});
    for (size_t i = 0; i < rows_n; i++) {
        word.len = 0;
        buffer_add_format(&word, "%.*s:%" PRId32, STR_ARG(rows[i].topic), rows[i].partition);
        link_word(link, (struct str){word.data, word.len});
        meta_send_time(link, rows[i].time);
    }
    buffer_done(&word);
}
