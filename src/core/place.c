/* Places: joining and splitting their components, and the coarser places above them. */
#include "stockfold/core/place.h"

#include <assert.h>

const char *const place_component_names[PLACE_COMPONENTS] = {
    [PLACE_FLOOR] = "floor", [PLACE_ZONE] = "zone",   [PLACE_AISLE] = "aisle",
    [PLACE_BAY] = "bay",     [PLACE_SHELF] = "shelf", [PLACE_POSITION] = "position",
};

struct str place_join(const struct str components[PLACE_COMPONENTS], char *ret_bytes)
{
    size_t len = 0, known = 0; /* `known`: up to the end of the last component that is present */

    for (int i = 0; i < PLACE_COMPONENTS; i++) {
        struct str component = components[i];
        assert(component.len <= BOUND_PLACE_COMPONENT);
        if (i > 0)
            ret_bytes[len++] = '\0';
        if (component.len == 0)
            continue;
        memcpy(ret_bytes + len, component.data, component.len);
        len += component.len;
        known = len;
    }
    return (struct str){.data = ret_bytes, .len = known};
}

/* How many bytes of `text` come before its first '\0', or all. */
static size_t component_len(struct str text)
{
    const char *end = text.len == 0 ? NULL : memchr(text.data, '\0', text.len);
    return end == NULL ? text.len : (size_t)(end - text.data);
}

void place_split(struct str place, struct str ret_components[PLACE_COMPONENTS])
{
    struct str rest = place;

    for (int i = 0; i < PLACE_COMPONENTS; i++) {
        size_t len = component_len(rest);
        ret_components[i] = (struct str){.data = rest.data, .len = len};
        size_t step = len < rest.len ? len + 1 : len;
        if (step > 0)
            rest = (struct str){.data = rest.data + step, .len = rest.len - step};
    }
}

struct str place_floor(struct str place)
{
    return (struct str){.data = place.data, .len = component_len(place)};
}

struct str place_zone(struct str place)
{
    struct str floor = place_floor(place);
    if (floor.len == place.len)
        return floor;

    struct str rest = {.data = place.data + floor.len + 1, .len = place.len - floor.len - 1};
    size_t zone_len = component_len(rest);
    if (zone_len == 0)
        return floor;
    return (struct str){.data = place.data, .len = floor.len + 1 + zone_len};
}

bool place_has_zone(struct str place)
{
    return place_zone(place).len > place_floor(place).len;
}
