/* Responsible for: taking "message key=value" apart, and writing its parts as JSON. Not for: lines and levels (log.c). */
#include "log_json.h"

#include <stdbool.h>
#include <string.h>

/* Of what is written; a member that does not fit is taken back whole. */
struct json_line {
    char *bytes;
    size_t len, room;
    bool full;
};

static void add_json_byte(struct json_line *line, char byte)
{
    line->full = line->full || line->len == line->room;
    if (!line->full)
        line->bytes[line->len++] = byte;
}

static void add_json_text(struct json_line *line, const char *text)
{
    for (; *text != '\0'; text++)
        add_json_byte(line, *text);
}

/* Bytes of the UTF-8 character that begins there; 0: none does. */
static size_t character_length(const unsigned char *at, const unsigned char *end)
{
    size_t len = at[0] < 0x80                    ? 1
                 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                 : 0;
    if (len == 0 || len > (size_t)(end - at))
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool beyond = (at[0] == 0xed && at[1] >= 0xa0) || (at[0] == 0xf4 && at[1] >= 0x90);
    return overlong || beyond ? 0 : len;
}

static void add_json_string(struct json_line *line, const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + len;
    add_json_byte(line, '"');
    while (at < end) {
        size_t bytes = character_length(at, end);
        if (*at == '"' || *at == '\\')
            add_json_byte(line, '\\');
        for (size_t i = 0; i < bytes; i++)
            add_json_byte(line, (char)at[i]);
        if (bytes == 0)
            add_json_byte(line, '?');
        at += bytes == 0 ? 1 : bytes;
    }
    add_json_byte(line, '"');
}

/* The length of a key before its '=' where one begins; 0: none does. The first three members' names are no keys. */
static size_t key_length(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    static const char *const taken[] = {"time=", "level=", "message="};
    size_t len = strspn(text, letters);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (strncmp(text, taken[i], strlen(taken[i])) == 0)
            return 0;
    return text[len] == '=' ? len : 0;
}

/* Where the next " key=" begins, at its space; the end of the text when there is none. */
static const char *find_next_key(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == ' ' && key_length(text + 1) > 0)
            return text;
    return text;
}

/* Where a value ends: one in quotes, which may hold others, at the last of them before the next key. */
static const char *value_end(const char *value)
{
    const char *end = find_next_key(value);
    while (value[0] == '"' && *end != '\0' && (end == value + 1 || end[-1] != '"'))
        end = find_next_key(end + 1);
    return end;
}

static bool is_whole_number(const char *text, size_t len)
{
    size_t sign = len > 0 && text[0] == '-', digits = len - sign;
    bool zeros = digits > 1 && text[sign] == '0';
    return digits > 0 && digits < 16 && !zeros && strspn(text + sign, "0123456789") >= digits;
}

static void add_json_value(struct json_line *line, const char *value, size_t len)
{
    bool quoted = len > 1 && value[0] == '"' && value[len - 1] == '"';
    if (is_whole_number(value, len))
        for (size_t i = 0; i < len; i++)
            add_json_byte(line, value[i]);
    else
        add_json_string(line, value + quoted, len - 2 * (size_t)quoted);
}

static void add_json_members(struct json_line *line, const char *keys)
{
    while (*keys != '\0' && !line->full) {
        size_t before = line->len, key = key_length(keys + 1);
        const char *value = keys + 1 + key + 1, *end = value_end(value);
        add_json_byte(line, ',');
        add_json_string(line, keys + 1, key);
        add_json_byte(line, ':');
        add_json_value(line, value, (size_t)(end - value));
        if (line->full)
            line->len = before;
        keys = end;
    }
}

size_t log_json_write(const char *time, const char *level, const char *text, char *ret_line, size_t room)
{
    struct json_line line = {.bytes = ret_line, .room = room - 1};
    const char *keys = key_length(text) > 0 ? text : find_next_key(text);
    size_t message = (size_t)(keys - text);
    add_json_text(&line, "{\"time\":\"");
    add_json_text(&line, time);
    add_json_text(&line, "\",\"level\":\"");
    add_json_text(&line, level);
    add_json_text(&line, "\",\"message\":");
    size_t left = (line.room - line.len) / 2 - 1; /* of it each byte may need two */
    add_json_string(&line, text, message < left ? message : left);
    if (key_length(text) == 0)
        add_json_members(&line, keys);
    line.bytes[line.len++] = '}'; /* the byte that was kept */
    return line.len;
}
