/* nginx' variables that say about a request what only the module knows, for access logs:
 *
 *   $stockfold_route    operationId in /openapi.json, or none
 *   $stockfold_code     code of the problem that it ended in
 *   $stockfold_shards   states of shards that it asked for, or remembered
 *   $stockfold_time     seconds from a whole request to its answer, without
 *   $stockfold_wait     those that it waited for a message, or for its client to take a part
 *   $stockfold_request  as $request, without the value of `key`
 *
 * Empty ("-" in a log) for what the module did not answer, but for the last. */
#include "exchange.h"

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
    if (exchange == NULL || api_call_problem(exchange->call) == PROBLEMS)
        return set_none(value);
    const char *code = problem_table[api_call_problem(exchange->call)].code;
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

/* --- what a log must not say ------------------------------------------------------------------------------------- */

static int hex_value(u_char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* A parameter's name is `key`, however it is written. */
static bool names_a_key(const u_char *name, size_t len)
{
    static const u_char key[] = {'k', 'e', 'y'};
    size_t n = 0;
    for (size_t i = 0; i < len; i++, n++) {
        int byte = name[i];
        if (byte == '%' && i + 2 < len && hex_value(name[i + 1]) >= 0 && hex_value(name[i + 2]) >= 0) {
            byte = hex_value(name[i + 1]) * 16 + hex_value(name[i + 2]);
            i += 2;
        }
        if (n == sizeof(key) || byte != key[n])
            return false;
    }
    return n == sizeof(key);
}

/* Copies a line up to its end, with stars for the values of `key`. Returns the end of the copy. */
static u_char *mask_keys(const u_char *line, const u_char *end, u_char *out)
{
    const u_char *name = line;
    while (line < end) {
        u_char byte = *out++ = *line++;
        if (byte == '?' || byte == '&')
            name = line;
        if (byte != '=' || !names_a_key(name, (size_t)(line - 1 - name)))
            continue;
        while (line < end && *line != '&' && *line != ' ')
            line++;
        out = ngx_cpymem(out, "***", 3);
    }
    return out;
}

static ngx_int_t get_request(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
    (void)data;
    const ngx_str_t *line = &r->request_line;
    u_char *text = ngx_pnalloc(r->pool, line->len * 2 + 1); /* `key=` becomes seven bytes */
    if (text == NULL || line->len == 0)
        return set_none(value);
    return set_text(value, text, (size_t)(mask_keys(line->data, line->data + line->len, text) - text));
}

/* --- their names ------------------------------------------------------------------------------------------------- */

static const struct {
    ngx_str_t name;
    ngx_http_get_variable_pt get;
    uintptr_t data;
} rows[] = {
    {ngx_string("stockfold_route"), get_route, 0},
    {ngx_string("stockfold_code"), get_code, 0},
    {ngx_string("stockfold_shards"), get_shards, 0},
    {ngx_string("stockfold_time"), get_seconds, offsetof(struct exchange, took_us)},
    {ngx_string("stockfold_wait"), get_seconds, offsetof(struct exchange, parked_us)},
    {ngx_string("stockfold_request"), get_request, 0},
};

ngx_int_t variables_add(ngx_conf_t *cf)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ngx_str_t name = rows[i].name;
        ngx_http_variable_t *variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
        if (variable == NULL)
            return NGX_ERROR;
        variable->get_handler = rows[i].get;
        variable->data = rows[i].data;
    }
    return NGX_OK;
}
