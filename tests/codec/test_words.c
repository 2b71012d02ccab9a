#include "stockfold/codec/words.h"

#include <stdio.h>

#include "support/suite.h"

static struct arena arena;
static struct words words;

/* The words, a space between them. */
static const char *split(const char *text, size_t len)
{
    static char joined[WORDS_MAX * (WORD_BYTES_MAX + 1) + 1];
    char *to = joined;
    *to = '\0';
    words_of((struct str){text, len}, &arena, &words);
    for (size_t i = 0; i < words.n; i++)
        to += sprintf(to, "%s%.*s", i == 0 ? "" : " ", STR_ARG(words.word[i]));
    return joined;
}

#define WORDS(text) split(text, sizeof(text) - 1)

START_TEST(a_title_is_split_at_everything_but_letters_and_digits)
{
    ck_assert_str_eq(WORDS("Linen shirt"), "linen shirt");
    ck_assert_str_eq(WORDS("  T-shirt, 2-pack (501\302\256)!"), "t shirt 2 pack 501");
    ck_assert_str_eq(WORDS("Rock'n'Roll_XL"), "rock n roll xl");
    ck_assert_str_eq(WORDS(""), "");
    ck_assert_str_eq(WORDS(" -- / "), "");
}
END_TEST

START_TEST(letters_of_every_script_are_lowered)
{
    ck_assert_str_eq(WORDS("CAMISA ESPA\303\221OLA"), "camisa espa\303\261ola");
    ck_assert_str_eq(WORDS("\316\240\316\237\316\245\316\232\316\221\316\234\316\231\316\243\316\237"),
                     "\317\200\316\277\317\205\316\272\316\261\316\274\316\271\317\203\316\277");
    ck_assert_str_eq(WORDS("\320\240\320\243\320\221\320\220\320\250\320\232\320\220"),
                     "\321\200\321\203\320\261\320\260\321\210\320\272\320\260");
    ck_assert_str_eq(WORDS("\346\257\233\350\241\243\343\200\201\351\236\213"),
                     "\346\257\233\350\241\243 \351\236\213");         /* an ideographic comma between */
    ck_assert_str_eq(WORDS("\360\220\220\200x"), "\360\220\220\250x"); /* Deseret: four bytes */
}
END_TEST

START_TEST(a_word_is_there_once)
{
    ck_assert_str_eq(WORDS("Shirt SHIRT shirt red Red"), "shirt red");
}
END_TEST

START_TEST(bytes_that_are_not_utf8_stand_between_words)
{
    ck_assert_str_eq(WORDS("a\377b\303"), "a b");
    ck_assert_str_eq(WORDS("a\0b"), "a b");
    ck_assert_str_eq(WORDS("a\355\240\200b"), "a b");
}
END_TEST

START_TEST(a_long_word_is_cut_between_characters)
{
    char text[3 * WORD_BYTES_MAX];
    memset(text, 'a', sizeof(text));
    ck_assert_uint_eq(strlen(split(text, WORD_BYTES_MAX)), WORD_BYTES_MAX);
    ck_assert_uint_eq(strlen(split(text, sizeof(text))), WORD_BYTES_MAX);
    memcpy(text + WORD_BYTES_MAX - 1, "\303\261", 2);
    ck_assert_uint_eq(strlen(split(text, sizeof(text))), WORD_BYTES_MAX - 1);
    ck_assert_uint_eq(words.n, 1);
}
END_TEST

START_TEST(words_beyond_the_bound_are_left_out)
{
    char text[3 * (WORDS_MAX + 5) + 1];
    for (int i = 0; i < WORDS_MAX + 5; i++)
        sprintf(text + 3 * i, "%02d ", i);
    split(text, sizeof(text) - 1);
    ck_assert_uint_eq(words.n, WORDS_MAX);
    ck_assert(str_equal(words.word[WORDS_MAX - 1], STR("31")));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_title_is_split_at_everything_but_letters_and_digits,
        letters_of_every_script_are_lowered,
        a_word_is_there_once,
        bytes_that_are_not_utf8_stand_between_words,
        a_long_word_is_cut_between_characters,
        words_beyond_the_bound_are_left_out,
    };
    return SUITE_RUN("words", tests);
}
