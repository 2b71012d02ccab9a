/* Quoting a producer's values. */
#include "seen.h"

#include <stdio.h>

#include "stockfold/codec/name.h"
#include "stockfold/codec/utf8.h"

enum { QUOTED_MAX = 48, CHARACTER_MAX = 10 /* "\u10ffff", or a character and its backslash */ };

/* One character, to be read in quotes; returns its length. */
static size_t quote_character(const unsigned char *at, size_t len, char *ret_quoted)
{
    uint32_t character = utf8_character(at, len);
    if (character_is_invisible(character))
        return (size_t)snprintf(ret_quoted, CHARACTER_MAX, "\\u%04x", (unsigned)character);
    size_t escape = character == '"' || character == '\\';
    ret_quoted[0] = '\\';
    memcpy(ret_quoted + escape, at, len);
    return escape + len;
}

const char *seen_text(struct str text, char ret_seen[SEEN_MAX])
{
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
    size_t used = 1;
    ret_seen[0] = '"';
    while (at < end) {
        char quoted[CHARACTER_MAX];
        size_t len = utf8_length(at, end), quoted_len = quote_character(at, len, quoted);
        if (used + quoted_len > QUOTED_MAX)
            break;
        memcpy(ret_seen + used, quoted, quoted_len);
        used += quoted_len;
        at += len;
    }
    if (at == end)
        snprintf(ret_seen + used, SEEN_MAX - used, "\"");
    else
        snprintf(ret_seen + used, SEEN_MAX - used, "...\" (%zu bytes)", text.len);
    return ret_seen;
}

const char *seen_number(int64_t number, char ret_seen[SEEN_MAX])
{
    bool is_greatest = number == INT64_MAX || number == -INT64_MAX; /* json_read.h's stand-in for any beyond */
    snprintf(ret_seen, SEEN_MAX, "%lld%s", (long long)number, is_greatest ? " or beyond" : "");
    return ret_seen;
}
