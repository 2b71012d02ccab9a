/* `stockfold delete`: publishes the deletion of an item's or node's document and, asked to, of its stock. */
#include <inttypes.h>
#include <string.h>

#include "stockfold/base/clock.h"
#include "stockfold/cli/command.h"
#include "stockfold/codec/name.h"
#include "stockfold/core/bounds.h"
#include "stockfold/ingest/publish.h"
#include "stockfold/store/show.h"

struct deletion {
    enum publish_kind kind;
    struct str id;
    bool stock;
};

static int parse_deletion(const struct invocation *invocation, struct deletion *ret_deletion, struct error *error)
{
    const char *kind = invocation->arguments[0];
    struct str id = str_from(invocation->arguments[1]);
    bool is_item = strcmp(kind, "item") == 0;
    *ret_deletion =
        (struct deletion){is_item ? PUBLISH_ITEM : PUBLISH_NODE, id, invocation_option(invocation, "stock") != NULL};
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

int cmd_delete(const struct invocation *invocation, struct error *error)
{
    struct deletion deletion;
    struct view view;
    struct publish_config config = {.kafka = invocation->settings->fold.kafka,
                                    .listener = {.too_large = ignore_too_large}};
    if (parse_deletion(invocation, &deletion, error) != 0)
        return (int)error->code;
    if (!deletion.stock)
        return send_deletion(&deletion, &config, error);
    int code = invocation_connect_view(invocation, &view, error);
    if (code == 0)
        code = view_require_open(&view, error);
    config.view = &view;
    if (code == 0)
        code = send_deletion(&deletion, &config, error);
    view_done(&view);
    return code;
}
