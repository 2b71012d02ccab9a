/* The function library's source, turned into bytes by CMake. */
#include "functions.h"

#include "stockfold/store/reading.h"

const char functions_lua[] = {
#include "functions_lua.inc"
};
const size_t functions_lua_len = sizeof(functions_lua);

uint32_t ask_load_functions(struct plan *plan, uint32_t shard)
{
    uint32_t ask = plan_begin(plan, shard, 4, ANSWER_TEXT);
    plan_word(plan, STR("FUNCTION"));
    plan_word(plan, STR("LOAD"));
    plan_word(plan, STR("REPLACE"));
    plan_word(plan, (struct str){functions_lua, functions_lua_len});
    return ask;
}
