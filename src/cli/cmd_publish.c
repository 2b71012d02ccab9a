/* `stockfold publish`: reads files line by line, tells what was refused and how it went. */
#include <inttypes.h>
#include <unistd.h>

#include "publish_input.h"
#include "publish_scopes.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"
#include "stockfold/cli/command.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/time_text.h"
#include "stockfold/ingest/publish.h"
#include "stockfold/store/show.h"

enum { PROGRESS_EVERY = 1 << 14 /* lines */, LATE_SAID_MAX = 10, TAG_FILE_BIT = 40 /* below: the line's number */ };

struct publishing {
    const struct invocation *invocation;
    struct publisher *publisher;
    struct publish_input *input;
    struct line_spool *spool; /* NULL: lines are sent as they are read */
    struct input_line line;   /* the one at hand */
    int64_t lines, refused;
    int64_t newest;        /* event so far; TIME_NONE: none */
    int64_t window_begins; /* what is older may be late */
    int64_t maybe_late;    /* lines */
    int64_t started_us;
    bool dry_run, yes;
    bool progress; /* stderr is a terminal */
    bool shown;    /* a line of progress stands there */
};

/* --- what is told ----------------------------------------------------------------------------------------------- */

static void show_progress(struct publishing *publishing)
{
    if (!publishing->progress || publishing->lines % PROGRESS_EVERY != 0)
        return;
    fprintf(stderr, "\r%" PRId64 " lines", publishing->lines);
    publishing->shown = true;
}

static void tell_of_line(struct publishing *publishing, uint32_t file, int64_t number, const char *what,
                         const char *detail)
{
    fprintf(stderr, "%s%s:%" PRId64 ": %s%s\n", publishing->shown ? "\r" : "",
            publish_input_name(publishing->input, file), number, what, detail);
    publishing->shown = false;
}

static void tell_refused_line(struct publishing *publishing, enum refusal refusal, const char *detail)
{
    char what[64];
    publishing->refused++;
    snprintf(what, sizeof(what), "%s: ", refusal_texts[refusal].name);
    tell_of_line(publishing, publishing->line.file, publishing->line.number, what, detail);
}

static void tell_unknown_name(void *context, const char *detail)
{
    struct publishing *publishing = context;
    tell_of_line(publishing, publishing->line.file, publishing->line.number, "", detail);
}

static void tell_too_large(void *context, uint64_t tag, const char *detail)
{
    struct publishing *publishing = context;
    publishing->refused++;
    if (tag != PUBLISH_COMPLETION)
        tell_of_line(publishing, (uint32_t)(tag >> TAG_FILE_BIT), (int64_t)(tag & ((UINT64_C(1) << TAG_FILE_BIT) - 1)),
                     "out_of_range: ", detail);
}

/* One JSON object a line on stdout. */
static void print_preview(void *context, const char *topic, struct str key, struct str value)
{
    (void)context;
    struct buffer json;
    buffer_init(&json);
    buffer_add_literal(&json, "{\"topic\":");
    json_write_string(str_from(topic), &json);
    buffer_add_literal(&json, ",\"key\":");
    json_write_string(key, &json);
    buffer_add_literal(&json, ",\"value\":");
    value = value.len == 0 ? STR("null") : value;
    buffer_add(&json, value.data, value.len);
    buffer_add_literal(&json, "}\n");
    fwrite(json.data, 1, json.len, stdout);
    buffer_done(&json);
}

static void tell_totals(const struct publishing *publishing, const struct publish_totals *totals)
{
    bool dry = publishing->dry_run;
    if (publishing->maybe_late > LATE_SAID_MAX)
        fprintf(stderr, "%" PRId64 " lines in all are older than fold.window and behind a newer line\n",
                publishing->maybe_late);
    fprintf(stderr, "%slines=%" PRId64 " %s=%" PRId64 " refused=%" PRId64 " %s=%" PRId64 " seconds=%.1f\n",
            publishing->shown ? "\r" : "", publishing->lines, dry ? "would_send" : "sent",
            totals->sent - totals->completed, publishing->refused, dry ? "would_complete" : "completed",
            totals->completed, (double)(clock_steady_us() - publishing->started_us) / 1e6);
}

