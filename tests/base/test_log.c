#include "stockfold/base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stockfold/base/clock.h"
#include "support/suite.h"

/* What `write_lines` writes to stderr. */
static void capture(void (*write_lines)(void), char *ret_text, size_t room)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    write_lines();
    dup2(saved, STDERR_FILENO);
    close(saved);
    size_t len = 0;
    ssize_t got;
    while ((got = read(ends[0], ret_text + len, room - 1 - len)) > 0)
        len += (size_t)got;
    ret_text[len] = '\0';
    close(ends[0]);
}

static void one_line(void)
{
    log_warning("refused reason=%s offset=%d", "late", 17);
}

START_TEST(a_line_has_time_level_and_message)
{
    char text[1000];
    capture(one_line, text, sizeof(text));
    ck_assert_uint_gt(strlen(text), 25);
    ck_assert_int_eq(text[10], 'T');
    ck_assert_int_eq(text[23], 'Z');
    ck_assert_str_eq(text + 24, " warning refused reason=late offset=17\n");
}
END_TEST

static void quiet_lines(void)
{
    log_debug("dropped");
    log_set_level(LOG_ERROR);
    log_info("dropped");
    log_set_level(LOG_DEBUG);
    log_debug("kept");
}

START_TEST(lines_above_the_level_are_dropped)
{
    char text[1000];
    capture(quiet_lines, text, sizeof(text));
    ck_assert_ptr_null(strstr(text, "dropped"));
    ck_assert_ptr_nonnull(strstr(text, " debug kept\n"));
}
END_TEST

static void hostile_line(void)
{
    log_error("id=%s", "a\nb\x1b[31m");
}

START_TEST(a_message_cannot_begin_a_line_of_its_own)
{
    char text[1000];
    capture(hostile_line, text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, " error id=a b [31m\n"));
}
END_TEST

static void long_line(void)
{
    log_error("%5000d", 1);
}

START_TEST(a_long_line_is_cut_and_still_one_line)
{
    char text[8000];
    capture(long_line, text, sizeof(text));
    ck_assert_uint_lt(strlen(text), 2049);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

static void json_lines(void)
{
    log_set_json(true);
    log_warning("refused reason=%s offset=%d detail=\"time: \"%s\" has no Z\" note=\"a=b\"", "late", 17,
                "x\\\xff\xc3\xa9");
    log_error("plain \"words\" level=7");
    log_info("long %3000s key=%d", "\"", 1);
    log_set_json(false);
}

START_TEST(a_line_may_be_json)
{
    char text[8000];
    capture(json_lines, text, sizeof(text));
    ck_assert_int_eq(strncmp(text, "{\"time\":\"2", 10), 0);
    ck_assert_ptr_nonnull(strstr(text,
                                 "Z\",\"level\":\"warning\",\"message\":\"refused\",\"reason\":\"late\",\"offset\":17,"
                                 "\"detail\":\"time: \\\"x\\\\?\xc3\xa9\\\" has no Z\",\"note\":\"a=b\"}\n{"));
    ck_assert_ptr_nonnull(strstr(text, "\"message\":\"plain \\\"words\\\" level=7\"}\n{"));
    ck_assert_int_eq(strncmp(text + strlen(text) - 2, "}\n", 2), 0);
}
END_TEST

START_TEST(the_steady_clock_does_not_go_back)
{
    int64_t before = clock_steady_us();
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_steady_us();
        ck_assert_int_ge(now, before);
        before = now;
    }
    ck_assert_int_gt(clock_wall_ms(), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_line_has_time_level_and_message,
                            lines_above_the_level_are_dropped,
                            a_message_cannot_begin_a_line_of_its_own,
                            a_long_line_is_cut_and_still_one_line,
                            a_line_may_be_json,
                            the_steady_clock_does_not_go_back};
    return SUITE_RUN("log", tests);
}
