/* From a request's path and query to a route and its checked parameters. */
#include "route.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "call.h"
#include "stockfold/codec/percent.h"

/* What comes before `end` (all, if it does not occur); *rest is what comes behind it. */
static struct str take_until(struct str *rest, char end)
{
    const char *at = rest->len == 0 ? NULL : memchr(rest->data, end, rest->len);
    struct str taken = {rest->data, at == NULL ? rest->len : (size_t)(at - rest->data)};
    size_t step = at == NULL ? rest->len : taken.len + 1;
    *rest = step == 0 ? *rest : (struct str){rest->data + step, rest->len - step};
    return taken;
}

/* --- the route --------------------------------------------------------------------------------------------------- */

/* Byte by byte up to what is in braces, then segment by segment; one in braces takes anything but nothing. */
static bool path_fits(struct str path, const char *pattern)
{
    for (; *pattern != '\0' && *pattern != '{'; pattern++) {
        if (path.len == 0 || path.data[0] != *pattern)
            return false;
        path = (struct str){path.data + 1, path.len - 1};
    }
    if (path.len > 0 && path.data[path.len - 1] == '/')
        return false;
    struct str rest = str_from(pattern);
    while (path.len > 0 && rest.len > 0) {
        struct str wanted = take_until(&rest, '/'), given = take_until(&path, '/');
        bool open = wanted.len > 0 && wanted.data[0] == '{';
        if (open ? given.len == 0 : !str_equal(wanted, given))
            return false;
    }
    return path.len == rest.len;
}

static bool takes(const struct route *route, enum api_method method)
{
    return route->method == method || (method == API_HEAD && route->method == API_GET);
}

