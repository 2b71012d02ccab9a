/* Whether the view serves, for `check`: are its shards open, and does a fold live that reads each partition? */
#include "check.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>

#include "status.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/settings.h"
#include "stockfold/codec/time_text.h"

enum { LOOK_MS = 100, PATIENCE_MS = 5000, PATIENCE_CHECKPOINTS = 5, FIRST_CHECKPOINTS = 2 };

/* --- shards ------------------------------------------------------------------------------------------------------ */

static enum finding judge_shards(const struct status *status, const char *name, bool lives, char *ret_text, size_t room)
{
    uint32_t shards = status->view->keys.shards;
    if (status->open == shards) {
        snprintf(ret_text, room, "shards: %" PRIu32 " of %" PRIu32 " open", shards, shards);
        return FINDING_OK;
    }
    int len = snprintf(ret_text, room, "shards: %" PRIu32 " of %" PRIu32 " open in %s: ", status->open, shards, name);
    const char *why =
        lives ? "not yet: the fold is catching up, and opens them once it has read everything"
        : status->never_folded == shards
            ? "nothing was folded yet; run `stockfold fold`"
            : "lookups of the others answer 503 until a fold has read their log; see that `stockfold fold` runs, and "
              "the last lines of its log";
    if (status->closed > 0)
        snprintf(ret_text + len, room - (size_t)len,
                 "%" PRIu32 " are closed, since the log of %s does not fit the view; restore the topic, or fold what "
                 "it holds now with `stockfold fold --accept-gap %s`",
                 status->closed, status->closed_by, status->closed_by);
    else
        snprintf(ret_text + len, room - (size_t)len, "%s", why);
    return FINDING_FAIL;
}

int check_shards(struct view *view, const struct kafka_config *kafka, bool lives, bool *ret_serves, struct error *error)
{
    struct status status = {.view = view, .kafka = *kafka};
    char text[480];
    int code = status_read_shards(&status, error);
    if (code == 0) {
        enum finding finding = judge_shards(&status, view_name(view), lives, text, sizeof(text));
        *ret_serves = finding == FINDING_OK;
        finding_line(finding, "%s", text);
    }
    status_done(&status);
    return code;
}

/* --- folds ------------------------------------------------------------------------------------------------------- */

/* Rows of partitions whose progress was written anew since `before`, which has the first of them. */
struct life {
    size_t all, living;
    int64_t newest_ms;
    const struct position *idle; /* the first that nobody wrote; NULL: none */
};

static struct life compare_progress(const struct status *before, const struct status *now)
{
    struct life life = {.newest_ms = 0};
    for (size_t i = 0; i < now->positions_n; i++) {
        const struct position *position = &now->positions[i];
        life.all++;
        if (position->written_ms > life.newest_ms)
            life.newest_ms = position->written_ms;
        if (i >= before->positions_n || position->written_ms != before->positions[i].written_ms)
            life.living++;
        else if (life.idle == NULL)
            life.idle = position;
    }
    return life;
}

static bool report_life(const struct life *life, int64_t watched_ms)
{
    if (life->all == 0) {
        finding_line(FINDING_FAIL, "fold: none has run yet; start `stockfold fold`");
    } else if (life->living == 0) {
        char age[SPAN_TEXT_MAX];
        int64_t age_ms = clock_wall_ms() - life->newest_ms;
        if (age_ms < 2 * SETTING_HOUR)
            snprintf(age, sizeof(age), "%" PRId64 " s", age_ms / 1000);
        else
            span_text(age_ms, age);
        finding_line(FINDING_FAIL,
                     "fold: none lives: the last wrote its progress %s ago; start `stockfold fold`, or see the last "
                     "lines of its log",
                     age);
    } else if (life->living < life->all) {
        finding_line(FINDING_FAIL,
                     "fold: nobody reads %zu of %zu partitions, %s:%" PRId32 " among them, for %" PRId64
                     " s: see that every `stockfold fold` of this view runs with the same fold.group",
                     life->all - life->living, life->all, life->idle->topic, life->idle->partition, watched_ms / 1000);
    } else {
        finding_line(FINDING_OK, "fold: lives, and reads all %zu partitions", life->all);
        return true;
    }
    return false;
}

/* A fold writes where it is with each checkpoint: one that lives is seen to do so, whatever its host's clock says. */
int check_folds(struct view *view, const struct fold_config *config, bool *ret_lives, struct error *error)
{
    struct status before = {.view = view, .kafka = config->kafka};
    int64_t patience_ms = config->checkpoint_ms * PATIENCE_CHECKPOINTS, started_us = clock_steady_us(), watched_ms = 0;
    struct life life = {.all = 0};
    if (patience_ms < PATIENCE_MS)
        patience_ms = PATIENCE_MS;
    int code = status_read_progress(&before, error);
    while (code == 0) {
        struct status now = {.view = view, .kafka = config->kafka};
        code = status_read_progress(&now, error);
        life = compare_progress(&before, &now);
        watched_ms = (clock_steady_us() - started_us) / 1000;
        bool over = (life.all > 0 && life.living == life.all) ||
                    watched_ms >= (life.all == 0 ? config->checkpoint_ms * FIRST_CHECKPOINTS : patience_ms);
        if (code == 0 && over)
            *ret_lives = report_life(&life, watched_ms);
        status_done(&now);
        if (over)
            break;
        poll(NULL, 0, LOOK_MS);
    }
    status_done(&before);
    return code;
}
