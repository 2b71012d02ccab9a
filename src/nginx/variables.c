/* nginx' variables that say about a request what only the module knows, for access logs:
 *
 *   $stockfold_route    operationId in /openapi.json, or none
 *   $stockfold_code     code of the problem that it ended in, also where nginx let it end without an answer (408)
 *   $stockfold_shards   states of shards that it asked for, or remembered
 *   $stockfold_time     seconds from a whole request to its answer, without
 *   $stockfold_wait     those that it waited for a message, or for its client to take a part
 *   $stockfold_request  as $request, without the value of `key`
 *   $stockfold_id       32 random hex digits, as $request_id, which asks OpenSSL and costs a tenth of a lookup
 *
 * Empty ("-" in a log) for what the module did not answer, but for the last two. */
#include <errno.h>
#include <sys/random.h>

#include "exchange.h"
#include "mask.h"

static ngx_int_t set_text(ngx_http_variable_value_t *value, const u_char *text, size_t len)
{
    value->data = (u_char *)(uintptr_t)text;
    value->len = (unsigned)len & 0xfffffff; /* its width */
    value->valid = 1;
    value->no_cacheable = value->not_found = 0;
    return NGX_OK;
}

static ngx_int_t set_none(ngx_http_variable_value_t *value)
{
    value->not_found = 1;
    return NGX_OK;
}

/* NULL: it has no answer of the module. */
static const struct exchange *exchange_of_request(ngx_http_request_t *r)
{
    const struct exchange *exchange = ngx_http_get_module_ctx(r, ngx_http_stockfold_module);
    return exchange == NULL || exchange->call == NULL ? NULL : exchange;
}

static ngx_int_t get_route(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
    (void)data;
    const struct exchange *exchange = exchange_of_request(r);
    if (exchange == NULL)
        return set_none(value);
    const char *name = api_call_route_name(exchange->call);
    return set_text(value, (const u_char *)name, strlen(name));
}

static ngx_int_t get_code(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
    (void)data;
    const struct exchange *exchange = exchange_of_request(r);
    enum problem problem = exchange != NULL ? api_call_problem(exchange->call) : PROBLEMS;
    if (exchange == NULL && r->headers_out.status == NGX_HTTP_REQUEST_TIME_OUT)
        problem = PROBLEM_REQUEST_TIMEOUT;
    if (problem == PROBLEMS)
        return set_none(value);
    const char *code = problem_table[problem].code;
    return set_text(value, (const u_char *)code, strlen(code));
}

static ngx_int_t get_shards(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
    (void)data;
    const struct exchange *exchange = exchange_of_request(r);
    u_char *text = ngx_pnalloc(r->pool, NGX_INT32_LEN);
    if (exchange == NULL || text == NULL)
        return set_none(value);
    return set_text(value, text, (size_t)(ngx_sprintf(text, "%uD", api_call_shards(exchange->call)) - text));
}

/* `data`: where in the exchange the microseconds stand. */
static ngx_int_t get_seconds(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
    const struct exchange *exchange = exchange_of_request(r);
    u_char *text = ngx_pnalloc(r->pool, NGX_INT64_LEN + 8);
    if (exchange == NULL || text == NULL)
        return set_none(value);
    int64_t us = *(const int64_t *)(const void *)((const char *)exchange + data);
    u_char *end = ngx_sprintf(text, "%L.%06L", us / 1000000, us % 1000000);
    return set_text(value, text, (size_t)(end - text));
}

static ngx_int_t get_request(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
    (void)data;
    const ngx_str_t *line = &r->request_line;
    u_char *text = line->len == 0 ? NULL : ngx_pnalloc(r->pool, line->len);
    if (text == NULL)
        return set_none(value);
    memcpy(text, line->data, line->len);
    mask_keys(text, line->len);
    return set_text(value, text, line->len);
}

enum { ID_BYTES = 16, ID_POOL = 256 * ID_BYTES };

/* Of the kernel's random bytes, many at a time; a worker's own, as no master asks. */
static const u_char *next_random(void)
{
    static u_char pool[ID_POOL];
    static size_t left;
    if (left == 0) {
        ssize_t got;
        do
            got = getrandom(pool, sizeof(pool), 0);
        while (got < 0 && errno == EINTR);
        if (got != (ssize_t)sizeof(pool))
            return NULL;
        left = sizeof(pool);
    }
    left -= ID_BYTES;
    return &pool[left];
}

static ngx_int_t get_id(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
    (void)data;
    const u_char *random = next_random();
    u_char *text = ngx_pnalloc(r->pool, 2 * ID_BYTES);
    if (random == NULL || text == NULL)
        return set_none(value);
    ngx_hex_dump(text, (u_char *)(uintptr_t)random, ID_BYTES);
    return set_text(value, text, 2 * ID_BYTES);
}

/* --- their names ------------------------------------------------------------------------------------------------- */

static const struct {
    ngx_str_t name;
    ngx_http_get_variable_pt get;
    uintptr_t data;
    bool stays; /* is the same whenever it is asked for */
} rows[] = {
    {ngx_string("stockfold_route"), get_route, 0, false},
    {ngx_string("stockfold_code"), get_code, 0, false},
    {ngx_string("stockfold_shards"), get_shards, 0, false},
    {ngx_string("stockfold_time"), get_seconds, offsetof(struct exchange, took_us), false},
    {ngx_string("stockfold_wait"), get_seconds, offsetof(struct exchange, parked_us), false},
    {ngx_string("stockfold_request"), get_request, 0, false},
    {ngx_string("stockfold_id"), get_id, 0, true},
};

ngx_int_t variables_add(ngx_conf_t *cf)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ngx_str_t name = rows[i].name;
        ngx_http_variable_t *variable = ngx_http_add_variable(cf, &name, rows[i].stays ? 0 : NGX_HTTP_VAR_NOCACHEABLE);
        if (variable == NULL)
            return NGX_ERROR;
        variable->get_handler = rows[i].get;
        variable->data = rows[i].data;
    }
    return NGX_OK;
}
