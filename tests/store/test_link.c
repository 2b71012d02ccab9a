/* The connection: order, loss, nonsense from the other side. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/support/redis_server.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000 };

static struct redis_server server;

static void start(void)
{
    redis_server_start(&server, NULL);
}

static void stop(void)
{
    redis_server_stop(&server);
}

/* What a callback saw. */
struct seen {
    int64_t next;
    int lost, wrong;
};

static void count_up(void *context, const struct reply *reply)
{
    struct seen *seen = context;
    if (reply == NULL)
        seen->lost++;
    else if (reply_int(reply) != ++seen->next)
        seen->wrong++;
}

static void ask_counter(struct link *link, struct seen *seen)
{
    link_begin(link, 2, count_up, seen);
    link_word(link, STR("INCR"));
    link_word(link, STR("counter"));
}

START_TEST(replies_come_in_the_order_of_their_commands)
{
    struct link *link = redis_server_link(&server);
    struct seen seen = {0};
    for (int i = 0; i < 20000; i++)
        ask_counter(link, &seen);
    ck_assert_uint_eq(link_outstanding(link), 20000);
    ck_assert(link_drain(link, TIMEOUT_MS));
    ck_assert_int_eq(seen.next, 20000);
    ck_assert_int_eq(seen.wrong, 0);
    ck_assert_int_eq(seen.lost, 0);
    link_free(link);
}
END_TEST

struct chain {
    struct link *link;
    int left;
};

static void ask_again(void *context, const struct reply *reply)
{
    struct chain *chain = context;
    ck_assert_ptr_nonnull(reply);
    if (chain->left-- == 0)
        return;
    link_begin(chain->link, 1, ask_again, chain);
    link_word(chain->link, STR("PING"));
}

START_TEST(callbacks_may_append_commands)
{
    struct chain chain = {redis_server_link(&server), 100};
    link_begin(chain.link, 1, ask_again, &chain);
    link_word(chain.link, STR("PING"));
    ck_assert(link_drain(chain.link, TIMEOUT_MS));
    ck_assert_int_eq(chain.left, -1);
    link_free(chain.link);
}
END_TEST

static void keep_len(void *context, const struct reply *reply)
{
    *(size_t *)context = reply_text(reply).len;
}

START_TEST(words_larger_than_any_socket_buffer_get_through)
{
    struct link *link = redis_server_link(&server);
    size_t len = 32 << 20, got = 0;
    char *bytes = malloc(len);
    memset(bytes, 'x', len);
    link_begin(link, 2, keep_len, &got);
    link_word(link, STR("ECHO"));
    link_word(link, (struct str){bytes, len});
    ck_assert(link_drain(link, TIMEOUT_MS));
    ck_assert_uint_eq(got, len);
    free(bytes);
    link_free(link);
}
END_TEST

START_TEST(a_lost_connection_hands_null_to_everyone_waiting)
{
    struct link *link = redis_server_link(&server);
    struct seen seen = {0};
    kill(server.pid, SIGSTOP);
    for (int i = 0; i < 5; i++)
        ask_counter(link, &seen);
    kill(server.pid, SIGKILL);
    while (link_is_open(link))
        link_turn(link, TIMEOUT_MS);
    ck_assert_int_eq(seen.lost, 5);
    ck_assert_uint_eq(link_outstanding(link), 0);
    ask_counter(link, &seen);
    ck_assert_int_eq(seen.lost, 5);
    ck_assert_int_eq(link_turn(link, 0), 1);
    ck_assert_int_eq(seen.lost, 6);
    link_free(link);
}
END_TEST

START_TEST(a_server_that_does_not_answer_in_time_closes_the_link)
{
    struct link *link = redis_server_link(&server);
    struct seen seen = {0};
    kill(server.pid, SIGSTOP);
    ask_counter(link, &seen);
    ck_assert(!link_drain(link, 50));
    ck_assert(!link_is_open(link));
    ck_assert_int_eq(seen.lost, 1);
    link_free(link);
}
END_TEST

