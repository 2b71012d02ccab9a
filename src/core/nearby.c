/* Choosing among candidates by distance: what is asked for is brought to the front and sorted, the rest is left. */
#include "stockfold/core/nearby.h"

#include <assert.h>

const char *const nearby_reason_names[NEARBY_REASONS] = {
    [NEARBY_TAKEN] = "",          [NEARBY_NO_PICKUP] = "no_pickup",
    [NEARBY_OUT] = "out",         [NEARBY_NOT_ENOUGH] = "not_enough",
    [NEARBY_CLOSED] = "closed",   [NEARBY_SILENT] = "silent",
    [NEARBY_TOO_FAR] = "too_far",
};

/* Candidates that are sorted by insertion, and those among which a pivot is looked for. */
enum { FEW = 16, SAMPLE = 8 };

static bool is_before(const struct nearby_candidate *a, const struct nearby_candidate *b)
{
    return a->chord2 != b->chord2 ? a->chord2 < b->chord2 : a->node < b->node;
}

static void swap(struct nearby_candidate *a, struct nearby_candidate *b)
{
    struct nearby_candidate was = *a;
    *a = *b;
    *b = was;
}

static void sort_few(struct nearby_candidate *candidates, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct nearby_candidate moving = candidates[i];
        size_t to = i;
        for (; to > 0 && is_before(&moving, &candidates[to - 1]); to--)
            candidates[to] = candidates[to - 1];
        candidates[to] = moving;
    }
}

/* One of `n` that has about `wanted_n` before it, and some on either side: far out when few are wanted, so that one
 * pass drops most of the others. */
static struct nearby_candidate pivot_for(const struct nearby_candidate *candidates, size_t n, size_t wanted_n)
{
    struct nearby_candidate sample[SAMPLE];
    size_t rank = wanted_n * SAMPLE / n + 1;

    for (size_t i = 0; i < SAMPLE; i++)
        sample[i] = candidates[i * (n / SAMPLE)];
    sort_few(sample, SAMPLE);
    return sample[rank < SAMPLE / 2 ? rank : SAMPLE / 2];
}

/* Splits into two parts, neither empty, everything in the first before everything in the second (Hoare); returns the
 * size of the first. */
static size_t partition_candidates(struct nearby_candidate *candidates, size_t n, struct nearby_candidate pivot)
{
    size_t low = 0, high = n - 1;

    for (;; low++, high--) {
        while (is_before(&candidates[low], &pivot))
            low++;
        while (is_before(&pivot, &candidates[high]))
            high--;
        if (low >= high)
            return low;
        swap(&candidates[low], &candidates[high]);
    }
}

/* Brings the first `wanted_n` of `n` to the front, in order. */
static void sort_first(struct nearby_candidate *candidates, size_t n, size_t wanted_n)
{
    while (n > FEW) {
        size_t first_n = partition_candidates(candidates, n, pivot_for(candidates, n, wanted_n));
        if (wanted_n > first_n)
            sort_first(candidates + first_n, n - first_n, wanted_n - first_n);
        n = first_n;
    }
    sort_few(candidates, n);
}

/* Brings those that have everything within reach to the front, and marks those that have it beyond. */
static size_t gather_in_range(struct nearby_candidate *candidates, size_t n, double chord2_max)
{
    size_t taken_n = 0;

    for (size_t i = 0; i < n; i++) {
        if (candidates[i].reason != NEARBY_TAKEN)
            continue;
        if (candidates[i].chord2 > chord2_max)
            candidates[i].reason = NEARBY_TOO_FAR;
        else
            swap(&candidates[i], &candidates[taken_n++]);
    }
    return taken_n;
}

static size_t gather_before(struct nearby_candidate *candidates, size_t n, const struct nearby_candidate *bound)
{
    size_t before_n = 0;

    for (size_t i = 0; i < n; i++)
        if (candidates[i].reason != NEARBY_TAKEN && is_before(&candidates[i], bound))
            swap(&candidates[i], &candidates[before_n++]);
    return before_n;
}

static size_t gather_too_far(struct nearby_candidate *candidates, size_t n)
{
    size_t too_far_n = 0;

    for (size_t i = 0; i < n; i++)
        if (candidates[i].reason == NEARBY_TOO_FAR)
            swap(&candidates[i], &candidates[too_far_n++]);
    return too_far_n;
}

void nearby_select(struct nearby_candidate *candidates, size_t n, size_t k, double chord2_max, size_t *ret_taken,
                   size_t *ret_passed)
{
    /* The first that is out of reach, should fewer than k be found. */
    struct nearby_candidate bound = {.node = UINT32_MAX, .chord2 = chord2_max};
    size_t having_n = gather_in_range(candidates, n, chord2_max);
    size_t taken_n = having_n < k ? having_n : k;

    assert(k > 0);
    sort_first(candidates, having_n, taken_n);
    if (taken_n == k)
        bound = candidates[k - 1];
    struct nearby_candidate *others = candidates + taken_n;
    size_t others_n = n - taken_n;
    size_t passed_n = gather_before(others, others_n, &bound);
    sort_first(others, passed_n, passed_n);
    if (having_n < k) {
        size_t too_far_n = gather_too_far(others + passed_n, others_n - passed_n);
        size_t shown_n = too_far_n < k ? too_far_n : k;
        sort_first(others + passed_n, too_far_n, shown_n);
        passed_n += shown_n;
    }
    *ret_taken = taken_n;
    *ret_passed = passed_n;
}
