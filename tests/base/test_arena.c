#include "stockfold/base/arena.h"

#include <stdint.h>
#include <stdio.h>

#include "support/suite.h"

START_TEST(pieces_are_aligned_and_do_not_overlap)
{
    struct arena arena;
    unsigned char *pieces[300];
    arena_init(&arena);
    for (size_t i = 0; i < 300; i++) {
        pieces[i] = arena_alloc(&arena, i * 3);
        ck_assert_uint_eq((uintptr_t)pieces[i] % 8, 0);
        memset(pieces[i], (int)(i % 251), i * 3);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < i * 3; j++)
            ck_assert_uint_eq(pieces[i][j], i % 251);
    arena_done(&arena);
}
END_TEST

START_TEST(after_a_reset_nothing_more_is_held)
{
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 1000; i++)
        arena_alloc(&arena, 1000);
    size_t held = arena_held(&arena);
    for (int round = 0; round < 10; round++) {
        arena_reset(&arena, SIZE_MAX);
        for (int i = 0; i < 1000; i++)
            memset(arena_alloc(&arena, 1000), round, 1000);
    }
    ck_assert_uint_eq(arena_held(&arena), held);
    arena_done(&arena);
}
END_TEST

START_TEST(a_reset_keeps_no_more_than_asked)
{
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 1000; i++)
        arena_alloc(&arena, 1000);
    arena_reset(&arena, 200000);
    ck_assert_uint_le(arena_held(&arena), 200000);
    ck_assert_uint_gt(arena_held(&arena), 0);
    arena_reset(&arena, 0);
    ck_assert_uint_eq(arena_held(&arena), 0);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 1));
    arena_done(&arena);
}
END_TEST

START_TEST(a_piece_larger_than_a_block_is_whole)
{
    struct arena arena;
    arena_init(&arena);
    arena_alloc(&arena, 10);
    memset(arena_alloc(&arena, 1 << 20), 'x', 1 << 20);
    arena_reset(&arena, SIZE_MAX);
    memset(arena_alloc(&arena, 1 << 21), 'y', 1 << 21);
    arena_done(&arena);
}
END_TEST

START_TEST(nothing_copied_is_still_somewhere)
{
    struct arena arena;
    arena_init(&arena);
    ck_assert_ptr_nonnull(arena_copy(&arena, NULL, 0));
    ck_assert_str_eq(arena_copy(&arena, "shelf", 6), "shelf");
    arena_done(&arena);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        pieces_are_aligned_and_do_not_overlap, after_a_reset_nothing_more_is_held, a_reset_keeps_no_more_than_asked,
        a_piece_larger_than_a_block_is_whole,  nothing_copied_is_still_somewhere,
    };
    return SUITE_RUN("arena", tests);
}
