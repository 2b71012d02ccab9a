/* SCAN and HSCAN, page by page. */
#include "scan.h"

#include "command.h"

enum { KEYS_PER_PAGE = 1000, NODES_PER_PAGE = 100, CURSOR_MAX = 24 };

/* The page's cursor, which the next page asks for. False: there is no next. */
static bool next_cursor(const struct reply *page, char cursor[CURSOR_MAX])
{
    struct str text = reply_text(reply_at(page, 0));
    if (text.len == 0 || text.len >= CURSOR_MAX)
        return false;
    memcpy(cursor, text.data, text.len);
    cursor[text.len] = '\0';
    return strcmp(cursor, "0") != 0;
}

static size_t digits_at(struct str text, size_t at)
{
    size_t n = 0;
    while (at + n < text.len && text.data[at + n] >= '0' && text.data[at + n] <= '9')
        n++;
    return n;
}

/* False: a key that is not of a shard of this view. */
static bool take_apart(const struct key_space *space, struct str key, struct scanned_key *ret_key)
{
    size_t at = space->prefix.len;
    if (key.len < at + 2 || memcmp(key.data, space->prefix.data, at) != 0 || memcmp(key.data + at, ":{", 2) != 0)
        return false;
    size_t digits = digits_at(key, at + 2);
    if (digits == 0 || digits > 9)
        return false;
    uint32_t shard = 0;
    for (at += 2; digits > 0; digits--, at++)
        shard = shard * 10 + (uint32_t)(key.data[at] - '0');
    if (key.len < at + 3 || memcmp(key.data + at, "}:", 2) != 0 || shard >= space->shards)
        return false;
    *ret_key = (struct scanned_key){.key = key, .shard = shard, .kind = key.data[at + 2]};
    at += 3 + digits_at(key, at + 3);
    if (at < key.len && key.data[at] != ':')
        return false;
    if (at < key.len)
        ret_key->name = (struct str){key.data + at + 1, key.len - at - 1};
    return true;
}

static const struct reply *ask_page(struct view *view, struct link *link, const char *cursor, struct str pattern,
                                    struct error *error)
{
    link_call_begin(link, 6);
    link_word(link, STR("SCAN"));
    link_word(link, (struct str){cursor, strlen(cursor)});
    link_word(link, STR("MATCH"));
    link_word(link, pattern);
    link_word(link, STR("COUNT"));
    link_word_int(link, KEYS_PER_PAGE);
    return view_command(view, link, error);
}

struct scan {
    struct view *view;
    struct buffer pattern;
    int (*each)(void *context, const struct scanned_key *key, struct error *error);
    void *context;
    struct error *error;
    int code;
};

/* All keys of one server. */
static void scan_link(void *context, struct link *link)
{
    struct scan *scan = context;
    char cursor[CURSOR_MAX] = "0";
    bool more = true;
    while (scan->code == 0 && more) {
        const struct reply *page =
            ask_page(scan->view, link, cursor, (struct str){scan->pattern.data, scan->pattern.len}, scan->error);
        if (page == NULL)
            scan->code = scan->error->code;
        const struct reply *keys = reply_at(page, 1);
        for (size_t i = 0; scan->code == 0 && i < reply_count(keys); i++) {
            struct scanned_key key;
            if (take_apart(&scan->view->keys, reply_text(reply_at(keys, i)), &key))
                scan->code = scan->each(scan->context, &key, scan->error);
        }
        more = next_cursor(page, cursor);
    }
}

int scan_view(struct view *view, char kind,
              int (*each)(void *context, const struct scanned_key *key, struct error *error), void *context,
              struct error *error)
{
    struct scan scan = {.view = view, .each = each, .context = context, .error = error};
    buffer_init(&scan.pattern);
    key_pattern(&view->keys, kind, &scan.pattern);
    view_each_link(view, scan_link, &scan);
    buffer_done(&scan.pattern);
    return scan.code == 0 ? view_finish(view, error) : scan.code;
}

static const struct reply *ask_nodes_page(struct view *view, const char *cursor, struct error *error)
{
    struct buffer key;
    buffer_init(&key);
    key_nodes(&view->keys, &key);
    struct link *link = view_link(view, view_shard_of(view, VIEW_NODES));
    link_call_begin(link, 5);
    link_word(link, STR("HSCAN"));
    link_word(link, (struct str){key.data, key.len});
    link_word(link, (struct str){cursor, strlen(cursor)});
    link_word(link, STR("COUNT"));
    link_word_int(link, NODES_PER_PAGE);
    buffer_done(&key);
    return view_command(view, link, error);
}

int scan_nodes(struct view *view, int (*each)(void *context, struct str node, struct str json, struct error *error),
               void *context, struct error *error)
{
    char cursor[CURSOR_MAX] = "0";
    int code = 0;
    bool more = true;
    while (code == 0 && more) {
        const struct reply *page = ask_nodes_page(view, cursor, error);
        if (page == NULL)
            code = error->code;
        const struct reply *fields = reply_at(page, 1);
        for (size_t i = 0; code == 0 && i + 1 < reply_count(fields); i += 2)
            code = each(context, reply_text(reply_at(fields, i)), reply_text(reply_at(fields, i + 1)), error);
        more = next_cursor(page, cursor);
    }
    return code == 0 ? view_finish(view, error) : code;
}
