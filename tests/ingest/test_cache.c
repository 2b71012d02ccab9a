/* What is kept of records in memory, and what is known of that which had to go. */
#include "../../src/ingest/cache.h"

#include <stdio.h>

#include "stockfold/core/shard.h"
#include "support/suite.h"

enum { RECORDS = 40000 };

struct name {
    char text[24];
    struct str sku;
    uint32_t hash;
};

static struct name name_of(int number)
{
    struct name name;
    snprintf(name.text, sizeof(name.text), "sku-%d", number);
    name.sku = (struct str){name.text, strlen(name.text)};
    name.hash = murmur2(name.sku);
    return name;
}

static bool holds(struct cache *cache, uint32_t generation, const struct name *name)
{
    struct str packed;
    return cache_get(cache, generation, name->hash, (struct str){name->text, name->sku.len}, STR("n"), &packed);
}

static struct cache *filled(int n)
{
    struct cache *cache = cache_new(1 << 20);
    for (int i = 0; i < n; i++) {
        struct name name = name_of(i);
        cache_put(cache, 1, name.hash, (struct str){name.text, name.sku.len}, STR("n"), STR("packed"));
    }
    return cache;
}

START_TEST(what_is_not_there_was_never_put_there_or_its_row_says_that_something_went)
{
    struct cache *cache = filled(RECORDS);
    int gone = 0, whole = 0;
    for (int i = 0; i < RECORDS; i++) {
        struct name name = name_of(i);
        bool held = holds(cache, 1, &name);
        ck_assert(held || !cache_has_all(cache, name.hash));
        gone += !held;
    }
    ck_assert_int_gt(gone, 0);
    cache_free(cache);

    cache = filled(500);
    for (int i = 0; i < RECORDS; i++) {
        struct name name = name_of(i);
        whole += cache_has_all(cache, name.hash);
    }
    ck_assert_int_eq(whole, RECORDS);
    cache_free(cache);
}
END_TEST

START_TEST(what_is_of_another_generation_is_not_there)
{
    struct cache *cache = filled(1);
    struct name name = name_of(0);
    ck_assert(holds(cache, 1, &name));
    ck_assert(!holds(cache, 2, &name));
    ck_assert(cache_has_all(cache, name.hash));
    cache_free(cache);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_not_there_was_never_put_there_or_its_row_says_that_something_went,
        what_is_of_another_generation_is_not_there,
    };
    return SUITE_RUN("cache", tests);
}
