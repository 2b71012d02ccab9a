/* Opening a view: the server it is on, its descriptor, the function library; step by step with waiting, or all at once
 * without. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "command.h"
#include "functions.h"
#include "identity.h"

static struct str str_of(const char *text)
{
    return (struct str){text, strlen(text)};
}

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
    copy_value(identity_of(reply), view->identity, sizeof(view->identity));
    copy_value(reply_info(reply, "redis_version"), view->version, sizeof(view->version));
    if (str_equal(reply_info(reply, "cluster_enabled"), STR("1")))
        return error_set(error, ERROR_USAGE,
                         "Redis at %s is a node of a Redis Cluster, which stockfold does not support: name a server "
                         "that is in none (cluster-enabled no)",
                         view_name(view));
    if (view->identity[0] != '\0')
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

/* --- the descriptor ---------------------------------------------------------------------------------------------- */

static void descriptor_words(struct view *view)
{
    struct buffer key;
    buffer_init(&key);
    key_view(&view->keys, &key);
    link_word(opening_link(view), STR("HGETALL"));
    link_word(opening_link(view), (struct str){key.data, key.len});
    buffer_done(&key);
}

static const struct reply *ask_descriptor(struct view *view, struct error *error)
{
    link_call_begin(opening_link(view), 2);
    descriptor_words(view);
    return view_command(view, opening_link(view), error);
}

static const struct reply *descriptor_field(const struct reply *descriptor, struct str name)
{
    for (size_t i = 0; i + 1 < reply_count(descriptor); i += 2)
        if (str_equal(reply_text(reply_at(descriptor, i)), name))
            return reply_at(descriptor, i + 1);
    return NULL;
}

/* Of a view that may be missing. */
static int require_descriptor(const struct view *view, const struct reply *descriptor, struct error *error)
{
    if (reply_count(descriptor) > 0)
        return 0;
    return error_set(error, ERROR_STATE, "there is no view at %s: `stockfold setup` or `stockfold fold` makes it",
                     view_name(view));
}

static int read_descriptor(struct view *view, const struct reply *descriptor, bool strict, struct error *error)
{
    const struct view_config *config = view->config;
    int64_t format = reply_int(descriptor_field(descriptor, STR("format")));
    int64_t shards = reply_int(descriptor_field(descriptor, STR("shards")));
    int64_t buckets = reply_int(descriptor_field(descriptor, STR("buckets")));
    struct str id = reply_text(descriptor_field(descriptor, STR("id")));
    if (format > VIEW_FORMAT)
        return error_set(error, ERROR_STATE,
                         "the view was written by a newer stockfold: its format is %" PRId64
                         ", this one knows up to %d; use the newer one",
                         format, VIEW_FORMAT);
    if (format < 1 || shards < 1 || shards > VIEW_SHARDS_MAX || buckets < 1 || buckets > UINT16_MAX || id.len == 0)
        return error_set(error, ERROR_STATE, "%s:view is not a view's descriptor; delete it to start afresh",
                         config->prefix);
    if (strict && shards != config->shards)
        return error_set(error, ERROR_STATE,
                         "the view has %" PRId64 " shards, not %" PRIu32
                         ": their number is fixed when a view is created",
                         shards, config->shards);
    view->keys.shards = (uint32_t)shards;
    view->keys.buckets = (uint32_t)buckets;
    copy_value(id, view->id, sizeof(view->id));
    return 0;
}

static void make_id(char ret_id[33])
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        abort(); /* cannot be for so few */
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(ret_id + 2 * i, 3, "%02x", bytes[i]);
}

/* The words that write a descriptor, unless another creator was first. */
static void create_words(struct view *view, const char *id, uint32_t shards, uint32_t buckets)
{
    struct buffer key;
    buffer_init(&key);
    key_view(&view->keys, &key);
    link_word(opening_link(view), STR("FCALL"));
    link_word(opening_link(view), STR("stockfold_v1_create"));
    link_word_int(opening_link(view), 1);
    link_word(opening_link(view), (struct str){key.data, key.len});
    link_word(opening_link(view), STR("format"));
    link_word_int(opening_link(view), VIEW_FORMAT);
    link_word(opening_link(view), STR("id"));
    link_word(opening_link(view), str_of(id));
    link_word(opening_link(view), STR("shards"));
    link_word_int(opening_link(view), shards);
    link_word(opening_link(view), STR("buckets"));
    link_word_int(opening_link(view), buckets);
    buffer_done(&key);
}

enum { CREATE_WORDS = 12 };

static int create(struct view *view, struct error *error)
{
    char id[33];
    make_id(id);
    link_call_begin(opening_link(view), CREATE_WORDS);
    create_words(view, id, view->config->shards, view->config->buckets);
    return view_command(view, opening_link(view), error) == NULL ? error->code : 0;
}

void view_describe(struct view *view)
{
    link_begin(opening_link(view), CREATE_WORDS, NULL, NULL);
    create_words(view, view->id, view->keys.shards, view->keys.buckets);
}

/* --- functions --------------------------------------------------------------------------------------------------- */

static void load_words(struct link *link)
{
    link_word(link, STR("FUNCTION"));
    link_word(link, STR("LOAD"));
    link_word(link, STR("REPLACE"));
    link_word(link, (struct str){functions_lua, functions_lua_len});
}

void view_load_functions(struct view *view, link_reply_fn *fn, void *context)
{
    link_begin(opening_link(view), 4, fn, context);
    load_words(opening_link(view));
}

static int load_functions(struct view *view, struct error *error)
{
    link_call_begin(opening_link(view), 4);
    load_words(opening_link(view));
    return view_command(view, opening_link(view), error) == NULL ? error->code : 0;
}

/* --- connecting -------------------------------------------------------------------------------------------------- */

/* With functions loaded, the descriptor as it stands afterwards. */
static const struct reply *prepare(struct view *view, struct error *error)
{
    if (refuse_eviction(view, error) != 0 || load_functions(view, error) != 0 || create(view, error) != 0)
        return NULL;
    return ask_descriptor(view, error);
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
    reply = ask_descriptor(view, error);
    if (reply == NULL)
        return error->code;
    if (want == VIEW_READ)
        code = require_descriptor(view, reply, error);
    if (code == 0 && reply_count(reply) > 0)
        code = read_descriptor(view, reply, strict, error);
    if (code != 0 || want == VIEW_READ)
        return code;
    reply = prepare(view, error);
    return reply == NULL ? error->code : read_descriptor(view, reply, strict, error);
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
    if (view_check_reply(view, reply, error) == 0 && require_descriptor(view, reply, error) == 0)
        read_descriptor(view, reply, false, error);
    if (error->code != ERROR_NONE)
        link_close(opening_link(view));
    view->opening.fn(view->opening.context, error->code == ERROR_NONE ? NULL : error);
}

void view_open_start(struct view *view, view_open_fn *fn, void *context)
{
    link_open_start(opening_link(view));
    view->opening = (struct view_opening){.fn = fn, .context = context};
    link_begin(opening_link(view), SERVER_WORDS, take_server, view);
    server_words(opening_link(view));
    link_begin(opening_link(view), 2, take_descriptor, view);
    descriptor_words(view);
}
