/* Blocking calls. */
#include "call.h"

static int unreachable(const struct view *view, struct error *error)
{
    return error_set(error, ERROR_UNREACHABLE, "Redis at %s:%d: connection lost, or no answer in time",
                     view->config->address.host, view->config->address.port);
}

const struct reply *call(struct view *view, struct error *error)
{
    const struct reply *reply = link_call(view->link, view->config->timeout_ms);
    if (reply == NULL)
        unreachable(view, error);
    else if (reply_is_error(reply))
        error_set(error, reply_problem(reply) == REPLY_WAIT ? ERROR_UNREACHABLE : ERROR_STATE, "Redis at %s:%d: %.*s",
                  view->config->address.host, view->config->address.port, STR_ARG(reply_text(reply)));
    else
        return reply;
    return NULL;
}

int finish_calls(struct view *view, struct error *error)
{
    return link_drain(view->link, view->config->timeout_ms) ? 0 : unreachable(view, error);
}
