/* Responsible for: a view and the servers that it lies on: one, which is known here alone. Not for: opening it
 * (view_open.c). */
#include "stockfold/store/view.h"

void view_init(struct view *ret_view, const struct view_config *config)
{
    *ret_view = (struct view){
        .config = config,
        .keys = {{config->prefix, strlen(config->prefix)}, config->shards, config->buckets},
        .link = link_new(&config->address),
    };
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

void view_each_link(const struct view *view, void (*fn)(void *context, struct link *link), void *context)
{
    fn(context, view->link);
}

bool view_is_open(const struct view *view)
{
    return link_is_open(view->link);
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

void view_close(struct view *view)
{
    link_close(view->link);
}

struct link *view_link_new(const struct view *view, uint32_t shard)
{
    (void)shard;
    return link_new(&view->config->address);
}
