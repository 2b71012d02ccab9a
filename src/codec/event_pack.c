/* A window event's packed form:
 *
 *   length of what follows, head, [more], key time, [time of a mark], kafka time, id, source, node, quantity, [seq],
 *   [states], [place], [to_place], [to_node], [ref], [reservation], [eta], [of a count: head, lines]
 *
 * The key time is its distance from the beginning of its hour, other times theirs from the key time. */
#include "pack_parts.h"

enum head_bit { HEAD_TYPE = 15, HEAD_INBOUND = 16, HEAD_PLACE = 32, HEAD_MORE = 64, HEAD_SEQ = 128 };

enum more_bit {
    MORE_STATES = 1,
    MORE_TO_PLACE = 2,
    MORE_TO_NODE = 4,
    MORE_REF = 8,
    MORE_RESERVATION = 16,
    MORE_ETA = 32,
};

enum count_bit { COUNT_SCOPE = 3, COUNT_KEEP = 4, COUNT_LINES = 8, COUNT_SELLABLE = 16 };

_Static_assert(EVENT_TYPES <= HEAD_TYPE + 1, "a type fits its bits");
_Static_assert(COUNT_SCOPES <= COUNT_SCOPE + 1, "a scope fits its bits");
_Static_assert(STOCK_STATES <= 4, "two states fit a byte of two bits each");

/* Any hour has a start, if need be by wrapping around: it comes from bytes that were read back. */
static int64_t hour_start(int64_t hour)
{
    return (int64_t)((uint64_t)hour * (3600 * 1000));
}

static unsigned more_bits(const struct event *event)
{
    unsigned more = 0;
    if (event->state != STATE_SELLABLE || event->to_state != STATE_SELLABLE)
        more |= MORE_STATES;
    if (event->to_place.len > 0)
        more |= MORE_TO_PLACE;
    if (event->to_node.len > 0)
        more |= MORE_TO_NODE;
    if (event->ref.len > 0)
        more |= MORE_REF;
    if (event->reservation.len > 0)
        more |= MORE_RESERVATION;
    if (event->eta != TIME_NONE)
        more |= MORE_ETA;
    return more;
}

static void pack_more(const struct event *event, unsigned more, struct buffer *out)
{
    if (more & MORE_STATES)
        buffer_add_byte(out, (char)(event->state | event->to_state << 2));
    if (event->place.len > 0)
        pack_str(out, event->place);
    if (more & MORE_TO_PLACE)
        pack_str(out, event->to_place);
    if (more & MORE_TO_NODE)
        pack_str(out, event->to_node);
    if (more & MORE_REF)
        pack_str(out, event->ref);
    if (more & MORE_RESERVATION)
        pack_str(out, event->reservation);
    if (more & MORE_ETA)
        pack_since(out, event->eta, event_key_time(event));
}

static void pack_count(const struct event *event, struct buffer *out)
{
    unsigned head = event->scope;
    if (event->keep)
        head |= COUNT_KEEP;
    if (event->lines != NULL)
        head |= COUNT_LINES;
    if (event->sellable)
        head |= COUNT_SELLABLE;
    buffer_add_byte(out, (char)head);
    if (event->lines == NULL)
        return;
    pack_varint(out, event->lines_n);
    for (uint32_t i = 0; i < event->lines_n; i++) {
        buffer_add_byte(out, (char)event->lines[i].state);
        pack_str(out, event->lines[i].place);
        pack_signed(out, event->lines[i].qty);
    }
}

static void pack_body(const struct event *event, int64_t kafka_time, int64_t as_of, int64_t hour, struct buffer *out)
{
    unsigned more = more_bits(event);
    unsigned head = event->type;
    if (event->inbound)
        head |= HEAD_INBOUND;
    if (event->place.len > 0)
        head |= HEAD_PLACE;
    if (more != 0)
        head |= HEAD_MORE;
    if (event->has_seq)
        head |= HEAD_SEQ;
    buffer_add_byte(out, (char)head);
    if (more != 0)
        buffer_add_byte(out, (char)more);
    int64_t key_time = event_key_time(event);
    pack_since(out, key_time, hour_start(hour));
    if (event->type == EVENT_CORRECTED)
        pack_since(out, as_of, key_time);
    pack_since(out, kafka_time, key_time);
    pack_str(out, event->id);
    pack_str(out, event->source);
    pack_str(out, event->node);
    pack_signed(out, event->qty);
    if (event->has_seq)
        pack_varint(out, (uint64_t)event->seq);
    pack_more(event, more, out);
    if (event->type == EVENT_COUNTED)
        pack_count(event, out);
}

/* The length stands in front but is known last: it is written behind the body, then the two change places. */
void event_pack(const struct event *event, int64_t kafka_time, int64_t as_of, int64_t hour, struct buffer *out)
{
    size_t start = out->len;
    pack_body(event, kafka_time, as_of, hour, out);
    size_t body = out->len - start;
    pack_varint(out, body);
    char length[10];
    size_t length_len = out->len - start - body;
    memcpy(length, out->data + start + body, length_len);
    memmove(out->data + start + length_len, out->data + start, body);
    memcpy(out->data + start, length, length_len);
}

