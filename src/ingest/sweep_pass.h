/* One pass of a shard's sweep over the hours of its journal, slice by slice, with batches in between. A record's hours
 * must settle in order, so whatever a pass leaves behind (or is put into the journal behind it) is marked, and nothing
 * more of that record settles in this pass. Marks are bits of a hash: two records that share one only settle later. */
#ifndef STOCKFOLD_SRC_INGEST_SWEEP_PASS_H
#define STOCKFOLD_SRC_INGEST_SWEEP_PASS_H

#include <stdbool.h>
#include <stdint.h>

struct sweep_pass {
    uint64_t *skipped; /* marks; NULL: none is on */
    int64_t from;      /* hour at which it goes on */
    int64_t began_us;  /* the newest one */
    int64_t swept; /* hours below this one were gone through by the newest one that came to its end; TIME_NONE: none */
};

void sweep_pass_init(struct sweep_pass *pass);
void sweep_pass_begin(struct sweep_pass *pass, int64_t now_us);
bool sweep_pass_is_on(const struct sweep_pass *pass);
/* The next begins at the oldest hour. `swept` stays. */
void sweep_pass_end(struct sweep_pass *pass);

/* Nothing more of a record settles in this pass. `hash`: batch_hash() of it. */
void sweep_pass_skip(struct sweep_pass *pass, uint32_t hash);
bool sweep_pass_is_skipped(const struct sweep_pass *pass, uint32_t hash);
/* An event went into the journal at `hour`: a pass that is beyond it must not settle later ones of its record. */
void sweep_pass_add_event(struct sweep_pass *pass, int64_t hour, uint32_t hash);

#endif
