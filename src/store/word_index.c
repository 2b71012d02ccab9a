/* Responsible for: the index of words, entry by entry. Not for: when an item's words change (master.c), making the index
 * anew (word_index_make.c). */
#include "stockfold/store/word_index.h"

#include <stdlib.h>

#include "resp.h"

/* --- adding ------------------------------------------------------------------------------------------------------ */

struct entry {
    struct str start, word, sku;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    int order = str_compare(left->start, right->start);
    if (order == 0)
        order = str_compare(left->word, right->word);
    return order == 0 ? str_compare(left->sku, right->sku) : order;
}

/* ZADD KEY, and room for `n` members, all with score 0: in order of bytes. */
static struct link *begin_zadd(struct view *view, struct str start, const struct buffer *key, size_t n)
{
    struct link *link = view_link(view, shard_of(start, view->keys.shards));
    link_begin(link, 2 + 2 * n, NULL, NULL);
    link_word(link, STR("ZADD"));
    link_word(link, (struct str){key->data, key->len});
    return link;
}

static void add_member(struct link *link, struct str member)
{
    link_word(link, STR("0"));
    link_word(link, member);
}

/* One word's items. Returns how many entries that was. */
static size_t add_word_items(struct view *view, const struct entry *entries, size_t n, struct buffer *key)
{
    size_t same = 1;
    while (same < n && str_equal(entries[same].word, entries[0].word))
        same++;
    key->len = 0;
    key_word(&view->keys, entries[0].word, entries[0].start, key);
    struct link *link = begin_zadd(view, entries[0].start, key, same);
    for (size_t i = 0; i < same; i++)
        add_member(link, entries[i].sku);
    return same;
}

/* The words of one beginning, then their list: one that is not in it yet may be removed there by nobody, since it has
 * an item. Returns how many entries that was. */
static size_t add_start_words(struct view *view, const struct entry *entries, size_t n, struct buffer *key)
{
    size_t at = 0, words_n = 0;
    while (at < n && str_equal(entries[at].start, entries[0].start)) {
        at += add_word_items(view, entries + at, n - at, key);
        words_n++;
    }
    if (entries[0].start.data[0] == '=') /* nobody looks for a name by its beginning */
        return at;
    key->len = 0;
    key_words(&view->keys, entries[0].start, key);
    struct link *link = begin_zadd(view, entries[0].start, key, words_n);
    for (size_t i = 0; i < at; i++)
        if (i == 0 || !str_equal(entries[i].word, entries[i - 1].word))
            add_member(link, entries[i].word);
    return at;
}

void word_index_add(struct view *view, const struct item_facts *const *items, size_t items_n)
{
    struct arena arena;
    struct buffer key;
    arena_init(&arena);
    buffer_init(&key);
    struct words *words = arena_array(&arena, struct words, items_n);
    size_t n = 0, at = 0;
    for (size_t i = 0; i < items_n; i++) {
        words_of_item(items[i], &arena, &words[i]);
        n += words[i].n;
    }
    struct entry *entries = arena_array(&arena, struct entry, n);
    for (size_t i = 0; i < items_n; i++)
        for (size_t k = 0; k < words[i].n; k++)
            entries[at++] = (struct entry){word_start(words[i].word[k]), words[i].word[k], items[i]->sku};
    if (n > 0)
        qsort(entries, n, sizeof(*entries), compare_entries);
    for (at = 0; at < n;)
        at += add_start_words(view, entries + at, n - at, &key);
    buffer_done(&key);
    arena_done(&arena);
}

/* --- removing ---------------------------------------------------------------------------------------------------- */

static void remove_word(struct view *view, struct str sku, struct str word)
{
    struct str start = word_start(word);
    struct buffer key;
    buffer_init(&key);
    struct link *link = view_link(view, shard_of(start, view->keys.shards));
    link_begin(link, 7, NULL, NULL);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_remove_word"));
    link_word(link, STR("2"));
    key_word(&view->keys, word, start, &key);
    link_word(link, (struct str){key.data, key.len});
    key.len = 0;
    key_words(&view->keys, start, &key);
    link_word(link, (struct str){key.data, key.len});
    link_word(link, word);
    link_word(link, sku);
    buffer_done(&key);
}

void word_index_remove(struct view *view, struct str sku, const struct words *gone)
{
    for (size_t i = 0; i < gone->n; i++)
        remove_word(view, sku, gone->word[i]);
}

void word_index_gone(const struct words *before, const struct words *now, struct arena *arena, struct words *ret_gone)
{
    *ret_gone = (struct words){.word = arena_array(arena, struct str, before->n)};
    for (size_t i = 0; i < before->n; i++)
        if (now == NULL || words_find(now, (struct word_term){before->word[i], false}) == NULL)
            ret_gone->word[ret_gone->n++] = before->word[i];
}
