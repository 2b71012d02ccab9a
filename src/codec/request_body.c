/* Pairs of item and node as a request's body lists them, read in one strict pass.
 *
 *   piece ──► a byte of punctuation ──► read_byte ──► the next place (places[])
 *         └─► a string: read_quoted ──► take_decoded ──► a key or a name
 *               └─ broken off by the piece's end: kept in `cut`, and read with what the next piece begins with
 *
 * A tree of 10,000 pairs would keep the other requests of a worker waiting for 6 ms, this pass for a fraction of one. */
#include "stockfold/codec/request_body.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_scan.h"
#include "json_unescape.h"
#include "stockfold/base/arena.h"
#include "stockfold/base/error.h"
#include "stockfold/core/bounds.h"

enum { KEY_MAX = 5, NAME_MAX = BOUND_SKU > BOUND_NODE ? BOUND_SKU : BOUND_NODE };
enum { ESCAPED = 6 /* bytes that a byte's escape takes at most */, QUOTES = 2, TEXT_MAX = NAME_MAX * ESCAPED + QUOTES };
enum { BLOCK_NAMES = 128, BLOCKS = (REQUEST_PAIRS_MAX + BLOCK_NAMES - 1) / BLOCK_NAMES };

/* What comes next. */
enum place {
    BODY,
    FIRST_KEY,
    KEY,
    COLON_OF_PAIRS,
    COLON_OF_NAMES,
    PAIR_LIST,
    FIRST_PAIR,
    PAIR,
    SKU_OF_PAIR,
    COMMA_OF_PAIR,
    NODE_OF_PAIR,
    END_OF_PAIR,
    BEHIND_PAIR,
    NAME_LIST,
    FIRST_NAME,
    NAME,
    BEHIND_NAME,
    BEHIND_LIST,
    BEHIND_BODY
};

enum text { NO_TEXT, TEXT_KEY, TEXT_SKU, TEXT_NODE, TEXT_NAME };

/* Which bytes may stand there, and whether a string may. */
static const struct {
    struct {
        unsigned char byte; /* 0: none */
        enum place next;
    } steps[2];
    enum text text;
    enum place behind_text; /* of a key: its member says it */
} places[] = {
    [BODY] = {{{'{', FIRST_KEY}}},
    [FIRST_KEY] = {{{'}', BEHIND_BODY}}, TEXT_KEY},
    [KEY] = {.text = TEXT_KEY},
    [COLON_OF_PAIRS] = {{{':', PAIR_LIST}}},
    [COLON_OF_NAMES] = {{{':', NAME_LIST}}},
    [PAIR_LIST] = {{{'[', FIRST_PAIR}}},
    [FIRST_PAIR] = {{{'[', SKU_OF_PAIR}, {']', BEHIND_LIST}}},
    [PAIR] = {{{'[', SKU_OF_PAIR}}},
    [SKU_OF_PAIR] = {.text = TEXT_SKU, .behind_text = COMMA_OF_PAIR},
    [COMMA_OF_PAIR] = {{{',', NODE_OF_PAIR}}},
    [NODE_OF_PAIR] = {.text = TEXT_NODE, .behind_text = END_OF_PAIR},
    [END_OF_PAIR] = {{{']', BEHIND_PAIR}}},
    [BEHIND_PAIR] = {{{',', PAIR}, {']', BEHIND_LIST}}},
    [NAME_LIST] = {{{'[', FIRST_NAME}}},
    [FIRST_NAME] = {{{']', BEHIND_LIST}}, TEXT_NAME, BEHIND_NAME},
    [NAME] = {.text = TEXT_NAME, .behind_text = BEHIND_NAME},
    [BEHIND_NAME] = {{{',', NAME}, {']', BEHIND_LIST}}},
    [BEHIND_LIST] = {{{',', KEY}, {'}', BEHIND_BODY}}},
    [BEHIND_BODY] = {.text = NO_TEXT},
};

enum { PAIRS = 1, SKUS = 2, NODES = 4 };

static const struct member {
    struct str key;
    unsigned bit, excludes;
    enum place next;
} members[] = {
    {STR("pairs"), PAIRS, PAIRS | SKUS | NODES, COLON_OF_PAIRS},
    {STR("skus"), SKUS, PAIRS | SKUS, COLON_OF_NAMES},
    {STR("nodes"), NODES, PAIRS | NODES, COLON_OF_NAMES},
};

struct names {
    struct str *blocks[BLOCKS];
    size_t n;
};

struct request_body {
    enum place place;
    const struct member *member; /* whose list it is in; NULL: in none yet */
    unsigned given;              /* bits of members */
    struct names skus, nodes;
    size_t pairs_n;
    struct arena arena;          /* of names and blocks */
    size_t passed, at;           /* bytes before this piece; where what is being read begins */
    unsigned char cut[TEXT_MAX]; /* a string that is not there to its end */
    size_t cut_len;              /* 0: none is */
    char detail[REQUEST_DETAIL_MAX];
};

