/* Calls and what went wrong with them. */
#include "command.h"

/* The first that a link tells of. */
static void find_trouble(void *context, struct link *link)
{
    const char **trouble = context;
    if ((*trouble)[0] == '\0')
        *trouble = link_trouble(link);
}

static int unreachable(const struct view *view, struct error *error)
{
    const char *trouble = "";
    view_each_link(view, find_trouble, &trouble);
    if (trouble[0] != '\0')
        return error_set(error, ERROR_UNREACHABLE, "%s", trouble);
    return error_set(error, ERROR_UNREACHABLE, "Redis at %s: connection lost, or no answer in time", view_name(view));
}

int view_check_reply(const struct view *view, const struct reply *reply, struct error *error)
{
    if (reply == NULL)
        return unreachable(view, error);
    if (!reply_is_error(reply))
        return 0;
    return error_set(error, reply_problem(reply) == REPLY_WAIT ? ERROR_UNREACHABLE : ERROR_STATE, "Redis at %s: %.*s",
                     view_name(view), STR_ARG(reply_text(reply)));
}

const struct reply *view_command(struct view *view, struct link *link, struct error *error)
{
    const struct reply *reply = link_call(link, view->config->timeout_ms);
    return view_check_reply(view, reply, error) == 0 ? reply : NULL;
}

int view_finish(struct view *view, struct error *error)
{
    return view_drain(view, view->config->timeout_ms) ? 0 : unreachable(view, error);
}
