/* The widest item of a sample: keys as SCAN names them, and the size of each. */
#include "stockfold/store/widest.h"

#include <stdio.h>

#include "command.h"
#include "scan.h"
#include "stockfold/base/arena.h"

struct looking {
    struct view *view;
    struct widest *widest;
    int64_t left; /* of the sample */
    struct arena arena;
};

struct width_ask {
    struct widest *widest;
    struct str sku;
};

static void take_width(void *context, const struct reply *reply)
{
    const struct width_ask *ask = context;
    if (reply_int(reply) <= ask->widest->fields)
        return;
    ask->widest->fields = reply_int(reply);
    snprintf(ask->widest->sku, sizeof(ask->widest->sku), "%.*s", STR_ARG(ask->sku));
}

enum { SAMPLE_FULL = -1 };

static int ask_width(void *context, const struct scanned_key *key, struct error *error)
{
    struct looking *looking = context;
    (void)error;
    if (looking->left-- == 0)
        return SAMPLE_FULL;
    struct width_ask *ask = arena_array(&looking->arena, struct width_ask, 1);
    *ask = (struct width_ask){looking->widest,
                              {arena_copy(&looking->arena, key->name.data, key->name.len), key->name.len}};
    struct link *link = view_link(looking->view, key->shard);
    link_begin(link, 2, take_width, ask);
    link_word(link, STR("HLEN"));
    link_word(link, key->key);
    return 0;
}

int view_widest(struct view *view, int64_t sample, struct widest *ret_widest, struct error *error)
{
    struct looking looking = {.view = view, .widest = ret_widest, .left = sample};
    *ret_widest = (struct widest){.fields = 0};
    arena_init(&looking.arena);
    int code = scan_view(view, 'r', ask_width, &looking, error);
    if (code == SAMPLE_FULL)
        code = view_finish(view, error);
    arena_done(&looking.arena);
    return code;
}
