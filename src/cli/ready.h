/* GET /readyz of a server, as `check` does it. Nothing else sees libcurl. */
#ifndef STOCKFOLD_SRC_CLI_READY_H
#define STOCKFOLD_SRC_CLI_READY_H

#include <stdint.h>

enum readiness_kind {
    READY_NO_ANSWER,
    READY_FOREIGN, /* the answer is not Stockfold's */
    READY_NOT,
    READY,
};

struct readiness {
    enum readiness_kind kind;
    int64_t lag_ms;   /* when READY */
    char reason[320]; /* otherwise: what is wrong, and what to do */
};

/* Of http[s]://host[:port]. Takes two seconds at most. */
void ready_ask(const char *url, struct readiness *ret_readiness);

#endif
