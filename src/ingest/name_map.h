/* Names, each with a number: a tree that owns its names. */
#ifndef STOCKFOLD_SRC_INGEST_NAME_MAP_H
#define STOCKFOLD_SRC_INGEST_NAME_MAP_H

#include "stockfold/core/str.h"

/* All zero is empty. */
struct name_map {
    void *root; /* tsearch's */
};

/* The number of a name; NULL: it is not there. */
const int *name_map_find(const struct name_map *map, struct str name);
/* In place of the one that is there. Whether the name is new. */
bool name_map_put(struct name_map *map, struct str name, int number);
void name_map_done(struct name_map *map);

#endif
