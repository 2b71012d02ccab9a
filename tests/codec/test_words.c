#include "stockfold/codec/words.h"

#include <stdio.h>

#include "support/suite.h"

static struct arena arena;
static struct words words;

/* The words, a space between them. */
static const char *split(const char *text, size_t len)
{
    static char joined[100000];
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
    ck_assert_str_eq(WORDS("red, (2-pack) / blue_XL"), "2 blue pack red xl");
    ck_assert_str_eq(WORDS("Shirt SHIRT shirt red Red"), "red shirt");
    ck_assert_str_eq(WORDS(""), "");
    ck_assert_str_eq(WORDS(" -- / "), "");
}
END_TEST

START_TEST(letters_are_one_whatever_their_form)
{
    ck_assert_str_eq(WORDS("CAMISA ESPA\303\221OLA"), "camisa espanola");
    ck_assert_str_eq(WORDS("Cafe\314\201 caf\303\251"), "cafe");
    ck_assert_str_eq(WORDS("ΛΙΝΟΣ Λινός λινος"), "λινοσ");
    ck_assert_str_eq(WORDS("Straßenschuh STRASSENSCHUH"), "strassenschuh");
    ck_assert_str_eq(WORDS("Ｔｅｅ ｸﾂ"), "tee クツ ツ");
    ck_assert_str_eq(WORDS("Łódź SMØRREBRØD Işık ISIK"), "isik lodz smorrebrod");
    ck_assert_str_eq(WORDS("Ёлка ЕЛКА"), "елка");
    ck_assert_str_eq(WORDS("قميــص قميص أحمر احمر ٣٢"), "32 احمر قميص");
    ck_assert_str_eq(WORDS("셔츠 \341\204\211\341\205\247\341\204\216\341\205\263"), "셔츠");
    ck_assert_str_eq(WORDS("\360\220\220\200x"), "\360\220\220\250x"); /* Deseret: four bytes */
}
END_TEST

START_TEST(words_are_joined_and_split_at_glue)
{
    ck_assert_str_eq(WORDS("Levi's\342\204\242"), "levi levis s");
    ck_assert_str_eq(WORDS("Levi’s"), "levi levis s");
    ck_assert_str_eq(WORDS("T-Shirt"), "shirt t tshirt");
    ck_assert_str_eq(WORDS("t shirt"), "shirt t tshirt");
    ck_assert_str_eq(WORDS("levi s"), "levi s");
    ck_assert_str_eq(WORDS("t - shirt, t, shirt"), "shirt t");
    ck_assert_str_eq(WORDS("Rock'n'Roll"), "n nroll rock rockn rocknroll roll");
    ck_assert_str_eq(WORDS("501-0115"), "0115 501 5010115");
    ck_assert_str_eq(WORDS("5XL 330ml wh-1000xm4"), "1000 330 4 5 ml wh xl xm");
    ck_assert_str_eq(WORDS("10½ 10²5 m²"), "1 10 2 5 m");
    ck_assert_str_eq(WORDS("a-b-c-d-e"), "a ab abc abcd b bc bcd bcde c cd cde d de e");
}
END_TEST

START_TEST(scripts_without_spaces_are_pairs)
{
    ck_assert_str_eq(WORDS("羊毛衣、鞋"), "毛衣 羊毛 衣 鞋");
    ck_assert_str_eq(WORDS("Tシャツ2枚"), "2 t シャ ツ ャツ 枚");
    ck_assert_str_eq(WORDS("毛衣 鞋"), "毛衣 衣 衣鞋 鞋");
    ck_assert_str_eq(WORDS("เสื้อ"), "สอ อ เส"); /* its vowel and tone are marks */
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
    memcpy(text + WORD_BYTES_MAX - 1, "\316\273", 2);
    ck_assert_uint_eq(strlen(split(text, sizeof(text))), WORD_BYTES_MAX - 1);
    ck_assert_uint_eq(words.n, 1);
}
END_TEST

START_TEST(no_word_of_a_long_title_is_left_out)
{
    char text[1001], *to = text;
    int n = 0;
    while (to + 5 <= text + 1000)
        to += sprintf(to, "%04d ", n++);
    split(text, (size_t)(to - text));
    ck_assert_uint_eq(words.n, (size_t)n);
    ck_assert(str_equal(words.word[199], STR("0199")));
}
END_TEST

/* --- queries ----------------------------------------------------------------------------------------------------- */

static bool finds(const char *query, const char *title)
{
    struct word_query read;
    words_of(str_from(title), &arena, &words);
    word_query_read(str_from(query), &arena, &read);
    bool found = word_query_matches(&read, &words);
    for (size_t i = 0; i < read.n && found; i++) { /* each position names a term that what matches has */
        struct word_term terms[WORD_TERMS_MAX];
        size_t terms_n = word_query_terms(&read, i, terms), had = 0;
        for (size_t k = 0; k < terms_n; k++)
            had += words_find(&words, terms[k]) != NULL;
        ck_assert_msg(had > 0, "%s: %s, word %zu", query, title, i);
    }
    return found;
}

