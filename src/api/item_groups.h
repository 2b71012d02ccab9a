/* Of each style one item, for a search that goes through items in an order of its own, page by page.
 *
 * On the first page the first item found of a style is the one. On a later page, an item found is asked whether an item of
 * its style stood on an earlier one, in turns that are bounded, the first found first:
 *
 *   item_groups_add: FOUND ──(members of its style)──► LISTED ──(documents of some members)──► EARLIER, or with the last
 *                                                        ▲──────────────────┘                  member FIRST: is answered
 *
 * Documents are read of members that may have stood there by their skus alone, and until one has. */
#ifndef STOCKFOLD_API_ITEM_GROUPS_H
#define STOCKFOLD_API_ITEM_GROUPS_H

#include "facts.h"

enum group_state { GROUP_FOUND, GROUP_LISTED, GROUP_EARLIER, GROUP_FIRST };

/* One item found, of a style that the page did not have before. */
struct grouped_item {
    struct str document, style;
    size_t number; /* as the search knows it */
    enum group_state state;
    struct str *members; /* that may have stood on an earlier page */
    size_t members_n, read_n;
    uint32_t ask; /* its style's members, or the first of the documents asked for in this turn */
    size_t asked_n;
};

struct item_groups {
    bool (*is_earlier)(struct api_call *call, void *context,
                       const struct item_facts *member); /* whether an earlier page had it; NULL: no page */
    bool (*may_be_earlier)(struct api_call *call, void *context,
                           struct str sku); /* false: is_earlier() would be false */
    void *context;
    struct str *styles; /* that this page had */
    size_t styles_n, styles_cap;
    struct grouped_item *found; /* since the last time that they were taken, which ends with item_groups_clear() */
    size_t found_n, found_cap;
    size_t documents_n; /* of members, read so far */
};

enum {
    GROUP_MEMBERS_MAX = 200, /* of a style, looked at: the first by sku */
    GROUP_ASKS_MAX = 256,    /* documents asked for in one turn */
    GROUP_LIST_COST = 4,     /* a list of members counts as so many */
};

/* Whether the page had no item of the style yet: only then is it kept. An item without a style is one of its own. */
bool item_groups_add(struct item_groups *groups, struct api_call *call, struct str style, struct str document,
                     size_t number);
/* For as many as there is room for on the page. False: there is nothing to ask, and so many may be taken. */
bool item_groups_ask(struct item_groups *groups, struct api_call *call, size_t room);
/* Reads what was asked. False: the answer cannot be read. */
bool item_groups_read(struct item_groups *groups, struct api_call *call);
void item_groups_clear(struct item_groups *groups);

#endif
