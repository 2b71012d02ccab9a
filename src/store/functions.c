/* The function libraries' sources, turned into bytes by CMake. */
#include "functions.h"

#include "stockfold/store/reading.h"

static const char view_lua[] = {
#include "functions_lua.inc"
};
static const char reservations_lua[] = {
#include "reservation_functions_lua.inc"
};
const struct str function_libraries[FUNCTION_LIBRARIES] = {{view_lua, sizeof(view_lua)},
                                                           {reservations_lua, sizeof(reservations_lua)}};

void ask_load_functions(struct plan *plan, uint32_t shard)
{
    for (int i = 0; i < FUNCTION_LIBRARIES; i++) {
        plan_begin(plan, shard, 4, ANSWER_TEXT);
        plan_word(plan, STR("FUNCTION"));
        plan_word(plan, STR("LOAD"));
        plan_word(plan, STR("REPLACE"));
        plan_word(plan, function_libraries[i]);
    }
}