/* --- lines ------------------------------------------------------------------------------------------------------ */

/* Tells, of the first few, that a line may be refused as late: publishing cannot know it, since that is judged by what
 * its item's record has when the line comes. */
static void check_order(struct publishing *publishing)
{
    const struct input_line *line = &publishing->line;
    bool behind = line->key_time < publishing->newest && line->key_time < publishing->window_begins;
    if (line->time > publishing->newest)
        publishing->newest = line->time;
    if (line->time == TIME_NONE || !behind || publishing->maybe_late++ >= LATE_SAID_MAX)
        return;
    tell_of_line(
        publishing, line->file, line->number,
        "older than fold.window and behind a newer line: refused as late where its item has had an event as new "
        "for longer than fold.history",
        "");
}

static uint64_t line_tag(const struct input_line *line)
{
    return (uint64_t)line->file << TAG_FILE_BIT | (uint64_t)line->number;
}

static int check_and_keep(struct publishing *publishing, enum refusal *ret_refusal, char *ret_detail,
                          struct error *error)
{
    struct error outside = {0};
    const struct input_line *line = &publishing->line;
    int code = publisher_check(publishing->publisher, line->text, ret_refusal, ret_detail, &outside);
    if (code != 0)
        return error_set(error, outside.code, "%s:%" PRId64 ": %s", publish_input_name(publishing->input, line->file),
                         line->number, outside.text);
    return *ret_refusal == REFUSAL_NONE ? line_spool_add(publishing->spool, line, error) : 0;
}

static int send_line(struct publishing *publishing, enum refusal *ret_refusal, char *ret_detail, struct error *error)
{
    const struct input_line *line = &publishing->line;
    return publisher_line(publishing->publisher, line->text, line_tag(line), ret_refusal, ret_detail, error);
}

static int read_lines(struct publishing *publishing, struct error *error)
{
    int code;
    while ((code = publish_input_next(publishing->input, &publishing->line, error)) > 0) {
        enum refusal refusal;
        char detail[REFUSAL_DETAIL_MAX];
        publishing->lines++;
        check_order(publishing);
        code = publishing->spool != NULL ? check_and_keep(publishing, &refusal, detail, error)
                                         : send_line(publishing, &refusal, detail, error);
        if (code != 0)
            break;
        if (refusal != REFUSAL_NONE)
            tell_refused_line(publishing, refusal, detail);
        show_progress(publishing);
    }
    return code;
}

static int send_kept_lines(struct publishing *publishing, struct error *error)
{
    int code;
    while ((code = line_spool_next(publishing->spool, &publishing->line, error)) > 0) {
        enum refusal refusal;
        char detail[REFUSAL_DETAIL_MAX];
        code = send_line(publishing, &refusal, detail, error);
        if (code != 0)
            break;
    }
    return code;
}

static int refuse_emptying(const struct publish_plan *plan, struct error *error)
{
    return error_set(error, ERROR_NO,
                     "--complete %s: of %" PRId64 " items that the node holds %" PRId64 " would become 0, of %" PRId64
                     " units %" PRId64 ", more than a fifth: nothing was sent; give --yes if that is so",
                     plan->scope, plan->skus.held, plan->skus.emptied, plan->units.held, plan->units.emptied);
}

/* Nobody's shelf is emptied because of a line that was mistyped: nothing is sent unless all of it is right. A dry run
 * shows what --yes would send. */
static int complete(struct publishing *publishing, struct error *error)
{
    struct publish_plan plan;
    if (publishing->refused > 0)
        return error_set(error, ERROR_DATA, "nothing was sent because %" PRId64 " lines were refused",
                         publishing->refused);
    int code = publisher_plan(publishing->publisher, &plan, error);
    if (code != 0)
        return code;
    bool refused = publish_plan_empties(&plan) && !publishing->yes;
    if (!refused || publishing->dry_run)
        code = send_kept_lines(publishing, error);
    if (code == 0 && (!refused || publishing->dry_run))
        code = publisher_complete(publishing->publisher, error);
    return code == 0 && refused ? refuse_emptying(&plan, error) : code;
}

/* --- the command ------------------------------------------------------------------------------------------------ */

