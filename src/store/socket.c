#include "socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stockfold/base/clock.h"

int socket_left_ms(int64_t deadline_us)
{
    int64_t left = deadline_us - clock_steady_us();
    return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

bool socket_wait(int fd, short events, int64_t deadline_us)
{
    for (;;) {
        struct pollfd waited = {.fd = fd, .events = events};
        int ready = poll(&waited, 1, socket_left_ms(deadline_us));
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

int socket_start(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    if (connect(fd, info->ai_addr, info->ai_addrlen) == 0 || errno == EINPROGRESS)
        return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

int socket_connect(const struct addrinfo *info, int64_t deadline_us)
{
    int fd = socket_start(info), problem = 0;
    if (fd < 0)
        return -1;
    socklen_t len = sizeof(problem);
    if (!socket_wait(fd, POLLOUT, deadline_us))
        problem = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &len) != 0)
        problem = errno;
    if (problem == 0)
        return fd;
    close(fd);
    errno = problem;
    return -1;
}
