/* Responsible for: sockets. Not for: which one, or what is said on it (endpoints.c, link_open.c, link.c). */
#include "stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stockfold/base/clock.h"
#include "tls.h"

const struct stream stream_closed = {.fd = -1};

int stream_left_ms(int64_t deadline_us)
{
    int64_t left = deadline_us - clock_steady_us();
    return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

bool stream_wait(const struct stream *stream, short events, int64_t deadline_us)
{
    for (;;) {
        struct pollfd waited = {.fd = stream->fd, .events = events};
        int ready = poll(&waited, 1, stream_left_ms(deadline_us));
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

bool stream_start(struct stream *stream, const struct addrinfo *info)
{
    int on = 1;
    *stream = stream_closed;
    stream->fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->fd < 0)
        return false;
    if (info->ai_family != AF_UNIX) {
        setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        setsockopt(stream->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    }
    if (connect(stream->fd, info->ai_addr, info->ai_addrlen) == 0 || errno == EINPROGRESS)
        return true;
    int problem = errno;
    stream_close(stream);
    errno = problem;
    return false;
}

bool stream_connect(struct stream *stream, const struct addrinfo *info, int64_t deadline_us)
{
    int problem = 0;
    socklen_t len = sizeof(problem);
    if (!stream_start(stream, info))
        return false;
    if (!stream_wait(stream, POLLOUT, deadline_us))
        problem = ETIMEDOUT;
    else if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &problem, &len) != 0)
        problem = errno;
    if (problem == 0)
        return true;
    stream_close(stream);
    errno = problem;
    return false;
}

bool stream_secure(struct stream *stream, const struct link_address *address, struct error *error)
{
    static const struct link_tls defaults = {.verify = true};
    const struct link_tls *settings = address->tls_settings == NULL ? &defaults : address->tls_settings;
    const char *name = settings->name[0] != '\0' ? settings->name : address->host;
    stream->tls = tls_new(stream->fd, settings, name, error);
    return stream->tls != NULL;
}

void stream_close(struct stream *stream)
{
    tls_free(stream->tls);
    if (stream->fd >= 0)
        close(stream->fd);
    *stream = stream_closed;
}

static void note_wait(ssize_t n, short otherwise, short *ret_waits_for)
{
    *ret_waits_for = n < 0 && errno == EAGAIN ? otherwise : 0;
}

ssize_t stream_send(struct stream *stream, const void *bytes, size_t len, struct error *error)
{
    if (stream->tls != NULL)
        return tls_send(stream->tls, bytes, len, &stream->send_waits_for, error);
    ssize_t n = send(stream->fd, bytes, len, MSG_NOSIGNAL);
    note_wait(n, POLLOUT, &stream->send_waits_for);
    return n;
}

ssize_t stream_recv(struct stream *stream, void *bytes, size_t len, struct error *error)
{
    if (stream->tls != NULL)
        return tls_recv(stream->tls, bytes, len, &stream->recv_waits_for, error);
    ssize_t n = recv(stream->fd, bytes, len, 0);
    note_wait(n, POLLIN, &stream->recv_waits_for);
    return n;
}

bool stream_may_have_more(const struct stream *stream, size_t got, size_t room)
{
    return stream->tls != NULL || got == room; /* TLS gives a record at a time, and keeps what it has read ahead */
}

short stream_events(const struct stream *stream, bool unsent)
{
    bool sends = unsent && stream->send_waits_for != POLLIN;
    return (short)(sends || stream->recv_waits_for == POLLOUT ? POLLIN | POLLOUT : POLLIN);
}
