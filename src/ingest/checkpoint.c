/* Responsible for: what a shard says of itself beside its commits: how far inputs without anything for it were read,
 * up to when it is complete, and whether it is open. Not for: learning it again when that does not fit (shard.c).
 * Thread: the fold's.
 *
 * A shard opens when every partition that concerns it has reached the end asked for after its loss; one of items only while
 * reservations are open on the same server, so that no lookup promises units that are set aside. It is closed for
 * partitions whose logs do not fit the view, and the view lists them: the fold that finds a gap adds its partition, the one
 * that reads the partition and finds that its log fits takes it off, and whoever takes off the last opens the shard. A
 * checkpoint changes only the list that its fold knows.
 *
 * Until another fold has found a gap, its partitions count as fitting: a shard is open, or opens, as soon as that fold has
 * committed them to their ends. From when the gap is found, the shards close at once (gap_close_shards): they serve for as
 * long as the checkpoints take. */
#include "checkpoint.h"

#include <string.h>

#include "progress.h"

static void take_checkpoint_answer(void *context, const struct reply *reply)
{
    struct question *question = context;
    struct shard *shard = question->shard;
    shard->engine->checkpoints_in_flight -= shard_is_items(shard);
    if (!question_stands(question, &shard))
        return;
    shard->checkpoint_in_flight = false;
    enum reply_problem problem = reply_problem(reply);
    if (problem != REPLY_OK) {
        shard_trouble(shard, problem, reply);
        return;
    }
    if (commit_answer(reply) != COMMIT_OK) {
        shard->engine->totals.conflicts++;
        shard_forget(shard, 0);
        return;
    }
    shard_written(shard);
    for (size_t i = 0; i < shard->engine->inputs.n; i++)
        if (shard->inputs[i].queued == 0 && shard->engine->inputs.rows[i].assigned)
            shard->inputs[i].acknowledged = shard->inputs[i].known.next;
}

static void write_checkpoint(struct shard *shard)
{
    shard->engine->checkpoints_in_flight += shard_is_items(shard);
    commit_send(&shard->engine->commit, take_checkpoint_answer, question_new(shard));
}

/* Where a shard stands in an input: at the position, where nothing of it is queued; else where it was, but complete up to
 * what is deferred. False: no further than `known`. */
static bool passed_over(const struct shard *shard, size_t index, struct watermark *ret_next)
{
    const struct shard_input *shard_input = &shard->inputs[index];
    struct watermark now = input_watermark(&shard->engine->inputs.rows[index]);
    *ret_next = shard_input->known;
    if (!progress_has_passed(shard, index))
        ret_next->complete_to = progress_of_input(shard, index);
    else if (!watermark_advance(ret_next, &now))
        return false;
    bool same = ret_next->next == shard_input->known.next && ret_next->complete_to == shard_input->known.complete_to;
    bool nothing = ret_next->next == 0 && ret_next->complete_to == TIME_NONE;
    return !nothing && !(same && shard_input->stored);
}

/* Advances, in the builder, what was passed over without anything for this shard. */
static size_t pass_over(struct shard *shard, struct commit *commit)
{
    struct engine *engine = shard->engine;
    size_t moved = 0;
    if (!engine->assigned)
        return 0;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        struct shard_input *shard_input = &shard->inputs[i];
        const struct input *input = &engine->inputs.rows[i];
        struct watermark next;
        if (!input->assigned || !shard_concerns(shard, input) || !passed_over(shard, i, &next))
            continue;
        struct str topic = {input->topic, strlen(input->topic)};
        commit_watermark(commit, topic, input->partition, shard_input->stored ? &shard_input->known : NULL, &next);
        shard_input->known = next;
        shard_input->stored = true;
        if (shard_input->taken < next.next)
            shard_input->taken = next.next;
        moved++;
    }
    return moved;
}

