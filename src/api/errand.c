/* The turns of a call that has no client. */
#include "stockfold/api/errand.h"

#include <stdlib.h>

#include "stockfold/base/error.h"

struct errand {
    struct errands *errands;
    struct api_call *call;
    struct trip **trips;
    size_t trips_n;
};

static void drop_errand_trips(struct errand *errand)
{
    while (errand->trips_n > 0)
        trip_done(errand->trips[--errand->trips_n]);
}

static void end_errand(struct errand *errand)
{
    drop_errand_trips(errand);
    api_call_free(errand->call);
    errand->errands->n--;
    free(errand->trips);
    free(errand);
}

static void keep_trip(struct errand *errand, struct trip *trip)
{
    errand->trips = realloc(errand->trips, (errand->trips_n + 1) * sizeof(struct trip *));
    if (errand->trips == NULL)
        error_out_of_memory();
    errand->trips[errand->trips_n++] = trip;
}

static void run_errand(void *context, const struct answers *answers)
{
    struct errand *errand = context;
    const struct errands *errands = errand->errands;
    enum api_next next;
    while ((next = api_call_next(errand->call, answers, errands->now(errands->context))) == API_PART) {
        answers = NULL;
        drop_errand_trips(errand);
    }
    struct trip *trip =
        next != API_ASK ? NULL : errands->send(errands->context, api_call_plan(errand->call), run_errand, errand);
    if (trip == NULL)
        end_errand(errand);
    else
        keep_trip(errand, trip);
}

void errand_start(struct errands *errands, struct api_call *call, struct trip *const *trips, size_t trips_n)
{
    struct errand *errand = calloc(1, sizeof(*errand));
    if (errand == NULL)
        error_out_of_memory();
    *errand = (struct errand){.errands = errands, .call = call};
    for (size_t i = 0; i < trips_n; i++)
        keep_trip(errand, trips[i]);
    trip_hand_over(trips[trips_n - 1], run_errand, errand);
    errands->n++;
}