START_TEST(a_link_that_was_closed_opens_again)
{
    struct link *link = redis_server_link(&server);
    struct seen seen = {0};
    struct error error = {0};
    ask_counter(link, &seen);
    link_close(link);
    ck_assert_int_eq(seen.lost, 1);
    ask_counter(link, &seen);
    ck_assert_int_eq(link_open(link, TIMEOUT_MS, &error), 0);
    ck_assert_int_eq(seen.lost, 2);
    ask_counter(link, &seen);
    ck_assert(link_drain(link, TIMEOUT_MS));
    ck_assert_int_eq(seen.next, 1);
    link_free(link);
}
END_TEST

START_TEST(nobody_there_is_unreachable)
{
    struct link_address address = {.host = "127.0.0.1", .port = 1};
    struct link *link = link_new(&address);
    struct error error = {0};
    ck_assert_int_eq(link_open(link, TIMEOUT_MS, &error), ERROR_UNREACHABLE);
    ck_assert_ptr_nonnull(strstr(error.text, "127.0.0.1:1"));
    ck_assert(!link_is_open(link));
    link_free(link);
}
END_TEST

START_TEST(a_wrong_password_is_said)
{
    struct link_address address = redis_server_address(&server);
    struct link *admin = redis_server_link(&server), *link;
    struct error error = {0};
    redis_do(admin, "CONFIG SET requirepass secret");
    strcpy(address.password, "wrong");
    address.db = 1;
    link = link_new(&address);
    ck_assert_int_eq(link_open(link, TIMEOUT_MS, &error), ERROR_UNREACHABLE);
    ck_assert_ptr_nonnull(strstr(error.text, "WRONGPASS"));
    link_free(link);
    strcpy(address.password, "secret");
    link = link_new(&address);
    error_clear(&error);
    ck_assert_int_eq(link_open(link, TIMEOUT_MS, &error), 0);
    redis_do(link, "SET here 1");
    ck_assert_int_eq(reply_int(redis_do(link, "DBSIZE")), 1);
    ck_assert_int_eq(reply_int(redis_do(admin, "DBSIZE")), 0);
    link_free(link);
    link_free(admin);
}
END_TEST

/* A listening socket of this process. */
static int listening(int backlog, struct link_address *ret_address)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(name);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&name, len), 0);
    ck_assert_int_eq(listen(listener, backlog), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&name, &len), 0);
    *ret_address = (struct link_address){.host = "127.0.0.1", .port = ntohs(name.sin_port)};
    return listener;
}

