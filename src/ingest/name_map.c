/* Names with numbers, in a binary tree of the C library. */
#include "name_map.h"

#include <search.h>
#include <stdlib.h>

#include "stockfold/base/error.h"

struct named_number {
    struct str name; /* owned, behind this struct */
    int number;
};

static int compare_named_numbers(const void *a, const void *b)
{
    return str_compare(((const struct named_number *)a)->name, ((const struct named_number *)b)->name);
}

static struct named_number *find_named(const struct name_map *map, struct str name)
{
    struct named_number key = {.name = name};
    struct named_number *const *found = tfind(&key, &map->root, compare_named_numbers);
    return found == NULL ? NULL : *found;
}

const int *name_map_find(const struct name_map *map, struct str name)
{
    const struct named_number *found = find_named(map, name);
    return found == NULL ? NULL : &found->number;
}

bool name_map_put(struct name_map *map, struct str name, int number)
{
    struct named_number *named = find_named(map, name);
    if (named != NULL) {
        named->number = number;
        return false;
    }
    named = malloc(sizeof(*named) + name.len);
    if (named == NULL)
        error_out_of_memory();
    memcpy(named + 1, name.data, name.len);
    *named = (struct named_number){.name = {(char *)(named + 1), name.len}, .number = number};
    if (tsearch(named, &map->root, compare_named_numbers) == NULL)
        error_out_of_memory();
    return true;
}

void name_map_done(struct name_map *map)
{
    tdestroy(map->root, free);
    map->root = NULL;
}
