#include "event_generator.h"

#include "stockfold/codec/event_json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(state, array) ((array)[below((state), COUNT(array))])

static const char *const types[] = {"sold",    "received", "returned",      "adjusted", "moved",    "counted",
                                    "shipped", "arrived",  "state_changed", "expected", "corrected"};
static const char *const states[] = {"sellable", "damaged", "quality_hold", "staged"};
static const char *const scopes[] = {"place", "zone", "floor", "node"};
static const char *const times[] = {"2026-11-21T10:02:11.250Z",  "2026-11-21T10:02:11Z", "2026-11-21T11:02:11+01:00",
                                    "2026-11-21t10:02:11.2509z", "1970-01-01T00:00:00Z", "2016-12-31T23:59:60Z"};
static const char *const texts[] = {"8842-3",
                                    "a",
                                    "ZR-7745-M-BLK",
                                    "store-014",
                                    "store-015",
                                    "Gran V\xc3\xad",
                                    "\xe5\xa5\xb3\xe8\xa3\x85",
                                    "0123456789012345678901234567890123456789012345678901234567890123",
                                    "01234567890123456789012345678901234567890123456789012345678901234",
                                    "United Kingdom",
                                    " a",
                                    "a\xe2\x80\x8b"};
static const char *const components[] = {
    "2", "women", "A04", "S3", "1", "\xc3\xb1", "0123456789abcdef", "Baking Ingredients", "a "};
static const char *const oddities[] = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "01",
    "-1",
    "1.0",
    "1e3",
    "1E400",
    "-",
    "1000000000",
    "1000000001",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "-99999999999999999999",
    "[]",
    "{}",
    "[1,2]",
    "{\"a\":{\"b\":[]}}",
    "\"\"",
    "\"\\u0000\"",
    "\"\\u00e9\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"a\\/b\"",
    "\"\\n\"",
    "\"\x7f\"",
    "\"\xc2\x85\"",
    "\"\xff\"",
    "\"\xed\xa0\x80\"",
    "\"\t\"",
    "\"2101-01-01T00:00:00Z\"",
    "\"2026-11-21T10:20:00Z\"",
    "\"2026-02-29T10:20:00Z\"",
    "\"keep\"",
    "{\"floor\":\"\"}",
    "{\"floor\":\"1\",\"floor\":\"2\"}",
    "{\"zone\":\"women\"}",
    "{\"floor\":2}",
    "{\"floor\":\"2\",\"zone\":null}",
    "{\"floor\":\"2\",\"depth\":3}",
    "\"0123456789abcdefg\"",
    "\"01234567890123456789012345678901234567890123456789012345678901234\"",
    "tru",
    "\"",
    "",
};

static uint64_t below(uint64_t *state, uint64_t bound)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (*state >> 11) % bound;
}

static bool one_in(uint64_t *state, uint64_t n)
{
    return below(state, n) == 0;
}

static void add_space(uint64_t *state, struct buffer *out)
{
    static const char *const spaces[] = {" ", "\n", "\t\r", "\v"};
    if (one_in(state, 60)) {
        const char *space = PICK(state, spaces);
        buffer_add(out, space, strlen(space));
    }
}

static void add_key(const char *key, uint64_t *state, struct buffer *out)
{
    if (out->len > 0 && out->data[out->len - 1] != '{')
        buffer_add_byte(out, ',');
    add_space(state, out);
    buffer_add_format(out, "\"%s\"", key);
    add_space(state, out);
    buffer_add_byte(out, ':');
    add_space(state, out);
}

static void add_odd(uint64_t *state, struct buffer *out)
{
    const char *odd = PICK(state, oddities);
    buffer_add(out, odd, strlen(odd));
}

static void add_text(const char *key, const char *text, uint64_t *state, struct buffer *out)
{
    add_key(key, state, out);
    if (one_in(state, 80))
        add_odd(state, out);
    else
        buffer_add_format(out, "\"%s\"", text);
}

static void add_qty(uint64_t *state, struct buffer *out)
{
    add_key("qty", state, out);
    if (one_in(state, 40))
        add_odd(state, out);
    else
        buffer_add_int(out, (int64_t)below(state, 10) - one_in(state, 5));
}

