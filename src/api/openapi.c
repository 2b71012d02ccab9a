/* GET /openapi.json: the tables of routes, parameters and problems as OpenAPI 3.1, with the schemas beside them
 * (schemas.json). */
#include <inttypes.h>

#include "call.h"
#include "schemas.h"
#include "stockfold/api/reference.h"
#include "stockfold/codec/record_json.h"

static void write_string(struct buffer *out, const char *text)
{
    json_write_string((struct str){text, strlen(text)}, out);
}

/* A comma, unless it is the first of its list or object. */
static void separate(struct buffer *out)
{
    if (out->data[out->len - 1] != '[' && out->data[out->len - 1] != '{')
        buffer_add_byte(out, ',');
}

/* --- parameters -------------------------------------------------------------------------------------------------- */

static void write_form(const struct parameter_row *row, struct buffer *out)
{
    switch (row->form) {
    case FORM_INTEGER:
        buffer_add_format(out, "{\"type\":\"integer\",\"minimum\":%" PRId64 ",\"maximum\":%" PRId64 "}", row->min,
                          row->max);
        return;
    case FORM_NUMBER:
        buffer_add_format(out, "{\"type\":\"number\",\"minimum\":%" PRId64 ",\"maximum\":%" PRId64 "}", row->min,
                          row->max);
        return;
    case FORM_DIGITS:
        buffer_add_format(out, "{\"type\":\"string\",\"pattern\":\"^[0-9]{%" PRId64 ",%" PRId64 "}$\"}", row->min,
                          row->max);
        return;
    case FORM_BOOLEAN:
        buffer_add_literal(out, "{\"type\":\"boolean\"}");
        return;
    case FORM_WORD:
        buffer_add_format(out, "{\"type\":\"string\",\"pattern\":\"^(%s)$\"}", row->words);
        return;
    case FORM_HEX:
    case FORM_ITEM:
    case FORM_TEXT:
    case FORM_MESSAGE:
        buffer_add_format(out, "{\"type\":\"string\",\"minLength\":1,\"maxLength\":%" PRId64 "}", row->max);
        return;
    }
}

static void write_parameter_object(const struct accepted *accepted, struct buffer *out)
{
    const struct parameter_row *row = &parameter_table[accepted->parameter];
    separate(out);
    buffer_add_literal(out, "{\"name\":");
    write_string(out, row->name);
    buffer_add_format(out, ",\"in\":\"%s\"", accepted->in_path ? "path" : "query");
    if (accepted->required)
        buffer_add_literal(out, ",\"required\":true");
    buffer_add_literal(out, ",\"description\":");
    write_string(out, row->help);
    buffer_add_literal(out, ",\"schema\":");
    if (accepted->times > 1) {
        buffer_add_literal(out, "{\"type\":\"array\",\"items\":");
        write_form(row, out);
        buffer_add_format(out, ",\"maxItems\":%u},\"explode\":true,\"example\":[", accepted->times);
    } else {
        write_form(row, out);
        buffer_add_literal(out, ",\"example\":");
    }
    if (row->form == FORM_INTEGER || row->form == FORM_NUMBER || row->form == FORM_BOOLEAN)
        buffer_add(out, row->example, strlen(row->example));
    else
        write_string(out, row->example);
    if (accepted->times > 1)
        buffer_add_byte(out, ']');
    buffer_add_byte(out, '}');
}

static void write_parameters(const struct route *route, struct buffer *out)
{
    buffer_add_literal(out, ",\"parameters\":[");
    for (size_t i = 0; i < ROUTE_PARAMETERS_MAX; i++)
        if (route->parameters[i].parameter != PARAMETER_NONE)
            write_parameter_object(&route->parameters[i], out);
    buffer_add_byte(out, ']');
}

/* --- answers ----------------------------------------------------------------------------------------------------- */

static bool has_problem(const struct route *route, enum problem problem)
{
    switch (problem) {
    case PROBLEM_MALFORMED_REQUEST:
    case PROBLEM_WRONG_PARAMETER:
    case PROBLEM_URI_TOO_LONG:
    case PROBLEM_HEADER_TOO_LARGE:
        return true;
    case PROBLEM_TOO_MANY_REQUESTS:
        return !route->operational;
    case PROBLEM_UNKNOWN_ENCODING:
        return route->method == API_POST;
    case PROBLEM_NOT_ALLOWED:
        return route->answer == metrics_answer;
    case PROBLEM_VIEW_UNREACHABLE:
    case PROBLEM_VIEW_REBUILDING:
    case PROBLEM_VIEW_BROKEN:
    case PROBLEM_TOO_SLOW:
        return route->lookup || route->answer == readyz_answer;
    case PROBLEM_TOO_BUSY:
    case PROBLEM_NOT_FOLDED:
        return route->lookup;
    case PROBLEM_UNAUTHORIZED:
    case PROBLEM_REQUEST_TIMEOUT: /* nginx closes the connection instead */
    case PROBLEM_INTERNAL_ERROR:
    case PROBLEM_BAD_GATEWAY:
    case PROBLEM_GATEWAY_TIMEOUT:
    case PROBLEM_UNKNOWN_VERSION:
    case PROBLEM_UNKNOWN_ROUTE:
    case PROBLEM_WRONG_METHOD:
    case PROBLEM_UNKNOWN_SKU:
    case PROBLEM_UNKNOWN_STYLE:
    case PROBLEM_UNKNOWN_NODE:
    case PROBLEM_BODY_TOO_LARGE:
    case PROBLEM_MALFORMED_BODY:
    case PROBLEM_NOT_READY:
    case PROBLEMS:
        break;
    }
    for (size_t i = 0; i < ROUTE_PROBLEMS_MAX; i++)
        if (route->problems[i] != PROBLEM_MALFORMED_REQUEST && route->problems[i] == problem)
            return true;
    return false;
}

