/* Responsible for: the connection to Redis: made, lost, silent, made again. Not for: what it is used for. Thread: the
 * fold's. */
#include "session.h"

#include <poll.h>

#include "reindex.h"
#include "shard.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"

enum {
    SILENT_US = 10 * 1000 * 1000,
    WATCH_US = 200 * 1000,
    CONNECT_BACKOFF_MAX_MS = 500,
    NAME_PATIENCE_US = 1000 * 1000,
    NAME_MS = 5,   /* between looks whether the server's name was looked up */
    STOP_MS = 200, /* between looks whether to stop */
};

/* Whether the server's name is looked up. */
static bool has_name(struct session *session, struct engine *engine, int64_t now_us)
{
    if (view_is_ready(&engine->view)) {
        session->name_since_us = 0;
        session->name_logged = false;
        return true;
    }
    if (session->name_since_us == 0)
        session->name_since_us = now_us;
    if (now_us - session->name_since_us > NAME_PATIENCE_US && !session->name_logged) {
        session->name_logged = true;
        log_warning("view not reachable: the name in %s is still being looked up", view_name(&engine->view));
    }
    return false;
}

static int connect_view(struct session *session, struct engine *engine, int64_t now_us, struct error *error)
{
    uint32_t shards = engine->view.keys.shards;
    if (now_us < session->connect_at_us || !has_name(session, engine, now_us))
        return ERROR_UNREACHABLE;
    struct error why;
    error_clear(&why);
    int code = view_connect(&engine->view, VIEW_CREATE, false, &why);
    if (code == 0) {
        if (engine->shards != NULL && engine->view.keys.shards != shards)
            return error_set(error, ERROR_STATE, "the view was made anew with %u shards instead of %u: start again",
                             engine->view.keys.shards, shards);
        log_info("view connected identity=%s version=%s", view_identity(&engine->view, 0).data, engine->view.version);
        if (engine->view.renewed_from != 0)
            log_warning("view of an older format, folded again from the beginning format=%d now=%d",
                        engine->view.renewed_from, VIEW_FORMAT);
        reindex_consider(engine->reindex, &engine->view);
        session->connect_backoff_ms = 0;
        return 0;
    }
    view_close(&engine->view); /* half connected is not connected: what is known of the server may be another's */
    if (code != ERROR_UNREACHABLE)
        return error_set(error, why.code, "%s", why.text);
    if (session->connect_backoff_ms == 0)
        log_warning("view not reachable: %s next=\"trying again\"", why.text);
    session->connect_backoff_ms = session->connect_backoff_ms == 0 ? 50 : session->connect_backoff_ms * 2;
    if (session->connect_backoff_ms > CONNECT_BACKOFF_MAX_MS)
        session->connect_backoff_ms = CONNECT_BACKOFF_MAX_MS;
    session->connect_at_us = clock_steady_us() + session->connect_backoff_ms * 1000;
    return ERROR_UNREACHABLE;
}

static void say_another(void *context, const char *why)
{
    (void)context;
    log_warning("redis is not what it was reason=\"%s\" next=\"connecting again\"", why);
}

void session_watch(struct session *session, struct engine *engine, int64_t now_us)
{
    if (now_us - session->watched_us < WATCH_US || !view_is_open(&engine->view))
        return;
    session->watched_us = now_us;
    view_watch(&engine->view, say_another, NULL);
}

void session_end_silence(struct session *session, struct engine *engine, int64_t now_us, int replies)
{
    if (replies > 0 || !view_is_open(&engine->view) || view_outstanding(&engine->view) == 0)
        session->silent_since_us = 0;
    else if (session->silent_since_us == 0)
        session->silent_since_us = now_us;
    else if (now_us - session->silent_since_us > SILENT_US) {
        log_warning("redis is silent seconds=%d next=\"connecting again\"", SILENT_US / 1000000);
        session->silent_since_us = 0;
        view_close(&engine->view);
    }
}

int session_reconnect(struct session *session, struct engine *engine, int64_t now_us, struct error *error)
{
    if (view_is_open(&engine->view))
        return 0;
    if (session->was_open) {
        session->was_open = false;
        for (uint32_t i = 0; i < engine->shards_n; i++)
            shard_forget(&engine->shards[i], 0);
    }
    int code = connect_view(session, engine, now_us, error);
    if (code == ERROR_UNREACHABLE)
        return 0;
    session->was_open = code == 0;
    return code;
}

int session_open(struct session *session, struct engine *engine, struct error *error)
{
    while (!*engine->stop) {
        int64_t now_us = clock_steady_us();
        int code = connect_view(session, engine, now_us, error);
        if (code != ERROR_UNREACHABLE) {
            session->was_open = code == 0;
            return code;
        }
        int64_t wait_ms = (session->connect_at_us - now_us) / 1000;
        poll(NULL, 0, wait_ms > NAME_MS && wait_ms < STOP_MS ? (int)wait_ms : wait_ms > 0 ? STOP_MS : NAME_MS);
    }
    return 0;
}