static void add_place(const char *key, uint64_t *state, struct buffer *out)
{
    add_key(key, state, out);
    if (one_in(state, 60)) {
        add_odd(state, out);
        return;
    }
    buffer_add_byte(out, '{');
    for (int i = 0; i < PLACE_COMPONENTS; i++)
        if (i == 0 ? !one_in(state, 60) : one_in(state, 2))
            add_text(place_component_names[i], PICK(state, components), state, out);
    buffer_add_byte(out, '}');
}

static void add_lines(uint64_t *state, struct buffer *out)
{
    add_key("lines", state, out);
    buffer_add_byte(out, '[');
    uint64_t n = below(state, 4);
    for (uint64_t i = 0; i < n; i++) {
        buffer_add(out, ",{", i == 0 ? 0 : 1);
        buffer_add_byte(out, '{');
        add_qty(state, out);
        if (!one_in(state, 3))
            add_place("place", state, out);
        if (one_in(state, 5))
            add_text("state", PICK(state, states), state, out);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void add_seq(uint64_t *state, struct buffer *out)
{
    add_key("seq", state, out);
    if (one_in(state, 10))
        add_odd(state, out);
    else
        buffer_add_int(out, one_in(state, 5) ? BOUND_SEQ - (int64_t)below(state, 2) + 1 : (int64_t)below(state, 200));
}

static void add_field(uint64_t *state, struct buffer *out)
{
    static const char *const unknown[] = {"till", "x", "ti\\u006de", "id2", "qt", "place_", "\xc3\xa9", "reasons"};
    switch (below(state, 17)) {
    case 0:
    case 1:
    case 2:
        add_place("place", state, out);
        break;
    case 3:
    case 4:
        add_place("to_place", state, out);
        break;
    case 5:
        add_text("state", PICK(state, states), state, out);
        break;
    case 6:
        add_text("scope", PICK(state, scopes), state, out);
        break;
    case 7:
        add_lines(state, out);
        break;
    case 8:
        add_text("to_node", PICK(state, texts), state, out);
        break;
    case 9:
        add_text("ref", PICK(state, texts), state, out);
        break;
    case 10:
        add_text("eta", PICK(state, times), state, out);
        break;
    case 11:
        add_text("reservation", PICK(state, texts), state, out);
        break;
    case 12:
        add_text("reason", PICK(state, texts), state, out);
        break;
    case 13:
        add_text("missing", one_in(state, 2) ? "keep" : "zero", state, out);
        break;
    case 14:
        add_seq(state, out);
        break;
    default:
        add_key(PICK(state, unknown), state, out);
        add_odd(state, out);
    }
}

/* What the type needs; the rest comes by chance. */
static void add_needed(const char *type, uint64_t *state, struct buffer *out)
{
    if (strcmp(type, "corrected") == 0) {
        add_text("ref", PICK(state, texts), state, out);
        add_text("ref_time", PICK(state, times), state, out);
        return;
    }
    if (strcmp(type, "counted") == 0) {
        add_text("scope", PICK(state, scopes), state, out);
        add_place("place", state, out);
        if (one_in(state, 2)) {
            add_lines(state, out);
            return;
        }
    }
    add_qty(state, out);
    if (strcmp(type, "shipped") == 0 || strcmp(type, "expected") == 0)
        add_text("ref", PICK(state, texts), state, out);
    if (strcmp(type, "shipped") == 0)
        add_text("to_node", PICK(state, texts), state, out);
    if (strcmp(type, "moved") == 0)
        add_place("to_place", state, out);
    if (strcmp(type, "state_changed") == 0) {
        add_text("from_state", PICK(state, states), state, out);
        add_text("to_state", PICK(state, states), state, out);
    }
}

void generate_event(uint64_t seed, struct buffer *out)
{
    uint64_t state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    const char *type = PICK(&state, types);
    size_t start = out->len;
    buffer_add_byte(out, '{');
    add_text("id", PICK(&state, texts), &state, out);
    add_text("source", "pos-17", &state, out);
    add_text("type", type, &state, out);
    add_text("time", PICK(&state, times), &state, out);
    add_text("sku", PICK(&state, texts), &state, out);
    add_text("node", "store-014", &state, out);
    add_needed(type, &state, out);
    while (one_in(&state, 2))
        add_field(&state, out);
    buffer_add_byte(out, '}');
    add_space(&state, out);
    if (one_in(&state, 200) && out->len > start)
        out->len = start + below(&state, out->len - start);
}
