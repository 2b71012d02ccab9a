/* A second opinion on what JSON is (RFC 8259), written from the grammar: shares no code and no library with the readers
 * that the fuzz targets try. Slow, and small enough to be read. */
#ifndef TEST_JSON_JUDGE_H
#define TEST_JSON_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JUDGE_DEPTH_MAX = 2048 };

struct judgement {
    bool is_json; /* one value in UTF-8, white space around it, surrogate escapes in pairs; false: nothing else holds */
    bool is_object;
    bool repeats_key; /* two members of one object have equal names once escapes are read */
    bool zero_in_key; /* \u0000 in a name */
    bool infinite;    /* a number that no double holds */
    int depth;        /* levels of objects and arrays; one of more than JUDGE_DEPTH_MAX is no JSON */
};

struct judgement json_judge(const uint8_t *bytes, size_t len);

#endif
