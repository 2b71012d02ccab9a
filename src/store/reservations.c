/* Responsible for: asking for reservations and for changes of them, and the answers. Not for: what a change does
 * (functions/change.lua). */
#include "stockfold/store/reservations.h"

#include <assert.h>

#include "meta.h"
#include "reading_parts.h"

#define SECTION(name, words, keys) name,
enum change_section {
#include "change_sections.def"
    SECTIONS
};
#undef SECTION

#define SECTION(name, words, keys) [name] = {words, keys},
static const struct {
    uint32_t words, keys;
} section_form[SECTIONS] = {
#include "change_sections.def"
};
#undef SECTION

enum { KEYS_BEFORE = 4, ARGS_BEFORE = 3, FUNCTION_WORDS = 3 };
static_assert(FIELD_RESERVED == 1, "as functions/change.lua spells it");

/* The shards of items that holds lie in, each once, in ascending order; returns how many. */
static uint32_t shards_of_holds(const struct view *view, const struct change *change, uint32_t *ret_shards)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < change->holds_n; i++) {
        uint32_t shard = shard_of(change->holds[i].sku, view->keys.shards), at = n;
        while (at > 0 && ret_shards[at - 1] > shard)
            at--;
        if (at > 0 && ret_shards[at - 1] == shard)
            continue;
        memmove(&ret_shards[at + 1], &ret_shards[at], (n - at) * sizeof(*ret_shards));
        ret_shards[at] = shard;
        n++;
    }
    return n;
}

static void add_key(struct plan *plan)
{
    plan_word(plan, (struct str){plan->key.data, plan->key.len});
}

static void add_moment(struct plan *plan, int64_t ms)
{
    if (ms == TIME_NONE)
        plan_word(plan, STR(""));
    else
        plan_word_int(plan, ms);
}

static char index_letter(enum reservation_index index)
{
    static const char letters[RESERVATION_INDEXES] = {
        [INDEX_OWNER] = 'w', [INDEX_ORDER] = 'o', [INDEX_NODE] = 'n', [INDEX_CODE] = 'c'};
    return letters[index];
}

