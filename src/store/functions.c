/* The function library's source, turned into bytes by CMake. */
#include "functions.h"

const char functions_lua[] = {
#include "functions_lua.inc"
};
const size_t functions_lua_len = sizeof(functions_lua);
