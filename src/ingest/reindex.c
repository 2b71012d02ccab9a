/* Responsible for: making the index of words anew, once, where an older version made it. Until it is whole, searches by
 * words are answered with "being rebuilt" (api/item_words.c), and nothing else is. Not for: how (store/word_index_make.c).
 * Thread: one of its own with a connection of its own; it shares the view's configuration, which is constant, and two
 * flags. */
#include "reindex.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"
#include "stockfold/store/word_index.h"

enum { AGAIN_MS = 1000, STOP_MS = 50 };

struct reindex {
    const struct view_config *config;
    pthread_t thread;
    bool started; /* the fold's thread alone */
    atomic_bool running, stop;
};

static int make_once(struct reindex *reindex, int64_t *ret_items, struct error *error)
{
    struct view view;
    view_init(&view, reindex->config);
    int code = view_connect(&view, VIEW_READ, false, error);
    if (code == 0 && view.word_index < WORD_INDEX_VERSION)
        code = word_index_make(&view, &reindex->stop, ret_items, error);
    view_close(&view);
    view_done(&view);
    return code;
}

static void *make_until_done(void *context)
{
    struct reindex *reindex = context;
    int64_t start_us = clock_steady_us(), items = 0;
    bool failed = false, done = false;
    while (!done && !atomic_load(&reindex->stop)) {
        struct error error;
        error_clear(&error);
        done = make_once(reindex, &items, &error) == 0;
        if (done || atomic_load(&reindex->stop))
            break;
        if (!failed)
            log_warning("index of words not made reason=\"%s\" next=\"trying again\"", error.text);
        failed = true;
        for (int waited = 0; waited < AGAIN_MS && !atomic_load(&reindex->stop); waited += STOP_MS)
            poll(NULL, 0, STOP_MS);
    }
    if (done)
        log_info("index of words made anew version=%d items=%" PRId64 " took_ms=%" PRId64, WORD_INDEX_VERSION, items,
                 (clock_steady_us() - start_us) / 1000);
    atomic_store(&reindex->running, false);
    return NULL;
}

struct reindex *reindex_new(const struct view_config *config)
{
    struct reindex *reindex = calloc(1, sizeof(*reindex));
    if (reindex == NULL)
        error_out_of_memory();
    reindex->config = config;
    return reindex;
}

static void join_thread(struct reindex *reindex)
{
    if (reindex->started)
        pthread_join(reindex->thread, NULL);
    reindex->started = false;
}

void reindex_consider(struct reindex *reindex, const struct view *view)
{
    if (view->word_index >= WORD_INDEX_VERSION || atomic_load(&reindex->running))
        return;
    join_thread(reindex);
    log_info("index of words is of an older version, made anew from the items version=%" PRId64 " now=%d",
             view->word_index, WORD_INDEX_VERSION);
    atomic_store(&reindex->running, true);
    reindex->started = pthread_create(&reindex->thread, NULL, make_until_done, reindex) == 0;
    if (!reindex->started)
        atomic_store(&reindex->running, false);
}

void reindex_free(struct reindex *reindex)
{
    if (reindex == NULL)
        return;
    atomic_store(&reindex->stop, true);
    join_thread(reindex);
    free(reindex);
}
