/* Responsible for: reading the outbox, and letting go of what Kafka has. Not for: filling it (reservations.c). */
#include "stockfold/store/outbox.h"

#include "reading_parts.h"

static uint32_t ask_on_outbox(struct plan *plan, const struct view *view, struct str verb, enum answer_shape shape,
                              uint32_t more)
{
    key_outbox(&view->keys, ask_key(plan));
    return ask_on_key(plan, view_shard_of(view, VIEW_RESERVATIONS), verb, shape, more);
}

uint32_t ask_outbox(struct plan *plan, const struct view *view, uint32_t most)
{
    uint32_t ask = ask_on_outbox(plan, view, STR("XRANGE"), ANSWER_LIST, 4);
    plan_word(plan, STR("-"));
    plan_word(plan, STR("+"));
    plan_word(plan, STR("COUNT"));
    plan_word_int(plan, most);
    return ask;
}

/* The value of an entry's field; empty: it has none such. */
static struct str stream_field(const struct reply *fields, struct str name)
{
    for (size_t i = 0; i + 1 < reply_count(fields); i += 2)
        if (str_equal(reply_text(reply_at(fields, i)), name))
            return reply_text(reply_at(fields, i + 1));
    return (struct str){0};
}

static bool read_entry(const struct reply *reply, struct outbox_entry *ret_entry)
{
    const struct reply *fields = reply_at(reply, 1);
    struct str entry = reply_text(reply_at(reply, 0)), ms = entry, topic = stream_field(fields, STR("topic"));
    *ret_entry =
        (struct outbox_entry){.entry = entry, .value = stream_field(fields, STR("value")), .lasting = topic.len > 5};
    bool is_ours =
        ret_entry->value.len > 0 && (str_equal(topic, STR("reservations")) || str_equal(topic, STR("holds")));
    if (is_ours)
        ret_entry->id = stream_field(fields, STR("id"));
    ms = cut_at(&ms, '-');
    return number_of(ms, &ret_entry->at_ms);
}

bool read_outbox(const struct answers *answers, uint32_t ask, struct arena *arena, struct outbox_entry **ret_entries,
                 size_t *ret_n)
{
    const struct reply *reply = answer_at(answers, ask);
    if (!reply_is_array(reply))
        return false;
    *ret_n = reply_count(reply);
    *ret_entries = arena_array(arena, struct outbox_entry, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        if (!read_entry(reply_at(reply, i), &(*ret_entries)[i]))
            return false;
    return true;
}

uint32_t ask_outbox_depth(struct plan *plan, const struct view *view)
{
    return ask_on_outbox(plan, view, STR("XLEN"), ANSWER_NUMBER, 0);
}

bool read_outbox_depth(const struct answers *answers, uint32_t ask, int64_t *ret_depth)
{
    const struct reply *reply = answer_at(answers, ask);
    *ret_depth = reply_int(reply);
    return reply_is_int(reply);
}

uint32_t ask_outbox_release(struct plan *plan, const struct view *view, struct str entry)
{
    uint32_t shard = view_shard_of(view, VIEW_RESERVATIONS);
    uint32_t ask = plan_begin(plan, shard, 6, ANSWER_TEXT);
    struct buffer *key = ask_key(plan);
    plan_word(plan, STR("FCALL"));
    plan_word(plan, STR("stockfold_v5_relayed"));
    plan_word_int(plan, 2);
    key_reservations_meta(&view->keys, key);
    plan_word(plan, (struct str){key->data, key->len});
    key = ask_key(plan);
    key_outbox(&view->keys, key);
    plan_word(plan, (struct str){key->data, key->len});
    plan_word(plan, entry);
    return ask;
}
