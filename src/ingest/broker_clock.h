/* What brokers' clocks show, as their stamps have it; no host's clock is asked.
 *
 * A stamp that comes at a moment of the steady clock says: the broker's clock is at least so far ahead of the steady one.
 * The largest of these is a lower bound of the broker's clock at any moment, since a message only takes time to come. When
 * a broker is asked (one message, whose stamp comes with its acknowledgement), it also says how far at most; a message
 * whose stamp is beyond that was stamped by a clock that runs ahead, and shows nothing. Plain values of one thread. */
#ifndef STOCKFOLD_SRC_INGEST_BROKER_CLOCK_H
#define STOCKFOLD_SRC_INGEST_BROKER_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct broker_clock {
    int32_t broker;
    int64_t offset_ms;     /* its clock less the steady one: at least; TIME_NONE: not known */
    int64_t offset_max_ms; /* at most, when it was last asked; TIME_NONE: never answered */
    int64_t confirmed_us;  /* steady clock: when a stamp last showed offset_ms, to the second */
    int64_t asked_us;      /* when it was last asked; 0: never */
    bool doubted;          /* a message showed more than offset_max_ms since */
};

struct broker_clocks {
    struct broker_clock *rows;
    size_t n, cap;
};

void broker_clocks_done(struct broker_clocks *clocks);

/* A message of the broker came. Returns by how many ms its stamp is ahead of the clock of who was asked, 0: it is not. */
int64_t broker_clock_saw(struct broker_clocks *clocks, int32_t broker, int64_t stamp_ms, int64_t came_us);
/* The broker was asked and stamped the question. */
void broker_clock_answered(struct broker_clocks *clocks, int32_t broker, int64_t stamp_ms, int64_t sent_us,
                           int64_t came_us);
/* Whether the broker is to be asked now: at the start, after a minute of silence, and where a message was ahead. Who is
 * told so asks; it is not told again for a while. */
bool broker_clock_is_to_be_asked(struct broker_clocks *clocks, int32_t broker, int64_t now_us);

/* What the broker's clock showed at least at that moment of the steady clock. Of a broker that cannot be asked: what its
 * messages show, or the least clock of those that can, whichever is later. TIME_NONE: nothing was ever heard. Kafka time,
 * ms. */
int64_t broker_clock_at(const struct broker_clocks *clocks, int32_t broker, int64_t steady_us);
/* How far the clocks of brokers that were asked are apart, ms. */
int64_t broker_clocks_apart(const struct broker_clocks *clocks);

#endif
