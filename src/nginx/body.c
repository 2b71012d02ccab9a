/* The body of a POST, piece by piece as it comes, so that what is too large is refused and never kept; or, where another
 * module has read it already (mirror, the parent of a subrequest), a copy of that. */
#include "exchange.h"

/* Of all bodies that a worker holds: those that are being sent, and those of requests that are not over. */
enum { BODIES_MAX = 32 * 1024 * 1024 };

static void refuse_body(struct exchange *exchange, enum problem problem)
{
    exchange->body_refused = true;
    exchange->body_problem = problem;
}

static bool has_room(struct exchange *exchange, size_t len)
{
    if (exchange->body.len + len > API_BODY_MAX)
        refuse_body(exchange, PROBLEM_BODY_TOO_LARGE);
    else if (exchange->worker->bodies_bytes + len > BODIES_MAX)
        refuse_body(exchange, PROBLEM_TOO_BUSY);
    return !exchange->body_refused;
}

/* What the buffer holds counts, used or not. */
static void reserve_body(struct exchange *exchange, size_t len)
{
    size_t cap = exchange->body.cap;
    buffer_reserve(&exchange->body, len);
    exchange->worker->bodies_bytes += exchange->body.cap - cap;
}

void body_free(struct exchange *exchange)
{
    exchange->worker->bodies_bytes -= exchange->body.cap;
    buffer_done(&exchange->body);
}

static void take_pieces(struct exchange *exchange)
{
    ngx_http_request_body_t *body = exchange->r->request_body;
    while (body != NULL && body->bufs != NULL) {
        ngx_chain_t *piece = body->bufs;
        size_t len = (size_t)(piece->buf->last - piece->buf->pos);
        body->bufs = piece->next;
        if (has_room(exchange, len)) {
            reserve_body(exchange, len);
            buffer_add(&exchange->body, piece->buf->pos, len);
        }
        piece->buf->pos = piece->buf->last; /* nginx may use it again */
        ngx_free_chain(exchange->r->pool, piece);
    }
}

/* Returns NGX_OK when nothing more is to be read, NGX_AGAIN, or the status to refuse the request with. */
static ngx_int_t take_whole_body(struct exchange *exchange)
{
    ngx_http_request_t *r = exchange->r;
    take_pieces(exchange);
    while (r->reading_body && !exchange->body_refused) {
        ngx_int_t rc = ngx_http_read_unbuffered_request_body(r);
        if (rc >= NGX_HTTP_SPECIAL_RESPONSE)
            return rc;
        if (rc == NGX_AGAIN && r->request_body->bufs == NULL)
            return NGX_AGAIN;
        take_pieces(exchange);
    }
    return NGX_OK;
}

static void on_readable(ngx_http_request_t *r)
{
    struct exchange *exchange = ngx_http_get_module_ctx(r, ngx_http_stockfold_module);
    ngx_int_t rc = take_whole_body(exchange);
    if (rc == NGX_AGAIN)
        return;
    r->read_event_handler = ngx_http_block_reading;
    if (r->reading_body)
        r->keepalive = 0; /* what is left of it is not heard, and the answer says so */
    if (rc == NGX_OK)
        exchange_begin(exchange);
    else
        ngx_http_finalize_request(r, rc);
}

static void on_body(ngx_http_request_t *r)
{
    r->read_event_handler = on_readable;
    on_readable(r);
}

/* --- read by others ---------------------------------------------------------------------------------------------- */

static bool copy_from_file(const ngx_buf_t *buf, struct buffer *body)
{
    off_t at = buf->file_pos;
    while (at < buf->file_last) {
        ssize_t n = ngx_read_file(buf->file, (u_char *)body->data + body->len, (size_t)(buf->file_last - at), at);
        if (n <= 0)
            return false;
        body->len += (size_t)n;
        at += n;
    }
    return true;
}

/* Left as it is: who has read it may want it still. */
static bool copy_whole_body(struct exchange *exchange)
{
    const ngx_http_request_body_t *body = exchange->r->request_body;
    for (const ngx_chain_t *piece = body == NULL ? NULL : body->bufs; piece != NULL; piece = piece->next) {
        const ngx_buf_t *buf = piece->buf;
        if (!has_room(exchange, (size_t)ngx_buf_size(buf)))
            return true;
        reserve_body(exchange, (size_t)ngx_buf_size(buf));
        if (ngx_buf_in_memory(buf))
            buffer_add(&exchange->body, buf->pos, (size_t)(buf->last - buf->pos));
        else if (!copy_from_file(buf, &exchange->body))
            return false;
    }
    return true;
}

static void on_body_of_others(ngx_http_request_t *r)
{
    struct exchange *exchange = ngx_http_get_module_ctx(r, ngx_http_stockfold_module);
    if (copy_whole_body(exchange))
        exchange_begin(exchange);
    else
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

/* The client is not heard to the end: its connection is closed behind the answer. */
static ngx_int_t answer_unread(struct exchange *exchange)
{
    ngx_http_request_t *r = exchange->r;
    r->keepalive = 0;
    r->lingering_close = 1;
    r->main->count++;
    exchange_begin(exchange);
    return NGX_DONE;
}

ngx_int_t body_read(struct exchange *exchange)
{
    ngx_http_request_t *r = exchange->r;
    bool is_of_others = r != r->main || r->request_body != NULL;
    if (!is_of_others && !has_room(exchange, (size_t)ngx_max(r->headers_in.content_length_n, 0)))
        return answer_unread(exchange);
    r->request_body_no_buffering = !is_of_others;
    ngx_http_set_ctx(r, exchange, ngx_http_stockfold_module);
    ngx_int_t rc = ngx_http_read_client_request_body(r, is_of_others ? on_body_of_others : on_body);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}
