/* Calls that are finished although nobody waits for their answer any more: those of routes that write. What was sent
 * cannot be taken back, and what is half done must be done; so such a call is the worker's, and neither a client that
 * leaves nor a deadline ends it.
 *
 *   a client leaves, or is answered that it took too long ──► errand_start ──► turns of the call ──► its end
 *
 * It ends early only where it would have anyway: when nothing can be sent to the view, or it would wait. */
#ifndef STOCKFOLD_API_ERRAND_H
#define STOCKFOLD_API_ERRAND_H

#include "stockfold/api/api.h"

struct errands {
    /* How whoever owns them sends a plan, as trip_start() (NULL: it cannot now), and what time it is. */
    struct trip *(*send)(void *context, const struct plan *plan, trip_fn *fn, void *fn_context);
    struct api_now (*now)(void *context);
    void *context;
    size_t n; /* under way; each ends when its last trip does, at the latest when the link is closed */
};

/* Takes over a call that must be finished, with the trips whose answers it may still look at; the last of them is under
 * way. */
void errand_start(struct errands *errands, struct api_call *call, struct trip *const *trips, size_t trips_n);

#endif
