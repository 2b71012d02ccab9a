/* Short ways to tell a record events and to say what it must then be. */
#ifndef TEST_TOLD_H
#define TEST_TOLD_H

#include "stockfold/core/fold.h"

/* An event; what is not given becomes source "pos", id "1", node "A", no eta and no ref_time. */
#define EVENT(kind, ...) told_event((struct event){.type = EVENT_##kind, __VA_ARGS__})

struct event told_event(struct event event);

#define LINES(...)                                                                                                     \
    .lines = (const struct count_line[]){__VA_ARGS__},                                                                 \
    .lines_n = sizeof((const struct count_line[]){__VA_ARGS__}) / sizeof(struct count_line)
#define NO_LINES .lines = (const struct count_line[1]){{.qty = 0}}, .lines_n = 0
#define AT(where, units)                                                                                               \
    {                                                                                                                  \
        .place = STR(where), .qty = (units)                                                                            \
    }

/* A place in the pool of these tests: floor 2, zones women and men, shelves. */
#define FLOOR "2"
#define WOMEN "2\0women"
#define SHELF "2\0women\0A1\0\0S1"
#define SHELF_2 "2\0women\0A1\0\0S2"
#define MEN_SHELF "2\0men\0A9"
#define BACK "0\0back"

/* Applies the events one after the other to an empty record, which must then say `expected`: places as
 * "2/women/A1//S1:5", then "unplaced:3 undrawn:1 damaged:1 quality_hold:1 staged:1", then incoming as "<T1:4@eta",
 * each only when it is not 0. An event without time has its position in the list. */
#define TOLD(expected, ...)                                                                                            \
    told(__FILE__, __LINE__, expected, (struct event[]){__VA_ARGS__},                                                  \
         sizeof((struct event[]){__VA_ARGS__}) / sizeof(struct event))

void told(const char *file, int line, const char *expected, struct event *events, size_t events_n);

#endif
