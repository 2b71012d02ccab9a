/* What comes back: told apart from what follows it, and held against what may be said. */
#ifndef TESTS_HOSTILE_ANSWER_H
#define TESTS_HOSTILE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

struct answer {
    int status;
    size_t len;  /* of all of it */
    bool closes; /* nothing follows */
};

enum answer_state { ANSWER_WHOLE, ANSWER_CUT, ANSWER_BROKEN };

/* Reads the first answer in the bytes. `at_end`: no more will come. CUT: it is not all there. */
enum answer_state answer_read(const char *data, size_t len, bool to_head, bool at_end, struct answer *ret_answer);
/* NULL, or what is wrong with a whole one. */
const char *answer_wrong(const char *data, const struct answer *answer, bool to_head);

#endif
