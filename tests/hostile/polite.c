/* polite PORT CONNECTIONS RATE SECONDS PATH: asks for PATH so many times a second over kept connections, whatever the
 * answers take, and prints one line of JSON: how long they took from when they were due, and how many were not 200. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "stockfold/base/clock.h"

enum { CONNECTIONS_MAX = 256, ROOM = 65536 };

struct connection {
    char in[ROOM];
    size_t len;
    int64_t due_us; /* of the request under way; 0: none */
};

struct run {
    struct pollfd polls[CONNECTIONS_MAX];
    struct connection *connections;
    int connections_n, last; /* last: asked */
    char request[1024];
    int64_t *took_us;
    int64_t took_n, wanted, failed;
};

static void ask(struct run *run, int i, int64_t due_us)
{
    size_t len = strlen(run->request);
    run->connections[i].due_us = due_us;
    run->last = i;
    if (send(run->polls[i].fd, run->request, len, MSG_NOSIGNAL) != (ssize_t)len) {
        perror("a polite client was left");
        exit(1);
    }
}

static void hear(struct run *run, int i)
{
    struct connection *connection = &run->connections[i];
    struct answer answer;
    ssize_t n = recv(run->polls[i].fd, connection->in + connection->len, ROOM - connection->len, 0);
    if (n <= 0) {
        fprintf(stderr, "a polite client was left\n");
        exit(1);
    }
    connection->len += (size_t)n;
    if (answer_read(connection->in, connection->len, false, false, &answer) != ANSWER_WHOLE)
        return;
    run->took_us[run->took_n++] = clock_steady_us() - connection->due_us;
    run->failed += answer.status != 200;
    connection->len = 0;
    connection->due_us = 0;
}

/* In turn, so that none is given up for its silence. */
static int find_idle(const struct run *run)
{
    for (int k = 1; k <= run->connections_n; k++) {
        int i = (run->last + k) % run->connections_n;
        if (run->connections[i].due_us == 0)
            return i;
    }
    return -1;
}

static void drive(struct run *run, int64_t interval_us)
{
    int64_t due_us = clock_steady_us();
    for (int64_t asked_n = 0; run->took_n < run->wanted;) {
        int idle;
        while (asked_n < run->wanted && due_us <= clock_steady_us() && (idle = find_idle(run)) >= 0) {
            ask(run, idle, due_us);
            due_us += interval_us;
            asked_n++;
        }
        int64_t left_us = due_us - clock_steady_us();
        struct timespec until = {0, left_us > 0 ? left_us * 1000 : 0};
        bool blocked = asked_n == run->wanted || find_idle(run) < 0;
        ppoll(run->polls, (nfds_t)run->connections_n, blocked ? NULL : &until, NULL);
        for (int i = 0; i < run->connections_n; i++)
            if (run->polls[i].revents != 0)
                hear(run, i);
    }
}

static int compare(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void open_connections(struct run *run, uint16_t port)
{
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < run->connections_n; i++) {
        run->polls[i] = (struct pollfd){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .events = POLLIN};
        if (connect(run->polls[i].fd, (const struct sockaddr *)&server, sizeof(server)) < 0) {
            perror("no connection");
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    static struct run run;
    if (argc != 6 || atoi(argv[2]) > CONNECTIONS_MAX || strlen(argv[5]) > 900) {
        fprintf(stderr, "usage: polite PORT CONNECTIONS RATE SECONDS PATH\n");
        return 2;
    }
    int64_t rate = atoll(argv[3]);
    run.connections_n = atoi(argv[2]);
    run.wanted = rate * atoll(argv[4]);
    run.connections = calloc((size_t)run.connections_n, sizeof(*run.connections));
    run.took_us = calloc((size_t)run.wanted, sizeof(*run.took_us));
    snprintf(run.request, sizeof(run.request), "GET %s HTTP/1.1\r\nHost: polite\r\n\r\n", argv[5]);
    open_connections(&run, (uint16_t)atoi(argv[1]));
    drive(&run, 1000000 / rate);
    qsort(run.took_us, (size_t)run.took_n, sizeof(*run.took_us), compare);
    printf("{\"answers\":%lld,\"failed\":%lld,\"p50_us\":%lld,\"p99_us\":%lld,\"max_us\":%lld}\n",
           (long long)run.took_n, (long long)run.failed, (long long)run.took_us[run.took_n / 2],
           (long long)run.took_us[run.took_n * 99 / 100], (long long)run.took_us[run.took_n - 1]);
    free(run.connections);
    free(run.took_us);
    return 0;
}
