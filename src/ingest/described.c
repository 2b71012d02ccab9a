/* Responsible for: noticing that somebody else has described the view by other settings. Not for: the start, where the same
 * is refused (store's view_connect), or ending (fold.c). Thread: the fold's.
 *
 * A view that was flushed is described again by whichever fold comes first. What is taken of the log depends on what the
 * descriptor says, so a fold with other settings must not go on in it. */
#include "described.h"

bool described_as_ours(struct engine *engine, const struct reply *descriptor)
{
    if (reply_count(descriptor) > 0)
        return view_keep_to_descriptor(&engine->view, descriptor, &engine->failure) == 0;
    view_describe(&engine->view);
    return false;
}

static void take_descriptor_reply(void *context, const struct reply *reply)
{
    if (reply_problem(reply) == REPLY_OK)
        (void)described_as_ours(context, reply);
}

void described_ask(struct engine *engine)
{
    view_ask_descriptor(&engine->view, take_descriptor_reply, engine);
}
