/* The table of problems, and their bodies (RFC 9457). */
#include "stockfold/api/problem.h"

#include "stockfold/api/api.h"
#include "stockfold/codec/record_json.h"

_Static_assert(API_BODY_MAX == 8 * 1024 * 1024, "a title below says so");

const struct problem_row problem_table[PROBLEMS] = {
    [PROBLEM_MALFORMED_REQUEST] = {400, "malformed_request", "The request cannot be read", 0},
    [PROBLEM_WRONG_PARAMETER] = {400, "wrong_parameter", "A parameter is wrong", 0},
    [PROBLEM_MALFORMED_BODY] = {400, "malformed_body", "The body is not what this route takes", 0},
    [PROBLEM_UNAUTHORIZED] = {401, "unauthorized", "This needs credentials", 0},
    [PROBLEM_NOT_ALLOWED] = {403, "not_allowed", "Not for this client", 0},
    [PROBLEM_UNKNOWN_ROUTE] = {404, "unknown_route", "There is nothing here", 0},
    [PROBLEM_UNKNOWN_SKU] = {404, "unknown_sku", "There is no such item", 0},
    [PROBLEM_UNKNOWN_STYLE] = {404, "unknown_style", "There is no such style", 0},
    [PROBLEM_UNKNOWN_NODE] = {404, "unknown_node", "There is no such node", 0},
    [PROBLEM_WRONG_METHOD] = {405, "wrong_method", "This route does not take that method", 0},
    [PROBLEM_REQUEST_TIMEOUT] = {408, "request_timeout", "The request was not whole in time", 0},
    [PROBLEM_NOT_FOLDED] = {412, "not_folded", "The message that was waited for is not folded yet", 0},
    [PROBLEM_BODY_TOO_LARGE] = {413, "body_too_large", "The body is longer than 8 MiB", 0},
    [PROBLEM_URI_TOO_LONG] = {414, "uri_too_long", "The path and query are too long", 0},
    [PROBLEM_TOO_MANY_REQUESTS] = {429, "too_many_requests", "Too many requests from one client", 1},
    [PROBLEM_HEADER_TOO_LARGE] = {431, "header_too_large", "A header of the request is too long", 0},
    [PROBLEM_INTERNAL_ERROR] = {500, "internal_error", "The server failed; its log says more", 0},
    [PROBLEM_UNKNOWN_ENCODING] = {501, "unknown_encoding", "A body comes with its length or chunked", 0},
    [PROBLEM_BAD_GATEWAY] = {502, "bad_gateway", "A server behind this one does not answer as it should", 1},
    [PROBLEM_VIEW_UNREACHABLE] = {503, "view_unreachable", "The stock cannot be read now", 1},
    [PROBLEM_VIEW_REBUILDING] = {503, "view_rebuilding", "The view is being rebuilt", 2},
    [PROBLEM_VIEW_BROKEN] = {503, "view_broken", "The view holds something that cannot be read", 5},
    [PROBLEM_TOO_SLOW] = {503, "too_slow", "The stock could not be read in time", 1},
    [PROBLEM_TOO_BUSY] = {503, "too_busy", "Too many requests are being answered", 1},
    [PROBLEM_NOT_READY] = {503, "not_ready", "Not ready to serve", 1},
    [PROBLEM_AUTHORIZATION_UNAVAILABLE] = {503, "authorization_unavailable",
                                           "Whether this is allowed cannot be found out now", 1},
    [PROBLEM_GATEWAY_TIMEOUT] = {504, "gateway_timeout", "A server behind this one does not answer in time", 1},
    [PROBLEM_UNKNOWN_VERSION] = {505, "unknown_version", "That version of HTTP is not spoken here", 0},
};

enum problem problem_of_status(int status)
{
    if (status == 503)
        return PROBLEM_TOO_BUSY; /* of the rows of 503 the one that is not about the view */
    for (int i = 0; i < PROBLEMS; i++)
        if (problem_table[i].status == status)
            return (enum problem)i;
    return status < 500 ? PROBLEM_MALFORMED_REQUEST : PROBLEM_INTERNAL_ERROR;
}

static void write_member(const char *name, struct str text, struct buffer *out)
{
    buffer_add_format(out, ",\"%s\":", name);
    json_write_string(text, out);
}

void problem_write(enum problem problem, struct str detail, const char *parameter, struct buffer *out)
{
    const struct problem_row *row = &problem_table[problem];
    buffer_add_format(out, "{\"type\":\"/openapi.json#/components/responses/%s\"", row->code);
    write_member("title", str_from(row->title), out);
    buffer_add_format(out, ",\"status\":%d", row->status);
    write_member("detail", detail, out);
    write_member("code", str_from(row->code), out);
    if (parameter != NULL)
        write_member("parameter", str_from(parameter), out);
    buffer_add_byte(out, '}');
}
