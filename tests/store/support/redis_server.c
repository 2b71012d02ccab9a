/* Starting and stopping redis-server, and asking it in tests. */
#include "store/support/redis_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stockfold/base/clock.h"

enum { TIMEOUT_MS = 60000, SETTINGS_MAX = 32 };

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static _Noreturn void run(const struct redis_server *server, const char *const *settings)
{
    char port[16];
    const char *words[SETTINGS_MAX] = {"redis-server", "--bind", "127.0.0.1", "--save", "", "--port", port};
    size_t n = 7;
    snprintf(port, sizeof(port), "%d", server->port);
    while (settings != NULL && *settings != NULL && n < SETTINGS_MAX - 1)
        words[n++] = *settings++;
    int log = open("log", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    if (dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
        execvp(words[0], (char **)(uintptr_t)words);
    _exit(127);
}

static void launch(struct redis_server *server, const char *const *settings)
{
    server->pid = fork();
    ck_assert_int_ge(server->pid, 0);
    if (server->pid != 0)
        return;
    if (chdir(server->folder) == 0)
        run(server, settings);
    _exit(127);
}

void redis_server_start(struct redis_server *ret_server, const char *const *settings)
{
    *ret_server = (struct redis_server){.port = free_port(), .folder = "/tmp/stockfold-test-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(ret_server->folder));
    launch(ret_server, settings);
    link_free(redis_server_link(ret_server));
}

static void end(struct redis_server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
}

void redis_server_stop(struct redis_server *server)
{
    char command[128];
    end(server);
    snprintf(command, sizeof(command), "rm -rf '%s'", server->folder);
    ck_assert_int_eq(system(command), 0);
}

void redis_server_restart(struct redis_server *server, const char *const *settings)
{
    end(server);
    launch(server, settings);
}

struct link_address redis_server_address(const struct redis_server *server)
{
    return (struct link_address){.host = "127.0.0.1", .port = server->port};
}

struct view_config redis_server_view(const struct redis_server *server)
{
    return (struct view_config){.address = redis_server_address(server),
                                .prefix = "sf",
                                .shards = 4,
                                .buckets = 1,
                                .timeout_ms = TIMEOUT_MS,
                                .rule = {LATENESS_WINDOW_MS_DEFAULT, LATENESS_HISTORY_MS_DEFAULT},
                                .future_max_ms = 600000};
}

/* A server that was just started refuses for a moment; there is nothing else to wait on. */
struct link *redis_server_link(const struct redis_server *server)
{
    struct link_address address = redis_server_address(server);
    struct link *link = link_new(&address);
    struct error error;
    int64_t deadline_us = clock_steady_us() + TIMEOUT_MS * INT64_C(1000);
    for (;;) {
        error_clear(&error);
        if (link_open(link, TIMEOUT_MS, &error) == 0 && reply_text(redis_do(link, "PING")).len == 4)
            return link;
        ck_assert_msg(clock_steady_us() < deadline_us, "redis-server does not start: %s", error.text);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

const struct reply *redis_do(struct link *link, const char *words)
{
    size_t n = 0;
    for (const char *at = words; *at != '\0'; at += strspn(at, " "), n++)
        at += strcspn(at, " ");
    link_call_begin(link, n);
    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        link_word(link, (struct str){at, len});
        at += len;
    }
    return link_call(link, TIMEOUT_MS);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void redis_digest(struct link *link, struct buffer *ret_text)
{
    static const char script[] =
        "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
        "local kind, value = redis.call('TYPE', key).ok "
        "if kind == 'string' then value = {redis.call('GET', key)} "
        "elseif kind == 'list' then value = redis.call('LRANGE', key, 0, -1) "
        "elseif kind == 'hash' then value = redis.call('HGETALL', key) "
        "elseif kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') "
        "elseif kind == 'stream' then value = redis.call('XRANGE', key, '-', '+') "
        "else value = redis.call('SMEMBERS', key) table.sort(value) end "
        "all[#all + 1] = key .. ' ' .. kind .. ' ' .. redis.sha1hex(cjson.encode(value)) end return all";
    link_call_begin(link, 3);
    link_word(link, STR("EVAL"));
    link_word(link, (struct str){script, sizeof(script) - 1});
    link_word(link, STR("0"));
    const struct reply *reply = link_call(link, TIMEOUT_MS);
    ck_assert_msg(reply_is_array(reply), "%.*s", STR_ARG(reply_text(reply)));
    size_t n = reply_count(reply);
    const char **lines = calloc(n + 1, sizeof(*lines));
    for (size_t i = 0; i < n; i++)
        lines[i] = reply_text(reply_at(reply, i)).data;
    qsort(lines, n, sizeof(*lines), compare_lines);
    ret_text->len = 0;
    for (size_t i = 0; i < n; i++)
        buffer_add_format(ret_text, "%s\n", lines[i]);
    buffer_add_byte(ret_text, '\0');
    free(lines);
}
