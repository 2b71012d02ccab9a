/* From an api_response to nginx: headers, whole answers, parts. Body bytes are the call's and go out from where they
 * are. */
#include "exchange.h"

#include "stockfold/base/clock.h"

/* --- headers ----------------------------------------------------------------------------------------------------- */

static ngx_str_t ngx_str_of(struct str text)
{
    return (ngx_str_t){text.len, (u_char *)(uintptr_t)text.data}; /* nginx only reads it */
}

/* NULL: no memory. */
static ngx_table_elt_t *append_header(ngx_http_request_t *r, struct str name, struct str value)
{
    ngx_table_elt_t *header = ngx_list_push(&r->headers_out.headers);
    if (header != NULL)
        *header = (ngx_table_elt_t){.hash = 1, .key = ngx_str_of(name), .value = ngx_str_of(value)};
    return header;
}

static bool append_text_header(ngx_http_request_t *r, struct str name, const char *value)
{
    return value == NULL || append_header(r, name, str_from(value)) != NULL;
}

static bool add_retry_after(ngx_http_request_t *r, int seconds)
{
    if (seconds == 0)
        return true;
    u_char *text = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (text == NULL)
        return false;
    size_t len = (size_t)(ngx_sprintf(text, "%d", seconds) - text);
    return append_header(r, STR("Retry-After"), (struct str){(char *)text, len}) != NULL;
}

/* nginx weakens it where it changes the bytes (gzip). */
static bool add_etag(ngx_http_request_t *r, struct str etag)
{
    if (etag.len == 0)
        return true;
    r->headers_out.etag = append_header(r, STR("ETag"), etag);
    return r->headers_out.etag != NULL;
}

static bool append_known_header(ngx_http_request_t *r, struct str name, struct str value)
{
    return value.len == 0 || append_header(r, name, value) != NULL;
}

static bool add_cors(ngx_http_request_t *r, const struct api_response *response)
{
    if (response->allow_origin.len == 0)
        return true;
    if (append_header(r, STR("Access-Control-Allow-Origin"), response->allow_origin) == NULL)
        return false;
    if (!response->preflight)
        return append_header(
                   r, STR("Access-Control-Expose-Headers"),
                   STR("ETag, Retry-After, Location, Stockfold-As-Of, Stockfold-Complete-At, X-Request-ID")) != NULL;
    return append_text_header(r, STR("Access-Control-Allow-Methods"), response->allow) &&
           append_text_header(
               r, STR("Access-Control-Allow-Headers"),
               "Authorization, Content-Type, If-None-Match, Last-Event-ID, Idempotency-Key, traceparent, "
               "x-request-id") &&
           append_text_header(r, STR("Access-Control-Max-Age"), "86400");
}

static bool set_headers(ngx_http_request_t *r, const struct api_response *response)
{
    r->headers_out.status = (ngx_uint_t)response->status;
    if (response->content_type != NULL && response->status != NGX_HTTP_NOT_MODIFIED) {
        r->headers_out.content_type = ngx_str_of(str_from(response->content_type));
        r->headers_out.content_type_len = r->headers_out.content_type.len;
    }
    return add_etag(r, response->etag) && append_text_header(r, STR("Cache-Control"), response->cache_control) &&
           (!response->vary || append_header(r, STR("Vary"), STR("Origin, Authorization")) != NULL) &&
           append_known_header(r, STR("Stockfold-As-Of"), response->as_of) &&
           append_known_header(r, STR("Stockfold-Complete-At"), response->complete_at) &&
           append_known_header(r, STR("Location"), response->location) &&
           append_text_header(r, STR("WWW-Authenticate"), response->www_authenticate) &&
           add_retry_after(r, response->retry_after_s) && append_text_header(r, STR("Allow"), response->allow) &&
           add_cors(r, response);
}

