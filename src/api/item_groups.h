/* Of each style one item, for a search that goes through items in an order of its own, page by page.
 *
 * On the first page the first item found of a style is the one. On a later page, an item found is asked whether an item of
 * its style stood on an earlier one:
 *
 *   item_groups_add of what was found ──► item_groups_ask ──► (members of their styles) ──► item_groups_read ──┐
 *                                             ▲                                                                 │
 *                                             └──────────── (the members' documents) ◄──────────────────────────┘ */
#ifndef STOCKFOLD_API_ITEM_GROUPS_H
#define STOCKFOLD_API_ITEM_GROUPS_H

#include "facts.h"

/* One item found, of a style that the page did not have before. */
struct grouped_item {
    struct str document, style;
    size_t number; /* as the search knows it */
    uint32_t ask;  /* its style's members, then the first of their documents */
    struct str *members;
    size_t members_n;
    bool earlier; /* an earlier page has the style */
};

enum groups_round { GROUPS_NOT_ASKED, GROUPS_MEMBERS, GROUPS_MEMBERS_READ, GROUPS_DOCUMENTS, GROUPS_DECIDED };

struct item_groups {
    enum groups_round round;
    bool (*is_earlier)(struct api_call *call, void *context,
                       const struct item_facts *member); /* whether an earlier page had it; NULL: no page */
    void *context;
    struct str *styles; /* that this page had */
    size_t styles_n, styles_cap;
    struct grouped_item *found; /* since the last time that they were taken, which ends with item_groups_clear() */
    size_t found_n, found_cap;
};

/* A style has so many members that are looked at, by sku. */
enum { GROUP_MEMBERS_MAX = 200 };

/* Whether the page had no item of the style yet: only then is it kept. An item without a style is one of its own. */
bool item_groups_add(struct item_groups *groups, struct api_call *call, struct str style, struct str document,
                     size_t number);
/* False: there is nothing to ask, and the found ones may be taken. */
bool item_groups_ask(struct item_groups *groups, struct api_call *call);
/* Reads what was asked. False: the answer cannot be read. */
bool item_groups_read(struct item_groups *groups, struct api_call *call);
void item_groups_clear(struct item_groups *groups);

#endif
