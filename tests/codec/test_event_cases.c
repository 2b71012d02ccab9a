/* Cases as files beside this one: cases/valid/NAME.json decodes to the line in NAME.txt, cases/refused/REASON/NAME.json
 * is refused with that reason. A new case is a file and no code. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/base/unconst.h"
#include "stockfold/codec/event_json.h"
#include "support/event_text.h"
#include "support/suite.h"

static struct arena arena;

/* 2026-11-21T10:05:00Z: what the messages of the cases are stamped with. */
static struct event_context case_context(void)
{
    return (struct event_context){
        .kafka_time = INT64_C(1795255500000), .future_max_ms = EVENT_FUTURE_MS_DEFAULT, .arena = &arena};
}

static void case_path(const char *name, char *ret_path, size_t room)
{
    const char *slash = strrchr(__FILE__, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - __FILE__);
    snprintf(ret_path, room, "%.*scases/%s", folder, __FILE__, name);
}

/* Exactly as long as the file, so that a sanitizer sees its end. */
static struct str read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    fseek(file, 0, SEEK_END);
    size_t len = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(len == 0 ? 1 : len);
    ck_assert_uint_eq(fread(bytes, 1, len, file), len);
    fclose(file);
    return (struct str){bytes, len};
}

static void find_cases(const char *pattern, glob_t *ret_found)
{
    char path[4096];
    case_path(pattern, path, sizeof(path));
    ck_assert_msg(glob(path, 0, NULL, ret_found) == 0, "no cases at %s", path);
}

static void assert_event(const struct event *event, struct str expected, const char *path)
{
    struct buffer text;
    buffer_init(&text);
    event_write_text(event, &text);
    ck_assert_msg(text.len + 1 == expected.len && memcmp(text.data, expected.data, text.len) == 0,
                  "%s\nis       %.*s\nexpected %.*s", path, (int)text.len, text.data, STR_ARG(expected));
    buffer_done(&text);
}

static void check_valid(const char *path)
{
    struct event_context context = case_context();
    struct event event;
    char detail[REFUSAL_DETAIL_MAX] = "", text_path[4096];
    snprintf(text_path, sizeof(text_path), "%.*s.txt", (int)(strlen(path) - strlen(".json")), path);
    struct str json = read_file(path), expected = read_file(text_path);
    ck_assert_msg(event_decode(json, &context, &event, detail) == REFUSAL_NONE, "%s: %s", path, detail);
    ck_assert_int_eq(event.kafka_time, context.kafka_time);
    ck_assert(!event.inbound);
    assert_event(&event, expected, path);
    ck_assert_msg(event_decode_slow(json, &context, &event, detail) == REFUSAL_NONE, "%s: slow: %s", path, detail);
    assert_event(&event, expected, path);
    free(unconst(json.data));
    free(unconst(expected.data));
    arena_reset(&arena, SIZE_MAX);
}

START_TEST(valid_events_decode_to_what_stands_beside_them)
{
    glob_t found;
    find_cases("valid/*.json", &found);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_valid(found.gl_pathv[i]);
    globfree(&found);
}
END_TEST

static void check_refused(const char *path, enum refusal expected)
{
    struct event_context context = case_context();
    struct event event;
    char detail[REFUSAL_DETAIL_MAX] = "";
    struct str json = read_file(path);
    ck_assert_msg(!event_decode_fast(json, &context, &event), "%s: the fast way takes it", path);
    enum refusal refusal = event_decode(json, &context, &event, detail);
    ck_assert_msg(refusal == expected, "%s: refused as %s: %s", path,
                  refusal == REFUSAL_NONE ? "nothing" : refusal_texts[refusal].name, detail);
    ck_assert_msg(strstr(detail, ": ") != NULL || strstr(detail, "expected ") == detail, "%s: %s", path, detail);
    free(unconst(json.data));
    arena_reset(&arena, SIZE_MAX);
}

START_TEST(refused_events_are_refused_with_the_reason_of_their_folder)
{
    for (enum refusal refusal = REFUSAL_MALFORMED; refusal < REFUSAL_LATE; refusal++) {
        char pattern[80];
        glob_t found;
        snprintf(pattern, sizeof(pattern), "refused/%s/*.json", refusal_texts[refusal].name);
        find_cases(pattern, &found);
        for (size_t i = 0; i < found.gl_pathc; i++)
            check_refused(found.gl_pathv[i], refusal);
        globfree(&found);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {valid_events_decode_to_what_stands_beside_them,
                            refused_events_are_refused_with_the_reason_of_their_folder};
    return SUITE_RUN("event_cases", tests);
}
