/* Connections that are no plain TCP: TLS, and sockets of the file system. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/support/redis_server.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000 };

static struct redis_server server;
static struct link *admin;
static int tls_port;
static char ca[LINK_FILE_MAX], other_ca[LINK_FILE_MAX], cert[LINK_FILE_MAX], key[LINK_FILE_MAX];

static int free_tcp_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void run_in_folder(const char *command)
{
    char line[1024];
    snprintf(line, sizeof(line), "cd '%s' && { %s; } >openssl.log 2>&1", server.folder, command);
    ck_assert_msg(system(line) == 0, "%s", line);
}

static void name_file(char ret_path[LINK_FILE_MAX], const char *name)
{
    snprintf(ret_path, LINK_FILE_MAX, "%s/%s", server.folder, name);
}

/* An authority, another that signed nothing, and a certificate for redis.test and 127.0.0.1. */
static void make_certificates(void)
{
    run_in_folder("for name in ca other; do openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$name "
                  "-keyout $name.key -out $name.crt; done");
    run_in_folder("openssl req -newkey rsa:2048 -nodes -subj /CN=redis.test -keyout key -out request && "
                  "echo subjectAltName=DNS:redis.test,IP:127.0.0.1 >names && "
                  "openssl x509 -req -in request -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names "
                  "-out cert");
    name_file(ca, "ca.crt");
    name_file(other_ca, "other.crt");
    name_file(cert, "cert");
    name_file(key, "key");
}

static void start(void)
{
    char words[512];
    signal(SIGPIPE, SIG_IGN);
    redis_server_start(&server, (const char *const[]){"--unixsocket", "socket", NULL});
    admin = redis_server_link(&server);
    make_certificates();
    tls_port = free_tcp_port();
    snprintf(words, sizeof(words),
             "CONFIG SET tls-cert-file cert tls-key-file key tls-ca-cert-file ca.crt tls-auth-clients no tls-port %d",
             tls_port);
    ck_assert_msg(!reply_is_error(redis_do(admin, words)), "%s", words);
}

static void stop(void)
{
    link_free(admin);
    redis_server_stop(&server);
}

static struct link_tls trusting(const char *ca_file)
{
    struct link_tls settings = {.verify = true};
    strcpy(settings.ca_file, ca_file);
    return settings;
}

static struct link_address over_tls(const struct link_tls *settings)
{
    return (struct link_address){.host = "127.0.0.1", .port = tls_port, .tls = true, .tls_settings = settings};
}

static void count_bytes(void *context, const struct reply *reply)
{
    size_t *bytes = context;
    ck_assert_msg(!reply_is_error(reply), "%.*s", STR_ARG(reply_text(reply)));
    *bytes += reply_text(reply).len;
}

/* More, both ways, than fits into a record of TLS or a socket's buffers. */
static void echo_much(struct link *link)
{
    enum { ECHOES = 200, LARGE = 1 << 18 };
    size_t bytes = 0;
    char *large = calloc(1, LARGE);
    for (size_t i = 0; i < ECHOES; i++) {
        link_begin(link, 2, count_bytes, &bytes);
        link_word(link, STR("ECHO"));
        link_word(link, (struct str){large, i % 10 == 0 ? LARGE : i});
    }
    ck_assert_msg(link_drain(link, TIMEOUT_MS), "%s", link_trouble(link));
    ck_assert_uint_eq(bytes, 20 * LARGE + 199 * 200 / 2 - 10 * 190);
    free(large);
}

static void expect_served(const struct link_address *address)
{
    struct link *link = link_new(address);
    struct error error = {0};
    ck_assert_msg(link_open(link, TIMEOUT_MS, &error) == 0, "%s", error.text);
    echo_much(link);
    link_open_start(link);
    echo_much(link);
    link_free(link);
}

static void expect_none_within(int timeout_ms, const struct link_address *address, const char *words)
{
    struct link *link = link_new(address);
    struct error error = {0};
    ck_assert_int_eq(link_open(link, timeout_ms, &error), ERROR_UNREACHABLE);
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
    link_free(link);
}

static void expect_no_connection(const struct link_address *address, const char *words)
{
    expect_none_within(TIMEOUT_MS, address, words);
}