static bool unpack_byte(struct str bytes, size_t *position, unsigned *ret_byte)
{
    if (*position >= bytes.len)
        return false;
    *ret_byte = (unsigned char)bytes.data[(*position)++];
    return true;
}

static bool unpack_event_place(struct str bytes, size_t *position, struct str *ret_place)
{
    return unpack_str(bytes, position, ret_place) && packed_place_check(*ret_place);
}

static bool unpack_states(struct str bytes, size_t *position, struct event *event)
{
    unsigned states;
    if (!unpack_byte(bytes, position, &states) || states > 15)
        return false;
    event->state = (enum stock_state)(states & 3);
    event->to_state = (enum stock_state)(states >> 2);
    return true;
}

static bool unpack_more(struct str body, size_t *position, unsigned head, unsigned more, struct event *event)
{
    if ((more & MORE_STATES) && !unpack_states(body, position, event))
        return false;
    if ((head & HEAD_PLACE) && !unpack_event_place(body, position, &event->place))
        return false;
    if ((more & MORE_TO_PLACE) && !unpack_event_place(body, position, &event->to_place))
        return false;
    if ((more & MORE_TO_NODE) && !unpack_str(body, position, &event->to_node))
        return false;
    if ((more & MORE_REF) && !unpack_str(body, position, &event->ref))
        return false;
    if ((more & MORE_RESERVATION) && !unpack_str(body, position, &event->reservation))
        return false;
    return !(more & MORE_ETA) || unpack_since(body, position, event_key_time(event), &event->eta);
}

static bool unpack_line(struct str body, size_t *position, struct count_line *ret_line)
{
    unsigned state;
    if (!unpack_byte(body, position, &state) || state >= STOCK_STATES)
        return false;
    ret_line->state = (enum stock_state)state;
    return unpack_event_place(body, position, &ret_line->place) && unpack_signed(body, position, &ret_line->qty);
}

static bool unpack_count_part(struct str body, size_t *position, struct arena *arena, struct event *event)
{
    unsigned head;
    if (!unpack_byte(body, position, &head))
        return false;
    event->scope = (enum count_scope)(head & COUNT_SCOPE);
    event->keep = (head & COUNT_KEEP) != 0;
    event->sellable = (head & COUNT_SELLABLE) != 0;
    if (!(head & COUNT_LINES))
        return true;
    uint64_t n;
    if (!unpack_varint(body, position, &n) || n > BOUND_LINES)
        return false;
    struct count_line *lines = arena_array(arena, struct count_line, n);
    for (uint64_t i = 0; i < n; i++)
        if (!unpack_line(body, position, &lines[i]))
            return false;
    event->lines = lines;
    event->lines_n = (uint32_t)n;
    return true;
}

static bool unpack_seq(struct str body, size_t *position, struct event *event)
{
    uint64_t seq;
    if (!unpack_varint(body, position, &seq) || seq > BOUND_SEQ)
        return false;
    event->has_seq = true;
    event->seq = (int64_t)seq;
    return true;
}

/* The key time goes where event_key_time() finds it. */
static bool unpack_times(struct str body, size_t *position, int64_t hour, struct event *event)
{
    int64_t key_time;
    if (!unpack_since(body, position, hour_start(hour), &key_time))
        return false;
    event->time = key_time;
    if (event->type == EVENT_CORRECTED) {
        event->ref_time = key_time;
        if (!unpack_since(body, position, key_time, &event->time))
            return false;
    }
    return unpack_since(body, position, key_time, &event->kafka_time);
}

static bool unpack_body(struct str body, int64_t hour, struct arena *arena, struct event *event)
{
    size_t position = 0;
    unsigned head, more = 0;
    if (!unpack_byte(body, &position, &head) || (head & HEAD_TYPE) >= EVENT_TYPES)
        return false;
    if ((head & HEAD_MORE) && !unpack_byte(body, &position, &more))
        return false;
    event->type = (enum event_type)(head & HEAD_TYPE);
    event->inbound = (head & HEAD_INBOUND) != 0;
    return unpack_times(body, &position, hour, event) && unpack_str(body, &position, &event->id) &&
           unpack_str(body, &position, &event->source) && unpack_str(body, &position, &event->node) &&
           unpack_signed(body, &position, &event->qty) && (!(head & HEAD_SEQ) || unpack_seq(body, &position, event)) &&
           unpack_more(body, &position, head, more, event) &&
           (event->type != EVENT_COUNTED || unpack_count_part(body, &position, arena, event)) && position == body.len;
}

bool event_unpack(struct str bytes, size_t *position, int64_t hour, struct str sku, struct arena *arena,
                  struct event *ret_event)
{
    struct str body;
    if (!unpack_str(bytes, position, &body))
        return false;
    *ret_event = (struct event){.sku = sku, .eta = TIME_NONE, .ref_time = TIME_NONE};
    return unpack_body(body, hour, arena, ret_event);
}
