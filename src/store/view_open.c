/* Opening a view: the server it is on, its descriptor (descriptor.c), the function library; step by step with waiting,
 * or all at once without. */
#include "descriptor.h"
#include "functions.h"
#include "identity.h"

/* The link that a view is opened over. */
static struct link *opening_link(const struct view *view)
{
    return view_link(view, view_shard_of(view, VIEW_DESCRIPTOR));
}

/* --- the server -------------------------------------------------------------------------------------------------- */

static void copy_value(struct str value, char *ret_text, size_t room)
{
    size_t len = value.len < room ? value.len : room - 1;
    if (len > 0)
        memcpy(ret_text, value.data, len);
    ret_text[len] = '\0';
}

enum { SERVER_WORDS = 4 };

/* What read_server() reads. */
static void server_words(struct link *link)
{
    link_word(link, STR("INFO"));
    link_word(link, STR("server"));
    link_word(link, STR("replication"));
    link_word(link, STR("cluster"));
}

/* Without an identity no shard could be told to be open. */
static int read_server(struct view *view, const struct reply *reply, struct error *error)
{
    view_set_identity(view, opening_link(view), identity_of(reply));
    copy_value(reply_info(reply, "redis_version"), view->version, sizeof(view->version));
    if (str_equal(reply_info(reply, "cluster_enabled"), STR("1")))
        return error_set(error, ERROR_USAGE,
                         "Redis at %s is a node of a Redis Cluster, which stockfold does not support: name a server "
                         "that is in none (cluster-enabled no)",
                         view_name(view));
    if (identity_of(reply).len > 0)
        return 0;
    struct str role = reply_info(reply, "role"), host = reply_info(reply, "master_host");
    if (str_equal(role, STR("slave")))
        return error_set(error, ERROR_UNREACHABLE, "Redis at %s is a replica of %.*s:%.*s: the view is on the master",
                         view_name(view), STR_ARG(host), STR_ARG(reply_info(reply, "master_port")));
    return error_set(error, ERROR_STATE, "Redis at %s does not say its role and master_replid", view_name(view));
}

/* INFO and not CONFIG GET, which hosted servers forbid. */
static int refuse_eviction(struct view *view, struct error *error)
{
    struct link *link = opening_link(view);
    link_call_begin(link, 2);
    link_word(link, STR("INFO"));
    link_word(link, STR("memory"));
    const struct reply *reply = view_command(view, link, error);
    if (reply == NULL)
        return error->code;
    struct str policy = reply_info(reply, "maxmemory_policy");
    if (policy.len == 0 || str_equal(policy, STR("noeviction")))
        return 0;
    return error_set(error, ERROR_STATE,
                     "Redis at %s has maxmemory-policy %.*s, which would lose records: set it to noeviction",
                     view_name(view), STR_ARG(policy));
}

/* --- functions --------------------------------------------------------------------------------------------------- */

static void library_words(struct link *link, int library)
{
    link_word(link, STR("FUNCTION"));
    link_word(link, STR("LOAD"));
    link_word(link, STR("REPLACE"));
    link_word(link, function_libraries[library]);
}

void view_load_functions(struct view *view, link_reply_fn *fn, void *context)
{
    for (int i = 0; i < FUNCTION_LIBRARIES; i++) {
        bool is_last = i + 1 == FUNCTION_LIBRARIES;
        link_begin(opening_link(view), 4, is_last ? fn : NULL, is_last ? context : NULL);
        library_words(opening_link(view), i);
    }
}

static int load_functions(struct view *view, struct error *error)
{
    for (int i = 0; i < FUNCTION_LIBRARIES; i++) {
        link_call_begin(opening_link(view), 4);
        library_words(opening_link(view), i);
        if (view_command(view, opening_link(view), error) == NULL)
            return error->code;
    }
    return 0;
}

/* --- connecting -------------------------------------------------------------------------------------------------- */

/* For writing: the descriptor is made or found, and as it must be. */
static int prepare_view(struct view *view, bool strict, struct error *error)
{
    view->renewed_from = 0;
    const struct reply *found = descriptor_ask(view, error);
    if (found == NULL ||
        (reply_count(found) > 0 && !descriptor_is_older(found) && descriptor_read(view, found, strict, error) != 0))
        return error->code;
    if (refuse_eviction(view, error) != 0 || load_functions(view, error) != 0)
        return error->code;
    const struct reply *descriptor = descriptor_ask(view, error);
    if (descriptor == NULL || descriptor_make(view, descriptor, error) != 0)
        return error->code;
    descriptor = descriptor_ask(view, error);
    if (descriptor == NULL || descriptor_read(view, descriptor, strict, error) != 0)
        return error->code;
    return descriptor_compare(view, descriptor, error);
}

int view_connect(struct view *view, enum view_want want, bool strict, struct error *error)
{
    int code = link_open(opening_link(view), view->config->timeout_ms, error);
    if (code != 0)
        return code;
    link_call_begin(opening_link(view), SERVER_WORDS);
    server_words(opening_link(view));
    const struct reply *reply = view_command(view, opening_link(view), error);
    if (reply == NULL || read_server(view, reply, error) != 0)
        return error->code;
    if (want == VIEW_CREATE)
        return prepare_view(view, strict, error);
    reply = descriptor_ask(view, error);
    if (reply == NULL || descriptor_require(view, reply, error) != 0)
        return error->code;
    return descriptor_read(view, reply, strict, error);
}

/* --- without waiting --------------------------------------------------------------------------------------------- */

static void take_server(void *context, const struct reply *reply)
{
    struct view *view = context;
    if (view_check_reply(view, reply, &view->opening.error) == 0)
        read_server(view, reply, &view->opening.error);
}

static void take_descriptor(void *context, const struct reply *reply)
{
    struct view *view = context;
    struct error *error = &view->opening.error;
    int code = error->code; /* what take_server() found */
    if (code == 0)
        code = view_check_reply(view, reply, error);
    if (code == 0)
        code = descriptor_require(view, reply, error);
    if (code == 0)
        code = descriptor_read(view, reply, false, error);
    if (code != 0)
        link_close(opening_link(view));
    view->opening.fn(view->opening.context, code == 0 ? NULL : error);
}

void view_open_start(struct view *view, view_open_fn *fn, void *context)
{
    link_open_start(opening_link(view));
    view->opening = (struct view_opening){.fn = fn, .context = context};
    link_begin(opening_link(view), SERVER_WORDS, take_server, view);
    server_words(opening_link(view));
    descriptor_ask_start(view, take_descriptor, view);
}
