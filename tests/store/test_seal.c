/* Seals: replies that are out of step with their commands reach nobody. The server is a socket of the test's own. */
#include <netinet/in.h>
#include <unistd.h>

#include "stockfold/base/clock.h"
#include "stockfold/store/link.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000 };

static int listener, server; /* server: its end of the connection */
static struct link *wire;
static int answered, lost;

static void connect_them(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(name);
    struct error error = {0};
    listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&name, len), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&name, &len), 0);
    wire = link_new(&(struct link_address){.host = "127.0.0.1", .port = ntohs(name.sin_port)});
    ck_assert_int_eq(link_open(wire, TIMEOUT_MS, &error), 0);
    server = accept(listener, NULL, NULL);
    answered = lost = 0;
}

static void part_them(void)
{
    link_free(wire);
    close(server);
    close(listener);
}

static void count(void *context, const struct reply *reply)
{
    (void)context;
    if (reply == NULL)
        lost++;
    else
        ck_assert_int_eq(reply_int(reply), ++answered);
}

static void ask(void)
{
    link_begin(wire, 1, count, NULL);
    link_word(wire, STR("NEXT"));
}

static void say(const char *bytes)
{
    ck_assert_int_eq(write(server, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
}

static void turn_until(const int *counter, int wanted)
{
    int64_t deadline_us = clock_steady_us() + TIMEOUT_MS * INT64_C(1000);
    while (*counter < wanted) {
        ck_assert(clock_steady_us() < deadline_us);
        link_turn(wire, 10);
    }
}

START_TEST(replies_before_a_seal_wait_for_it)
{
    connect_them();
    link_seal(wire); /* of nothing */
    ask();
    ask();
    link_seal(wire);
    link_seal(wire);
    ask();
    ck_assert_uint_eq(link_outstanding(wire), 4);
    link_turn(wire, 0);
    say(":1\r\n:2\r\n");
    link_turn(wire, 0);
    ck_assert_int_eq(answered, 0);
    say("$1\r\n1\r\n");
    turn_until(&answered, 2);
    say(":3\r\n");
    turn_until(&answered, 3);
    ck_assert_uint_eq(link_outstanding(wire), 0);
    ck_assert(link_is_open(wire));
    part_them();
}
END_TEST

START_TEST(replies_out_of_step_with_a_seal_reach_nobody)
{
    static const char *const streams[] = {
        ":1\r\n$1\r\n1\r\n:9\r\n",                /* one too few */
        ":1\r\n:1\r\n:2\r\n$1\r\n1\r\n",          /* one too many */
        ":1\r\n:2\r\n$1\r\n2\r\n",                /* another seal */
        ":1\r\n:2\r\n$-1\r\n",                    /* none */
        ":1\r\n:2\r\n-NOPERM no PING for you\r\n" /* refused */
    };
    enum { STREAMS = sizeof(streams) / sizeof(streams[0]) };
    for (size_t i = 0; i < STREAMS; i++) {
        connect_them();
        ask();
        ask();
        link_seal(wire);
        link_turn(wire, 0);
        say(streams[i]);
        turn_until(&lost, 2);
        ck_assert_int_eq(answered, 0);
        ck_assert(!link_is_open(wire));
        ck_assert_ptr_nonnull(strstr(link_trouble(wire), i == STREAMS - 1 ? "NOPERM" : "protocol"));
        part_them();
    }
}
END_TEST

static const char *wants_a_number(void *context, const struct reply *reply)
{
    int *asked = context;
    ++*asked;
    return reply_is_int(reply) ? NULL : "no number";
}

/* What is handed out before the guard's answer has been seen would count whatever that says. */
START_TEST(replies_count_only_when_their_guard_says_so)
{
    for (int well = 1; well >= 0; well--) {
        int asked = 0;
        connect_them();
        link_guard(wire, STR("*1\r\n$5\r\nGUARD\r\n"), wants_a_number, &asked);
        link_seal(wire); /* of nothing: no guard either */
        ask();
        link_seal(wire);
        ck_assert_uint_eq(link_outstanding(wire), 3);
        link_turn(wire, 0);
        say(":1\r\n");
        link_turn(wire, 0);
        ck_assert_int_eq(answered + lost + asked, 0);
        say(well ? ":5\r\n$1\r\n1\r\n" : "+five\r\n$1\r\n1\r\n");
        turn_until(well ? &answered : &lost, 1);
        ck_assert(asked == 1 && answered + lost == 1 && link_is_open(wire) == well);
        ck_assert(well || strstr(link_trouble(wire), "no number") != NULL);
        ck_assert_uint_eq(link_outstanding(wire), 0);
        part_them();
    }
}
END_TEST

static void close_it(void *context, const struct reply *reply)
{
    count(context, reply);
    link_close(wire);
}

START_TEST(a_callback_that_closes_the_link_leaves_the_rest_lost)
{
    connect_them();
    link_begin(wire, 1, close_it, NULL);
    link_word(wire, STR("NEXT"));
    ask();
    link_seal(wire);
    ask();
    link_seal(wire);
    link_turn(wire, 0);
    say(":1\r\n:2\r\n$1\r\n1\r\n:3\r\n");
    turn_until(&lost, 2);
    ck_assert_int_eq(answered, 1);
    ck_assert_uint_eq(link_outstanding(wire), 0);
    link_seal(wire);
    ck_assert_uint_eq(link_outstanding(wire), 0);
    part_them();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {replies_before_a_seal_wait_for_it, replies_count_only_when_their_guard_says_so,
                                  replies_out_of_step_with_a_seal_reach_nobody,
                                  a_callback_that_closes_the_link_leaves_the_rest_lost};
    return SUITE_RUN("seal", tests);
}
