/* The words of items: what the index holds after an item came, changed and went, and an index made anew. */
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/store/master.h"
#include "stockfold/store/word_index.h"
#include "store/support/documents.h"
#include "support/suite.h"

enum { KEYS_MAX = 100 };

static int compare_names(const void *a, const void *b)
{
    return strcmp(strchr(*(char *const *)a, '}'), strchr(*(char *const *)b, '}'));
}

/* All words of the index (kind 'w') or beginnings ('a') in order, a space between, with their members. */
static const char *entries(char kind)
{
    static char text[4000];
    char words[160], *keys[KEYS_MAX];
    size_t len = 0;
    snprintf(words, sizeof(words), "KEYS sf:*:%c:*", kind);
    const struct reply *reply = redis_do(admin, words);
    size_t n = reply_count(reply);
    ck_assert_uint_le(n, KEYS_MAX);
    for (size_t i = 0; i < n; i++)
        keys[i] = strndup(reply_text(reply_at(reply, i)).data, reply_text(reply_at(reply, i)).len);
    if (n > 0)
        qsort(keys, n, sizeof(*keys), compare_names);
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        snprintf(words, sizeof(words), "ZRANGE %s 0 -1", keys[i]);
        reply = redis_do(admin, words);
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s:", i > 0 ? " " : "", strchr(keys[i], '}') + 4);
        for (size_t k = 0; k < reply_count(reply); k++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s", k > 0 ? "," : "",
                                    STR_ARG(reply_text(reply_at(reply, k))));
        free(keys[i]);
    }
    return text;
}

START_TEST(words_find_the_item_and_are_listed_by_their_beginning)
{
    documents_put_item("{\"sku\":\"sku-1\",\"style\":\"LS\",\"title\":\"Linen T-shirt\",\"size\":\"XL\"}", 0);
    ck_assert_str_eq(entries('w'), "=sku1:sku-1 linen:sku-1 ls:sku-1 shirt:sku-1 t:sku-1 tshirt:sku-1 xl:sku-1");
    ck_assert_str_eq(entries('a'), "li:linen ls:ls sh:shirt t:t ts:tshirt xl:xl");
}
END_TEST

START_TEST(an_item_leaves_no_word_that_it_does_not_say)
{
    documents_put_item("{\"sku\":\"sku-1\",\"title\":\"Linen shirt\",\"color\":\"red\"}", 0);
    documents_put_item("{\"sku\":\"sku-1\",\"title\":\"Linen shorts\"}", 1);
    ck_assert_str_eq(entries('w'), "=sku1:sku-1 linen:sku-1 shorts:sku-1");
    ck_assert_str_eq(entries('a'), "li:linen sh:shorts");
    documents_put_item(NULL, 2);
    ck_assert_str_eq(entries('w'), "");
    ck_assert_str_eq(entries('a'), "");
}
END_TEST

static bool has_nothing(void *context, struct str key)
{
    (void)context;
    (void)key;
    return false;
}

START_TEST(an_item_that_is_not_seen_any_more_leaves_no_index)
{
    struct error error = {0};
    documents_put_item("{\"sku\":\"sku-1\",\"title\":\"Linen shirt\",\"style\":\"ls\",\"gtin\":\"08435678901234\"}", 0);
    struct master_whole whole = {.topic = {"documents", 9}, .has = has_nothing};
    ck_assert_int_eq(master_delete_unseen_items(&view, &whole, &error), 1);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(documents_keys("sf:*:[isgwa]:*"), 0);
}
END_TEST

START_TEST(pipelined_titles_there_and_back_keep_their_words)
{
    static const char *const titles[] = {"red", "blue", "red"};
    enum commit_answer answers[3];
    for (int i = 0; i < 3; i++) {
        char json[64];
        struct watermark expected = documents_watermark(i), next = documents_watermark(i + 1);
        int len = snprintf(json, sizeof(json), "{\"sku\":\"sku-1\",\"title\":\"%s\"}", titles[i]);
        struct text_in_language title = {.text = str_from(titles[i])};
        struct item_facts item = {.sku = STR("sku-1"), .titles = {&title, 1}, .safety_default = -1};
        struct master_put put = {.key = STR("sku-1"), .json = {json, (size_t)len}, .item = &item};
        master_put_items(&view, documents_shard, &put, 1, STR("stock.items"), 0, i == 0 ? NULL : &expected, &next,
                         documents_hear, &answers[i]);
    }
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_str_eq(entries('w'), "=sku1:sku-1 red:sku-1");
    ck_assert_str_eq(entries('a'), "re:red");
}
END_TEST

static int64_t word_index_of_view(void)
{
    const struct reply *reply = redis_do(admin, "HGET sf:view words");
    return reply_is_nil(reply) ? 0 : reply_int(reply);
}

/* As an older version left it. */
static void forget_word_index(void)
{
    char words[128];
    redis_do(admin, "HDEL sf:view words");
    redis_do(admin, "ZADD sf:{3}:q:linen 0 isku-1");
    for (uint32_t i = 0; i < config.shards; i++) {
        snprintf(words, sizeof(words), "UNLINK sf:{%u}:w:linen sf:{%u}:w:shirt sf:{%u}:w:=sku1 sf:{%u}:a:li", i, i, i,
                 i);
        redis_do(admin, words);
        snprintf(words, sizeof(words), "UNLINK sf:{%u}:a:sh", i);
        redis_do(admin, words);
    }
    ck_assert_int_eq(documents_keys("sf:*:[wa]:*"), 0);
}

START_TEST(an_index_of_an_older_version_is_made_anew)
{
    struct error error = {0};
    atomic_bool stop = false;
    int64_t items = 0;
    documents_put_item("{\"sku\":\"sku-1\",\"title\":\"Linen shirt\"}", 0);
    ck_assert_int_eq(word_index_of_view(), WORD_INDEX_VERSION);
    forget_word_index();
    ck_assert_int_eq(word_index_make(&view, &stop, &items, &error), 0);
    ck_assert_int_eq(items, 1);
    ck_assert_str_eq(entries('w'), "=sku1:sku-1 linen:sku-1 shirt:sku-1");
    ck_assert_str_eq(entries('a'), "li:linen sh:shirt");
    ck_assert_int_eq(documents_keys("sf:*:q:*"), 0);
    ck_assert_int_eq(word_index_of_view(), WORD_INDEX_VERSION);
}
END_TEST

START_TEST(an_index_is_not_said_to_be_whole_in_another_view)
{
    struct error error = {0};
    atomic_bool stop = false;
    int64_t items = 0;
    redis_do(admin, "FLUSHALL");
    ck_assert_int_eq(word_index_make(&view, &stop, &items, &error), ERROR_STATE);
    ck_assert_int_eq(documents_keys("*"), 0);
    error_clear(&error);
    stop = true;
    redis_do(admin, "SET sf:{1}:i:a {}");
    ck_assert_int_eq(word_index_make(&view, &stop, &items, &error), ERROR_STATE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("word_index");
    TCase *tcase = tcase_create("word_index");
    tcase_add_checked_fixture(tcase, documents_start, stop);
    tcase_add_test(tcase, words_find_the_item_and_are_listed_by_their_beginning);
    tcase_add_test(tcase, an_item_leaves_no_word_that_it_does_not_say);
    tcase_add_test(tcase, an_item_that_is_not_seen_any_more_leaves_no_index);
    tcase_add_test(tcase, pipelined_titles_there_and_back_keep_their_words);
    tcase_add_test(tcase, an_index_of_an_older_version_is_made_anew);
    tcase_add_test(tcase, an_index_is_not_said_to_be_whole_in_another_view);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
