/* Names of hosts: looked up by a thread, again after every round of addresses, and nobody waits for it. */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "store/support/redis_server.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int lookups, over; /* begun, and ended */
static bool stuck;
static const char *stands_for; /* NULL: nothing, a name that fails */

typedef int lookup_fn(const char *host, const char *port, const struct addrinfo *wanted, struct addrinfo **found);

/* In place of the C library's. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *wanted, struct addrinfo **found)
{
    lookup_fn *lookup;
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&lookup, &symbol, sizeof(lookup));
    if (strcmp(host, "moving.test") != 0 || (wanted->ai_flags & AI_NUMERICHOST) != 0)
        return lookup(host, port, wanted, found);
    pthread_mutex_lock(&lock);
    lookups++;
    while (stuck)
        pthread_cond_wait(&changed, &lock);
    const char *address = stands_for;
    over++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return address == NULL ? EAI_AGAIN : lookup(address, port, wanted, found);
}

static void set_names(const char *address, bool hang)
{
    pthread_mutex_lock(&lock);
    stands_for = address;
    stuck = hang;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static int count_lookups(void)
{
    pthread_mutex_lock(&lock);
    int n = lookups;
    pthread_mutex_unlock(&lock);
    return n;
}

/* So that no thread is left that would look up with the next test's names. */
static void release_names(void)
{
    pthread_mutex_lock(&lock);
    stuck = false;
    pthread_cond_broadcast(&changed);
    while (over < lookups)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static struct redis_server server;
static struct link *subject;

static void start(void)
{
    redis_server_start(&server, NULL);
    subject = link_new(&(struct link_address){.host = "moving.test", .port = server.port});
    lookups = over = 0;
}

static void stop(void)
{
    link_free(subject);
    release_names();
    redis_server_stop(&server);
}

static void wait_ready(void)
{
    while (!link_is_ready(subject))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void count_answers(void *context, const struct reply *reply)
{
    int *answers = context;
    *answers += reply_problem(reply) == REPLY_OK;
}

/* Opens without waiting; whether that led to the server. */
static bool opens(void)
{
    int answers = 0;
    link_open_start(subject);
    link_begin(subject, 1, count_answers, &answers);
    link_word(subject, STR("PING"));
    while (link_outstanding(subject) > 0)
        link_turn(subject, TIMEOUT_MS);
    return answers == 1;
}

START_TEST(a_server_that_moved_is_found_after_a_round)
{
    set_names("127.0.0.2", false);
    wait_ready();
    ck_assert(!opens() && count_lookups() == 1);
    set_names("127.0.0.1", false);
    wait_ready();
    ck_assert(opens() && count_lookups() == 2);
    set_names("127.0.0.2", false); /* the old server closes, the new one is where the name leads now */
    wait_ready();
    ck_assert(!opens() && count_lookups() == 3);
}
END_TEST

START_TEST(waiting_works_as_well_as_not_waiting)
{
    struct error error = {0};
    set_names("127.0.0.2", false);
    ck_assert_int_eq(link_open(subject, TIMEOUT_MS, &error), ERROR_UNREACHABLE);
    set_names("127.0.0.1", false);
    ck_assert_int_eq(link_open(subject, TIMEOUT_MS, &(struct error){0}), 0);
    ck_assert_int_eq(count_lookups(), 2);
}
END_TEST

START_TEST(a_lookup_that_takes_long_keeps_nobody_waiting)
{
    set_names("127.0.0.1", true);
    for (int i = 0; i < 1000; i++)
        ck_assert(!link_is_ready(subject));
    set_names("127.0.0.1", false);
    wait_ready();
    ck_assert(opens() && count_lookups() == 1);
}
END_TEST

/* Its owner may go, too: the thread frees what it has. */
START_TEST(a_link_that_is_freed_waits_for_no_lookup)
{
    set_names("127.0.0.1", true);
    ck_assert(!link_is_ready(subject));
    link_free(subject);
    subject = link_new(&(struct link_address){.host = "moving.test", .port = server.port});
}
END_TEST

START_TEST(while_names_are_not_to_be_had_the_addresses_known_last_are_tried)
{
    set_names("127.0.0.1", false);
    wait_ready();
    ck_assert(opens());
    set_names(NULL, false);
    wait_ready();
    ck_assert(opens() && count_lookups() == 2);
    set_names(NULL, true);
    wait_ready();
    ck_assert(opens() && count_lookups() == 3);
}
END_TEST

START_TEST(a_name_that_is_none_is_said)
{
    set_names(NULL, false);
    wait_ready();
    ck_assert(!opens());
    ck_assert_ptr_nonnull(strstr(link_trouble(subject), gai_strerror(EAI_AGAIN)));
}
END_TEST

START_TEST(a_connection_beside_another_goes_to_the_same_address)
{
    struct error error = {0};
    set_names("127.0.0.1", false);
    ck_assert_int_eq(link_open(subject, TIMEOUT_MS, &error), 0);
    set_names("127.0.0.2", false);
    struct link *beside = link_new_beside(subject);
    ck_assert_int_eq(link_open(beside, TIMEOUT_MS, &error), 0);
    ck_assert_int_eq(count_lookups(), 1);
    link_free(beside);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("link_names");
    TCase *tcase = tcase_create("link_names");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, a_server_that_moved_is_found_after_a_round);
    tcase_add_test(tcase, waiting_works_as_well_as_not_waiting);
    tcase_add_test(tcase, a_lookup_that_takes_long_keeps_nobody_waiting);
    tcase_add_test(tcase, a_link_that_is_freed_waits_for_no_lookup);
    tcase_add_test(tcase, while_names_are_not_to_be_had_the_addresses_known_last_are_tried);
    tcase_add_test(tcase, a_name_that_is_none_is_said);
    tcase_add_test(tcase, a_connection_beside_another_goes_to_the_same_address);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
