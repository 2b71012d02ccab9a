/* Which characters a name may hold. */
#include "stockfold/codec/name.h"

#include "support/suite.h"

#define BEGINS "begins with white space"
#define ENDS "ends with white space"
#define INVISIBLE "holds an invisible character"

START_TEST(a_name_is_what_can_be_seen_without_white_space_at_its_ends)
{
    static const struct {
        struct str text;
        const char *flaw;
    } rows[] = {
        {STR("ZR-7745-M-BLK"), NULL},
        {STR("United Kingdom"), NULL},
        {STR("\xc3\xa9"), NULL},
        {STR("a\xc2\xa0z"), NULL},                           /* a no-break space between */
        {STR("\xe5\xa5\xb3\xe3\x80\x80\xe8\xa3\x85"), NULL}, /* an ideographic one */
        {STR("e\xcc\x81"), NULL},                            /* a combining accent */
        {STR("\xf0\x9f\x91\x95"), NULL},                     /* an emoji */
        {STR("\xee\x80\x80"), NULL},                         /* private use: a font may have it */
        {STR(" a"), BEGINS},
        {STR("a "), ENDS},
        {STR(" "), BEGINS},
        {STR(""), BEGINS},
        {STR("\xc2\xa0"
             "a"),
         BEGINS},
        {STR("a\xe3\x80\x80"), ENDS},
        {STR("a\xe1\x9a\x80"), ENDS},
        {STR("a\nb"), INVISIBLE},
        {STR("a\0b"), INVISIBLE},
        {STR("a\x7f"), INVISIBLE},
        {STR("a\xc2\x85"), INVISIBLE},
        {STR("a\xc2\xad"
             "b"),
         INVISIBLE},
        {STR("a\xe2\x80\x8b"), INVISIBLE},
        {STR("\xef\xbb\xbf"
             "a"),
         INVISIBLE},
        {STR("a\xef\xbf\xbf"), INVISIBLE},
        {STR("a\xf3\xa0\x84\x80"), INVISIBLE},
        {STR("a\xf4\x8f\xbf\xbe"), INVISIBLE},
        {STR(" a\xe2\x80\x8b"), INVISIBLE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *flaw = name_flaw(rows[i].text);
        ck_assert_msg((flaw == NULL) == (rows[i].flaw == NULL) && (flaw == NULL || strcmp(flaw, rows[i].flaw) == 0),
                      "row %zu: %s", i, flaw == NULL ? "no flaw" : flaw);
    }
}
END_TEST

START_TEST(ranges_end_where_they_end)
{
    static const uint32_t invisible[] = {0x0,    0x1f,   0x7f,   0x9f,   0xad,   0x200b, 0x200f,  0x2028,
                                         0x202e, 0x2060, 0x206f, 0xfe00, 0xfe0f, 0xfeff, 0xe0000, 0xe0fff};
    static const uint32_t visible[] = {0x20,   0x7e,   0xa0,   0xac,   0xae,   0x200a, 0x2010, 0x2027,
                                       0x202f, 0x205f, 0x2070, 0xfe10, 0xfdf0, 0xfffd, 0xe1000};
    for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
        ck_assert_msg(character_is_invisible(invisible[i]), "U+%04X", (unsigned)invisible[i]);
    for (size_t i = 0; i < sizeof(visible) / sizeof(visible[0]); i++)
        ck_assert_msg(!character_is_invisible(visible[i]), "U+%04X", (unsigned)visible[i]);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_name_is_what_can_be_seen_without_white_space_at_its_ends, ranges_end_where_they_end};
    return SUITE_RUN("name", tests);
}