START_TEST(what_people_type_finds_the_title)
{
    static const char *const rows[][2] = {
        {"levis", "Levi's 501"},
        {"levi's", "LEVIS 501"},
        {"levi s", "Levi’s"},
        {"levi s", "levis"},
        {"tshirt", "T-Shirt"},
        {"t-shirt", "Tshirt"},
        {"t shirt", "tshirt"},
        {"tshirt", "t shirt"},
        {"t-shirt", "t shirt"},
        {"5xl", "5 XL"},
        {"5 xl", "5XL"},
        {"330ml", "Cola 330 ml"},
        {"330 ml", "Cola 330ML"},
        {"lin", "Linen shirt"},
        {"shirt lin", "Linen shirt"},
        {"cafe", "Café"},
        {"λινος", "Λινό ΛΙΝΟΣ"},
        {"STRASSENSCHUH", "Straßenschuh"},
        {"毛衣", "羊毛衣"},
        {"衣", "羊毛衣"},
        {"衣", "毛衣服"},
        {"羊", "羊毛衣"},
        {"毛 羊", "羊毛衣"},
        {"シャツ", "綿Ｔシャツ"},
        {"เสื้อ", "ขายเสื้อผ้า"},
        {"5x", "5XL"},
        {"t-sh", "T-Shirt"},
        {"tsh", "T-Shirt"},
        {"rocknroll", "Rock'n'Roll"},
        {"rock n roll", "Rock-n-Roll"},
        {"501-0115", "5010115"},
        {"linen ", "linen"},
        {"t-s", "tshirt"},
        {"ab12cd", "AB-12-CD"},
        {"xl", "xl"},
        {"h&m", "H&M basic"},
        {"10½", "Boot 10½"},
        {"10½", "Boot 10 1/2"},
        {"10 1/2", "Boot 10½"},
        {"10 ½", "10½"},
        {"10", "Boot 10½"},
        {"½", "1/2 inch"},
        {"2½ cm", "2 1⁄2cm"},
        {"10²", "10 ²"},
        {"3①", "3 1"},
        {"m2", "Fliese 4m²"},
        {"4 m²", "4 M2"},
        {"h2o", "H₂O"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(finds(rows[i][0], rows[i][1]), "%s does not find %s", rows[i][0], rows[i][1]);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
    static const char *const rows[][2] = {
        {"l", "Linen"},
        {"lin shirt", "Linen shirt"},
        {"linens", "linen"},
        {"inen", "linen"},
        {"衣毛", "羊毛衣"},
        {"shirts", "shirt"},
        {"sweat shirt", "sweatshirt"},
        {"3", "330 ml"},
        {"a b", "a c"},
        {"", "linen"},
        {"--", "linen"},
        {"=abc", "shirt"},
        {"101", "Boot 10½"},
        {"102", "10²"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(!finds(rows[i][0], rows[i][1]), "%s finds %s", rows[i][0], rows[i][1]);
}
END_TEST

START_TEST(words_are_counted_as_people_count)
{
    struct word_query read;
    word_query_read(STR("levi's t-shirt 330ml, 毛衣 5xl"), &arena, &read);
    ck_assert_uint_eq(read.typed, 5);
    word_query_read(STR(" '- "), &arena, &read);
    ck_assert_uint_eq(read.typed, 0);
}
END_TEST

START_TEST(a_beginning_is_two_letters_or_one_of_a_script_without_spaces)
{
    ck_assert(str_equal(word_start(STR("linen")), STR("li")));
    ck_assert(str_equal(word_start(STR("l")), STR("l")));
    ck_assert(str_equal(word_start(STR("λινο")), STR("λι")));
    ck_assert(str_equal(word_start(STR("毛衣")), STR("毛")));
    ck_assert(str_equal(word_start(STR("=abc")), STR("=abc")));
    ck_assert(word_term_is_listed((struct word_term){STR("li"), true}));
    ck_assert(word_term_is_listed((struct word_term){STR("l"), false}));
    ck_assert(word_term_is_listed((struct word_term){STR("毛"), true}));
    ck_assert(!word_term_is_listed((struct word_term){STR("l"), true}));
}
END_TEST

START_TEST(an_item_has_the_words_of_five_fields_and_its_name)
{
    const struct text_in_language titles[] = {{STR("en"), STR("Linen shirt")}, {STR("es"), STR("Camisa de lino")}};
    const struct text_in_language colors[] = {{.text = STR("Red")}};
    struct item_facts item = {.sku = STR("LS-1"),
                              .titles = {titles, 2},
                              .colors = {colors, 1},
                              .size = STR("XL"),
                              .category = STR("Men > Shirts"),
                              .style = STR("LS")};
    words_of_item(&item, &arena, &words);
    static const char *const rows[] = {"linen", "shirt", "red",    "xl", "men", "shirts",
                                       "ls",    "=ls1",  "camisa", "de", "lino"};
    ck_assert_uint_eq(words.n, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_ptr_nonnull(words_find(&words, (struct word_term){str_from(rows[i]), false}));
    item = (struct item_facts){.sku = STR("ls1")}; /* found by its own key */
    words_of_item(&item, &arena, &words);
    ck_assert_uint_eq(words.n, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_title_is_split_at_everything_but_letters_and_digits,
        letters_are_one_whatever_their_form,
        words_are_joined_and_split_at_glue,
        scripts_without_spaces_are_pairs,
        bytes_that_are_not_utf8_stand_between_words,
        a_long_word_is_cut_between_characters,
        no_word_of_a_long_title_is_left_out,
        what_people_type_finds_the_title,
        what_is_not_there_is_not_found,
        words_are_counted_as_people_count,
        a_beginning_is_two_letters_or_one_of_a_script_without_spaces,
        an_item_has_the_words_of_five_fields_and_its_name,
    };
    return SUITE_RUN("words", tests);
}