/* A socket that says `bytes` to the first who connects. */
static void check_nonsense(const char *bytes, int asked, int answered)
{
    struct error error = {0};
    struct seen seen = {0};
    struct link_address address;
    int listener = listening(1, &address);
    struct link *link = link_new(&address);
    ck_assert_int_eq(link_open(link, TIMEOUT_MS, &error), 0);
    int fd = accept(listener, NULL, NULL);
    for (int i = 0; i < asked; i++)
        ask_counter(link, &seen);
    ck_assert_int_eq(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    while (link_is_open(link))
        link_turn(link, TIMEOUT_MS);
    ck_assert_int_eq(seen.next, answered);
    ck_assert_int_eq(seen.lost, asked - answered);
    link_free(link);
    close(fd);
    close(listener);
}

START_TEST(nonsense_from_the_server_is_a_lost_connection)
{
    check_nonsense("HTTP/1.1 400 Bad Request\r\n\r\n", 3, 0);
    check_nonsense(":1\r\n@\r\n", 3, 1);
}
END_TEST

START_TEST(an_answer_that_nobody_asked_for_is_a_lost_connection)
{
    check_nonsense(":1\r\n:2\r\n", 1, 1);
}
END_TEST

static long peak_kb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

START_TEST(a_length_behind_which_nothing_comes_costs_no_memory)
{
    long before = peak_kb();
    check_nonsense("*100000000\r\n:1\r\n@\r\n", 1, 0);
    ck_assert_int_lt(peak_kb() - before, 400 * 1024); /* 800 MB are announced; a sanitizer notes something of each */
}
END_TEST

/* --- opening without waiting ------------------------------------------------------------------------------------- */

static struct link *opening(const struct link_address *address)
{
    struct link *link = link_new(address);
    link_open_start(link);
    return link;
}

static void turn_until_answered(struct link *link)
{
    while (link_outstanding(link) > 0)
        link_turn(link, TIMEOUT_MS);
}

START_TEST(opened_without_waiting_it_serves_what_was_appended_at_once)
{
    struct link_address address = redis_server_address(&server);
    struct link *link = opening(&address);
    struct seen seen = {0};
    for (int i = 0; i < 100; i++)
        ask_counter(link, &seen);
    turn_until_answered(link);
    ck_assert_int_eq(seen.next, 100);
    ck_assert_int_eq(seen.lost, 0);
    ck_assert_str_eq(link_trouble(link), "");
    link_free(link);
}
END_TEST

typedef int lookup_fn(const char *host, const char *port, const struct addrinfo *wanted, struct addrinfo **found);

/* In place of the C library's: several.test stands for two addresses, of which only the second is served. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *wanted, struct addrinfo **found)
{
    lookup_fn *lookup;
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&lookup, &symbol, sizeof(lookup));
    if (strcmp(host, "several.test") != 0)
        return lookup(host, port, wanted, found);
    int code = lookup("127.0.0.2", port, wanted, found);
    return code != 0 ? code : lookup("127.0.0.1", port, wanted, &(*found)->ai_next);
}

/* The refusal of the first may come at once or later. */
START_TEST(of_several_addresses_the_one_that_serves_is_found_the_second_time_at_the_latest)
{
    struct link_address address = redis_server_address(&server);
    strcpy(address.host, "several.test");
    struct link *link = opening(&address);
    struct seen seen = {0};
    struct error error = {0};
    ask_counter(link, &seen);
    turn_until_answered(link);
    if (seen.lost > 0) {
        ck_assert_ptr_nonnull(strstr(link_trouble(link), "Connection refused"));
        link_open_start(link);
        ask_counter(link, &seen);
        turn_until_answered(link);
    }
    ck_assert_int_eq(seen.next, 1);
    ck_assert_int_eq(link_open(link, TIMEOUT_MS, &error), 0);
    ask_counter(link, &seen);
    ck_assert(link_drain(link, TIMEOUT_MS));
    link_free(link);
}
END_TEST

START_TEST(who_greets_rightly_is_let_in)
{
    struct link_address address = redis_server_address(&server);
    struct link *admin = redis_server_link(&server);
    struct seen seen = {0};
    redis_do(admin, "CONFIG SET requirepass secret");
    strcpy(address.password, "secret");
    address.db = 1;
    struct link *link = opening(&address);
    ask_counter(link, &seen);
    turn_until_answered(link);
    ck_assert_int_eq(seen.next, 1);
    ck_assert_int_eq(reply_int(redis_do(admin, "DBSIZE")), 0);
    link_free(link);
    link_free(admin);
}
END_TEST

START_TEST(a_refused_greeting_closes_the_link_before_anything_is_done)
{
    struct link_address address = redis_server_address(&server);
    struct link *admin = redis_server_link(&server);
    struct seen seen = {0};
    strcpy(address.user, "nobody");
    strcpy(address.password, "wrong");
    struct link *link = opening(&address);
    ask_counter(link, &seen);
    ask_counter(link, &seen);
    turn_until_answered(link);
    ck_assert(!link_is_open(link));
    ck_assert_int_eq(seen.lost, 2);
    ck_assert_ptr_nonnull(strstr(link_trouble(link), "WRONGPASS"));
    link_free(link);
    link_free(admin);
}
END_TEST

START_TEST(refused_at_once_it_hands_null_with_the_next_turn)
{
    struct link_address address = {.host = "127.0.0.1", .port = 1};
    struct link *link = opening(&address);
    struct seen seen = {0};
    ask_counter(link, &seen);
    ck_assert_int_eq(seen.lost, 0);
    while (seen.lost == 0)
        link_turn(link, TIMEOUT_MS);
    ck_assert(!link_is_open(link));
    ck_assert_ptr_nonnull(strstr(link_trouble(link), "127.0.0.1:1: Connection refused"));
    link_free(link);
}
END_TEST

START_TEST(a_host_that_is_none_hands_null_with_the_next_turn)
{
    struct link_address address = {.host = "256.256.256.256", .port = 1};
    struct link *link = opening(&address);
    struct seen seen = {0};
    ask_counter(link, &seen);
    ck_assert_int_eq(link_turn(link, 0), 1);
    ck_assert_int_eq(seen.lost, 1);
    ck_assert_str_ne(link_trouble(link), "");
    link_free(link);
}
END_TEST

START_TEST(a_silent_server_keeps_nobody_waiting)
{
    struct link_address address;
    int listener = listening(1, &address);
    struct link *link = opening(&address);
    struct seen seen = {0};
    ask_counter(link, &seen);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(link_turn(link, 0), 0);
    ck_assert(link_is_open(link));
    ck_assert_uint_eq(link_unsent(link), 0);
    link_close(link);
    ck_assert_int_eq(seen.lost, 1);
    ck_assert_str_eq(link_trouble(link), "");
    link_free(link);
    close(listener);
}
END_TEST

/* The kernel drops what comes to a full backlog, so a connect stays under way until it is tried again. */
START_TEST(a_connect_under_way_may_be_turned_and_then_refused)
{
    enum { FILLERS = 4 };
    struct link_address address;
    struct link *fillers[FILLERS];
    int listener = listening(0, &address);
    for (int i = 0; i < FILLERS; i++) {
        fillers[i] = opening(&address);
        link_begin(fillers[i], 1, NULL, NULL);
        link_word(fillers[i], STR("PING"));
        link_turn(fillers[i], 0);
    }
    struct link *last = fillers[FILLERS - 1];
    ck_assert(link_is_open(last));
    ck_assert(link_wants_write(last));
    struct seen seen = {0};
    ask_counter(last, &seen);
    ck_assert_int_eq(link_turn(last, 0), 0);
    close(listener);
    while (seen.lost == 0)
        link_turn(last, TIMEOUT_MS);
    ck_assert_ptr_nonnull(strstr(link_trouble(last), "Connection refused"));
    for (int i = 0; i < FILLERS; i++)
        link_free(fillers[i]);
}
END_TEST

START_TEST(a_server_that_hangs_up_is_told_apart_from_one_that_talks_nonsense)
{
    struct link_address address;
    int listener = listening(1, &address);
    struct link *link = opening(&address);
    struct seen seen = {0};
    ask_counter(link, &seen);
    close(accept(listener, NULL, NULL));
    turn_until_answered(link);
    ck_assert_ptr_nonnull(strstr(link_trouble(link), "closed the connection"));
    link_open_start(link);
    ck_assert_str_eq(link_trouble(link), "");
    ask_counter(link, &seen);
    link_turn(link, 0);
    int fd = accept(listener, NULL, NULL);
    ck_assert_int_eq(write(fd, "HTTP", 4), 4);
    turn_until_answered(link);
    ck_assert_ptr_nonnull(strstr(link_trouble(link), "protocol"));
    ck_assert_int_eq(seen.lost, 2);
    close(fd);
    close(listener);
    link_free(link);
}
END_TEST

/* --- callbacks --------------------------------------------------------------------------------------------------- */

struct keeper {
    struct link *link;
    const struct reply *kept;
};

static void keep_reply(void *context, const struct reply *reply)
{
    struct keeper *keeper = context;
    link_keep(keeper->link);
    keeper->kept = reply;
}

START_TEST(a_reply_that_is_kept_outlives_its_link)
{
    struct keeper keeper = {redis_server_link(&server), NULL};
    link_begin(keeper.link, 2, keep_reply, &keeper);
    link_word(keeper.link, STR("ECHO"));
    link_word(keeper.link, STR("kept"));
    ck_assert(link_drain(keeper.link, TIMEOUT_MS));
    redis_do(keeper.link, "PING");
    link_free(keeper.link);
    ck_assert(str_equal(reply_text(keeper.kept), STR("kept")));
    reply_free(keeper.kept);
}
END_TEST

struct closer {
    struct link *link;
    int called, lost;
};

static void close_again(void *context, const struct reply *reply)
{
    struct closer *closer = context;
    closer->called++;
    closer->lost += reply == NULL;
    link_close(closer->link);
}

START_TEST(a_callback_may_close_the_link_also_when_it_is_lost)
{
    struct closer closer = {.link = redis_server_link(&server)};
    for (int i = 0; i < 5; i++) {
        link_begin(closer.link, 1, close_again, &closer);
        link_word(closer.link, STR("PING"));
    }
    ck_assert(!link_drain(closer.link, TIMEOUT_MS));
    ck_assert_int_eq(closer.called, 5);
    ck_assert_int_eq(closer.lost, 4);
    for (int i = 0; i < 5; i++)
        link_begin(closer.link, 1, close_again, &closer);
    link_turn(closer.link, 0);
    ck_assert_int_eq(closer.called, 10);
    ck_assert_uint_eq(link_outstanding(closer.link), 0);
    link_free(closer.link);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("link");
    TCase *served = tcase_create("served"), *alone = tcase_create("alone");
    tcase_add_checked_fixture(served, start, stop);
    tcase_add_test(served, replies_come_in_the_order_of_their_commands);
    tcase_add_test(served, callbacks_may_append_commands);
    tcase_add_test(served, words_larger_than_any_socket_buffer_get_through);
    tcase_add_test(served, a_lost_connection_hands_null_to_everyone_waiting);
    tcase_add_test(served, a_server_that_does_not_answer_in_time_closes_the_link);
    tcase_add_test(served, a_link_that_was_closed_opens_again);
    tcase_add_test(served, a_wrong_password_is_said);
    tcase_add_test(served, opened_without_waiting_it_serves_what_was_appended_at_once);
    tcase_add_test(served, of_several_addresses_the_one_that_serves_is_found_the_second_time_at_the_latest);
    tcase_add_test(served, who_greets_rightly_is_let_in);
    tcase_add_test(served, a_refused_greeting_closes_the_link_before_anything_is_done);
    tcase_add_test(served, a_reply_that_is_kept_outlives_its_link);
    tcase_add_test(served, a_callback_may_close_the_link_also_when_it_is_lost);
    tcase_add_test(alone, refused_at_once_it_hands_null_with_the_next_turn);
    tcase_add_test(alone, a_host_that_is_none_hands_null_with_the_next_turn);
    tcase_add_test(alone, a_silent_server_keeps_nobody_waiting);
    tcase_add_test(alone, a_connect_under_way_may_be_turned_and_then_refused);
    tcase_add_test(alone, a_server_that_hangs_up_is_told_apart_from_one_that_talks_nonsense);
    tcase_add_test(alone, nobody_there_is_unreachable);
    tcase_add_test(alone, nonsense_from_the_server_is_a_lost_connection);
    tcase_add_test(alone, an_answer_that_nobody_asked_for_is_a_lost_connection);
    tcase_add_test(alone, a_length_behind_which_nothing_comes_costs_no_memory);
    suite_add_tcase(suite, served);
    suite_add_tcase(suite, alone);
    return suite_end(suite);
}
