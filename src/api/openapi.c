/* GET /openapi.json: the tables of routes, parameters and problems as OpenAPI 3.1, with the schemas beside them
 * (schemas.json). */
#include <assert.h>
#include <inttypes.h>

#include "call.h"
#include "schemas.h"
#include "stockfold/api/reference.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/schema.h"

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

/* The words of a row, as JSON strings with commas between. */
static void write_words(const char *words, struct buffer *out)
{
    while (*words != '\0') {
        size_t len = strcspn(words, "|");
        separate(out);
        json_write_string((struct str){words, len}, out);
        words += len + (words[len] == '|');
    }
}

static void write_text_schema(const struct parameter_row *row, const char *pattern, struct buffer *out)
{
    buffer_add_format(out,
                      "{\"type\":\"string\",\"minLength\":%" PRId64 ",\"maxLength\":%" PRId64 ",\"pattern\":", row->min,
                      row->max);
    write_string(out, row->pattern == NULL ? pattern : row->pattern);
    buffer_add_byte(out, '}');
}

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
        write_text_schema(row, "^[0-9]+$", out);
        return;
    case FORM_BOOLEAN:
        buffer_add_literal(out, "{\"type\":\"boolean\"}");
        return;
    case FORM_WORD:
        buffer_add_literal(out, "{\"type\":\"string\",\"enum\":[");
        write_words(row->words, out);
        buffer_add_literal(out, "]}");
        return;
    case FORM_HEX:
        write_text_schema(row, "^([0-9a-f]{2})+$", out);
        return;
    case FORM_ITEM:
    case FORM_TEXT:
        write_text_schema(row, "^[^" CONTROLS "]+$", out);
        return;
    case FORM_MESSAGE:
        write_text_schema(row, "^[A-Za-z0-9._-]{1,249}:[0-9]{1,9}:[0-9]{1,18}$", out);
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
    if (row->form == FORM_ITEM)
        buffer_add_literal(out, ",\"allowReserved\":true");
    buffer_add_literal(out, ",\"description\":");
    write_string(out, row->help);
    buffer_add_literal(out, ",\"schema\":");
    if (accepted->times > 1) {
        buffer_add_literal(out, "{\"type\":\"array\",\"items\":");
        write_form(row, out);
        buffer_add_format(out, ",\"minItems\":1,\"maxItems\":%u},\"explode\":true,\"example\":[", accepted->times);
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
    if (route_has_etag(route)) {
        separate(out);
        buffer_add_literal(out, "{\"$ref\":\"#/components/parameters/IfNoneMatch\"}");
    }
    buffer_add_byte(out, ']');
}

/* --- headers ----------------------------------------------------------------------------------------------------- */

/* Which answers have it: 200 and 304 of a route with an ETag, or of one that looks into the view; refusals that say when to
 * ask again, or how; all of them. */
enum header_place { PLACE_ETAG = 1, PLACE_FRESH = 2, PLACE_RETRY = 4, PLACE_WHO = 8, PLACE_ALL = 16 };

static const struct {
    const char *name, *type, *help;
    enum header_place place;
    bool always; /* there: else where it is known, or asked for */
} header_table[] = {
    {"ETag", "string", "Digest of the answer without as_of and lag_ms", PLACE_ETAG, true},
    {"Cache-Control", "string", "How long it may be kept, and by whom", PLACE_ALL, true},
    {"Vary", "string", "Origin and Authorization, and Accept-Encoding where that counts", PLACE_ALL, true},
    {"Stockfold-As-Of", "string", "As as_of, where that is known", PLACE_FRESH, false},
    {"Stockfold-Complete-At", "string", "Everything that Kafka had at this time is in the answer, where that is known",
     PLACE_FRESH, false},
    {"Retry-After", "integer", "Seconds after which it may be asked again", PLACE_RETRY, true},
    {"WWW-Authenticate", "string", "How to come again, where whoever asks for credentials says so", PLACE_WHO, false},
    {"X-Request-ID", "string",
     "What the log calls the request: its own X-Request-ID, if that is a plain word, else one made here; "
     "config/nginx.conf adds it",
     PLACE_ALL, false},
};
enum { HEADERS = sizeof(header_table) / sizeof(header_table[0]) };

/* `places`: a set of them. */
static void write_headers(unsigned places, struct buffer *out)
{
    buffer_add_literal(out, ",\"headers\":{");
    for (size_t i = 0; i < HEADERS; i++)
        if ((places & (unsigned)header_table[i].place) != 0) {
            separate(out);
            buffer_add_format(out, "\"%s\":{\"$ref\":\"#/components/headers/%s\"}", header_table[i].name,
                              header_table[i].name);
        }
    buffer_add_byte(out, '}');
}

static void write_header_objects(struct buffer *out)
{
    for (size_t i = 0; i < HEADERS; i++) {
        separate(out);
        buffer_add_format(out, "\"%s\":{\"description\":\"%s\",%s\"schema\":{\"type\":\"%s\"}}", header_table[i].name,
                          header_table[i].help, header_table[i].always ? "\"required\":true," : "",
                          header_table[i].type);
    }
}

/* --- answers ----------------------------------------------------------------------------------------------------- */

static bool needs_view(const struct route *route)
{
    return route->lookup || route->answer == readyz_answer;
}

