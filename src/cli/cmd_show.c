/* `stockfold show` and `stockfold dump`: records of an open view. */
#include <string.h>

#include "stockfold/cli/command.h"
#include "stockfold/store/show.h"

static struct str argument(const struct invocation *call, int index)
{
    if (index >= call->arguments_n)
        return STR("");
    return (struct str){.data = call->arguments[index], .len = strlen(call->arguments[index])};
}

int cmd_show(const struct invocation *call, struct error *error)
{
    struct view view;
    int code = connect_view(call, &view, error);
    if (code == 0)
        code = view_require_open(&view, error);
    if (code == 0)
        code = view_show(&view, argument(call, 0), argument(call, 1), call->settings->api.safety_stock, stdout, error);
    view_done(&view);
    return code;
}

int cmd_dump(const struct invocation *call, struct error *error)
{
    struct view view;
    int code = connect_view(call, &view, error);
    if (code == 0)
        code = view_require_open(&view, error);
    if (code == 0)
        code = view_dump(&view, call->settings->api.safety_stock, stdout, error);
    view_done(&view);
    return code;
}
