/* Candidates by distance, as many as are wanted, the rest left in no order; and what is found walking along them. */
#include "stockfold/core/nearby.h"

#include <assert.h>

const char *const nearby_reason_names[NEARBY_REASONS] = {
    [NEARBY_TAKEN] = "",        [NEARBY_NO_PICKUP] = "no_pickup",   [NEARBY_UNKNOWN] = "unknown",
    [NEARBY_OUT] = "out",       [NEARBY_NOT_ENOUGH] = "not_enough", [NEARBY_NOT_PICKABLE] = "not_pickable",
    [NEARBY_CLOSED] = "closed", [NEARBY_SILENT] = "silent",         [NEARBY_TOO_FAR] = "too_far",
};

enum nearby_reason nearby_shortage(int64_t available, int64_t in_reach, int64_t qty)
{
    if (available <= 0)
        return NEARBY_OUT;
    if (available < qty)
        return NEARBY_NOT_ENOUGH;
    return in_reach < qty ? NEARBY_NOT_PICKABLE : NEARBY_TAKEN;
}

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

void nearby_sort(struct nearby_candidate *candidates, size_t n, size_t from, size_t to)
{
    assert(from <= to && to <= n);
    if (from < to)
        sort_first(candidates + from, n - from, to - from);
}

bool nearby_is_found(const struct nearby_walk *walk, double chord2)
{
    if (walk->taken_n == walk->k)
        return true;
    return chord2 > walk->chord2_max && (walk->too_far_n == walk->k || walk->passed_n == walk->passed_max);
}

bool nearby_add(struct nearby_walk *walk, struct nearby_candidate candidate)
{
    bool has_all = candidate.reason == NEARBY_TAKEN, is_near = candidate.chord2 <= walk->chord2_max;

    if (nearby_is_found(walk, candidate.chord2) || !(has_all || is_near))
        return false;
    if (has_all && is_near) {
        walk->taken[walk->taken_n++] = candidate;
        return true;
    }
    if (has_all) {
        candidate.reason = NEARBY_TOO_FAR;
        walk->too_far_n++;
    }
    if (walk->passed_n < walk->passed_max)
        walk->passed[walk->passed_n++] = candidate;
    return false;
}
