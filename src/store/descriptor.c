/* Responsible for: what a view was made with, and giving up one of an older format. Not for: connecting (view_open.c).
 *
 * window, history and future_max decide what is taken of the log: a view that was folded with others says something
 * else, so they lie in the descriptor, and a fold with other settings is refused. */
#include "descriptor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "stockfold/base/settings.h"
#include "stockfold/codec/words.h"

static struct link *descriptor_link(const struct view *view)
{
    return view_link(view, view_shard_of(view, VIEW_DESCRIPTOR));
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

static void ask_words(struct view *view)
{
    struct buffer key;
    buffer_init(&key);
    key_view(&view->keys, &key);
    link_word(descriptor_link(view), STR("HGETALL"));
    link_word(descriptor_link(view), (struct str){key.data, key.len});
    buffer_done(&key);
}

const struct reply *descriptor_ask(struct view *view, struct error *error)
{
    link_call_begin(descriptor_link(view), 2);
    ask_words(view);
    return view_command(view, descriptor_link(view), error);
}

void descriptor_ask_start(struct view *view, link_reply_fn *fn, void *context)
{
    link_begin(descriptor_link(view), 2, fn, context);
    ask_words(view);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static const struct reply *field_of(const struct reply *descriptor, const char *name)
{
    for (size_t i = 0; i + 1 < reply_count(descriptor); i += 2)
        if (str_equal(reply_text(reply_at(descriptor, i)), (struct str){name, strlen(name)}))
            return reply_at(descriptor, i + 1);
    return NULL;
}

static int64_t descriptor_number(const struct reply *descriptor, const char *name)
{
    return reply_int(field_of(descriptor, name));
}

int descriptor_require(const struct view *view, const struct reply *descriptor, struct error *error)
{
    if (reply_count(descriptor) > 0)
        return 0;
    return error_set(error, ERROR_STATE, "there is no view at %s: `stockfold setup` or `stockfold fold` makes it",
                     view_name(view));
}

static bool descriptor_is_whole(const struct reply *descriptor)
{
    int64_t shards = descriptor_number(descriptor, "shards"), buckets = descriptor_number(descriptor, "buckets");
    size_t id_len = reply_text(field_of(descriptor, "id")).len;
    return descriptor_number(descriptor, "format") >= 1 && shards >= 1 && shards <= VIEW_SHARDS_MAX && buckets >= 1 &&
           buckets <= UINT16_MAX && id_len > 0 && id_len < sizeof(((struct view *)0)->id);
}

bool descriptor_is_older(const struct reply *descriptor)
{
    return descriptor_is_whole(descriptor) && descriptor_number(descriptor, "format") < VIEW_FORMAT;
}

int descriptor_read(struct view *view, const struct reply *descriptor, bool strict, struct error *error)
{
    const struct view_config *config = view->config;
    int64_t format = descriptor_number(descriptor, "format"), shards = descriptor_number(descriptor, "shards");
    if (format > VIEW_FORMAT)
        return error_set(error, ERROR_STATE,
                         "the view was written by a newer stockfold: its format is %" PRId64
                         ", this one knows up to %d; use the newer one",
                         format, VIEW_FORMAT);
    if (!descriptor_is_whole(descriptor))
        return error_set(error, ERROR_STATE, "%s:view is not a view's descriptor; delete it to start afresh",
                         config->prefix);
    if (format < VIEW_FORMAT)
        return error_set(error, ERROR_STATE,
                         "the view was written by an older stockfold: its format is %" PRId64
                         ", this one's %d; `stockfold fold` folds it again",
                         format, VIEW_FORMAT);
    if (strict && shards != config->shards)
        return error_set(error, ERROR_USAGE,
                         "the view has %" PRId64 " shards, not %" PRIu32
                         ": their number is fixed when a view is created; set view.shards = %" PRId64
                         ", or view.prefix and fold.group to new names for a view of its own",
                         shards, config->shards, shards);
    view->keys.shards = (uint32_t)shards;
    view->keys.buckets = (uint32_t)descriptor_number(descriptor, "buckets");
    view->word_index = descriptor_number(descriptor, "words");
    struct str id = reply_text(field_of(descriptor, "id"));
    memcpy(view->id, id.data, id.len);
    view->id[id.len] = '\0';
    return 0;
}

int descriptor_compare(const struct view *view, const struct reply *descriptor, struct error *error)
{
    const struct view_config *config = view->config;
    const struct {
        const char *name;
        int64_t ours;
    } rows[] = {{"window", config->rule.window_ms},
                {"history", config->rule.history_ms},
                {"future_max", config->future_max_ms}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t theirs = descriptor_number(descriptor, rows[i].name);
        char ours_text[SETTING_NUMBER_MAX], theirs_text[SETTING_NUMBER_MAX];
        if (theirs == rows[i].ours)
            continue;
        setting_number_text(SETTING_DURATION, rows[i].ours, ours_text);
        setting_number_text(SETTING_DURATION, theirs, theirs_text);
        return error_set(
            error, ERROR_USAGE,
            "fold.%s is %s, but the view was folded with %s, which decides what is in it: set fold.%s = %s; "
            "or fold another view: set view.prefix and fold.group to new names, here and for nginx, "
            "then run `stockfold setup` and `stockfold fold`",
            rows[i].name, ours_text, theirs_text, rows[i].name, theirs_text);
    }
    return 0;
}

int view_settings_hold(struct view *view, struct error *error)
{
    const struct reply *descriptor = descriptor_ask(view, error);
    int code = descriptor == NULL ? (int)error->code : descriptor_require(view, descriptor, error);
    if (code == 0)
        code = descriptor_read(view, descriptor, true, error);
    if (code == 0 && view->keys.buckets != view->config->buckets)
        code = error_set(error, ERROR_USAGE,
                         "the view has %" PRIu32 " buckets, not %" PRIu32
                         ": their number is fixed when a view is created; set view.buckets = %" PRIu32
                         ", or view.prefix and fold.group to new names for a view of its own",
                         (uint32_t)view->keys.buckets, (uint32_t)view->config->buckets, (uint32_t)view->keys.buckets);
    return code != 0 ? code : descriptor_compare(view, descriptor, error);
}

void view_ask_descriptor(struct view *view, link_reply_fn *fn, void *context)
{
    descriptor_ask_start(view, fn, context);
}

int view_keep_to_descriptor(struct view *view, const struct reply *descriptor, struct error *error)
{
    uint32_t shards = view->keys.shards, buckets = view->keys.buckets;
    int code = descriptor_read(view, descriptor, false, error);
    bool other_shards = code == 0 && (view->keys.shards != shards || view->keys.buckets != buckets);
    if (other_shards)
        code = error_set(error, ERROR_STATE,
                         "the view was made anew with %" PRIu32 " shards instead of %" PRIu32 ": start again",
                         view->keys.shards, shards);
    view->keys.shards = shards;
    view->keys.buckets = buckets;
    return code != 0 ? code : descriptor_compare(view, descriptor, error);
}

/* --- making ------------------------------------------------------------------------------------------------------ */

static void make_id(char ret_id[33])
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        abort(); /* cannot be for so few */
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(ret_id + 2 * i, 3, "%02x", bytes[i]);
}

static void number_words(struct link *link, const char *name, int64_t number)
{
    link_word(link, (struct str){name, strlen(name)});
    link_word_int(link, number);
}

enum { CREATE_WORDS = 20 };

/* The words that write a descriptor, unless one of this format is there. */
static void create_words(struct view *view, const char *id, uint32_t shards, uint32_t buckets)
{
    const struct view_config *config = view->config;
    struct link *link = descriptor_link(view);
    struct buffer key;
    buffer_init(&key);
    key_view(&view->keys, &key);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_create"));
    link_word_int(link, 1);
    link_word(link, (struct str){key.data, key.len});
    number_words(link, "format", VIEW_FORMAT);
    link_word(link, STR("id"));
    link_word(link, (struct str){id, strlen(id)});
    number_words(link, "shards", shards);
    number_words(link, "buckets", buckets);
    number_words(link, "window", config->rule.window_ms);
    number_words(link, "history", config->rule.history_ms);
    number_words(link, "future_max", config->future_max_ms);
    number_words(link, "words", WORD_INDEX_VERSION);
    buffer_done(&key);
}

static int create(struct view *view, uint32_t shards, uint32_t buckets, struct error *error)
{
    char id[33];
    make_id(id);
    link_call_begin(descriptor_link(view), CREATE_WORDS);
    create_words(view, id, shards, buckets);
    return view_command(view, descriptor_link(view), error) == NULL ? error->code : 0;
}

void view_describe(struct view *view)
{
    link_begin(descriptor_link(view), CREATE_WORDS, NULL, NULL);
    create_words(view, view->id, view->keys.shards, view->keys.buckets);
}

/* --- giving up an older one -------------------------------------------------------------------------------------- */

static int run_on_key(struct view *view, struct link *link, const char *const *words, size_t words_n,
                      const struct buffer *key, struct error *error)
{
    link_call_begin(link, words_n + 1);
    for (size_t i = 0; i < words_n; i++)
        link_word(link, (struct str){words[i], strlen(words[i])});
    link_word(link, (struct str){key->data, key->len});
    return view_command(view, link, error) == NULL ? error->code : 0;
}

static int damage_shard(struct view *view, uint32_t shard, struct error *error)
{
    static const char *const words[] = {"FCALL", "stockfold_v5_damage", "1"};
    struct buffer key;
    buffer_init(&key);
    key_meta(&view->keys, shard, &key);
    int code = run_on_key(view, view_link(view, shard), words, 3, &key, error);
    buffer_done(&key);
    return code;
}

/* Node documents are read again from their topic's beginning. */
static int forget_nodes(struct view *view, struct error *error)
{
    static const char *const words[] = {"UNLINK"};
    struct buffer keys[3];
    for (size_t i = 0; i < 3; i++)
        buffer_init(&keys[i]);
    key_nodes_meta(&view->keys, &keys[0]);
    key_nodes(&view->keys, &keys[1]);
    key_document_times(&view->keys, view->keys.shards, &keys[2]);
    int code = 0;
    for (size_t i = 0; i < 3; i++) {
        if (code == 0)
            code = run_on_key(view, descriptor_link(view), words, 1, &keys[i], error);
        buffer_done(&keys[i]);
    }
    return code;
}

/* The descriptor comes last: whoever dies before that is followed by one that begins again. */
static int renew(struct view *view, const struct reply *descriptor, struct error *error)
{
    uint32_t shards = (uint32_t)descriptor_number(descriptor, "shards"),
             buckets = (uint32_t)descriptor_number(descriptor, "buckets");
    int64_t format = descriptor_number(descriptor, "format");
    int code = forget_nodes(view, error);
    for (uint32_t i = 0; i < shards && code == 0; i++)
        code = damage_shard(view, i, error);
    if (code == 0)
        code = create(view, shards, buckets, error);
    if (code == 0)
        view->renewed_from = (int)format;
    return code;
}

int descriptor_make(struct view *view, const struct reply *descriptor, struct error *error)
{
    const struct view_config *config = view->config;
    if (descriptor_is_older(descriptor))
        return renew(view, descriptor, error);
    return create(view, config->shards, config->buckets, error);
}
