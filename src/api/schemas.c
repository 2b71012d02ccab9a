/* The schemas, turned into bytes by CMake. */
#include "schemas.h"

const char schemas_json[] = {
#include "schemas_json.inc"
};
const size_t schemas_json_len = sizeof(schemas_json);
