/* Journal blobs: what goes in comes out, and broken ones are told from whole ones. */
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/store/journal.h"
#include "support/suite.h"

static struct str text_of(const struct buffer *buffer)
{
    return (struct str){buffer->data, buffer->len};
}

static void add_groups(struct buffer *plain, int groups)
{
    for (int i = 0; i < groups; i++) {
        char sku[16];
        int len = snprintf(sku, sizeof(sku), "ZR-%d", i);
        struct journal_group group = {.sku = {sku, (size_t)len},
                                      .node = STR("store-014"),
                                      .base = i % 2 == 0 ? STR("") : STR("the base"),
                                      .events = STR("event event event event event")};
        journal_add_group(&group, plain);
    }
}

static void seal(int groups, struct buffer *ret_blob)
{
    struct buffer plain;
    buffer_init(&plain);
    buffer_init(ret_blob);
    add_groups(&plain, groups);
    journal_seal(text_of(&plain), ret_blob);
    buffer_done(&plain);
}

static void check_round_trip(int groups)
{
    struct buffer blob;
    struct arena arena;
    struct str plain;
    struct journal_group group;
    size_t position = 0;
    int n = 0;
    arena_init(&arena);
    seal(groups, &blob);
    ck_assert(journal_unseal(text_of(&blob), &arena, &plain));
    while (journal_next(plain, &position, &group)) {
        char sku[16];
        int len = snprintf(sku, sizeof(sku), "ZR-%d", n);
        ck_assert(str_equal(group.sku, (struct str){sku, (size_t)len}));
        ck_assert(str_equal(group.node, STR("store-014")));
        ck_assert(str_equal(group.base, n % 2 == 0 ? STR("") : STR("the base")));
        ck_assert(str_equal(group.events, STR("event event event event event")));
        n++;
    }
    ck_assert_int_eq(n, groups);
    ck_assert_uint_eq(position, plain.len);
    buffer_done(&blob);
    arena_done(&arena);
}

START_TEST(groups_come_out_as_they_went_in)
{
    check_round_trip(0);
    check_round_trip(1);
    check_round_trip(300);
}
END_TEST

START_TEST(many_groups_are_packed_smaller)
{
    struct buffer blob, plain;
    buffer_init(&plain);
    add_groups(&plain, 300);
    seal(300, &blob);
    ck_assert_uint_lt(blob.len, plain.len / 2);
    buffer_done(&plain);
    buffer_done(&blob);
}
END_TEST

START_TEST(nothing_and_unknown_forms_are_no_blobs)
{
    struct arena arena;
    struct str plain;
    arena_init(&arena);
    ck_assert(!journal_unseal(STR(""), &arena, &plain));
    ck_assert(!journal_unseal(STR("\x07rest"), &arena, &plain));
    arena_done(&arena);
}
END_TEST

START_TEST(an_lz4_blob_that_claims_too_much_is_refused_without_allocating_it)
{
    struct arena arena;
    struct str plain;
    arena_init(&arena);
    ck_assert(!journal_unseal(STR("\x01\xff\xff\xff\x07rest"), &arena, &plain));
    ck_assert(!journal_unseal(STR("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01rest"), &arena, &plain));
    ck_assert_uint_lt(arena_held(&arena), 1 << 20);
    arena_done(&arena);
}
END_TEST

/* Reads all groups; a crash or a sanitizer's report is the failure. */
static void read_all(struct str blob, struct arena *arena)
{
    struct str plain;
    struct journal_group group;
    size_t position = 0;
    if (!journal_unseal(blob, arena, &plain))
        return;
    while (journal_next(plain, &position, &group))
        ck_assert_uint_le(position, plain.len);
    ck_assert(position == plain.len || position == SIZE_MAX);
}

START_TEST(broken_blobs_never_crash_a_reader)
{
    struct buffer blob;
    struct arena arena;
    arena_init(&arena);
    int sizes[] = {1, 40};
    for (size_t s = 0; s < 2; s++) {
        seal(sizes[s], &blob);
        for (size_t i = 0; i < blob.len; i++) {
            char kept = blob.data[i];
            for (int flip = 1; flip < 256; flip <<= 1) {
                blob.data[i] = (char)(kept ^ flip);
                read_all(text_of(&blob), &arena);
                arena_reset(&arena, 1 << 16);
            }
            blob.data[i] = kept;
            char *cut = malloc(i + 1); /* exactly so long that a sanitizer sees a read behind it */
            memcpy(cut, blob.data, i);
            read_all((struct str){cut, i}, &arena);
            free(cut);
        }
        buffer_done(&blob);
    }
    arena_done(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *tcase = tcase_create("journal");
    tcase_add_test(tcase, groups_come_out_as_they_went_in);
    tcase_add_test(tcase, many_groups_are_packed_smaller);
    tcase_add_test(tcase, nothing_and_unknown_forms_are_no_blobs);
    tcase_add_test(tcase, an_lz4_blob_that_claims_too_much_is_refused_without_allocating_it);
    tcase_add_test(tcase, broken_blobs_never_crash_a_reader);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
