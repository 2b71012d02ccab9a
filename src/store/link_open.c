/* Responsible for: opening a link: which address, TLS, and what every connection begins with. Not for: its traffic
 * (link.c). */
#include <errno.h>
#include <stdlib.h>

#include "link_state.h"
#include "stockfold/base/clock.h"

struct link *link_new_beside(const struct link *other)
{
    struct link *link = link_new(&other->address);
    endpoints_fix(&link->endpoints, other->stream.fd);
    return link;
}

/* A refusal closes the link: what was appended behind the greeting must not be done for somebody else. */
static void check_greeting(void *context, const struct reply *reply)
{
    struct link *link = context;
    if (!reply_is_error(reply))
        return;
    link_give_up(link, reply_text(reply).data);
}

static void greet(struct link *link)
{
    const struct link_address *address = &link->address;
    bool user = address->user[0] != '\0';
    link->reader = reply_memory_reader();
    if (link->reader == NULL)
        error_out_of_memory();
    if (user || address->password[0] != '\0') { /* a user without a password is not to become the default one */
        link_begin(link, user ? 3 : 2, check_greeting, link);
        link_word(link, STR("AUTH"));
        if (user)
            link_word(link, (struct str){address->user, strlen(address->user)});
        link_word(link, (struct str){address->password, strlen(address->password)});
    }
    if (address->tls) { /* so that opening, which may wait for answers, waits for the handshake */
        link_begin(link, 1, NULL, NULL);
        link_word(link, STR("PING"));
    }
    if (address->db != 0) {
        link_begin(link, 2, check_greeting, link);
        link_word(link, STR("SELECT"));
        link_word_int(link, address->db);
    }
}

/* TLS before the first byte, where it is wanted, and then what every connection begins with. */
static bool begin_session(struct link *link)
{
    struct error error = {0};
    if (link->address.tls && !stream_secure(&link->stream, &link->address, &error)) {
        stream_close(&link->stream);
        return link_note_trouble(link, error.text);
    }
    greet(link);
    return true;
}

/* Why no address could be connected to. */
static bool in_address_trouble(struct link *link)
{
    const char *problem = endpoints_problem(&link->endpoints);
    return link_note_trouble(link, problem != NULL ? problem : strerror(errno));
}

static bool open_by(struct link *link, int64_t deadline_us)
{
    const struct addrinfo *info = NULL;
    endpoints_wait(&link->endpoints);
    while (link->stream.fd < 0 && (info = endpoints_take(&link->endpoints)) != NULL)
        stream_connect(&link->stream, info, deadline_us);
    if (link->stream.fd < 0)
        return in_address_trouble(link);
    return begin_session(link) &&
           (link_drain(link, stream_left_ms(deadline_us)) ||
            link_note_trouble(link, link->address.tls ? "no answer in time over TLS" : "no answer in time"));
}

int link_open(struct link *link, int timeout_ms, struct error *error)
{
    int64_t deadline_us = clock_steady_us() + (int64_t)timeout_ms * 1000;
    link_close(link);
    error_clear(&link->trouble);
    return open_by(link, deadline_us) ? 0 : error_set(error, link->trouble.code, "%s", link->trouble.text);
}

bool link_is_ready(struct link *link)
{
    return endpoints_ready(&link->endpoints);
}

void link_open_start(struct link *link)
{
    const struct addrinfo *info = NULL;
    link_close(link);
    error_clear(&link->trouble);
    endpoints_wait(&link->endpoints);
    while (link->stream.fd < 0 && (info = endpoints_take(&link->endpoints)) != NULL)
        stream_start(&link->stream, info);
    if (link->stream.fd < 0)
        in_address_trouble(link);
    else
        begin_session(link);
}