static int publish_all(struct publishing *publishing, const struct publish_config *config, struct error *error)
{
    publishing->publisher = publisher_new(config, error);
    if (publishing->publisher == NULL)
        return (int)error->code;
    int code = read_lines(publishing, error);
    if (code == 0 && publishing->spool != NULL)
        code = complete(publishing, error);
    struct publish_totals totals;
    int finished = publisher_finish(publishing->publisher, &totals, error);
    tell_totals(publishing, &totals);
    publisher_free(publishing->publisher);
    if (code != 0 || finished != 0)
        return code != 0 ? code : finished;
    return publishing->refused == 0
               ? 0
               : error_set(error, ERROR_DATA, "%" PRId64 " lines were refused", publishing->refused);
}

/* Without --complete the view only helps to tell kinds of nodes, and may be away. */
static int open_view_if_there(struct view *view, struct publish_config *config, struct error *error)
{
    struct error away = {0};
    if (view_connect(view, VIEW_READ, false, &away) == 0)
        config->view = view;
    else if (config->scopes_n > 0)
        return error_set(error, away.code, "%s", away.text);
    else
        log_info("kinds of nodes come from the input alone reason=\"%s\"", away.text);
    return config->scopes_n == 0 ? 0 : view_require_open(view, error);
}

static int open_and_publish(struct publishing *publishing, struct publish_config *config, struct error *error)
{
    const struct invocation *invocation = publishing->invocation;
    publishing->input = publish_input_open(invocation->arguments, invocation->arguments_n, error);
    if (publishing->input == NULL)
        return (int)error->code;
    if (config->scopes_n > 0)
        publishing->spool = line_spool_new(error);
    struct view view;
    view_init(&view, &invocation->settings->fold.view);
    int code = (int)error->code;
    if (code == 0)
        code = open_view_if_there(&view, config, error);
    if (code == 0)
        code = publish_all(publishing, config, error);
    view_done(&view);
    line_spool_free(publishing->spool);
    publish_input_close(publishing->input);
    return code;
}

static int parse_at(const struct invocation *invocation, int64_t *ret_at_ms, struct error *error)
{
    const char *at = invocation_option(invocation, "at");
    *ret_at_ms = TIME_NONE;
    if (at == NULL)
        return 0;
    if (time_parse(str_from(at), ret_at_ms)) {
        bool ahead = *ret_at_ms - invocation->settings->fold.view.future_max_ms > clock_wall_ms();
        return !ahead ? 0 : error_set(error, ERROR_USAGE, "--at %s is further ahead of now than fold.future_max", at);
    }
    return error_set(error, ERROR_USAGE, "--at %s %s: expected RFC 3339, such as 2026-11-21T06:30:00Z", at,
                     time_flaw(str_from(at)));
}

int cmd_publish(const struct invocation *invocation, struct error *error)
{
    struct publishing publishing = {
        .invocation = invocation,
        .newest = TIME_NONE,
        .window_begins = clock_wall_ms() - invocation->settings->fold.view.rule.window_ms,
        .started_us = clock_steady_us(),
        .dry_run = invocation_option(invocation, "dry-run") != NULL,
        .yes = invocation_option(invocation, "yes") != NULL,
        .progress = isatty(STDERR_FILENO),
    };
    struct publish_config config = {
        .kafka = invocation->settings->fold.kafka,
        .topic = invocation_option(invocation, "topic"),
        .future_max_ms = invocation->settings->fold.view.future_max_ms,
        .strict = invocation_option(invocation, "strict") != NULL,
        .listener = {&publishing, tell_unknown_name, tell_too_large, publishing.dry_run ? print_preview : NULL},
    };
    struct arena arena;
    arena_init(&arena);
    struct publish_scope *scopes;
    int code = publish_scopes_read(invocation, &arena, &scopes, &config.scopes_n, error);
    if (code == 0)
        code = parse_at(invocation, &config.at_ms, error);
    config.scopes = scopes;
    if (code == 0 && config.at_ms != TIME_NONE && config.scopes_n == 0)
        code = error_set(error, ERROR_USAGE, "--at is for --complete: it is the moment of a count");
    if (code == 0)
        code = open_and_publish(&publishing, &config, error);
    arena_done(&arena);
    return code;
}