struct request_body *request_body_new(void)
{
    struct request_body *body = calloc(1, sizeof(*body));
    if (body == NULL)
        error_out_of_memory();
    return body;
}

void request_body_free(struct request_body *body)
{
    if (body == NULL)
        return;
    arena_done(&body->arena);
    free(body);
}

/* --- refusals ---------------------------------------------------------------------------------------------------- */

static bool wrong(struct request_body *body, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(struct request_body *body, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(body->detail, sizeof(body->detail), format, args);
    va_end(args);
    return false;
}

static bool no_json(struct request_body *body)
{
    return wrong(body, "at byte %zu: not one JSON object", body->at + 1);
}

static bool no_such_body(struct request_body *body)
{
    return wrong(body, "expected one member pairs, or two members skus and nodes, and nothing else");
}

static bool not_so_many(struct request_body *body)
{
    return wrong(body, "expected 1 to %d pairs, not more", REQUEST_PAIRS_MAX);
}

static struct names *names_of(struct request_body *body, enum text text)
{
    bool is_sku = text == TEXT_SKU || (text == TEXT_NAME && body->member->bit == SKUS);
    return is_sku ? &body->skus : &body->nodes;
}

static size_t longest(const struct request_body *body, enum text text)
{
    if (text == TEXT_KEY)
        return KEY_MAX;
    return text == TEXT_SKU || (text == TEXT_NAME && body->member->bit == SKUS) ? BOUND_SKU : BOUND_NODE;
}

static bool wrong_name(struct request_body *body, enum text text)
{
    char spot[40];
    size_t at = names_of(body, text)->n;
    if (text == TEXT_NAME)
        snprintf(spot, sizeof(spot), "%.*s[%zu]", STR_ARG(body->member->key), at);
    else
        snprintf(spot, sizeof(spot), "pairs[%zu][%d]", at, text == TEXT_NODE);
    return wrong(body, "%s: expected a string of 1 to %zu bytes without control characters", spot, longest(body, text));
}

/* Nothing of what may stand at this place. */
static bool wrong_place(struct request_body *body)
{
    enum text text = places[body->place].text;
    switch (body->place) {
    case PAIR_LIST:
    case NAME_LIST:
        return wrong(body, "%.*s: expected an array", STR_ARG(body->member->key));
    case FIRST_PAIR:
    case PAIR:
    case COMMA_OF_PAIR:
    case END_OF_PAIR:
        return wrong(body, "pairs[%zu]: expected an array of sku and node",
                     body->place == END_OF_PAIR ? body->nodes.n - 1 : body->nodes.n);
    default:
        return text == NO_TEXT || text == TEXT_KEY ? no_json(body) : wrong_name(body, text);
    }
}

/* --- keys and names ---------------------------------------------------------------------------------------------- */

static bool take_key(struct request_body *body, struct str key)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!str_equal(key, members[i].key) || (body->given & members[i].excludes) != 0)
            continue;
        body->member = &members[i];
        body->given |= members[i].bit;
        body->place = members[i].next;
        return true;
    }
    return no_such_body(body);
}

static bool take_name(struct request_body *body, enum text text, struct str name)
{
    struct names *names = names_of(body, text);
    if (names->n == REQUEST_PAIRS_MAX)
        return not_so_many(body);
    if (name.len == 0 || name.len > longest(body, text))
        return wrong_name(body, text);
    struct str **block = &names->blocks[names->n / BLOCK_NAMES];
    if (names->n % BLOCK_NAMES == 0)
        *block = arena_array(&body->arena, struct str, BLOCK_NAMES);
    (*block)[names->n++ % BLOCK_NAMES] = (struct str){arena_copy(&body->arena, name.data, name.len), name.len};
    body->place = places[body->place].behind_text;
    return true;
}

static bool take_decoded(struct request_body *body, struct str text)
{
    enum text kind = places[body->place].text;
    return kind == TEXT_KEY ? take_key(body, text) : take_name(body, kind, text);
}

/* --- strings ----------------------------------------------------------------------------------------------------- */

/* The four digits behind \u have no quote among them, or are none. */
static size_t length_of_escape(const unsigned char *at, const unsigned char *end)
{
    return end - at > 1 && at[1] == 'u' ? ESCAPED : 2;
}

/* With its quotes, of at most `max` bytes; 0: it does not end in these. */
static size_t length_of_string(const struct reader *reader, size_t max)
{
    size_t left = (size_t)(reader->end - reader->at), at = 1, end = left < max ? left : max;
    while (at < end && reader->at[at] != '"')
        at += reader->at[at] == '\\' ? length_of_escape(reader->at + at, reader->end) : 1;
    return at < end ? at + 1 : 0;
}

