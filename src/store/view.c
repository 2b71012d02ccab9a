/* Responsible for: a view and the servers that it lies on: one, which is known here alone. Not for: opening it
 * (view_open.c). */
#include "stockfold/store/view.h"

#include <stdio.h>

#include "identity.h"

static const char *check_identity(void *context, const struct reply *reply)
{
    return identity_problem(reply, view_identity(context, 0));
}

void view_init(struct view *ret_view, const struct view_config *config)
{
    struct link_address address = config->address;
    address.tls_settings = &config->tls;
    if (config->password[0] != '\0')
        strcpy(address.password, config->password);
    *ret_view = (struct view){
        .config = config,
        .keys = {{config->prefix, strlen(config->prefix)}, config->shards, config->buckets},
        .link = link_new(&address),
    };
    link_guard(ret_view->link, STR("*2\r\n$4\r\nINFO\r\n$11\r\nreplication\r\n"), check_identity, ret_view);
}

void view_done(struct view *view)
{
    link_free(view->link);
    view->link = NULL;
}

uint32_t view_shard_of(const struct view *view, enum view_part part)
{
    return view->keys.shards + (uint32_t)part;
}

struct link *view_link(const struct view *view, uint32_t shard)
{
    (void)shard;
    return view->link;
}

struct str view_identity(const struct view *view, uint32_t shard)
{
    (void)shard;
    return (struct str){view->identity, strlen(view->identity)};
}

void view_set_identity(struct view *view, const struct link *link, struct str identity)
{
    (void)link;
    snprintf(view->identity, sizeof(view->identity), "%.*s", STR_ARG(identity));
}

void view_each_link(const struct view *view, void (*fn)(void *context, struct link *link), void *context)
{
    fn(context, view->link);
}

const char *view_name(const struct view *view)
{
    return link_name(view->link);
}

bool view_is_open(const struct view *view)
{
    return link_is_open(view->link);
}

bool view_is_ready(struct view *view)
{
    return link_is_ready(view->link);
}

size_t view_outstanding(const struct view *view)
{
    return link_outstanding(view->link);
}

int view_turn(struct view *view, int timeout_ms)
{
    return link_turn(view->link, timeout_ms);
}

bool view_drain(struct view *view, int timeout_ms)
{
    return link_drain(view->link, timeout_ms);
}

void view_seal(struct view *view)
{
    link_seal(view->link);
}

static void take_watched(void *context, const struct reply *reply)
{
    struct view *view = context;
    view_watch_fn *fn = view->watch.fn;
    enum reply_problem problem = reply_problem(reply);
    bool answered = problem == REPLY_OK || problem == REPLY_BROKEN; /* else lost, or busy: asked again */
    const char *why = answered ? identity_problem(reply, view_identity(view, 0)) : NULL;
    view->watch.fn = NULL;
    if (why == NULL)
        return;
    fn(view->watch.context, why);
    link_close(view->link);
}

void view_watch(struct view *view, view_watch_fn *fn, void *context)
{
    if (view->watch.fn != NULL)
        return;
    view->watch.fn = fn;
    view->watch.context = context;
    link_begin(view->link, 2, take_watched, view);
    link_word(view->link, STR("INFO"));
    link_word(view->link, STR("replication"));
}

void view_close(struct view *view)
{
    link_close(view->link);
}

struct link *view_link_new(const struct view *view, uint32_t shard)
{
    return link_new_beside(view_link(view, shard));
}
