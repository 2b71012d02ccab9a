/* Any bytes as an event: what the fast way takes the slow way must take alike; what is JSON is not for jansson alone to
 * say, a judge of our own must agree; whatever is taken must survive packing, and whatever is refused must say so in clean
 * words. */
#include <string.h>

#include "codec/support/event_text.h"
#include "json_judge.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/name.h"
#include "stockfold/codec/pack.h"
#include "stockfold/codec/utf8.h"
#include "stockfold/core/watermark.h"
#include "target.h"

static struct arena arena;
static struct buffer fast_text, slow_text, unpacked_text, packed;

static void must_be_equal(const struct event *event, struct buffer *text)
{
    text->len = 0;
    event_write_text(event, text);
    MUST(text->len == slow_text.len && memcmp(text->data, slow_text.data, text->len) == 0);
}

static void must_survive_packing(const struct event *event)
{
    struct event unpacked;
    int64_t hour = hour_of(event_key_time(event));
    size_t position = 0;
    packed.len = 0;
    event_pack(event, event->kafka_time, event->time, hour, &packed);
    struct str bytes = {packed.data, packed.len};
    MUST(event_unpack(bytes, &position, hour, event->sku, &arena, &unpacked));
    MUST(position == bytes.len && unpacked.kafka_time == event->kafka_time);
    MUST(event_content(event, &unpacked) == 0);
    must_be_equal(&unpacked, &unpacked_text);
}

static void must_be_in_words(enum refusal refusal, const char *detail)
{
    size_t len = strnlen(detail, REFUSAL_DETAIL_MAX);
    MUST(refusal < REFUSAL_LATE && len > 0 && len < REFUSAL_DETAIL_MAX);
    const unsigned char *at = (const unsigned char *)detail, *end = at + len;
    for (size_t character_len; at < end; at += character_len) {
        character_len = utf8_length(at, end);
        MUST(character_len > 0 && !character_is_invisible(utf8_character(at, character_len)));
    }
}

/* What is refused for another reason than its JSON has JSON's form too. */
static void must_agree(enum refusal refusal, const struct judgement *judgement)
{
    bool is_document = judgement->is_json && judgement->is_object && !judgement->repeats_key;
    if (refusal != REFUSAL_MALFORMED)
        MUST(is_document);
    else
        MUST(!is_document || judgement->zero_in_key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event_context context = {.kafka_time = INT64_C(1795255500000), .future_max_ms = EVENT_FUTURE_MS_DEFAULT};
    struct str json = {(const char *)data, size};
    struct event fast, slow;
    char detail[REFUSAL_DETAIL_MAX] = "";
    context.arena = &arena;
    bool taken = event_decode_fast(json, &context, &fast);
    enum refusal refusal = event_decode_slow(json, &context, &slow, detail);
    MUST(!taken || refusal == REFUSAL_NONE);
    struct judgement judgement = json_judge(data, size);
    must_agree(refusal, &judgement);
    if (refusal == REFUSAL_NONE) {
        slow_text.len = 0;
        event_write_text(&slow, &slow_text);
        must_survive_packing(&slow);
    } else {
        must_be_in_words(refusal, detail);
    }
    if (taken) {
        MUST(event_content(&fast, &slow) == 0 && fast.kafka_time == slow.kafka_time);
        must_be_equal(&fast, &fast_text);
    }
    arena_reset(&arena, 1 << 20);
    return 0;
}
