/* JSON by its grammar: one function a rule, each of which moves on or says no. */
#include "json_judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct name {
    unsigned char *bytes;
    size_t len;
};

struct text {
    const unsigned char *at, *end;
    struct judgement judgement;
    int depth;
};

static bool value(struct text *text);

static bool byte(struct text *text, char wanted)
{
    if (text->at == text->end || *text->at != (unsigned char)wanted)
        return false;
    text->at++;
    return true;
}

static bool word(struct text *text, const char *wanted)
{
    for (; *wanted != '\0'; wanted++)
        if (!byte(text, *wanted))
            return false;
    return true;
}

static void space(struct text *text)
{
    while (byte(text, ' ') || byte(text, '\t') || byte(text, '\n') || byte(text, '\r'))
        ;
}

static bool digit(struct text *text)
{
    if (text->at == text->end || *text->at < '0' || *text->at > '9')
        return false;
    text->at++;
    return true;
}

static bool digits(struct text *text)
{
    if (!digit(text))
        return false;
    while (digit(text))
        ;
    return true;
}

static bool number(struct text *text)
{
    const unsigned char *start = text->at;
    byte(text, '-');
    if (!byte(text, '0') && !digits(text))
        return false;
    if (byte(text, '.') && !digits(text))
        return false;
    if (byte(text, 'e') || byte(text, 'E')) {
        if (!byte(text, '+'))
            byte(text, '-');
        if (!digits(text))
            return false;
    }
    char *copy = strndup((const char *)start, (size_t)(text->at - start));
    text->judgement.infinite |= isinf(strtod(copy, NULL));
    free(copy);
    return true;
}

static bool hex(struct text *text, unsigned *ret_unit)
{
    *ret_unit = 0;
    for (int i = 0; i < 4; i++) {
        if (text->at == text->end)
            return false;
        const char *all = "0123456789abcdef0123456789ABCDEF", *found = *text->at == 0 ? NULL : strchr(all, *text->at);
        if (found == NULL)
            return false;
        *ret_unit = *ret_unit * 16 + (unsigned)(found - all) % 16;
        text->at++;
    }
    return true;
}

/* The bytes of a character, put behind `name`. */
static void put(struct name *name, unsigned long character)
{
    unsigned char *to = name->bytes + name->len;
    if (character < 0x80) {
        to[0] = (unsigned char)character;
        name->len += 1;
    } else if (character < 0x800) {
        to[0] = (unsigned char)(0xc0 + character / 64);
        to[1] = (unsigned char)(0x80 + character % 64);
        name->len += 2;
    } else if (character < 0x10000) {
        to[0] = (unsigned char)(0xe0 + character / 4096);
        to[1] = (unsigned char)(0x80 + character / 64 % 64);
        to[2] = (unsigned char)(0x80 + character % 64);
        name->len += 3;
    } else {
        to[0] = (unsigned char)(0xf0 + character / 262144);
        to[1] = (unsigned char)(0x80 + character / 4096 % 64);
        to[2] = (unsigned char)(0x80 + character / 64 % 64);
        to[3] = (unsigned char)(0x80 + character % 64);
        name->len += 4;
    }
}

static bool escape(struct text *text, struct name *name)
{
    const char *letters = "\"\\/bfnrt", *stand_for = "\"\\/\b\f\n\r\t";
    unsigned first, second;
    if (text->at == text->end)
        return false;
    const char *letter = *text->at == 0 ? NULL : strchr(letters, *text->at);
    if (letter != NULL) {
        text->at++;
        put(name, (unsigned char)stand_for[letter - letters]);
        return true;
    }
    if (!byte(text, 'u') || !hex(text, &first))
        return false;
    if (first < 0xd800 || first > 0xdfff) {
        put(name, first);
        return true;
    }
    if (first > 0xdbff || !word(text, "\\u") || !hex(text, &second) || second < 0xdc00 || second > 0xdfff)
        return false;
    put(name, 0x10000ul + (first - 0xd800) * 1024 + (second - 0xdc00));
    return true;
}