static void build_index_key(struct plan *plan, const struct view *view, enum reservation_index index, struct str name)
{
    key_reservation_index(&view->keys, index_letter(index), name, ask_key(plan));
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

static void add_fixed_keys(struct plan *plan, const struct key_space *space)
{
    key_reservations_meta(space, ask_key(plan));
    add_key(plan);
    key_due(space, ask_key(plan));
    add_key(plan);
    key_outbox(space, ask_key(plan));
    add_key(plan);
    key_counters(space, ask_key(plan));
    add_key(plan);
}

static void add_hold_keys(struct plan *plan, const struct key_space *space, const struct change_hold *hold)
{
    uint32_t shard = shard_of(hold->sku, space->shards);
    key_holds(space, shard, ask_key(plan));
    add_key(plan);
    key_record(space, shard, hold->sku, hold->node, ask_key(plan));
    add_key(plan);
    key_consumed(space, shard, ask_key(plan));
    add_key(plan);
}

static void add_keys(struct plan *plan, const struct view *view, const struct change *change, const uint32_t *shards,
                     uint32_t shards_n)
{
    add_fixed_keys(plan, &view->keys);
    for (uint32_t i = 0; i < shards_n; i++) {
        key_meta(&view->keys, shards[i], ask_key(plan));
        add_key(plan);
    }
    for (uint32_t i = 0; i < change->documents_n; i++) {
        key_reservation(&view->keys, change->documents[i].id, ask_key(plan));
        add_key(plan);
    }
    for (uint32_t i = 0; i < change->holds_n; i++)
        add_hold_keys(plan, &view->keys, &change->holds[i]);
    for (uint32_t i = 0; i < change->indexes_n; i++) {
        build_index_key(plan, view, change->indexes[i].index, change->indexes[i].name);
        add_key(plan);
    }
}

/* --- args -------------------------------------------------------------------------------------------------------- */

static void add_document_rows(struct plan *plan, const struct change *change)
{
    for (uint32_t i = 0; i < change->documents_n; i++) {
        const struct change_document *document = &change->documents[i];
        if (document->seen == CHANGE_OLDER)
            plan_word(plan, STR("older"));
        else
            plan_word_int(plan, document->seen);
        add_moment(plan, document->from_ms);
        add_moment(plan, document->before_ms);
        plan_word_int(plan, document->version);
        plan_word(plan, document->text);
    }
}

/* The field of a line: ID \0 SKU \0 NODE, in plan->key. */
static void build_line_field(struct plan *plan, struct str id, struct str sku, struct str node)
{
    struct buffer *field = ask_key(plan);
    buffer_add(field, id.data, id.len);
    buffer_add_byte(field, '\0');
    buffer_add(field, sku.data, sku.len);
    buffer_add_byte(field, '\0');
    buffer_add(field, node.data, node.len);
}

static void add_hold_rows(struct plan *plan, const struct key_space *space, const struct change *change)
{
    for (uint32_t i = 0; i < change->holds_n; i++) {
        const struct change_hold *hold = &change->holds[i];
        build_line_field(plan, hold->id, hold->sku, hold->node);
        add_key(plan);
        plan_word(plan, hold->node);
        plan_word_int(plan, key_bucket(space, hold->node));
        plan_word_int(plan, hold->units);
        plan_word_int(plan, hold->less);
        plan_word(plan, hold->seen);
    }
}

static void add_counters_and_indexes(struct plan *plan, const struct change *change)
{
    for (uint32_t i = 0; i < change->counters_n; i++) {
        plan_word(plan, change->counters[i].name);
        plan_word_int(plan, change->counters[i].by);
        if (change->counters[i].most == INT64_MAX)
            plan_word(plan, STR(""));
        else
            plan_word_int(plan, change->counters[i].most);
    }
    for (uint32_t i = 0; i < change->indexes_n; i++) {
        plan_word(plan, change->indexes[i].id);
        add_moment(plan, change->indexes[i].at_ms);
    }
}

static void add_due_and_messages(struct plan *plan, const struct change *change)
{
    for (uint32_t i = 0; i < change->due_n; i++) {
        struct buffer *member = ask_key(plan);
        if (change->due[i].consumed)
            buffer_add_byte(member, '!');
        buffer_add(member, change->due[i].id.data, change->due[i].id.len);
        add_key(plan);
        add_moment(plan, change->due[i].at_ms);
        add_moment(plan, change->due[i].seen_ms);
    }
    for (uint32_t i = 0; i < change->messages_n; i++) {
        plan_word(plan, change->messages[i].id);
        plan_word(plan, change->messages[i].lasting ? STR("reservations") : STR("holds"));
        plan_word(plan, change->messages[i].value);
    }
}

static int64_t newest_of(const struct change *change)
{
    int64_t newest = TIME_NONE;
    for (uint32_t i = 0; i < change->watermarks_n; i++)
        if (change->watermarks[i].next->newest > newest)
            newest = change->watermarks[i].next->newest;
    return newest;
}

static void add_watermarks(struct plan *plan, const struct change *change)
{
    for (uint32_t i = 0; i < change->watermarks_n; i++) {
        const struct change_watermark *watermark = &change->watermarks[i];
        meta_add_watermark(&plan->bytes, watermark->topic, watermark->partition, watermark->expected, watermark->next);
    }
}

uint32_t ask_change(struct plan *plan, const struct view *view, const struct change *change)
{
    uint32_t shards[VIEW_SHARDS_MAX];
    const uint32_t counts[SECTIONS] = {[SHARDS] = shards_of_holds(view, change, shards),
                                       [DOCUMENTS] = change->documents_n,
                                       [HOLDS] = change->holds_n,
                                       [COUNTERS] = change->counters_n,
                                       [INDEXES] = change->indexes_n,
                                       [DUE] = change->due_n,
                                       [MESSAGES] = change->messages_n,
                                       [WATERMARKS] = change->watermarks_n};
    uint32_t keys = KEYS_BEFORE, args = ARGS_BEFORE + SECTIONS;
    for (int i = 0; i < SECTIONS; i++) {
        keys += counts[i] * section_form[i].keys;
        args += counts[i] * section_form[i].words;
    }
    uint32_t ask = plan_begin(plan, view_shard_of(view, VIEW_RESERVATIONS), FUNCTION_WORDS + keys + args, ANSWER_LIST);
    plan_word(plan, STR("FCALL"));
    plan_word(plan, STR("stockfold_v5_change"));
    plan_word_int(plan, keys);
    add_keys(plan, view, change, shards, counts[SHARDS]);
    plan_word(plan, change->applies ? STR("applies") : STR(""));
    if (change->outbox_max > 0)
        plan_word_int(plan, change->outbox_max);
    else
        plan_word(plan, STR(""));
    add_moment(plan, newest_of(change));
    for (int i = 0; i < SECTIONS; i++)
        plan_word_int(plan, counts[i]);
    add_document_rows(plan, change);
    add_hold_rows(plan, &view->keys, change);
    add_counters_and_indexes(plan, change);
    add_due_and_messages(plan, change);
    add_watermarks(plan, change);
    return ask;
}

/* --- the answer -------------------------------------------------------------------------------------------------- */

static const char *const outcome_words[] = {
    [CHANGE_OK] = "OK",         [CHANGE_CHANGED] = "CHANGED", [CHANGE_TIME] = "TIME",
    [CHANGE_MOVED] = "MOVED",   [CHANGE_SHORT] = "SHORT",     [CHANGE_FULL] = "FULL",
    [CHANGE_BEHIND] = "BEHIND", [CHANGE_CLOSED] = "CLOSED",   [CHANGE_STALE] = "STALE",
};

static bool read_outcome(const struct reply *reply, enum change_outcome *ret_outcome)
{
    for (int i = 0; i <= CHANGE_STALE; i++)
        if (reply_count(reply) >= 2 && str_equal(reply_text(reply_at(reply, 0)), str_from(outcome_words[i]))) {
            *ret_outcome = (enum change_outcome)i;
            return true;
        }
    return false;
}

/* "version text" of a document; empty bytes: version 0. */
static bool split_document(struct str bytes, int64_t *ret_version, struct str *ret_text)
{
    *ret_version = 0;
    *ret_text = bytes;
    return bytes.len == 0 || (number_of(cut_at(ret_text, ' '), ret_version) && *ret_version > 0 && ret_text->len > 0);
}

static bool read_left(const struct reply *reply, uint32_t holds_n, struct arena *arena, const int64_t **ret_left)
{
    int64_t *left = arena_array(arena, int64_t, holds_n + 1);
    if (reply_count(reply) != 2 + (size_t)holds_n)
        return false;
    for (uint32_t i = 0; i < holds_n; i++) {
        struct str units = reply_text(reply_at(reply, 2 + i));
        left[i] = INT64_MAX;
        if (units.len > 0 && !number_of(units, &left[i]))
            return false;
    }
    *ret_left = left;
    return true;
}

bool read_change(const struct answers *answers, uint32_t ask, const struct change *change, struct arena *arena,
                 struct change_answer *ret_answer)
{
    const struct reply *reply = answer_at(answers, ask), *third = reply_count(reply) > 2 ? reply_at(reply, 2) : NULL;
    *ret_answer = (struct change_answer){0};
    if (!read_outcome(reply, &ret_answer->outcome) || !number_of(reply_text(reply_at(reply, 1)), &ret_answer->now_us))
        return false;
    ret_answer->at = (uint32_t)reply_int(third);
    switch (ret_answer->outcome) {
    case CHANGE_OK:
        ret_answer->text = reply_text(third);
        return true;
    case CHANGE_CHANGED:
        return ret_answer->at < change->documents_n && reply_count(reply) > 3 &&
               split_document(reply_text(reply_at(reply, 3)), &ret_answer->version, &ret_answer->text);
    case CHANGE_SHORT:
        return read_left(reply, change->holds_n, arena, &ret_answer->left);
    case CHANGE_TIME:
        return ret_answer->at < change->documents_n;
    case CHANGE_MOVED:
        return ret_answer->at < change->holds_n;
    case CHANGE_FULL:
        return ret_answer->at < change->counters_n;
    case CHANGE_BEHIND:
    case CHANGE_CLOSED:
    case CHANGE_STALE:
        return true;
    }
    return false;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

uint32_t ask_server_clock(struct plan *plan, const struct view *view)
{
    uint32_t ask = plan_begin(plan, view_shard_of(view, VIEW_RESERVATIONS), 1, ANSWER_LIST);
    plan_word(plan, STR("TIME"));
    return ask;
}

bool read_server_clock(const struct answers *answers, uint32_t ask, int64_t *ret_us)
{
    const struct reply *reply = answer_at(answers, ask);
    int64_t seconds, us;
    if (reply_count(reply) != 2 || !number_of(reply_text(reply_at(reply, 0)), &seconds) ||
        !number_of(reply_text(reply_at(reply, 1)), &us) || seconds < 0 || seconds > BOUND_TIME_MS / 1000)
        return false;
    *ret_us = seconds * 1000000 + us;
    return true;
}

uint32_t ask_reservation(struct plan *plan, const struct view *view, struct str id)
{
    key_reservation(&view->keys, id, ask_key(plan));
    return ask_on_key(plan, view_shard_of(view, VIEW_RESERVATIONS), STR("GET"), ANSWER_TEXT, 0);
}

bool read_reservation(const struct answers *answers, uint32_t ask, int64_t *ret_version, struct str *ret_text)
{
    struct str bytes;
    return read_text(answers, ask, &bytes) && split_document(bytes, ret_version, ret_text);
}

uint32_t ask_reservation_ids(struct plan *plan, const struct view *view, enum reservation_index index, struct str name,
                             int64_t at_ms, uint32_t limit)
{
    build_index_key(plan, view, index, name);
    uint32_t ask = ask_on_key(plan, view_shard_of(view, VIEW_RESERVATIONS), STR("ZREVRANGEBYSCORE"), ANSWER_PAIRS, 6);
    if (at_ms == TIME_NONE)
        plan_word(plan, STR("+inf"));
    else
        plan_word_int(plan, at_ms);
    plan_word(plan, STR("-inf"));
    plan_word(plan, STR("WITHSCORES"));
    plan_word(plan, STR("LIMIT"));
    plan_word_int(plan, 0);
    plan_word_int(plan, limit);
    return ask;
}

bool read_reservation_ids(const struct answers *answers, uint32_t ask, struct arena *arena,
                          struct indexed_reservation **ret_ids, size_t *ret_n)
{
    const struct reply *reply = answer_at(answers, ask);
    *ret_n = reply_count(reply) / 2;
    *ret_ids = arena_array(arena, struct indexed_reservation, *ret_n + 1);
    for (size_t i = 0; i < *ret_n; i++) {
        struct indexed_reservation *row = &(*ret_ids)[i];
        row->id = reply_text(reply_at(reply, 2 * i));
        if (row->id.len == 0 || !number_of(reply_text(reply_at(reply, 2 * i + 1)), &row->at_ms))
            return false;
    }
    return reply_is_array(reply);
}

uint32_t ask_consumed(struct plan *plan, const struct view *view, struct str id, struct str node, struct str sku)
{
    uint32_t shard = shard_of(sku, view->keys.shards);
    key_consumed(&view->keys, shard, ask_key(plan));
    uint32_t ask = ask_on_key(plan, shard, STR("HGET"), ANSWER_TEXT, 1);
    build_line_field(plan, id, sku, node);
    add_key(plan);
    return ask;
}

bool read_consumed(const struct answers *answers, uint32_t ask, int64_t *ret_units)
{
    struct str text;
    int64_t time;
    *ret_units = 0;
    if (!read_text(answers, ask, &text))
        return false;
    return text.len == 0 || (number_of(cut_at(&text, ' '), ret_units) && number_of(text, &time));
}

/* --- what is due ------------------------------------------------------------------------------------------------- */

enum { PUT_OFF_MS = 1000 };

uint32_t ask_due(struct plan *plan, const struct view *view, uint32_t most)
{
    uint32_t ask = plan_begin(plan, view_shard_of(view, VIEW_RESERVATIONS), FUNCTION_WORDS + 4, ANSWER_LIST);
    plan_word(plan, STR("FCALL"));
    plan_word(plan, STR("stockfold_v5_due"));
    plan_word_int(plan, 2);
    key_reservations_meta(&view->keys, ask_key(plan));
    add_key(plan);
    key_due(&view->keys, ask_key(plan));
    add_key(plan);
    plan_word_int(plan, most);
    plan_word_int(plan, PUT_OFF_MS);
    return ask;
}

bool read_due(const struct answers *answers, uint32_t ask, struct arena *arena, int64_t *ret_now_us,
              struct due_reservation **ret_due, size_t *ret_n)
{
    const struct reply *reply = answer_at(answers, ask);
    enum change_outcome outcome;
    if (!read_outcome(reply, &outcome) || outcome != CHANGE_OK || reply_count(reply) % 2 != 0 ||
        !number_of(reply_text(reply_at(reply, 1)), ret_now_us))
        return false;
    *ret_n = reply_count(reply) / 2 - 1;
    *ret_due = arena_array(arena, struct due_reservation, *ret_n + 1);
    for (size_t i = 0; i < *ret_n; i++) {
        struct due_reservation *row = &(*ret_due)[i];
        struct str member = reply_text(reply_at(reply, 2 + 2 * i));
        bool consumed = member.len > 0 && member.data[0] == '!';
        *row = (struct due_reservation){.id = {member.data + consumed, member.len - consumed}, .consumed = consumed};
        if (row->id.len == 0 || !number_of(reply_text(reply_at(reply, 3 + 2 * i)), &row->again_ms))
            return false;
    }
    return true;
}
