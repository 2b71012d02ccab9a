/* Scopes from the command line. */
#include "publish_scopes.h"

#include <string.h>

#include "stockfold/codec/percent.h"

static int refuse_scope(const char *text, struct error *error)
{
    return error_set(
        error, ERROR_USAGE,
        "--complete %s: expected NODE, NODE/FLOOR or NODE/FLOOR/ZONE, such as store-014/2/women; a / inside "
        "a name is %%2F",
        text);
}

static int read_scope(const char *text, struct arena *arena, struct publish_scope *ret_scope, struct error *error)
{
    struct str names[SCOPE_NAMES_MAX] = {{0}};
    const char *start = text;
    for (size_t n = 0; start != NULL; n++) {
        struct str encoded = {start, strcspn(start, "/")};
        if (n == SCOPE_NAMES_MAX)
            return refuse_scope(text, error);
        if (!percent_decode(encoded, false, arena, &names[n]))
            return error_set(error, ERROR_USAGE,
                             "--complete %s: \"%.*s\" is not percent-encoded UTF-8 without control characters; a / "
                             "inside a name is %%2F, a %% itself is %%25",
                             text, STR_ARG(encoded));
        if (names[n].len == 0 || names[n].len > (n == 0 ? BOUND_NODE : BOUND_PLACE_COMPONENT))
            return refuse_scope(text, error);
        start = start[encoded.len] == '/' ? start + encoded.len + 1 : NULL;
    }
    struct str components[PLACE_COMPONENTS] = {[PLACE_FLOOR] = names[1], [PLACE_ZONE] = names[2]};
    char *place = arena_alloc(arena, PLACE_MAX);
    *ret_scope = (struct publish_scope){text, names[0], place_join(components, place), strchr(text, '%') != NULL};
    return 0;
}

int publish_scopes_read(const struct invocation *invocation, struct arena *arena, struct publish_scope **ret_scopes,
                        size_t *ret_scopes_n, struct error *error)
{
    size_t position = 0;
    *ret_scopes = arena_array(arena, struct publish_scope, GIVEN_MAX);
    *ret_scopes_n = 0;
    for (const char *text; (text = invocation_option_next(invocation, "complete", &position)) != NULL;)
        if (read_scope(text, arena, &(*ret_scopes)[(*ret_scopes_n)++], error) != 0)
            return (int)error->code;
    return 0;
}