static bool is_first_of_status(const struct route *route, enum problem problem)
{
    for (int i = 0; i < (int)problem; i++)
        if (problem_table[i].status == problem_table[problem].status && has_problem(route, (enum problem)i))
            return false;
    return true;
}

/* The codes of one status together. */
static void write_problem_object(const struct route *route, enum problem first, struct buffer *out)
{
    int status = problem_table[first].status;
    buffer_add_format(out, ",\"%d\":{\"description\":", status);
    write_string(out, problem_table[first].title);
    if (problem_table[first].retry_after_s > 0)
        buffer_add_literal(out, ",\"headers\":{\"Retry-After\":{\"schema\":{\"type\":\"integer\"}}}");
    buffer_add_literal(out, ",\"content\":{\"application/problem+json\":{\"schema\":{\"allOf\":[{\"$ref\":"
                            "\"#/components/schemas/Problem\"}],\"properties\":{\"code\":{\"enum\":[");
    for (int i = (int)first; i < PROBLEMS; i++)
        if (problem_table[i].status == status && has_problem(route, (enum problem)i)) {
            separate(out);
            write_string(out, problem_table[i].code);
        }
    buffer_add_literal(out, "]}}}}}}");
}

static void write_done(const struct route *route, struct buffer *out)
{
    buffer_add_literal(out, "\"200\":{\"description\":");
    write_string(out, route->summary);
    if (route_has_etag(route))
        buffer_add_literal(out, ",\"headers\":{\"ETag\":{\"description\":\"Digest of the answer without as_of and "
                                "lag_ms\",\"schema\":{\"type\":\"string\"}},\"Cache-Control\":{\"schema\":{\"type\":"
                                "\"string\"}}}");
    buffer_add_format(out, ",\"content\":{\"%s\":{\"schema\":",
                      route->content_type == NULL ? "application/json" : route->content_type);
    if (route->schema != NULL)
        buffer_add_format(out, "{\"$ref\":\"#/components/schemas/%s\"}", route->schema);
    else
        buffer_add_format(out, "{\"type\":\"%s\"}", route->content_type == NULL ? "object" : "string");
    buffer_add_literal(out, "}}}");
    if (route_has_etag(route))
        buffer_add_literal(out, ",\"304\":{\"description\":\"Not changed since the ETag in If-None-Match\"}");
}

static void write_operation(const struct route *route, struct buffer *out)
{
    separate(out);
    buffer_add_format(out, "\"%s\":{\"operationId\":\"%s\",\"summary\":", route->method == API_POST ? "post" : "get",
                      route->id);
    write_string(out, route->summary);
    write_parameters(route, out);
    if (route->body_schema != NULL)
        buffer_add_format(out,
                          ",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
                          "\"#/components/schemas/%s\"}}}}",
                          route->body_schema);
    buffer_add_literal(out, ",\"responses\":{");
    write_done(route, out);
    for (int i = 0; i < PROBLEMS; i++)
        if (has_problem(route, (enum problem)i) && is_first_of_status(route, (enum problem)i))
            write_problem_object(route, (enum problem)i, out);
    buffer_add_literal(out, "}}");
}

/* Every problem by its code: where the `type` of a problem points. */
static void write_problems(struct buffer *out)
{
    for (int i = 0; i < PROBLEMS; i++) {
        const struct problem_row *row = &problem_table[i];
        separate(out);
        write_string(out, row->code);
        buffer_add_format(out,
                          ":{\"description\":\"%d: %s\",\"content\":{\"application/problem+json\":{\"schema\":"
                          "{\"$ref\":\"#/components/schemas/Problem\"}}}}",
                          row->status, row->title);
    }
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

/* Routes with one path follow each other or not: each path is written where it is first met, with all its methods. */
static bool is_first_of_path(uint32_t route)
{
    for (uint32_t i = 0; i < route; i++)
        if (strcmp(route_table[i].path, route_table[route].path) == 0)
            return false;
    return true;
}

void api_write_openapi(struct buffer *out)
{
    buffer_add_literal(out,
                       "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Stockfold\",\"version\":\"" STOCKFOLD_VERSION
                       "\",\"summary\":\"Where every item of a retailer stands, and what can be promised of it\","
                       "\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}},\"servers\":[{\"url\":"
                       "\"/\"}],\"paths\":{");
    for (uint32_t i = 0; i < routes_n; i++) {
        if (!is_first_of_path(i))
            continue;
        separate(out);
        write_string(out, route_table[i].path);
        buffer_add_literal(out, ":{");
        for (uint32_t k = i; k < routes_n; k++)
            if (strcmp(route_table[i].path, route_table[k].path) == 0)
                write_operation(&route_table[k], out);
        buffer_add_byte(out, '}');
    }
    buffer_add_literal(out, "},\"components\":{\"schemas\":");
    buffer_add(out, schemas_json, schemas_json_len);
    buffer_add_literal(out, ",\"responses\":{");
    write_problems(out);
    buffer_add_literal(out, "}}}");
}

enum api_next openapi_answer(struct api_call *call)
{
    api_write_openapi(&call->response.body);
    return API_DONE;
}
