/* A node as its document describes it: where it is, when it is open, how its floors and zones are laid out.
 *
 * Plain values, read-only once filled; every str and array is borrowed from whoever read the document. What a document
 * leaves out has the default named here. */
#ifndef STOCKFOLD_CORE_NODE_H
#define STOCKFOLD_CORE_NODE_H

#include <stdint.h>

#include "stockfold/core/place.h"
#include "stockfold/core/texts.h"

enum node_kind { NODE_WAREHOUSE, NODE_STORE, NODE_ECOMMERCE, NODE_KINDS };
extern const char *const node_kind_names[NODE_KINDS];

enum { DAY_MINUTES = 24 * 60, WEEKDAYS = 7 };

/* Open from, to: minutes after the local midnight of a day. One that ends on the next day has to > DAY_MINUTES;
 * from < to <= from + DAY_MINUTES. */
struct opening_span {
    int32_t from, to;
};

struct opening_day {
    int64_t day; /* since 1970-01-01, local calendar; unused in a week */
    const struct opening_span *spans;
    size_t spans_n; /* 0: closed */
};

/* Opening hours: those of a single day, where given, stand in place of its weekday's. A day without any is closed, and
 * so is a node whose document gives none. */
struct opening_hours {
    struct opening_day week[WEEKDAYS]; /* Monday first */
    const struct opening_day *days;    /* sorted by day */
    size_t days_n;
    struct str empty_span; /* one that ends as it begins, as written, which closes its day; empty: there is none */
};

struct floor {
    struct str floor;
    struct texts name;
};

struct zone {
    struct str place; /* floor and zone, as a place */
    struct texts name;
    struct str map;            /* where it is drawn: one line of JSON, as the document has it; empty when not given */
    int64_t walk;              /* position on the walk through the store; INT64_MAX when not given: last */
    int64_t draw;              /* order in which sales that name no shelf are drawn; INT64_MAX when not given: last */
    bool pickable, accessible; /* true when not given */
};

struct pickup {
    bool enabled;              /* not given: a store's is, others' are not */
    int64_t lead_minutes;      /* negative when not given */
    int64_t cutoff_minutes;    /* negative when not given */
    int64_t capacity_per_hour; /* negative when not given: no limit */
};

struct node {
    struct texts name;
    struct str id, address, time_zone; /* all but the id empty when not given; without a zone it is closed */
    enum node_kind kind;
    bool sells_online;    /* not given: an ecommerce node does, others do not */
    bool positioned;      /* lat and lon are both given */
    bool half_positioned; /* one of them is */
    double lat, lon;      /* degrees */
    int64_t safety_stock; /* negative when not given */
    struct opening_hours hours;
    struct pickup pickup;
    const struct floor *floors;
    size_t floors_n;
    const struct zone *zones; /* sorted by place, each once */
    size_t zones_n;
    struct str zone_twice; /* the place of one that the document lists again; empty: there is none */
};

/* The zone that a place lies in; NULL: its node's document does not know it. */
const struct zone *node_zone(const struct node *node, struct str place);
/* The name of a place's floor in that language, else the first; empty: not known. */
struct str node_floor_name(const struct node *node, struct str place, struct str language);

#endif
