/* `stockfold show` and `stockfold dump`: records of an open view. */
#include <string.h>

#include "stockfold/cli/command.h"
#include "stockfold/store/show.h"

static struct str argument(const struct invocation *invocation, int index)
{
    if (index >= invocation->arguments_n)
        return STR("");
    return (struct str){.data = invocation->arguments[index], .len = strlen(invocation->arguments[index])};
}

int cmd_show(const struct invocation *invocation, struct error *error)
{
    struct view view;
    int code = invocation_connect_view(invocation, &view, error);
    if (code == 0)
        code = view_require_open(&view, error);
    if (code == 0)
        code = view_show(&view, argument(invocation, 0), argument(invocation, 1),
                         invocation->settings->api.safety_stock, stdout, error);
    view_done(&view);
    return code;
}

int cmd_dump(const struct invocation *invocation, struct error *error)
{
    struct view view;
    int code = invocation_connect_view(invocation, &view, error);
    if (code == 0)
        code = view_require_open(&view, error);
    if (code == 0)
        code = view_dump(&view, invocation->settings->api.safety_stock, stdout, error);
    view_done(&view);
    return code;
}
