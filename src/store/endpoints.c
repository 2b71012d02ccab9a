/* Responsible for: which address is tried next, and when a name is looked up. Not for: connecting (link_open.c). */
#include "endpoints.h"

#include <string.h>
#include <sys/un.h>

#include "lookup.h"
#include "stockfold/base/clock.h"

enum { PATIENCE_US = 1000 * 1000 /* of who has older addresses to try */ };

static void set_own(struct endpoints *endpoints, int family, socklen_t len)
{
    endpoints->own = (struct addrinfo){.ai_family = family,
                                       .ai_socktype = SOCK_STREAM,
                                       .ai_addrlen = len,
                                       .ai_addr = (struct sockaddr *)&endpoints->own_name};
}

void endpoints_init(struct endpoints *ret_endpoints, const struct link_address *address)
{
    *ret_endpoints = (struct endpoints){.address = address};
    if (address->path[0] == '\0')
        return;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strcpy(name.sun_path, address->path);
    memcpy(&ret_endpoints->own_name, &name, sizeof(name));
    set_own(ret_endpoints, AF_UNIX, sizeof(name));
}

void endpoints_done(struct endpoints *endpoints)
{
    lookup_drop(endpoints->lookup);
    if (endpoints->found != NULL)
        freeaddrinfo(endpoints->found);
}

bool endpoints_fix(struct endpoints *endpoints, int fd)
{
    socklen_t len = sizeof(endpoints->own_name);
    if (fd < 0 || getpeername(fd, (struct sockaddr *)&endpoints->own_name, &len) != 0)
        return false;
    set_own(endpoints, endpoints->own_name.ss_family, len);
    return true;
}

/* What a lookup found; nothing leaves what was there. */
static void take_found(struct endpoints *endpoints, struct addrinfo *found, int code)
{
    endpoints->code = code;
    if (found != NULL) {
        if (endpoints->found != NULL)
            freeaddrinfo(endpoints->found);
        endpoints->found = found;
    }
    endpoints->next = endpoints->found;
}

/* Without a lookup: an address of the server's own, or a host that is no name. */
static bool begin_round_at_once(struct endpoints *endpoints)
{
    if (endpoints->own.ai_addr != NULL) {
        endpoints->next = &endpoints->own;
        return true;
    }
    struct addrinfo *found;
    if (lookup_now(endpoints->address->host, endpoints->address->port, AI_NUMERICHOST, &found) != 0)
        return false;
    take_found(endpoints, found, 0);
    return true;
}

bool endpoints_ready(struct endpoints *endpoints)
{
    struct addrinfo *found;
    int code;
    if (endpoints->next != NULL || (endpoints->lookup == NULL && begin_round_at_once(endpoints)))
        return true;
    if (endpoints->lookup == NULL) {
        endpoints->lookup = lookup_start(endpoints->address->host, endpoints->address->port);
        endpoints->lookup_since_us = clock_steady_us();
    }
    if (endpoints->lookup == NULL) {
        take_found(endpoints, NULL, EAI_AGAIN);
        return true;
    }
    if (lookup_take(endpoints->lookup, &found, &code)) {
        endpoints->lookup = NULL;
        take_found(endpoints, found, code);
        return true;
    }
    if (endpoints->found == NULL || clock_steady_us() - endpoints->lookup_since_us < PATIENCE_US)
        return false;
    endpoints->next = endpoints->found;
    return true;
}

void endpoints_wait(struct endpoints *endpoints)
{
    if (endpoints->next != NULL || begin_round_at_once(endpoints))
        return;
    struct addrinfo *found;
    int code = lookup_now(endpoints->address->host, endpoints->address->port, 0, &found);
    take_found(endpoints, found, code);
}

const struct addrinfo *endpoints_take(struct endpoints *endpoints)
{
    const struct addrinfo *taken = endpoints->next;
    if (taken != NULL)
        endpoints->next = taken->ai_next;
    return taken;
}

const char *endpoints_problem(const struct endpoints *endpoints)
{
    if (endpoints->own.ai_addr != NULL || endpoints->found != NULL || endpoints->code == 0)
        return NULL;
    return gai_strerror(endpoints->code);
}