/* `len` -1: not known. Returns NGX_OK when a body is to follow; else what the request ends with. */
static ngx_int_t send_headers(struct exchange *exchange, off_t len)
{
    ngx_http_request_t *r = exchange->r;
    const struct api_response *response = api_call_response(exchange->call);
    if (!set_headers(r, response))
        return NGX_ERROR;
    if (ngx_exiting)
        r->keepalive = 0; /* nginx will close the connection, and this says so to the client */
    r->headers_out.content_length_n = response->status == NGX_HTTP_NOT_MODIFIED ? -1 : len;
    r->disable_not_modified = 1; /* the call has seen to that */
    if (response->status == NGX_HTTP_NOT_MODIFIED)
        r->gzip_vary = 1; /* as the answer that it stands for may have; nginx drops it where gzip_vary is off */
    ngx_int_t rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK)
        return rc;
    return r->header_only ? NGX_DONE : NGX_OK;
}

/* --- bodies ------------------------------------------------------------------------------------------------------ */

static ngx_int_t send_body(struct exchange *exchange, bool last)
{
    ngx_http_request_t *r = exchange->r;
    const struct buffer *body = &api_call_response(exchange->call)->body;
    if (body->len == 0)
        return ngx_http_send_special(r, last ? NGX_HTTP_LAST : NGX_HTTP_FLUSH);
    ngx_buf_t *buf = ngx_calloc_buf(r->pool);
    if (buf == NULL)
        return NGX_ERROR;
    buf->pos = (u_char *)body->data;
    buf->last = buf->pos + body->len;
    buf->memory = 1;
    buf->last_buf = last && r == r->main; /* behind a subrequest's answer comes the rest of its parent's */
    buf->last_in_chain = last;
    buf->flush = !last;
    ngx_chain_t chain = {.buf = buf};
    return ngx_http_output_filter(r, &chain);
}

static bool is_taken(const ngx_http_request_t *r)
{
    return !r->buffered && !r->connection->buffered && r->postponed == NULL;
}

static void on_writable(ngx_http_request_t *r);

static void wait_for_client(ngx_http_request_t *r)
{
    ngx_event_t *event = r->connection->write;
    ngx_http_core_loc_conf_t *location = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    r->write_event_handler = on_writable;
    if (!event->delayed)
        ngx_add_timer(event, location->send_timeout);
    if (ngx_handle_write_event(event, location->send_lowat) != NGX_OK)
        ngx_http_finalize_request(r, NGX_ERROR);
}

static void on_writable(ngx_http_request_t *r)
{
    struct exchange *exchange = ngx_http_get_module_ctx(r, ngx_http_stockfold_module);
    ngx_event_t *event = r->connection->write;
    if (event->timedout) {
        r->connection->timedout = 1;
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }
    if (!event->delayed && ngx_http_output_filter(r, NULL) == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }
    if (event->delayed || !is_taken(r)) {
        wait_for_client(r);
        return;
    }
    if (event->timer_set)
        ngx_del_timer(event);
    r->write_event_handler = ngx_http_request_empty_handler;
    exchange->parked_us += clock_steady_us() - exchange->blocked_since_us;
    exchange_run(exchange, NULL);
}

/* Where nginx wants no body (HEAD, a mirrored request), the headers are the whole answer. */
bool respond_part(struct exchange *exchange)
{
    ngx_http_request_t *r = exchange->r;
    ngx_int_t rc = NGX_OK;
    if (!exchange->parted) {
        exchange->parted = true;
        ngx_http_set_ctx(r, exchange, ngx_http_stockfold_module);
        rc = send_headers(exchange, -1);
    }
    if (rc == NGX_OK)
        rc = send_body(exchange, false);
    if (rc == NGX_DONE)
        exchange_count_answer(exchange);
    if (rc != NGX_OK && rc != NGX_AGAIN) {
        ngx_http_finalize_request(r, rc == NGX_DONE ? NGX_OK : rc);
        return false;
    }
    if (is_taken(r))
        return true;
    exchange->blocked_since_us = clock_steady_us();
    wait_for_client(r);
    return false;
}

void respond_whole(struct exchange *exchange)
{
    ngx_http_request_t *r = exchange->r;
    const struct api_response *response = api_call_response(exchange->call);
    ngx_int_t rc = response->status == 0 ? NGX_ERROR : NGX_OK;
    if (rc == NGX_OK && !exchange->parted)
        rc = send_headers(exchange, (off_t)response->body.len);
    if (rc == NGX_OK)
        rc = send_body(exchange, true);
    ngx_http_finalize_request(r, rc == NGX_DONE ? NGX_OK : rc);
}
