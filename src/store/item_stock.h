/* Everything that the view holds of one item, fetched for people and scripts, and printed. */
#ifndef STOCKFOLD_STORE_ITEM_STOCK_H
#define STOCKFOLD_STORE_ITEM_STOCK_H

#include <stdio.h>

#include "stockfold/codec/master.h"
#include "stockfold/store/view.h"

/* All nodes, sorted by id. */
struct node_book {
    struct arena arena;
    struct node *nodes;
    size_t nodes_n, nodes_cap;
};
int node_book_read(struct view *view, struct node_book *ret_book, struct error *error) WARN_UNUSED;
void node_book_done(struct node_book *book);

struct node_value {
    struct str node, value;
};

struct item_stock {
    struct arena *arena;
    struct str sku, json; /* json empty: no document */
    struct node_value *records, *reserved;
    size_t records_n, reserved_n;
    struct error error; /* of the fetching */
};

/* Asks; *ret_item, which must stay where it is, is filled once everything outstanding has come. */
void item_stock_ask(struct view *view, struct str sku, struct arena *arena, struct item_stock *ret_item);

/* Prints the records, one line each, sorted by node; only that at `node` unless it is empty. Returns how many, or
 * negative. */
int item_stock_print(struct item_stock *item, struct str node, const struct node_book *book, int64_t safety_setting,
                     FILE *out, struct error *error) WARN_UNUSED;

#endif
