/* A view that does not exist: answers to whatever a plan asks, mostly such as a real one would give, and wherever the
 * script says so, any others that a server can send. */
#ifndef TESTS_FUZZ_VIEW_ANSWERS_H
#define TESTS_FUZZ_VIEW_ANSWERS_H

#include "stockfold/base/buffer.h"
#include "stockfold/store/plan.h"

/* Decisions, one byte each; used up, it says 0 for ever: all is well. */
struct script {
    const uint8_t *at, *end;
};
uint8_t script_next(struct script *script);

/* Times in answers lie about this one. */
#define VIEW_ANSWERS_NOW INT64_C(1795255500000) /* 2026-11-21T10:45:00Z */
#define VIEW_ANSWERS_IDENTITY "a-run"

/* A reply to each ask, NULL where the connection was lost; to be freed with view_answer_free(). */
void view_answer(const struct plan *plan, struct script *script, const struct reply **replies);
void view_answer_free(const struct reply *reply);

#endif
