/* hostile PORT REQUESTS SEED CONNECTIONS RATE: sends so many requests that nobody wants to 127.0.0.1:PORT, at most RATE
 * a second (0: as fast as it goes), and prints one line of JSON about what came back. Exit 1: something that must not.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "client.h"
#include "stockfold/base/clock.h"

enum { TICK_MS = 5, EVENTS_MAX = 64 };

struct run {
    int epoll;
    struct sockaddr_in server;
    struct dice dice;
    struct client *clients;
    uint32_t clients_n;
    int64_t wanted, rate, began_us;
    int64_t given; /* requests that clients were given to send, who may not come to all of them */
    struct tally tally;
};

static bool is_due(const struct run *run, int64_t now_us)
{
    if (run->tally.requests >= run->wanted)
        return false;
    return run->rate == 0 || run->given <= (now_us - run->began_us) * run->rate / 1000000;
}

static void begin(struct run *run, struct client *client, int64_t now_us)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};
    client_begin(client, &run->dice, &run->server, now_us);
    run->given += (int64_t)client->framed_n + client->tail;
    epoll_ctl(run->epoll, EPOLL_CTL_ADD, client->fd, &event);
}

/* Returns whether it goes on. */
static bool turn(struct run *run, struct client *client, int64_t now_us)
{
    if (client->fd >= 0 && client_turn(client, &run->tally, now_us)) {
        client_end(client, &run->tally);
        client->fd = -1;
    }
    if (client->fd < 0 && is_due(run, now_us))
        begin(run, client, now_us);
    return client->fd >= 0;
}

/* Time passes for all of them. */
static bool tick(struct run *run)
{
    bool alive = false;
    for (uint32_t i = 0; i < run->clients_n; i++)
        alive |= turn(run, &run->clients[i], clock_steady_us());
    return alive || run->tally.requests < run->wanted;
}

static void loop(struct run *run)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t ticked_us = 0;
    for (;;) {
        int n = epoll_wait(run->epoll, events, EVENTS_MAX, TICK_MS);
        for (int i = 0; i < n; i++)
            turn(run, events[i].data.ptr, clock_steady_us());
        if (clock_steady_us() - ticked_us < TICK_MS * 1000)
            continue;
        ticked_us = clock_steady_us();
        if (!tick(run))
            return;
    }
}

static void print(const struct run *run)
{
    const struct tally *tally = &run->tally;
    const char *comma = "";
    printf("{\"requests\":%lld,\"connections\":%lld,\"seconds\":%.1f,\"resets\":%lld,\"wrong\":%lld,\"answers\":{",
           (long long)tally->requests, (long long)tally->connections, (double)(clock_steady_us() - run->began_us) / 1e6,
           (long long)tally->resets, (long long)tally->wrong);
    for (int status = 0; status < STATUSES_MAX; status++)
        if (tally->answers[status] > 0) {
            printf("%s\"%d\":%lld", comma, status, (long long)tally->answers[status]);
            comma = ",";
        }
    printf("}}\n");
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: hostile PORT REQUESTS SEED CONNECTIONS RATE\n");
        return 2;
    }
    struct run run = {.epoll = epoll_create1(EPOLL_CLOEXEC),
                      .server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))},
                      .wanted = atoll(argv[2]),
                      .dice = {strtoull(argv[3], NULL, 10)},
                      .clients_n = (uint32_t)atoi(argv[4]),
                      .rate = atoll(argv[5]),
                      .began_us = clock_steady_us()};
    run.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    run.clients = calloc(run.clients_n, sizeof(*run.clients));
    for (uint32_t i = 0; i < run.clients_n; i++)
        run.clients[i].fd = -1;
    loop(&run);
    print(&run);
    for (uint32_t i = 0; i < run.clients_n; i++) {
        buffer_done(&run.clients[i].out);
        buffer_done(&run.clients[i].in);
    }
    free(run.clients);
    return run.tally.wrong > 0;
}