/* A character as it stands: not below U+0020, in the shortest form that UTF-8 has for it, no surrogate. */
static bool character(struct text *text, struct name *name)
{
    static const struct {
        unsigned lead, mask, more;
        unsigned long least;
    } forms[] = {{0x00, 0x80, 0, 0x20}, {0xc0, 0xe0, 1, 0x80}, {0xe0, 0xf0, 2, 0x800}, {0xf0, 0xf8, 3, 0x10000}};
    for (int i = 0; i < 4; i++) {
        if ((*text->at & forms[i].mask) != forms[i].lead)
            continue;
        if ((size_t)(text->end - text->at) < forms[i].more + 1)
            return false;
        unsigned long number = *text->at & ~forms[i].mask & 0xff;
        for (unsigned k = 1; k <= forms[i].more; k++) {
            if ((text->at[k] & 0xc0) != 0x80)
                return false;
            number = number * 64 + (text->at[k] & 0x3f);
        }
        text->at += forms[i].more + 1;
        put(name, number);
        return number >= forms[i].least && number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
    }
    return false;
}

/* Its characters are put into ret_name, which the caller frees. */
static bool string(struct text *text, struct name *ret_name)
{
    *ret_name = (struct name){NULL, 0};
    if (!byte(text, '"'))
        return false;
    ret_name->bytes = malloc((size_t)(text->end - text->at) + 4);
    while (!byte(text, '"')) {
        if (text->at == text->end)
            return false;
        if (!(byte(text, '\\') ? escape(text, ret_name) : character(text, ret_name)))
            return false;
    }
    return true;
}

static bool any_string(struct text *text)
{
    struct name name;
    bool is_string = string(text, &name);
    free(name.bytes);
    return is_string;
}

static bool array(struct text *text)
{
    space(text);
    if (byte(text, ']'))
        return true;
    do {
        if (!value(text))
            return false;
    } while (byte(text, ','));
    return byte(text, ']');
}

static int compare_member_names(const void *left, const void *right)
{
    const struct name *a = left, *b = right;
    int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static void judge_names(struct text *text, struct name *names, size_t names_n)
{
    if (names_n > 0)
        qsort(names, names_n, sizeof(*names), compare_member_names);
    for (size_t i = 0; i < names_n; i++) {
        text->judgement.repeats_key |= i > 0 && compare_member_names(&names[i - 1], &names[i]) == 0;
        text->judgement.zero_in_key |= names[i].len > 0 && memchr(names[i].bytes, 0, names[i].len) != NULL;
    }
}

static bool members(struct text *text, struct name **names, size_t *names_n)
{
    do {
        *names = realloc(*names, (*names_n + 1) * sizeof(**names));
        space(text);
        bool is_string = string(text, &(*names)[*names_n]);
        *names_n += 1;
        space(text);
        if (!is_string || !byte(text, ':') || !value(text))
            return false;
    } while (byte(text, ','));
    return byte(text, '}');
}

static bool object(struct text *text)
{
    struct name *names = NULL;
    size_t names_n = 0;
    space(text);
    if (byte(text, '}'))
        return true;
    bool is_object = members(text, &names, &names_n);
    if (is_object)
        judge_names(text, names, names_n);
    for (size_t i = 0; i < names_n; i++)
        free(names[i].bytes);
    free(names);
    return is_object;
}

static bool nested(struct text *text, bool (*inside)(struct text *text))
{
    if (++text->depth > JUDGE_DEPTH_MAX)
        return false;
    if (text->depth > text->judgement.depth)
        text->judgement.depth = text->depth;
    bool is_nested = inside(text);
    text->depth--;
    return is_nested;
}

/* With the white space on both sides. */
static bool value(struct text *text)
{
    space(text);
    bool is_value;
    switch (text->at == text->end ? 0 : *text->at) {
    case '{':
        text->at++;
        is_value = nested(text, object);
        break;
    case '[':
        text->at++;
        is_value = nested(text, array);
        break;
    case '"':
        is_value = any_string(text);
        break;
    case 't':
        is_value = word(text, "true");
        break;
    case 'f':
        is_value = word(text, "false");
        break;
    case 'n':
        is_value = word(text, "null");
        break;
    default:
        is_value = number(text);
    }
    space(text);
    return is_value;
}

struct judgement json_judge(const uint8_t *bytes, size_t len)
{
    struct text text = {.at = bytes, .end = bytes + len};
    space(&text);
    text.judgement.is_object = text.at < text.end && *text.at == '{';
    text.judgement.is_json = value(&text) && text.at == text.end;
    return text.judgement;
}
