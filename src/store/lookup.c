/* Responsible for: one lookup in one thread. Not for: when a name is looked up (endpoints.c).
 *
 * The caller and the thread share the lookup; the last owner frees it. So the caller never waits for the thread, not
 * even to drop the lookup. */
#include "lookup.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/buffer.h"
#include "stockfold/base/error.h"

struct lookup {
    pthread_mutex_t lock; /* of all that follows */
    int owners;
    bool over;
    int code;
    struct addrinfo *found;
    int port;
    char host[];
};

int lookup_now(const char *host, int port, int flags, struct addrinfo **ret_found)
{
    char digits[12];
    struct buffer text = {.data = digits, .cap = sizeof(digits)};
    buffer_add_int(&text, port);
    buffer_add_byte(&text, '\0');
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    *ret_found = NULL;
    return getaddrinfo(host, digits, &wanted, ret_found);
}

/* Gives up one share; the caller holds the lock. */
static void release_lookup(struct lookup *lookup)
{
    bool last = --lookup->owners == 0;
    pthread_mutex_unlock(&lookup->lock);
    if (!last)
        return;
    if (lookup->found != NULL)
        freeaddrinfo(lookup->found);
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
}

static void *run_lookup(void *context)
{
    struct lookup *lookup = context;
    struct addrinfo *found;
    int code = lookup_now(lookup->host, lookup->port, 0, &found);
    pthread_mutex_lock(&lookup->lock);
    lookup->over = true;
    lookup->code = code;
    lookup->found = found;
    release_lookup(lookup);
    return NULL;
}

/* The thread blocks all signals: they must interrupt the main thread's poll(). */
static bool start_thread(struct lookup *lookup)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int problem = pthread_create(&thread, NULL, run_lookup, lookup);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return problem == 0 && pthread_detach(thread) == 0;
}

struct lookup *lookup_start(const char *host, int port)
{
    size_t len = strlen(host) + 1;
    struct lookup *lookup = malloc(sizeof(*lookup) + len);
    if (lookup == NULL)
        error_out_of_memory();
    *lookup = (struct lookup){.lock = PTHREAD_MUTEX_INITIALIZER, .owners = 2, .port = port};
    memcpy(lookup->host, host, len);
    if (start_thread(lookup))
        return lookup;
    free(lookup);
    return NULL;
}

bool lookup_take(struct lookup *lookup, struct addrinfo **ret_found, int *ret_code)
{
    pthread_mutex_lock(&lookup->lock);
    if (!lookup->over) {
        pthread_mutex_unlock(&lookup->lock);
        return false;
    }
    *ret_found = lookup->found;
    *ret_code = lookup->code;
    lookup->found = NULL;
    release_lookup(lookup);
    return true;
}

void lookup_drop(struct lookup *lookup)
{
    if (lookup == NULL)
        return;
    pthread_mutex_lock(&lookup->lock);
    release_lookup(lookup);
}
