/* Which characters a name may hold. */
#include "stockfold/codec/name.h"

#include "stockfold/codec/utf8.h"

struct range {
    uint32_t first, last;
};

static const struct range invisible[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},
    {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0x2800, 0x2800},   {0x3164, 0x3164},   {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd},
    {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d159, 0x1d159}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static const struct range spaces[] = {
    {0x20, 0x20},     {0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
    {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

static bool is_in(uint32_t character, const struct range *ranges, size_t ranges_n)
{
    size_t low = 0, high = ranges_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (character > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ranges_n && character >= ranges[low].first;
}

bool character_is_invisible(uint32_t character)
{
    bool is_noncharacter = (character & 0xfffe) == 0xfffe;
    return is_noncharacter || is_in(character, invisible, sizeof(invisible) / sizeof(invisible[0]));
}

bool character_is_space(uint32_t character)
{
    return is_in(character, spaces, sizeof(spaces) / sizeof(spaces[0]));
}

const char *name_flaw(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
    uint32_t first = text.len == 0 ? ' ' : utf8_character(at, utf8_length(at, end)), last = first;
    for (size_t len; at < end; at += len) {
        len = utf8_length(at, end);
        last = utf8_character(at, len);
        if (character_is_invisible(last))
            return "holds an invisible character";
    }
    if (character_is_space(first))
        return "begins with white space";
    return character_is_space(last) ? "ends with white space" : NULL;
}