static bool has_problem(const struct route *route, enum problem problem)
{
    switch (problem) {
    case PROBLEM_MALFORMED_REQUEST:
    case PROBLEM_WRONG_PARAMETER:
    case PROBLEM_URI_TOO_LONG:
    case PROBLEM_HEADER_TOO_LARGE:
    case PROBLEM_INTERNAL_ERROR:
    case PROBLEM_UNKNOWN_ENCODING:
    case PROBLEM_UNKNOWN_VERSION:
        return true;
    case PROBLEM_UNAUTHORIZED: /* where nginx is told to ask somebody, or to limit */
    case PROBLEM_AUTHORIZATION_UNAVAILABLE:
    case PROBLEM_TOO_MANY_REQUESTS:
        return !route->operational;
    case PROBLEM_NOT_ALLOWED:
        return !route->operational || route->answer == metrics_answer;
    case PROBLEM_REQUEST_TIMEOUT:
        return route->method == API_POST;
    case PROBLEM_VIEW_UNREACHABLE:
    case PROBLEM_VIEW_REBUILDING:
    case PROBLEM_VIEW_BROKEN:
    case PROBLEM_TOO_SLOW:
        return needs_view(route);
    case PROBLEM_TOO_BUSY:
    case PROBLEM_NOT_FOLDED:
        return route->lookup;
    case PROBLEM_BAD_GATEWAY: /* of locations that are not the module's */
    case PROBLEM_GATEWAY_TIMEOUT:
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
    write_headers(
        PLACE_ALL | (problem_table[first].retry_after_s > 0 ? PLACE_RETRY : 0) | (status == 401 ? PLACE_WHO : 0), out);
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
    unsigned places = PLACE_ALL | (route_has_etag(route) ? PLACE_ETAG : 0) | (needs_view(route) ? PLACE_FRESH : 0);
    buffer_add_literal(out, "\"200\":{\"description\":");
    write_string(out, route->summary);
    write_headers(places, out);
    buffer_add_format(out, ",\"content\":{\"%s\":{\"schema\":",
                      route->content_type == NULL ? "application/json" : route->content_type);
    if (route->schema != NULL)
        buffer_add_format(out, "{\"$ref\":\"#/components/schemas/%s\"}", route->schema);
    else
        buffer_add_format(out, "{\"type\":\"%s\"}", route->content_type == NULL ? "object" : "string");
    buffer_add_literal(out, "}}}");
    if (route_has_etag(route)) {
        buffer_add_literal(out, ",\"304\":{\"description\":\"Not changed since the ETag in If-None-Match\"");
        write_headers(places, out);
        buffer_add_byte(out, '}');
    }
}

static void write_operation(const struct route *route, struct buffer *out)
{
    separate(out);
    buffer_add_format(out, "\"%s\":{\"operationId\":\"%s\",\"tags\":[\"%s\"],\"summary\":",
                      route->method == API_POST ? "post" : "get", route->id, tag_table[route->tag].name);
    write_string(out, route->summary);
    if (route->help != NULL) {
        buffer_add_literal(out, ",\"description\":");
        write_string(out, route->help);
    }
    if (route->operational)
        buffer_add_literal(out, ",\"security\":[]");
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

static const char head[] =
    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Stockfold\",\"version\":\"" STOCKFOLD_VERSION
    "\",\"summary\":\"Where every item of a retailer stands, and what can be promised of it\",\"description\":"
    "\"Lookups in the view that Stockfold folds from Kafka. Lengths of strings are bytes of UTF-8, a field may be "
    "added to any answer, and what an item or node document has beside the fields listed here is answered, too. Every "
    "lookup says how fresh it is, `as_of` and `lag_ms`. An error is a Problem with a stable `code`. Keys are not asked "
    "for yet: requests with one are answered as without, but for "
    "`Cache-Control`.\",\"license\":{\"name\":\"Apache-2.0\","
    "\"identifier\":\"Apache-2.0\"}},\"servers\":[{\"url\":\"/\"}],\"security\":[{},{\"bearer\":[]},{\"key\":[]}],"
    "\"tags\":[";

static const char parameters_and_keys[] =
    "\"parameters\":{\"IfNoneMatch\":{\"name\":\"If-None-Match\",\"in\":\"header\",\"description\":\"ETags of answers "
    "that are known already: 304 if it is still one of them.\",\"schema\":{\"type\":\"string\"},\"example\":"
    "\"\\\"1f0c6b7a9d3e5824\\\"\"}},\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\","
    "\"description\":\"A key.\"},\"key\":{\"type\":\"apiKey\",\"in\":\"query\",\"name\":\"key\",\"description\":"
    "\"A public key, as pages have them; it is masked in the log.\"}}";

static void write_tags(struct buffer *out)
{
    for (int i = 0; i < TAGS; i++) {
        separate(out);
        buffer_add_format(out, "{\"name\":\"%s\",\"description\":\"%s\"}", tag_table[i].name, tag_table[i].help);
    }
}

/* Those of documents come from the codec's tables. */
static void write_schemas(struct buffer *out)
{
    assert(schemas_json[0] == '{');
    buffer_add_byte(out, '{');
    schema_write_components(out);
    buffer_add_byte(out, ',');
    buffer_add(out, schemas_json + 1, schemas_json_len - 1);
}

void api_write_openapi(struct buffer *out)
{
    buffer_add(out, head, sizeof(head) - 1);
    write_tags(out);
    buffer_add_literal(out, "],\"paths\":{");
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
    write_schemas(out);
    buffer_add_byte(out, ',');
    buffer_add(out, parameters_and_keys, sizeof(parameters_and_keys) - 1);
    buffer_add_literal(out, ",\"headers\":{");
    write_header_objects(out);
    buffer_add_literal(out, "},\"responses\":{");
    write_problems(out);
    buffer_add_literal(out, "}}}");
}

enum api_next openapi_answer(struct api_call *call)
{
    api_write_openapi(&call->response.body);
    return API_DONE;
}