START_TEST(a_server_with_a_certificate_that_is_trusted_serves)
{
    struct link_tls settings = trusting(ca);
    struct link_address address = over_tls(&settings);
    expect_served(&address);
    strcpy(settings.name, "redis.test"); /* by name too, whatever its address */
    expect_served(&address);
}
END_TEST

START_TEST(a_server_that_is_not_trusted_is_told_nothing)
{
    struct link_tls settings = trusting(other_ca), defaults = trusting("");
    struct link_address address = over_tls(&settings), unset = over_tls(NULL);
    strcpy(address.password, "secret");
    expect_no_connection(&address, "certificate");
    address.tls_settings = &defaults;
    expect_no_connection(&address, "certificate");
    expect_no_connection(&unset, "certificate");
    settings = trusting(ca);
    strcpy(settings.name, "other.test");
    address.tls_settings = &settings;
    expect_no_connection(&address, "ostname"); /* Hostname mismatch, or hostname */
    const struct reply *stats = redis_do(admin, "INFO commandstats");
    ck_assert_uint_eq(reply_info(stats, "cmdstat_auth").len, 0);
}
END_TEST

START_TEST(a_server_is_not_verified_where_that_is_turned_off)
{
    struct link_tls settings = trusting("");
    settings.verify = false;
    struct link_address address = over_tls(&settings);
    expect_served(&address);
}
END_TEST

START_TEST(who_must_show_a_certificate_shows_it)
{
    struct link_tls settings = trusting(ca);
    struct link_address address = over_tls(&settings);
    redis_do(admin, "CONFIG SET tls-auth-clients yes");
    expect_no_connection(&address, "cannot reach"); /* why may be lost: the server hangs up on what was sent already */
    strcpy(settings.cert_file, cert);
    strcpy(settings.key_file, key);
    expect_served(&address);
}
END_TEST

START_TEST(what_is_wrong_with_a_file_is_said)
{
    struct link_tls settings = trusting("/nowhere/ca.crt");
    struct link_address address = over_tls(&settings);
    expect_no_connection(&address, "CA file /nowhere/ca.crt");
    settings = trusting(ca);
    strcpy(settings.cert_file, ca);
    strcpy(settings.key_file, ca);
    expect_no_connection(&address, "key");
}
END_TEST

/* A plain server takes a hello for the beginning of a command. */
START_TEST(tls_and_plain_servers_are_told_apart)
{
    struct link_tls settings = trusting(ca);
    struct link_address tls = over_tls(&settings), plain = over_tls(&settings);
    tls.port = server.port;
    expect_none_within(300, &tls, "no answer in time");
    plain.tls = false;
    plain.db = 1; /* so that something is said */
    expect_no_connection(&plain, "cannot reach");
}
END_TEST

START_TEST(a_socket_of_the_file_system_serves)
{
    struct link_address address;
    struct error error = {0};
    char url[LINK_FILE_MAX + 32];
    redis_do(admin, "CONFIG SET requirepass secret");
    snprintf(url, sizeof(url), "unix://:secret@%s/socket?db=2", server.folder);
    ck_assert_msg(link_address_parse(url, &address, &error) == 0, "%s", error.text);
    expect_served(&address);
    struct link *link = link_new(&address);
    ck_assert_int_eq(link_open(link, TIMEOUT_MS, &error), 0);
    redis_do(link, "SET here 1");
    redis_do(admin, "SELECT 2");
    ck_assert_int_eq(reply_int(redis_do(admin, "EXISTS here")), 1);
    ck_assert_ptr_null(strstr(link_name(link), "secret"));
    link_free(link);
    strcat(address.path, "x");
    expect_no_connection(&address, "No such file");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("link_tls");
    TCase *tcase = tcase_create("link_tls");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, a_server_with_a_certificate_that_is_trusted_serves);
    tcase_add_test(tcase, a_server_that_is_not_trusted_is_told_nothing);
    tcase_add_test(tcase, a_server_is_not_verified_where_that_is_turned_off);
    tcase_add_test(tcase, who_must_show_a_certificate_shows_it);
    tcase_add_test(tcase, what_is_wrong_with_a_file_is_said);
    tcase_add_test(tcase, tls_and_plain_servers_are_told_apart);
    tcase_add_test(tcase, a_socket_of_the_file_system_serves);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
