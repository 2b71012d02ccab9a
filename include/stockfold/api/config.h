/* What operators may decide about answers. Durations are milliseconds; bounds and defaults are in src/api/config.c. */
#ifndef STOCKFOLD_API_CONFIG_H
#define STOCKFOLD_API_CONFIG_H

#include "stockfold/base/settings.h"

struct api_config {
    /* [availability] */
    int64_t safety_stock; /* units withheld where neither item nor node says otherwise: 0 */
    int64_t low;          /* 1 ... low available units are "low": 3 */
    int64_t silent_ms;    /* a node not heard of for so long while open is stale: 24 h */
    /* [promise] */
    int64_t lead_ms;                 /* where the node says none: 30 min */
    int64_t cutoff_ms;               /* where the node says none: 0 */
    int64_t confidence_half_life_ms; /* of what was seen at a place: 14 d */
    /* [http] */
    int64_t deadline_ms;           /* from a whole request to its answer, waiting for `after` aside: 250 ms */
    int64_t wait_max_ms;           /* the longest wait_ms: 30 s */
    int64_t lag_max_ms;            /* readyz?strict=true says no beyond it: 1 min */
    int64_t requests_max;          /* being answered at once, in one worker: 4096 */
    int64_t waiting_max;           /* that wait for a message meanwhile, in one worker: 10000 */
    int64_t waiting_max_of_client; /* of them, of one client address: 5000 */
    int64_t max_age_ms;            /* of public answers: 5 s */
    const char *origins;           /* CORS: "*", or origins separated by single spaces: "*" */
    const char *url;               /* where `stockfold check` finds it: "http://127.0.0.1:8080" */
    /* [topics] */
    char nodes_topic[250]; /* of whose messages `after` waits for the nodes: "stock.nodes" */
};

/* The sections that fill it. The last is one that others have more rows of (the fold): it takes what concerns answers.
 */
extern const struct settings_section availability_section, promise_section, http_section, answer_topics_section;

#endif
