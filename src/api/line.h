/* What is promised of one item at one node: the numbers that every lookup shows, and how they are written. */
#ifndef STOCKFOLD_API_LINE_H
#define STOCKFOLD_API_LINE_H

#include "call.h"
#include "stockfold/core/availability.h"
#include "write.h"

/* Status in words: in_stock, low, out, unknown. */
enum line_status { LINE_IN_STOCK, LINE_LOW, LINE_OUT, LINE_UNKNOWN };

struct line {
    struct str sku, node;
    const struct snapshot_node *known; /* NULL: no document */
    const struct stock *stock;
    struct availability availability;
    enum line_status status; /* never LINE_UNKNOWN from line_of(): that takes more reading */
    int64_t ready_by;        /* ms or TIME_NONE */
    const char *no_pickup;   /* NULL, or why ready_by is none: no_pickup, out, closed */
    bool stale;              /* not heard of for too long while open */
};

struct line line_of(const struct api_call *call, struct str sku, struct str node, const struct snapshot_node *known,
                    const struct stock *stock);

/* The promise of a node that has it. */
int64_t line_ready_by(const struct api_call *call, const struct snapshot_node *node, const char **ret_no_pickup);
bool node_is_open(const struct api_call *call, const struct snapshot_node *node);
bool node_is_stale(const struct api_call *call, const struct snapshot_node *node);

/* {"sku",...,"stale":...} as GET /v1/availability has it. */
void line_write(const struct line *line, struct buffer *out);

/* Its middle alone: `,"available","available_for_pickup","status","ready_by"`. */
void line_write_promise(const struct line *line, struct buffer *out);

extern const char *const line_status_names[];

#endif
