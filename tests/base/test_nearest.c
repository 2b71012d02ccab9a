#include "stockfold/base/nearest.h"

#include "support/suite.h"

static struct nearest offer_all(const char *wanted)
{
    static const char *const words[] = {"id", "type", "time", "sku", "qty", "node", "place", "source", "ref"};
    struct nearest nearest = {.wanted = wanted};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        nearest_offer(&nearest, words[i]);
    return nearest;
}

START_TEST(capitals_make_no_other_word)
{
    static const char *const pairs[][2] = {{"SKU", "sku"},   {"Qty", "qty"},      {"REF", "ref"},
                                           {"TIME", "time"}, {"PLACES", "place"}, {"Source", "source"},
                                           {"NODE", "node"}, {"Id", "id"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct nearest nearest = offer_all(pairs[i][0]);
        ck_assert_str_eq(nearest.word, pairs[i][1]);
        ck_assert(nearest_is_near(&nearest));
    }
}
END_TEST

START_TEST(a_word_that_is_far_from_all_is_near_none)
{
    struct nearest nearest = offer_all("warehouse-keeper");
    ck_assert(!nearest_is_near(&nearest));
}
END_TEST

START_TEST(a_name_of_64_bytes_stays_whole)
{
    char name[65];
    memset(name, 'a', 64);
    name[64] = '\0';
    struct nearest nearest = {.wanted = "aaa"};
    nearest_offer(&nearest, name);
    ck_assert_str_eq(nearest.word, name);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {capitals_make_no_other_word, a_word_that_is_far_from_all_is_near_none,
                            a_name_of_64_bytes_stays_whole};
    return SUITE_RUN("nearest", tests);
}