static bool take_escaped(struct request_body *body, struct str inside)
{
    char text[TEXT_MAX];
    size_t len;
    if (!json_unescape(inside, text, &len))
        return no_json(body);
    if (utf8_has_control((struct str){text, len}))
        return wrong_place(body);
    return take_decoded(body, (struct str){text, len});
}

static bool keep_for_next_piece(struct request_body *body, struct reader *reader)
{
    size_t len = (size_t)(reader->end - reader->at);
    memmove(body->cut, reader->at, len);
    body->cut_len = len;
    reader->at = reader->end;
    return true;
}

/* One that is longer than any escapes of what may stand here is refused before its end comes. */
static bool read_quoted(struct request_body *body, struct reader *reader)
{
    enum text kind = places[body->place].text;
    struct str text;
    if (kind == NO_TEXT)
        return wrong_place(body);
    if (read_string(reader, &text))
        return take_decoded(body, text);
    size_t max = longest(body, kind) * ESCAPED + QUOTES, len = length_of_string(reader, max);
    if (len == 0 && (size_t)(reader->end - reader->at) < max)
        return keep_for_next_piece(body, reader);
    if (len == 0)
        return kind == TEXT_KEY ? no_such_body(body) : wrong_name(body, kind);
    reader->at += len;
    return take_escaped(body, (struct str){(const char *)reader->at - len + 1, len - QUOTES});
}

/* The string that the piece before broke off, read in `cut` with as much of this one as may belong to it. */
static bool read_cut_quoted(struct request_body *body, struct reader *reader)
{
    size_t before = body->cut_len, left = (size_t)(reader->end - reader->at), room = sizeof(body->cut) - before;
    size_t more = left < room ? left : room;
    struct reader whole = {body->cut, body->cut + before + more};
    memcpy(body->cut + before, reader->at, more);
    body->cut_len = 0;
    if (!read_quoted(body, &whole))
        return false;
    reader->at += (size_t)(whole.at - body->cut) - before;
    return true;
}

/* --- the body ---------------------------------------------------------------------------------------------------- */

static bool read_byte(struct request_body *body, struct reader *reader)
{
    unsigned char byte = *reader->at++;
    for (size_t i = 0; i < 2; i++) {
        if (byte == '\0' || byte != places[body->place].steps[i].byte)
            continue;
        body->place = places[body->place].steps[i].next;
        return true;
    }
    return wrong_place(body);
}

bool request_body_add(struct request_body *body, struct str piece)
{
    const unsigned char *begin = (const unsigned char *)piece.data;
    struct reader reader = {begin, begin + piece.len};
    bool right = body->detail[0] == '\0';
    if (right && body->cut_len > 0 && piece.len > 0)
        right = read_cut_quoted(body, &reader);
    for (skip_spaces(&reader); right && reader.at < reader.end; skip_spaces(&reader)) {
        body->at = body->passed + (size_t)(reader.at - begin);
        right = *reader.at == '"' ? read_quoted(body, &reader) : read_byte(body, &reader);
    }
    body->passed += piece.len;
    return right;
}

bool request_body_end(struct request_body *body)
{
    bool each = body->given == (SKUS | NODES);
    size_t n = each ? body->skus.n * body->nodes.n : body->nodes.n;
    if (body->detail[0] != '\0')
        return false;
    if (body->cut_len == 0)
        body->at = body->passed;
    if (body->place != BEHIND_BODY)
        return no_json(body);
    if (!each && body->given != PAIRS)
        return no_such_body(body);
    if (n < 1 || n > REQUEST_PAIRS_MAX)
        return wrong(body, "expected 1 to %d pairs, not %zu", REQUEST_PAIRS_MAX, n);
    body->pairs_n = n;
    return true;
}

/* --- what it says ------------------------------------------------------------------------------------------------ */

const char *request_body_detail(const struct request_body *body)
{
    return body->detail;
}

size_t request_body_pairs(const struct request_body *body)
{
    return body->pairs_n;
}

static struct str name_at(const struct names *names, size_t at)
{
    return names->blocks[at / BLOCK_NAMES][at % BLOCK_NAMES];
}

struct request_pair request_body_pair(const struct request_body *body, size_t at)
{
    if (body->given == PAIRS)
        return (struct request_pair){name_at(&body->skus, at), name_at(&body->nodes, at)};
    return (struct request_pair){name_at(&body->skus, at / body->nodes.n), name_at(&body->nodes, at % body->nodes.n)};
}

size_t request_body_held(const struct request_body *body)
{
    return sizeof(*body) + arena_held(&body->arena);
}
