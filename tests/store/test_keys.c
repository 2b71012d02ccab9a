/* The spelling of keys: a view written today must be found tomorrow. */
#include <stdio.h>

#include "stockfold/store/keys.h"
#include "support/suite.h"

static const struct key_space space = {{"sf", 2}, 64, 1};

static void expect(struct buffer *key, const char *text)
{
    buffer_add_byte(key, '\0');
    ck_assert_str_eq(key->data, text);
    key->len = 0;
}

START_TEST(keys_are_spelled_as_the_header_says)
{
    struct buffer key;
    buffer_init(&key);
    key_view(&space, &key), expect(&key, "sf:view");
    key_meta(&space, 3, &key), expect(&key, "sf:{3}:m");
    key_record(&space, 63, STR("ZR-1"), STR("n"), &key), expect(&key, "sf:{63}:r:ZR-1");
    key_base(&space, 3, STR("ZR-1"), &key), expect(&key, "sf:{3}:b:ZR-1");
    key_hours(&space, 3, &key), expect(&key, "sf:{3}:h");
    key_journal(&space, 3, -5, &key), expect(&key, "sf:{3}:j:-5");
    key_consumed(&space, 3, &key), expect(&key, "sf:{3}:c");
    key_counts(&space, 3, &key), expect(&key, "sf:{3}:k");
    key_node_items(&space, 3, STR("store-1"), &key), expect(&key, "sf:{3}:n:store-1");
    key_item(&space, 3, STR("ZR-1"), &key), expect(&key, "sf:{3}:i:ZR-1");
    key_nodes_meta(&space, &key), expect(&key, "sf:{nodes}:m");
    key_nodes(&space, &key), expect(&key, "sf:{nodes}:d");
    key_stats(&space, &key), expect(&key, "sf:{stats}:t");
    buffer_done(&key);
}
END_TEST

START_TEST(an_index_lies_in_the_shard_of_its_own_name)
{
    struct buffer key;
    char text[64];
    buffer_init(&key);
    snprintf(text, sizeof(text), "sf:{%u}:s:ZR-7745", shard_of(STR("ZR-7745"), 64));
    key_style(&space, STR("ZR-7745"), &key), expect(&key, text);
    snprintf(text, sizeof(text), "sf:{%u}:g:0843", shard_of(STR("0843"), 64));
    key_gtin(&space, STR("0843"), &key), expect(&key, text);
    buffer_done(&key);
}
END_TEST

START_TEST(buckets_part_the_nodes_of_an_item)
{
    struct key_space parted = {{"sf", 2}, 64, 8};
    struct buffer key;
    char text[64];
    buffer_init(&key);
    snprintf(text, sizeof(text), "sf:{3}:r%u:ZR-1", shard_of(STR("store-014"), 8));
    key_record(&parted, 3, STR("ZR-1"), STR("store-014"), &key), expect(&key, text);
    key_record_bucket(&parted, 3, STR("ZR-1"), 7, &key), expect(&key, "sf:{3}:r7:ZR-1");
    buffer_done(&key);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keys");
    TCase *tcase = tcase_create("keys");
    tcase_add_test(tcase, keys_are_spelled_as_the_header_says);
    tcase_add_test(tcase, an_index_lies_in_the_shard_of_its_own_name);
    tcase_add_test(tcase, buckets_part_the_nodes_of_an_item);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
