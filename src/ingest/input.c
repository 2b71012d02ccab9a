/* Responsible for: what is known of each input partition, and how a message is known again.
 * Not for: reading them (consumer.c) nor for which shard has folded what (shard.c). */
#include "input.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
        .last_offset = -1,
        .last_time = TIME_NONE,
        .verify_offset = -1,
        .rewind = -1,
        .begin = -1,
        .end = -1,
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

void input_name(const struct input *input, char *ret_name, size_t room)
{
    snprintf(ret_name, room, "%s:%" PRId32, input->topic, input->partition);
}

bool input_at_end(const struct input *input)
{
    return input->end >= 0 && input->position >= input->end;
}

struct watermark input_watermark(const struct input *input)
{
    int64_t complete_to = topic_is_stock(input->role) ? input->last_time : TIME_NONE;
    if (input_at_end(input) && !input->rereading && input->end_asked_ms > complete_to)
        complete_to = input->end_asked_ms;
    return (struct watermark){.next = input->position,
                              .last_offset = input->last_offset,
                              .digest = input->last_digest,
                              .complete_to = complete_to};
}

/* FNV-1a, 64 bit (Fowler, Noll, Vo; the constants are theirs). */
static uint64_t digest_more(uint64_t digest, const void *bytes, size_t len)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < len; i++)
        digest = (digest ^ byte[i]) * UINT64_C(0x100000001b3);
    return digest;
}

uint64_t message_digest(struct str key, struct str value, int64_t kafka_time)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    digest = digest_more(digest, &kafka_time, sizeof(kafka_time));
    digest = digest_more(digest, &key.len, sizeof(key.len));
    digest = digest_more(digest, key.data, key.len);
    return digest_more(digest, value.data, value.len);
}
