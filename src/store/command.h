/* Calls within the layer, with their errors put into words. */
#ifndef STOCKFOLD_STORE_COMMAND_H
#define STOCKFOLD_STORE_COMMAND_H

#include "stockfold/store/view.h"

/* Whether a reply came and is no error; else says so in words. */
int view_check_reply(const struct view *view, const struct reply *reply, struct error *error);

/* The reply to the command begun on one of the view's links with link_call_begin(); NULL, with the error filled, when there is none or it is an
 * error. It stays until that link's next link_call_begin(). */
const struct reply *view_command(struct view *view, struct link *link, struct error *error);

/* Waits for everything outstanding. */
int view_finish(struct view *view, struct error *error) WARN_UNUSED;

#endif
