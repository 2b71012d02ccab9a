/* Responsible for: the events that a message of a reservation carries. Not for: what is in an event (event_json.c). */
#include "document.h"
#include "json_read.h"
#include "stockfold/codec/reservation_json.h"

static bool copy_events(const json_t *events, struct arena *arena, struct str **ret_events, size_t *ret_n)
{
    size_t n = json_array_size(events);
    struct str *texts = arena_array(arena, struct str, n);
    for (size_t i = 0; i < n; i++) {
        texts[i] = document_copy_object(json_array_get(events, i), arena);
        if (texts[i].len == 0)
            return false;
    }
    *ret_events = texts;
    *ret_n = n;
    return true;
}

bool reservation_read_events(struct str json, struct arena *arena, struct str **ret_events, size_t *ret_n)
{
    json_t *root;
    char detail[REFUSAL_DETAIL_MAX];
    if (json_read_object(json, JSON_TO_READ, arena, &root, detail) != REFUSAL_NONE)
        return false;
    const json_t *events = json_object_get(root, "events");
    bool right = (events == NULL || json_is_array(events)) && json_array_size(events) <= STEP_EVENTS &&
                 copy_events(events, arena, ret_events, ret_n);
    json_decref(root);
    return right;
}