/* The methods that this path takes, for Allow. */
static const char *allowed(bool get, bool post)
{
    if (get && post)
        return "GET, HEAD, POST, OPTIONS";
    return post ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

const char *route_methods(struct str path)
{
    bool get = false, post = false;
    for (uint32_t i = 0; i < routes_n; i++) {
        if (!path_fits(path, route_table[i].path))
            continue;
        get = get || route_table[i].method == API_GET;
        post = post || route_table[i].method == API_POST;
    }
    return get || post ? allowed(get, post) : NULL;
}

const struct route *route_find(enum api_method method, struct str path)
{
    for (uint32_t i = 0; i < routes_n; i++)
        if (takes(&route_table[i], method) && path_fits(path, route_table[i].path))
            return &route_table[i];
    return NULL;
}

static bool set_route(struct api_call *call)
{
    const struct api_request *request = call->request;
    call->route = route_find(request->method, request->path);
    if (call->route != NULL)
        return true;
    call->response.allow = route_methods(request->path);
    if (call->response.allow == NULL)
        call_fail(call, PROBLEM_UNKNOWN_ROUTE, "no route has this path; /openapi.json lists all");
    else if (request->method == API_OPTIONS)
        return true;
    else
        call_fail(call, PROBLEM_WRONG_METHOD, "this path takes %s", call->response.allow);
    return false;
}

/* Whole segments of it, or all of what stands before a parameter. */
static bool is_begin_of_route(struct str text, const char *pattern)
{
    size_t i = 0;
    while (i < text.len && pattern[i] != '{' && pattern[i] == text.data[i])
        i++;
    if (i < text.len)
        return pattern[i] == '{';
    return pattern[i] == '\0' || pattern[i] == '/' || text.data[i - 1] == '/';
}

size_t api_mount_len(struct str location)
{
    for (size_t at = 0; at < location.len; at++) {
        struct str rest = {location.data + at, location.len - at};
        for (uint32_t i = 0; rest.data[0] == '/' && i < routes_n; i++)
            if (is_begin_of_route(rest, route_table[i].path))
                return at;
    }
    return location.len;
}

/* --- one value --------------------------------------------------------------------------------------------------- */

static bool only(struct str text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\0' || strchr(characters, text.data[i]) == NULL)
            return false;
    return true;
}

#define DIGITS "0123456789"

/* A number of any form as text with an end. False: too long for any number. */
static bool terminate(struct str text, char ret_text[32])
{
    if (text.len == 0 || text.len >= 32)
        return false;
    memcpy(ret_text, text.data, text.len);
    ret_text[text.len] = '\0';
    return true;
}

static bool integer_of(struct str text, int64_t *ret_number)
{
    char copy[32];
    if (!terminate(text, copy) || !only(text, "-" DIGITS))
        return false;
    char *end;
    errno = 0;
    *ret_number = strtoll(copy, &end, 10);
    return *end == '\0' && errno == 0;
}

static bool parse_double(struct str text, double *ret_number)
{
    char copy[32];
    if (!terminate(text, copy) || !only(text, "+-.eE" DIGITS))
        return false;
    char *end;
    *ret_number = strtod(copy, &end);
    return *end == '\0' && end != copy && isfinite(*ret_number);
}

static bool check_integer(struct api_call *call, enum parameter parameter, struct str text)
{
    const struct parameter_row *row = &parameter_table[parameter];
    int64_t number;
    if (integer_of(text, &number) && number >= row->min && number <= row->max)
        return true;
    call_wrong(call, parameter, "a whole number from %" PRId64 " to %" PRId64, row->min, row->max);
    return false;
}

static bool check_number(struct api_call *call, enum parameter parameter, struct str text)
{
    const struct parameter_row *row = &parameter_table[parameter];
    double number;
    if (parse_double(text, &number) && number >= (double)row->min && number <= (double)row->max)
        return true;
    call_wrong(call, parameter, "a decimal number from %" PRId64 " to %" PRId64, row->min, row->max);
    return false;
}

static bool check_length(struct api_call *call, enum parameter parameter, struct str text, const char *what)
{
    const struct parameter_row *row = &parameter_table[parameter];
    if ((int64_t)text.len >= row->min && (int64_t)text.len <= row->max)
        return true;
    call_wrong(call, parameter, "%" PRId64 " to %" PRId64 " %s", row->min, row->max, what);
    return false;
}

/* TOPIC:PARTITION:OFFSET, taken from behind: a topic's name holds no colon. */
static bool check_message(struct api_call *call, enum parameter parameter, struct str text)
{
    struct str rest = text, topic = take_until(&rest, ':'), partition = take_until(&rest, ':');
    int64_t number, offset;
    if (topic.len > 0 && topic.len < 250 && integer_of(partition, &number) && number >= 0 && number <= INT32_MAX &&
        integer_of(rest, &offset) && offset >= 0) {
        call->after = (struct message_at){topic, (int32_t)number, offset};
        call->waits = true;
        call->waits_for_a_node = str_equal(topic, str_from(call->api->config->nodes_topic));
        return true;
    }
    call_wrong(call, parameter, "TOPIC:PARTITION:OFFSET");
    return false;
}

/* One of the row's words. */
static bool check_word(struct api_call *call, enum parameter parameter, struct str text)
{
    struct str rest = str_from(parameter_table[parameter].words);
    while (rest.len > 0)
        if (str_equal(text, take_until(&rest, '|')))
            return true;
    call_wrong(call, parameter, "%s", parameter_table[parameter].words);
    return false;
}

static bool check_parameter(struct api_call *call, enum parameter parameter, struct str text)
{
    switch (parameter_table[parameter].form) {
    case FORM_INTEGER:
        return check_integer(call, parameter, text);
    case FORM_NUMBER:
        return check_number(call, parameter, text);
    case FORM_MESSAGE:
        return check_message(call, parameter, text);
    case FORM_DIGITS:
        if (only(text, DIGITS))
            return check_length(call, parameter, text, "digits");
        call_wrong(call, parameter, "digits only");
        return false;
    case FORM_HEX:
        if (text.len % 2 == 0 && only(text, DIGITS "abcdef"))
            return check_length(call, parameter, text, "hexadecimal digits");
        call_wrong(call, parameter, "the `next` of the page before, unchanged");
        return false;
    case FORM_BOOLEAN:
        if (str_equal(text, STR("true")) || str_equal(text, STR("false")))
            return true;
        call_wrong(call, parameter, "true or false");
        return false;
    case FORM_WORD:
        return check_word(call, parameter, text);
    case FORM_TEXT:
    case FORM_ITEM:
        return check_length(call, parameter, text, "bytes");
    }
    return true;
}

/* Room for one more: for one first, since that is all that most are given, then for twice as many. */
static void make_room_for_value(struct api_call *call, struct values *values)
{
    size_t n = values->n;
    if ((n & (n - 1)) != 0)
        return;
    struct str *texts = arena_array(&call->arena, struct str, n == 0 ? 1 : 2 * n);
    size_t *at = arena_array(&call->arena, size_t, n == 0 ? 1 : 2 * n);
    if (n > 0) {
        memcpy(texts, values->texts, n * sizeof(*texts));
        memcpy(at, values->at, n * sizeof(*at));
    }
    values->texts = texts;
    values->at = at;
}

static bool keep_value(struct api_call *call, const struct accepted *accepted, struct str text)
{
    struct values *values = &call->values[accepted->parameter];
    size_t most = accepted->times > 1 ? accepted->times : 1;
    if (values->n == most) {
        if (most == 1)
            call_wrong(call, accepted->parameter, "to be given once");
        else
            call_wrong(call, accepted->parameter, "to be given at most %zu times", most);
        return false;
    }
    make_room_for_value(call, values);
    values->at[values->n] = call->given_n++;
    values->texts[values->n++] = text;
    return check_parameter(call, accepted->parameter, text);
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static const struct accepted *find_accepted(const struct route *route, struct str name, bool in_path)
{
    for (size_t i = 0; i < ROUTE_PARAMETERS_MAX; i++) {
        const struct accepted *accepted = &route->parameters[i];
        if (accepted->parameter != PARAMETER_NONE && accepted->in_path == in_path &&
            str_equal(str_from(parameter_table[accepted->parameter].name), name))
            return accepted;
    }
    return NULL;
}

static bool take_path(struct api_call *call)
{
    struct str path = call->request->path, pattern = str_from(call->route->path);
    while (pattern.len > 0) {
        struct str wanted = take_until(&pattern, '/'), given = take_until(&path, '/'), text;
        if (wanted.len == 0 || wanted.data[0] != '{')
            continue;
        const struct accepted *accepted =
            find_accepted(call->route, (struct str){wanted.data + 1, wanted.len - 2}, true);
        if (!percent_decode(given, false, &call->arena, &text)) {
            call_wrong(call, accepted->parameter, "UTF-8 without control characters, percent-encoded");
            return false;
        }
        if (!keep_value(call, accepted, text))
            return false;
    }
    return true;
}

static bool take_pair(struct api_call *call, struct str pair)
{
    struct str value = pair, name = take_until(&value, '='), text;
    if (!percent_decode(name, true, &call->arena, &name)) {
        call_fail(call, PROBLEM_MALFORMED_REQUEST, "a parameter's name is not percent-encoded UTF-8");
        return false;
    }
    const struct accepted *accepted = find_accepted(call->route, name, false);
    if (accepted == NULL && str_equal(name, STR("key")))
        return true; /* a public key, for routes that look at it */
    if (accepted == NULL) {
        call_no_parameter(call, name);
        return false;
    }
    if (!percent_decode(value, true, &call->arena, &text)) {
        call_wrong(call, accepted->parameter, "UTF-8 without control characters, percent-encoded");
        return false;
    }
    bool raw = parameter_table[accepted->parameter].form == FORM_ITEM;
    return keep_value(call, accepted, raw ? value : text);
}

static bool take_query(struct api_call *call)
{
    struct str query = call->request->query;
    while (query.len > 0) {
        struct str pair = take_until(&query, '&');
        if (pair.len > 0 && !take_pair(call, pair))
            return false;
    }
    return true;
}

static bool all_there(struct api_call *call)
{
    for (size_t i = 0; i < ROUTE_PARAMETERS_MAX; i++) {
        const struct accepted *accepted = &call->route->parameters[i];
        if (accepted->required && call->values[accepted->parameter].n == 0) {
            call_wrong(call, accepted->parameter, "to be given");
            return false;
        }
    }
    return true;
}

bool route_take(struct api_call *call)
{
    if (!set_route(call))
        return false;
    if (call->route != NULL && call->route->writes)
        call_copy_request(call);
    return call->route == NULL || (take_path(call) && take_query(call) && all_there(call));
}

/* --- reading them ------------------------------------------------------------------------------------------------ */

struct str call_text(const struct api_call *call, enum parameter parameter)
{
    const struct values *values = &call->values[parameter];
    return values->n == 0 ? (struct str){0} : values->texts[0];
}

bool call_has(const struct api_call *call, enum parameter parameter)
{
    return call->values[parameter].n > 0;
}

int64_t call_integer(const struct api_call *call, enum parameter parameter, int64_t otherwise)
{
    int64_t number;
    return integer_of(call_text(call, parameter), &number) ? number : otherwise;
}

double call_number(const struct api_call *call, enum parameter parameter, double otherwise)
{
    double number;
    return parse_double(call_text(call, parameter), &number) ? number : otherwise;
}

enum api_body api_body_form(enum api_method method, struct str path)
{
    const struct route *route = route_find(method, path);
    return route == NULL ? API_BODY_PAIRS : route->body;
}
