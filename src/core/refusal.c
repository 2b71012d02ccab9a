/* Why an event is refused: one row a reason. */
#include "stockfold/core/refusal.h"

const struct refusal_text refusal_texts[REFUSALS] = {
    [REFUSAL_NONE] = {"none", "not refused"},
    [REFUSAL_MALFORMED] = {"malformed", "not one JSON object in UTF-8, or a key stands in it twice"},
    [REFUSAL_MISSING_FIELD] = {"missing_field", "a field that its type requires is not there"},
    [REFUSAL_WRONG_TYPE] = {"wrong_type", "a field holds another kind of value, or a number is not whole"},
    [REFUSAL_OUT_OF_RANGE] = {"out_of_range", "a value is outside its bounds, or contradicts another"},
    [REFUSAL_UNKNOWN_TYPE] = {"unknown_type", "no event type has this name"},
    [REFUSAL_BAD_TIME] = {"bad_time", "a time is not RFC 3339 with an offset, or not between 1970 and 2100"},
    [REFUSAL_FUTURE] = {"future", "its time is too far ahead of its Kafka timestamp"},
    [REFUSAL_LATE] = {"late", "older than the window, and older than its record's history allows"},
    [REFUSAL_NOT_STAMPED] = {"not_stamped", "its Kafka timestamp is its producer's, not the broker's"},
};
