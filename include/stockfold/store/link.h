/* One pipelined, non-blocking connection to a Redis server.
 *
 * Commands are appended as bytes and go out with the next link_turn(); replies come back in order, each to the
 * callback given with its command. Only link_open(), link_drain() and link_call() block. A lost connection hands every
 * outstanding callback a NULL reply and leaves the link closed; the owner decides when to open it again. Used by one
 * thread. */
#ifndef STOCKFOLD_STORE_LINK_H
#define STOCKFOLD_STORE_LINK_H

#include "stockfold/base/buffer.h"
#include "stockfold/base/error.h"
#include "stockfold/store/reply.h"

enum { LINK_FILE_MAX = 256, LINK_SECRET_MAX = 256 };

/* TLS, for rediss://. Files are PEM. */
struct link_tls {
    bool verify;                   /* check the server's certificate: its signature and its name */
    char ca_file[LINK_FILE_MAX];   /* certificate authorities; empty: the system's */
    char cert_file[LINK_FILE_MAX]; /* client certificate, for servers that require one; empty: none */
    char key_file[LINK_FILE_MAX];  /* the client certificate's key */
    char name[LINK_FILE_MAX];      /* expected in the server's certificate, and sent as SNI; empty: the url's host */
};

struct link_address {
    char host[256], user[128], password[LINK_SECRET_MAX];
    char path[108]; /* Unix socket, in place of host and port; empty: none */
    int port, db;
    bool tls;
    const struct link_tls *tls_settings; /* borrowed; NULL: verify with the system's authorities */
};

enum { LINK_NAME_MAX = 320 };

/* redis://[user:password@]host[:port][/db], the same with rediss:// for TLS, or unix://[user:password@]/path[?db=N];
 * percent-escapes in user, password and path. */
int link_address_parse(const char *url, struct link_address *ret_address, struct error *error) WARN_UNUSED;
/* The address for messages: "host:port" or "unix:/path", without secrets. */
void link_address_name(const struct link_address *address, char ret_name[LINK_NAME_MAX]);

typedef void link_reply_fn(void *context, const struct reply *reply);

struct link;

struct link *link_new(const struct link_address *address);
void link_free(struct link *link); /* outstanding callbacks are not called */

/* A new, closed link to the server that another link is connected to: same IP address, no name lookup. */
struct link *link_new_beside(const struct link *other);

/* Connects, authenticates, selects the db; waits at most timeout_ms. */
int link_open(struct link *link, int timeout_ms, struct error *error) WARN_UNUSED;
/* The same without waiting: AUTH and SELECT go out before anything that is appended from now on. A failure, now or later
 * (refused, no such host, wrong password), closes the link: callbacks get NULL with a link_turn(), and link_trouble()
 * says why. The caller's own deadline covers a server that does not answer at all. Each opening tries the next address
 * of the host; after the last one the host's name is looked up again. That lookup blocks, unless the caller has waited
 * for link_is_ready(). */
void link_open_start(struct link *link);
/* Whether link_open_start() can go on without blocking. False: a thread is looking the host's name up; ask again in a
 * few milliseconds. */
bool link_is_ready(struct link *link);
/* The server's address for messages. Borrowed. */
const char *link_name(const struct link *link);
/* Why the connection was lost or could not be made; empty: it works, or was closed on purpose. Valid until the link is
 * opened again. */
const char *link_trouble(const struct link *link);
bool link_is_open(const struct link *link);
/* Drops the connection: outstanding callbacks get NULL. */
void link_close(struct link *link);
/* The same, when the connection cannot be trusted any more; link_trouble() then says why. */
void link_give_up(struct link *link, const char *why);

/* A command: begin with the number of words, then each word. The callback may be NULL. The command may be appended
 * while closed: its callback then gets NULL at the next link_turn(). */
void link_begin(struct link *link, size_t words, link_reply_fn *fn, void *context);
void link_word(struct link *link, struct str word);
void link_word_int(struct link *link, int64_t number);
/* Words already encoded as RESP bulk strings, `words` of them (for builders that know their count only at the end). */
void link_encoded(struct link *link, const void *bytes, size_t len);

/* Appends a PING with a number of its own. Replies to the commands before it are handed out only after that number has
 * come back, which proves that replies and commands are in step; otherwise the connection is lost. Does nothing when
 * nothing was appended since the last seal, or while closed. */
void link_seal(struct link *link);
/* Adds a command (RESP; borrowed) to every seal. `check` gets its reply before any reply that waits for the seal is
 * handed out. It returns NULL, or why these replies must not be used: then the connection is lost, and link_trouble()
 * repeats that reason. */
typedef const char *link_check_fn(void *context, const struct reply *reply);
void link_guard(struct link *link, struct str command, link_check_fn *check, void *context);
/* Sends what it can of what was appended, without waiting for the next turn. */
void link_flush(struct link *link);

/* Sends what it can, reads and dispatches what is there; waits at most timeout_ms for something to happen when there is
 * nothing to do (0: never; a closed link: never). Callbacks may append commands and close the link, no more. Returns
 * the number of callbacks called. */
int link_turn(struct link *link, int timeout_ms);

/* Within a callback: its reply stays valid after the callback; the caller frees it with reply_free(). */
void link_keep(struct link *link);

/* For poll(), together with other descriptors. */
int link_descriptor(const struct link *link);
bool link_wants_write(const struct link *link);
/* The last turn ended before it had read everything. */
bool link_wants_read(const struct link *link);
size_t link_outstanding(const struct link *link);
size_t link_unsent(const struct link *link); /* bytes */

/* Waits for everything outstanding, at most timeout_ms. Returns false when it did not all come (then the link is
 * closed). */
bool link_drain(struct link *link, int timeout_ms);

/* One command and its reply, blocking: link_call_begin, link_word..., link_call. Waits for everything outstanding. NULL:
 * lost, or not within timeout_ms (then the link is closed). The link owns the reply until the next link_call_begin().
 */
void link_call_begin(struct link *link, size_t words);
const struct reply *link_call(struct link *link, int timeout_ms);

#endif
