/* `stockfold delete`: publishes the deletion of an item's or node's document and, asked to, of its stock. A name that the
 * view does not know was mistyped, more likely than not: nothing is published then. */
#include <inttypes.h>
#include <string.h>

#include "stockfold/base/clock.h"
#include "stockfold/cli/command.h"
#include "stockfold/codec/name.h"
#include "stockfold/core/bounds.h"
#include "stockfold/ingest/publish.h"
#include "stockfold/store/document_find.h"
#include "stockfold/store/show.h"

struct deletion {
    enum publish_kind kind;
    struct str id;
    bool stock, yes;
};

static int parse_deletion(const struct invocation *invocation, struct deletion *ret_deletion, struct error *error)
{
    const char *kind = invocation->arguments[0];
    struct str id = str_from(invocation->arguments[1]);
    bool is_item = strcmp(kind, "item") == 0;
    *ret_deletion =
        (struct deletion){is_item ? PUBLISH_ITEM : PUBLISH_NODE, id, invocation_option(invocation, "stock") != NULL,
                          invocation_option(invocation, "yes") != NULL};
    if (!is_item && strcmp(kind, "node") != 0)
        return error_set(error, ERROR_USAGE, "delete %s: expected item SKU or node ID", kind);
    if (id.len == 0 || id.len > (is_item ? BOUND_SKU : BOUND_NODE) || name_flaw(id) != NULL)
        return error_set(error, ERROR_USAGE, "delete %s: \"%.*s\" cannot be the name of one", kind, STR_ARG(id));
    return 0;
}

static void ignore_too_large(void *context, uint64_t tag, const char *detail)
{
    (void)context;
    (void)tag;
    (void)detail; /* none of these messages is large */
}

/* Counts go first: they go to the topic of the node's kind, which its document says. */
static int send_deletion(const struct deletion *deletion, const struct publish_config *config, struct error *error)
{
    struct publisher *publisher = publisher_new(config, error);
    struct publish_totals totals;
    int code = 0;
    if (publisher == NULL)
        return (int)error->code;
    if (deletion->stock)
        code = publisher_empty(publisher, deletion->kind, deletion->id, clock_wall_ms(), error);
    if (code == 0)
        code = publisher_delete(publisher, deletion->kind, deletion->id, error);
    int finished = publisher_finish(publisher, &totals, error);
    publisher_free(publisher);
    if (code == 0 && finished == 0)
        fprintf(stderr, "deleted=%" PRId64 " counts=%" PRId64 "\n", totals.sent - totals.completed, totals.completed);
    return code != 0 ? code : finished;
}

/* --- whether there is anything ----------------------------------------------------------------------------------- */

static int note_record(void *context, struct str name, const struct record *record, struct error *error)
{
    bool *any = context;
    (void)name;
    (void)record;
    (void)error;
    *any = true;
    return 0;
}

static int find_records(struct view *view, const struct deletion *deletion, bool *ret_any, struct error *error)
{
    if (deletion->kind == PUBLISH_NODE)
        return view_each_at_node(view, deletion->id, note_record, ret_any, error);
    return view_each_of_item(view, deletion->id, note_record, ret_any, error);
}

static int require_known(struct view *view, const struct deletion *deletion, struct error *error)
{
    bool item = deletion->kind == PUBLISH_ITEM, known;
    struct nearest nearest = {.wanted = deletion->id.data};
    int code = document_find(view, item ? DOCUMENT_ITEM : DOCUMENT_NODE, deletion->id, &known, &nearest, error);
    if (code == 0 && !known && deletion->stock)
        code = find_records(view, deletion, &known, error);
    if (code != 0 || known)
        return code;
    bool near = nearest_is_near(&nearest);
    return error_set(error, ERROR_NO,
                     "the view has no document%s of %s %.*s%s%s: nothing was published; --yes publishes the deletion "
                     "all the same",
                     deletion->stock ? " and no record" : "", item ? "item" : "node", STR_ARG(deletion->id),
                     near ? "; the nearest that it has is " : "", near ? nearest.word : "");
}

/* --- the command ------------------------------------------------------------------------------------------------- */

int cmd_delete(const struct invocation *invocation, struct error *error)
{
    struct deletion deletion;
    struct view view;
    struct publish_config config = {.kafka = invocation->settings->fold.kafka,
                                    .listener = {.too_large = ignore_too_large}};
    if (parse_deletion(invocation, &deletion, error) != 0)
        return (int)error->code;
    if (deletion.yes && !deletion.stock)
        return send_deletion(&deletion, &config, error);
    int code = invocation_connect_view(invocation, &view, error);
    if (code == 0)
        code = view_require_open(&view, error);
    config.view = &view;
    if (code == 0 && !deletion.yes)
        code = require_known(&view, &deletion, error);
    if (code == 0)
        code = send_deletion(&deletion, &config, error);
    view_done(&view);
    return code;
}
