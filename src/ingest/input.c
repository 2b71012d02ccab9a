/* Responsible for: what is known of each input partition.
 * Not for: reading them (consumer.c) nor for which shard has folded what (shard.c). */
#include "input.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "message.h"

void inputs_done(struct inputs *inputs)
{
    for (int role = 0; role < TOPIC_INPUTS; role++)
        free(inputs->of_topic[role].rows);
    free(inputs->rows);
    *inputs = (struct inputs){0};
}

static void make_room_for_partition(struct partition_rows *known, int32_t partition)
{
    size_t room = (size_t)partition + 1;
    if (room <= known->n)
        return;
    known->rows = realloc(known->rows, room * sizeof(*known->rows));
    if (known->rows == NULL)
        error_out_of_memory();
    while (known->n < room)
        known->rows[known->n++] = SIZE_MAX;
}

size_t inputs_index(struct inputs *inputs, const struct kafka_config *config, enum topic_role role, int32_t partition)
{
    struct partition_rows *known = &inputs->of_topic[role];
    if ((size_t)partition < known->n && known->rows[partition] != SIZE_MAX)
        return known->rows[partition];
    make_room_for_partition(known, partition);
    known->rows[partition] = inputs->n;
    inputs->topics[role] = config->topics[role];
    if (inputs->n == inputs->cap) {
        inputs->cap = inputs->cap == 0 ? 32 : inputs->cap * 2;
        inputs->rows = realloc(inputs->rows, inputs->cap * sizeof(*inputs->rows));
        if (inputs->rows == NULL)
            abort();
    }
    inputs->rows[inputs->n] = (struct input){
        .role = role,
        .topic = config->topics[role],
        .partition = partition,
        .read = watermark_none,
        .verify_offset = -1,
        .rewind = -1,
        .compare_at = INT64_MAX,
        .begin = -1,
        .end = -1,
        .end_complete_to = TIME_NONE,
        .complete_written = TIME_NONE,
        .stable_end = -1,
        .target = -1,
    };
    return inputs->n++;
}

size_t inputs_find(const struct inputs *inputs, struct str topic, int32_t partition)
{
    for (int role = 0; role < TOPIC_INPUTS; role++) {
        const struct partition_rows *known = &inputs->of_topic[role];
        if (inputs->topics[role] != NULL && str_equal(topic, str_from(inputs->topics[role])))
            return partition >= 0 && (size_t)partition < known->n ? known->rows[partition] : SIZE_MAX;
    }
    return SIZE_MAX;
}

size_t inputs_find_named(const struct inputs *inputs, struct str name)
{
    const char *colon = memrchr(name.data, ':', name.len);
    int64_t partition = 0;
    if (colon == NULL || colon == name.data + name.len - 1)
        return SIZE_MAX;
    struct str topic = {name.data, (size_t)(colon - name.data)};
    for (const char *at = colon + 1; at < name.data + name.len && partition <= INT32_MAX; at++)
        partition = *at >= '0' && *at <= '9' ? partition * 10 + (*at - '0') : INT64_MAX;
    return partition <= INT32_MAX ? inputs_find(inputs, topic, (int32_t)partition) : SIZE_MAX;
}

int64_t input_stand_at(struct input *input, const struct watermark *from)
{
    input->read = watermark_is_sound(from) ? *from : watermark_none;
    input->last_message = NULL;
    input->reached_end = false;
    input->rewind = input->verify_offset = -1;
    if (input->read.last_offset < 0 || !topic_is_stock(input->role))
        return input->read.next;
    input->verify_offset = input->read.last_offset;
    return input->verify_offset;
}

void input_expect(struct input *input, const struct watermark *known, uint64_t round)
{
    if (known->next <= input->read.next || !topic_is_stock(input->role))
        return;
    if (known->next > input->stood_to)
        input->stood_to = known->next;
    input->stood_round = round;
    if (known->last_offset >= input->read.next && known->last_offset < input->compare_at)
        input->compare_at = known->last_offset;
}

bool input_fits(const struct input *input)
{
    return !input->broken && !input->restarting && input->verify_offset < 0 && input->read.next >= input->stood_to;
}

void input_go_back(struct input *input, const struct watermark *to)
{
    if (to->next < input->read.next)
        input->rewind = input_stand_at(input, to);
}

void input_begin_at(struct input *input, int64_t begin)
{
    struct watermark from = watermark_none;
    from.next = begin;
    from.complete_to = input->read.complete_to;
    input->rewind = input_stand_at(input, &from);
}

void input_verify_again(struct input *input)
{
    input_digest(input);
    struct watermark here = input->read;
    input->rewind = input_stand_at(input, &here);
}

void input_take(struct input *input, const struct message *message)
{
    input->read = input_watermark(input); /* to where it was complete, it stays */
    input->reached_end = false;
    watermark_pass(&input->read, message->offset, 0, message->kafka_time);
    if (topic_is_stock(input->role))
        watermark_complete(&input->read, message->kafka_time);
    input->last_message = message;
}

bool input_digest(struct input *input)
{
    const struct message *message = input->last_message;
    if (message != NULL)
        input->read.digest = message_digest(message->key, message->value, message->kafka_time);
    input->last_message = NULL;
    return message != NULL;
}

void input_reach_end(struct input *input, int64_t offset)
{
    if (offset > input->read.next)
        input->read.next = offset;
    input->reached_end = offset == input->read.next;
}

void input_hear_end(struct input *input, int64_t end, int64_t complete_to)
{
    input->end = end;
    input->end_complete_to = complete_to;
    input->read = input_watermark(input);
}

void input_name(const struct input *input, char ret_name[INPUT_NAME_MAX])
{
    snprintf(ret_name, INPUT_NAME_MAX, "%s:%" PRId32, input->topic, input->partition);
}

bool input_at_end(const struct input *input)
{
    return input->end >= 0 && input->read.next >= input->end;
}

bool input_seems_held_up(const struct input *input)
{
    return input->assigned ? input->reached_end && input->read.next < input->end : input->awaited;
}

bool input_is_held_up(const struct input *input, uint64_t round)
{
    return input_seems_held_up(input) && input->stable_end >= 0 && input->stable_round >= round &&
           input->read.next >= input->stable_end;
}

struct watermark input_watermark(const struct input *input)
{
    struct watermark watermark = input->read;
    if (input_at_end(input) && !input->rereading && input->end_complete_to > watermark.complete_to)
        watermark.complete_to = input->end_complete_to;
    return watermark;
}
