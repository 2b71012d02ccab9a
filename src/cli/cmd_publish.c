/* `stockfold publish`: reads files line by line, tells what was refused and how it went. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"
#include "stockfold/cli/command.h"
#include "stockfold/ingest/publish.h"
#include "stockfold/store/show.h"

enum { PROGRESS_EVERY = 1 << 14 }; /* lines */

struct publishing {
    struct publisher *publisher;
    int64_t lines, refused;
    int64_t started_us;
    bool progress; /* stderr is a terminal */
    bool shown;    /* a line of progress stands there */
};

static void show_progress(struct publishing *publishing)
{
    if (!publishing->progress || publishing->lines % PROGRESS_EVERY != 0)
        return;
    fprintf(stderr, "\r%" PRId64 " lines", publishing->lines);
    publishing->shown = true;
}

static void tell_refused(struct publishing *publishing, const char *name, int64_t line_number, enum refusal refusal,
                         const char *detail)
{
    publishing->refused++;
    fprintf(stderr, "%s%s:%" PRId64 ": %s: %s\n", publishing->shown ? "\r" : "", name, line_number,
            refusal_texts[refusal].name, detail);
    publishing->shown = false;
}

static int publish_stream(struct publishing *publishing, FILE *file, const char *name, struct error *error)
{
    char *line = NULL;
    size_t cap = 0;
    int code = 0;
    int64_t line_number = 0;
    for (ssize_t len; code == 0 && (len = getline(&line, &cap, file)) >= 0;) {
        struct str text = {.data = line, .len = (size_t)len};
        line_number++;
        if (text.len > 0 && line[text.len - 1] == '\n')
            text.len--;
        if (strspn(line, " \t\r\n") >= text.len)
            continue;
        publishing->lines++;
        enum refusal refusal;
        char detail[REFUSAL_DETAIL_MAX];
        code = publisher_line(publishing->publisher, text, &refusal, detail, error);
        if (code == 0 && refusal != REFUSAL_NONE)
            tell_refused(publishing, name, line_number, refusal, detail);
        show_progress(publishing);
    }
    if (code == 0 && ferror(file))
        code = error_set(error, ERROR_USAGE, "cannot read %s: %s", name, strerror(errno));
    free(line);
    return code;
}

static int publish_files(struct publishing *publishing, const struct invocation *invocation, struct error *error)
{
    if (invocation->arguments_n == 0)
        return publish_stream(publishing, stdin, "-", error);
    int code = 0;
    for (int i = 0; code == 0 && i < invocation->arguments_n; i++) {
        const char *name = invocation->arguments[i];
        if (strcmp(name, "-") == 0) {
            code = publish_stream(publishing, stdin, name, error);
            continue;
        }
        FILE *file = fopen(name, "r");
        if (file == NULL)
            return error_set(error, ERROR_USAGE, "cannot read %s: %s", name, strerror(errno));
        code = publish_stream(publishing, file, name, error);
        fclose(file);
    }
    return code;
}

/* NODE[/FLOOR[/ZONE]]; the place goes into ret_place. */
static int parse_scope(const char *scope, struct publish_config *config, char ret_place[PLACE_MAX], struct error *error)
{
    struct str parts[3] = {{0}};
    size_t parts_n = 0;
    for (const char *start = scope;; start += parts[parts_n - 1].len + 1) {
        size_t len = strcspn(start, "/");
        if (parts_n == 3 || len == 0 || (parts_n > 0 && len > BOUND_PLACE_COMPONENT))
            return error_set(error, ERROR_USAGE,
                             "--complete %s: expected NODE, NODE/FLOOR or NODE/FLOOR/ZONE, such as store-014/2/women",
                             scope);
        parts[parts_n++] = (struct str){.data = start, .len = len};
        if (start[len] == '\0')
            break;
    }
    struct str components[PLACE_COMPONENTS] = {[PLACE_FLOOR] = parts[1], [PLACE_ZONE] = parts[2]};
    config->complete_node = parts[0];
    config->complete_place = place_join(components, ret_place);
    return 0;
}

/* Nobody's shelf is emptied because of a line that was mistyped. */
static int complete(struct publishing *publishing, const struct publish_config *config, struct error *error)
{
    if (config->complete_node.len == 0)
        return 0;
    if (publishing->refused > 0)
        return error_set(error, ERROR_DATA, "nothing was completed because %" PRId64 " lines were refused",
                         publishing->refused);
    return publisher_complete(publishing->publisher, clock_wall_ms(), error);
}

static int publish_all(const struct publish_config *config, const struct invocation *invocation, struct error *error)
{
    struct publishing publishing = {
        .publisher = publisher_new(config, error), .started_us = clock_steady_us(), .progress = isatty(STDERR_FILENO)};
    if (publishing.publisher == NULL)
        return error->code;
    struct publish_totals totals;
    int code = publish_files(&publishing, invocation, error);
    if (code == 0)
        code = complete(&publishing, config, error);
    int finished = publisher_finish(publishing.publisher, &totals, error);
    fprintf(stderr, "%slines=%" PRId64 " sent=%" PRId64 " refused=%" PRId64 " completed=%" PRId64 " seconds=%.1f\n",
            publishing.shown ? "\r" : "", publishing.lines, totals.sent - totals.completed, publishing.refused,
            totals.completed, (double)(clock_steady_us() - publishing.started_us) / 1e6);
    publisher_free(publishing.publisher);
    if (code != 0 || finished != 0)
        return code != 0 ? code : finished;
    return publishing.refused == 0 ? 0
                                   : error_set(error, ERROR_DATA, "%" PRId64 " lines were refused", publishing.refused);
}

/* Without --complete the view only helps to tell kinds of nodes, and may be away. */
static int open_view_if_there(struct view *view, struct publish_config *config, struct error *error)
{
    struct error away = {0};
    if (view_connect(view, VIEW_READ, false, &away) == 0)
        config->view = view;
    else if (config->complete_node.len > 0)
        return error_set(error, away.code, "%s", away.text);
    else
        log_info("kinds of nodes come from the input alone reason=\"%s\"", away.text);
    return config->complete_node.len == 0 ? 0 : view_require_open(view, error);
}

int cmd_publish(const struct invocation *invocation, struct error *error)
{
    char place[PLACE_MAX];
    struct publish_config config = {.kafka = invocation->settings->fold.kafka,
                                    .topic = invocation_option(invocation, "topic")};
    const char *scope = invocation_option(invocation, "complete");
    int code = scope == NULL ? 0 : parse_scope(scope, &config, place, error);
    if (code != 0)
        return code;
    struct view view;
    view_init(&view, &invocation->settings->fold.view);
    code = open_view_if_there(&view, &config, error);
    if (code == 0)
        code = publish_all(&config, invocation, error);
    view_done(&view);
    return code;
}