/* A checkpoint of the shard, begun. */
static void begin_checkpoint(struct shard *shard, struct str believed, struct str open)
{
    struct engine *engine = shard->engine;
    struct fed_topic topics[TOPIC_INPUTS];
    size_t topics_n = shard_fed_by(shard, topics);
    if (shard_is_items(shard))
        checkpoint_start(&engine->commit, shard->number, believed, open);
    else
        checkpoint_start_part(&engine->commit, shard->number, shard->open ? believed : (struct str){0}, open);
    for (size_t i = 0; i < topics_n; i++)
        checkpoint_fed_by(&engine->commit, topics[i].topic, topics[i].partitions);
}

/* --- closed for partitions ---------------------------------------------------------------------------------------- */

static struct str words_in(const struct buffer *buffer)
{
    return (struct str){buffer->data, buffer->len};
}

static void add_closing(struct buffer *words, struct str name)
{
    if (words->len == 0)
        buffer_add_literal(words, VIEW_CLOSED_BY);
    else
        buffer_add_byte(words, ' ');
    buffer_add(words, name.data, name.len);
}

/* Whether a partition that the view lists stays listed: another fold reads it, or its log does not fit (yet). One that no
 * topic has any more does not. */
static bool stays_closing(const struct engine *engine, size_t index)
{
    if (index == SIZE_MAX)
        return !engine->partitions_known;
    const struct input *input = &engine->inputs.rows[index];
    return !engine->assigned || !input->assigned || !input_fits(input);
}

/* The words by which the shard is to be closed from now on: those of before without partitions that fit, and with those
 * found here not to, and that of `restarted` (SIZE_MAX: none). */
static void list_closing(struct shard *shard, size_t restarted, struct buffer *ret_words)
{
    const struct inputs *inputs = &shard->engine->inputs;
    size_t position = 0;
    buffer_init(ret_words);
    for (size_t i = 0; i < inputs->n; i++)
        shard->inputs[i].closing = false;
    for (;;) {
        struct str name = view_next_closing(words_in(&shard->closed), &position);
        if (name.len == 0)
            break;
        size_t index = inputs_find_named(inputs, name);
        if (!stays_closing(shard->engine, index))
            continue;
        add_closing(ret_words, name);
        if (index != SIZE_MAX)
            shard->inputs[index].closing = true;
    }
    for (size_t i = 0; i < inputs->n; i++) {
        const struct input *input = &inputs->rows[i];
        char name[INPUT_NAME_MAX];
        if (shard->inputs[i].closing || !shard_concerns(shard, input) || !(input->broken || i == restarted))
            continue;
        input_name(input, name);
        add_closing(ret_words, str_from(name));
    }
}

/* Closes it by these words, which it takes over. */
static void close_by(struct shard *shard, struct buffer *words)
{
    buffer_done(&shard->closed);
    shard->closed = *words;
    shard->open = shard->ends_known = false;
    shard->ends_round = shard->engine->ends_rounds + 2; /* one that begins from now on */
}

/* How this fold takes the shard for open or closed. */
static struct str believed_open(const struct shard *shard)
{
    return shard->open ? view_identity(&shard->engine->view, shard->number) : words_in(&shard->closed);
}

/* Closes the shard for a partition that is restarted, in a checkpoint begun with that. */
static void begin_closing(struct shard *shard, size_t restarted)
{
    struct buffer words;
    list_closing(shard, restarted, &words);
    begin_checkpoint(shard, believed_open(shard), words_in(&words));
    close_by(shard, &words);
}

void shard_restart_input(struct shard *shard, size_t index, int64_t begin)
{
    struct engine *engine = shard->engine;
    struct shard_input *shard_input = &shard->inputs[index];
    const struct input *input = &engine->inputs.rows[index];
    if (!shard_concerns(shard, input))
        return;
    bool stock = topic_is_stock(input->role);
    struct watermark next = watermark_none;
    next.next = begin;
    if (stock)
        next.complete_to = shard_input->known.complete_to;
    if (stock)
        begin_closing(shard, index);
    else
        begin_checkpoint(shard, (struct str){0}, (struct str){0});
    commit_watermark(&engine->commit, (struct str){input->topic, strlen(input->topic)}, input->partition,
                     shard_input->stored ? &shard_input->known : NULL, &next);
    write_checkpoint(shard);
    shard_input->known = next;
    shard_input->stored = true;
    shard_input->acknowledged = shard_input->taken = begin;
}

