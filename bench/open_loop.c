/* HTTP requests at a constant rate, each measured from the moment at which it was due: a server that falls behind has
 * its queue counted, where a closed loop would just ask less.
 *
 *   open_loop PORT RATE SECONDS CONNECTIONS FILE      to 127.0.0.1; FILE: a path per line, of which random ones are
 * asked
 *
 * One request at a time on each connection, all of them kept alive; one that is due while none is free waits for one.
 * Any answer but 200 ends the program. Its last line is what bench/harness.py reads. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 64 * 1024, EVENTS_MAX = 256, GRACE_S = 10 };

struct connection {
    int fd;
    int64_t due_ns; /* of the request that it waits for */
    size_t len;     /* bytes of the answer so far */
    char answer[ANSWER_MAX + 1];
};

struct load {
    uint16_t port;
    uint64_t rate, total, due, done; /* requests: due until now; answered */
    char **targets;
    size_t targets_n;
    struct connection *connections, **idle;
    size_t connections_n, idle_n;
    int epoll;
    int64_t start_ns;
    uint64_t random, sent;
    uint32_t *took_us;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "open_loop: %s\n", what);
    exit(EXIT_FAILURE);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t below(struct load *load, uint64_t bound)
{
    load->random ^= load->random << 13;
    load->random ^= load->random >> 7;
    load->random ^= load->random << 17;
    return load->random % bound;
}

/* --- before the first request ------------------------------------------------------------------------------------ */

static void read_targets(struct load *load, const char *name)
{
    FILE *file = fopen(name, "r");
    char *line = NULL;
    size_t cap = 0, room = 0;
    if (file == NULL)
        fail("cannot open the file of paths");
    for (ssize_t len; (len = getline(&line, &cap, file)) > 0;) {
        if (load->targets_n == room) {
            room = room == 0 ? 1024 : room * 2;
            load->targets = realloc(load->targets, room * sizeof(*load->targets));
        }
        line[len - (line[len - 1] == '\n')] = '\0';
        if (load->targets == NULL ||
            asprintf(&load->targets[load->targets_n++], "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", line) < 0)
            fail("out of memory");
    }
    free(line);
    fclose(file);
    if (load->targets_n == 0)
        fail("no paths");
}

static void open_connection(struct load *load, struct connection *connection)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(load->port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 || connect(connection->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        fail("cannot connect");
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0)
        fail("epoll_ctl");
    load->idle[load->idle_n++] = connection;
}

static void open_connections(struct load *load)
{
    load->connections = calloc(load->connections_n, sizeof(*load->connections));
    load->idle = calloc(load->connections_n, sizeof(struct connection *));
    load->took_us = calloc(load->total, sizeof(*load->took_us));
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load->connections == NULL || load->idle == NULL || load->took_us == NULL || load->epoll < 0)
        fail("out of memory");
    for (size_t i = 0; i < load->connections_n; i++)
        open_connection(load, &load->connections[i]);
}

/* --- requests and answers ---------------------------------------------------------------------------------------- */

static int64_t due_ns(const struct load *load, uint64_t request)
{
    return load->start_ns + (int64_t)(request * 1000000000 / load->rate);
}

static void send_due(struct load *load)
{
    while (load->sent < load->total && load->idle_n > 0 && due_ns(load, load->sent) <= now_ns()) {
        struct connection *connection = load->idle[--load->idle_n];
        const char *request = load->targets[below(load, load->targets_n)];
        size_t len = strlen(request);
        connection->due_ns = due_ns(load, load->sent++);
        connection->len = 0;
        if (send(connection->fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
            fail("cannot send");
    }
}

/* Whether the whole answer is there. */
static bool is_whole(const struct connection *connection)
{
    static const char ok[] = "HTTP/1.1 200 ", length[] = "\r\nContent-Length: ";
    const char *end = strstr(connection->answer, "\r\n\r\n"), *field = strstr(connection->answer, length);
    if (end == NULL)
        return false;
    if (strncmp(connection->answer, ok, sizeof(ok) - 1) != 0)
        fail(connection->answer);
    if (field == NULL || field > end)
        fail("an answer without length");
    size_t body_len = strtoull(field + sizeof(length) - 1, NULL, 10);
    return connection->len >= (size_t)(end - connection->answer) + 4 + body_len;
}

static void receive(struct load *load, struct connection *connection)
{
    ssize_t len = recv(connection->fd, connection->answer + connection->len, ANSWER_MAX - connection->len, 0);
    if (len <= 0)
        fail(connection->len == ANSWER_MAX ? "an answer is too long" : "a connection was closed");
    connection->len += (size_t)len;
    connection->answer[connection->len] = '\0';
    if (!is_whole(connection))
        return;
    load->took_us[load->done++] = (uint32_t)((now_ns() - connection->due_ns) / 1000);
    load->idle[load->idle_n++] = connection;
}

/* Sleeps until something is there to be read or to be sent. */
static void turn(struct load *load)
{
    struct epoll_event events[EVENTS_MAX];
    bool may_send = load->sent < load->total && load->idle_n > 0;
    int64_t wait_ns = may_send ? due_ns(load, load->sent) - now_ns() : (int64_t)GRACE_S * 1000000000;
    if (wait_ns < 0)
        wait_ns = 0;
    struct timespec wait = {wait_ns / 1000000000, wait_ns % 1000000000};
    int n = epoll_pwait2(load->epoll, events, EVENTS_MAX, &wait, NULL);
    if (n < 0)
        fail("epoll_pwait2");
    if (n == 0 && !may_send)
        fail("no answer for 10 s");
    for (int i = 0; i < n; i++)
        receive(load, events[i].data.ptr);
    send_due(load);
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void tell(const struct load *load, double seconds)
{
    qsort(load->took_us, load->total, sizeof(*load->took_us), compare);
    printf("{\"operations\":%" PRIu64 ",\"seconds\":%.6f,\"latency_us\":{\"p50\":%u,\"p99\":%u}}\n", load->total,
           seconds, load->took_us[load->total / 2], load->took_us[load->total * 99 / 100]);
}

int main(int argc, char **argv)
{
    struct load load = {.random = 88172645463325252u};
    if (argc != 6)
        fail("usage: open_loop PORT RATE SECONDS CONNECTIONS FILE");
    load.port = (uint16_t)atoi(argv[1]);
    load.rate = strtoull(argv[2], NULL, 10);
    load.total = load.rate * strtoull(argv[3], NULL, 10);
    load.connections_n = strtoull(argv[4], NULL, 10);
    if (load.total == 0 || load.connections_n == 0)
        fail("nothing to do");
    read_targets(&load, argv[5]);
    open_connections(&load);
    prctl(PR_SET_TIMERSLACK, 1); /* its default of 50 µs is longer than requests are apart */
    load.start_ns = now_ns();
    while (load.done < load.total)
        turn(&load);
    tell(&load, (double)(now_ns() - load.start_ns) / 1e9);
    return EXIT_SUCCESS;
}
