/* What is promised of one item at one node: the numbers that every lookup shows, and how they are written. */
#ifndef STOCKFOLD_API_LINE_H
#define STOCKFOLD_API_LINE_H

#include "call.h"
#include "stockfold/codec/master.h"
#include "stockfold/core/availability.h"
#include "write.h"

/* Status in words: in_stock, low, out, unknown. */
enum line_status { LINE_IN_STOCK, LINE_LOW, LINE_OUT, LINE_UNKNOWN };

struct line {
    struct str sku, node;
    struct str style;                  /* in place of a sku: no item is of it */
    const struct snapshot_node *known; /* NULL: no document */
    const struct stock *stock;
    const struct item_facts *item; /* its title, price, promotion and image are written; NULL: they are not */
    struct availability availability;
    enum line_status status; /* never LINE_UNKNOWN from line_of(): that takes more reading */
    int64_t ready_by;        /* ms or TIME_NONE */
    const char *no_pickup;   /* NULL, or why ready_by is none, in a word of nearby_reason_names */
    int64_t now_ms;          /* incoming lines whose eta is before it are overdue */
    bool stale;              /* not heard of for too long while open */
    struct str language;     /* that its node's name is asked for in */
};

struct line line_of(const struct api_call *call, struct str sku, struct str node, const struct snapshot_node *known,
                    const struct stock *stock);

/* The same where the numbers are known and the record is not: it has no incoming lines. */
struct line line_from(const struct api_call *call, struct str sku, struct str node, const struct snapshot_node *known,
                      struct availability availability);

/* Its numbers and their status alone, without the promise. */
struct availability line_availability(const struct api_call *call, const struct snapshot_node *known,
                                      const struct stock *stock);
enum line_status line_status(const struct api_call *call, int64_t available);

/* The promise of a node: by when one unit of an item can be collected there; TIME_NONE: it cannot, and then why. The units
 * are those of the item, or, of a style, the most that there are of any. `node` may be NULL: it hands nothing over. */
int64_t line_ready_by(const struct api_call *call, const struct snapshot_node *node, int64_t available,
                      int64_t for_pickup, const char **ret_no_pickup);
/* Nobody knows the item, the style or the node. */
void line_set_unknown(struct line *line);
bool node_is_open(const struct api_call *call, const struct snapshot_node *node);
bool node_is_silent(const struct api_call *call, const struct snapshot_node *node); /* for too long */
bool node_is_stale(const struct api_call *call, const struct snapshot_node *node);

/* `,"open_now","opens_at","closes_at"`: the next opening, null while it is open; and the closing of this opening, or of
 * the next one. */
void node_write_hours(const struct api_call *call, const struct snapshot_node *node, struct buffer *out);

/* `,"address"`, its hours, and `,"heard_at","stale"`. */
void node_write_now(const struct api_call *call, const struct snapshot_node *node, struct buffer *out);

/* What there is of an item where it has no record: nothing. */
struct stock line_no_stock(void);

/* {"sku",...,"stale":...} as GET /v1/availability has it. */
void line_write(const struct line *line, struct buffer *out);
/* The same of one pair of those asked for: unknown, unless the item and the node are known. */
void line_write_pair(const struct api_call *call, struct str sku, bool sku_known, const struct item_facts *item,
                     struct str node, const struct stock *stock, struct buffer *out);
/* The same of a style that no item is of. */
void line_write_unknown_style(const struct api_call *call, struct str style, struct str node, struct buffer *out);

/* Pieces of it: `"node","name","kind"`, and `,"available","available_for_pickup","status","ready_by"`. */
void line_write_node(const struct line *line, struct buffer *out);
/* `,"title","price","promotion","image"`. */
void line_write_item(const struct item_facts *item, struct buffer *out);
void line_write_promise(const struct line *line, struct buffer *out);

extern const char *const line_status_names[];

#endif