/* What an open transaction holds up was not served before either: nobody waits for its end. */
static int64_t opens_at(const struct shard *shard, size_t index)
{
    const struct input *input = &shard->engine->inputs.rows[index];
    bool known = input->stable_end >= 0 && input->stable_round >= shard->ends_round;
    return known && input->stable_end < shard->open_at[index] ? input->stable_end : shard->open_at[index];
}

static bool has_caught_up(const struct shard *shard)
{
    struct engine *engine = shard->engine;
    if (!shard->ends_known || (shard_is_items(shard) && !shard_for_reservations(engine)->open))
        return false;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        const struct input *input = &engine->inputs.rows[i];
        if (!shard_concerns(shard, input))
            continue;
        int64_t reached = input->assigned ? shard->inputs[i].acknowledged : shard->inputs[i].known.next;
        if (!input_fits(input) || reached < opens_at(shard, i))
            return false;
    }
    return true;
}

bool shard_may_open(const struct shard *shard)
{
    const struct engine *engine = shard->engine;
    if (shard->open)
        return false;
    for (size_t i = 0; i < engine->inputs.n && shard->ends_known; i++) {
        const struct input *input = &engine->inputs.rows[i];
        if (shard_concerns(shard, input) && input->assigned && input->read.next < opens_at(shard, i))
            return false;
    }
    return true;
}

/* Whether only partitions that other consumers read can still keep the shard from opening; notes which. */
static bool waits_for_others(struct shard *shard)
{
    const struct inputs *inputs = &shard->engine->inputs;
    bool waits = false;
    if (!shard->engine->assigned || !shard->ends_known || !shard_may_open(shard))
        return false;
    for (size_t i = 0; i < inputs->n; i++) {
        struct input *input = &inputs->rows[i];
        if (input->assigned || !shard_concerns(shard, input))
            continue;
        waits = true;
        input->awaited = input->awaited || shard->inputs[i].known.next < opens_at(shard, i);
    }
    return waits;
}

/* Before a first round all partitions of all topics are not known: that none is known to be behind says nothing then. */
static void learn_ends(struct shard *shard)
{
    const struct engine *engine = shard->engine;
    if (engine->ends_rounds == 0 || engine->ends_rounds < shard->ends_round)
        return;
    for (size_t i = 0; i < engine->inputs.n; i++)
        shard->open_at[i] = engine->inputs.rows[i].end;
    shard->ends_known = true;
}

void shard_checkpoint(struct shard *shard)
{
    struct engine *engine = shard->engine;
    if (shard->state != SHARD_READY || shard->checkpoint_in_flight ||
        !link_is_open(view_link(&engine->view, shard->number)))
        return;
    if (!shard->open && !shard->ends_known)
        learn_ends(shard);
    struct buffer words;
    list_closing(shard, SIZE_MAX, &words);
    shard->gaps_listed = engine->gaps_n;
    bool opens = !shard->open && words.len == 0 && has_caught_up(shard);
    bool closes = words.len > 0 && !str_equal(words_in(&words), words_in(&shard->closed));
    struct str identity = view_identity(&engine->view, shard->number);
    begin_checkpoint(shard, believed_open(shard), opens ? identity : closes ? words_in(&words) : (struct str){0});
    if (opens)
        shard->closed.len = 0;
    if (closes)
        close_by(shard, &words);
    else
        buffer_done(&words);
    size_t moved = pass_over(shard, &engine->commit);
    bool is_asked = shard->open && shard_is_reservations(shard); /* whether it still is: others open by that */
    shard->checkpoint_in_flight = moved > 0 || shard->advanced || opens || closes || is_asked;
    if (shard->checkpoint_in_flight)
        write_checkpoint(shard);
    shard->advanced = false;
    shard->open = opens || shard->open;
    if (!shard->open && waits_for_others(shard))
        progress_ask_others(shard);
}
