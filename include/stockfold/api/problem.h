/* What can go wrong with a request: one table, from which answers, the OpenAPI file and the documentation come. */
#ifndef STOCKFOLD_API_PROBLEM_H
#define STOCKFOLD_API_PROBLEM_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/str.h"

enum problem {
    PROBLEM_MALFORMED_REQUEST,
    PROBLEM_WRONG_PARAMETER,
    PROBLEM_MALFORMED_BODY,
    PROBLEM_UNAUTHORIZED,
    PROBLEM_NOT_ALLOWED,
    PROBLEM_UNKNOWN_ROUTE,
    PROBLEM_UNKNOWN_SKU,
    PROBLEM_UNKNOWN_STYLE,
    PROBLEM_UNKNOWN_NODE,
    PROBLEM_WRONG_METHOD,
    PROBLEM_REQUEST_TIMEOUT,
    PROBLEM_NOT_FOLDED,
    PROBLEM_BODY_TOO_LARGE,
    PROBLEM_URI_TOO_LONG,
    PROBLEM_TOO_MANY_REQUESTS,
    PROBLEM_HEADER_TOO_LARGE,
    PROBLEM_INTERNAL_ERROR,
    PROBLEM_UNKNOWN_ENCODING,
    PROBLEM_BAD_GATEWAY,
    PROBLEM_VIEW_UNREACHABLE,
    PROBLEM_VIEW_REBUILDING,
    PROBLEM_VIEW_BROKEN,
    PROBLEM_TOO_SLOW,
    PROBLEM_TOO_BUSY,
    PROBLEM_NOT_READY,
    PROBLEM_AUTHORIZATION_UNAVAILABLE,
    PROBLEM_GATEWAY_TIMEOUT,
    PROBLEM_UNKNOWN_VERSION,
    PROBLEMS
};

struct problem_row {
    int status;
    const char *code, *title;
    int retry_after_s; /* 0: no such header */
};
extern const struct problem_row problem_table[PROBLEMS];

/* Of a request that somebody else refused with that status: nginx, or another module. One of ours that has no row is
 * malformed_request, or internal_error from 500 on. */
enum problem problem_of_status(int status);

/* The body: {"type","title","status","detail","code"} and, unless NULL, "parameter". */
void problem_write(enum problem problem, struct str detail, const char *parameter, struct buffer *out);

#endif
