/* Which of a text's languages is shown. */
#include "stockfold/core/texts.h"

static char small_letter(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static bool is_same_tag(struct str a, struct str b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && small_letter(a.data[i]) == small_letter(b.data[i]))
        i++;
    return i == a.len && i == b.len;
}

struct str texts_choose(const struct texts *texts, struct str language)
{
    for (size_t i = 0; i < texts->n && language.len > 0; i++)
        if (is_same_tag(texts->text[i].language, language))
            return texts->text[i].text;
    return texts->n == 0 ? (struct str){0} : texts->text[0].text;
}
