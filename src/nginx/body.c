/* The body of a POST, taken in pieces. Pieces are kept only for a route that takes the body as text. They are taken as they
 * come; or, where another module has read them already (mirror, the parent of a subrequest), out of memory or the file that
 * it was read into.
 *
 *   body_read ──► on_body ──► on_readable ◄─┐ ──► exchange_begin
 *      │                          └─ again ─┘          ▲
 *      └────────► on_body_of_others ───────────────────┘
 *
 * What a request holds for its body counts: the buffer that nginx reads it into, and what is kept of it. All may hold
 * stockfold_bodies, one client's address a quarter of that. */
#include "exchange.h"
#include "stockfold/codec/request_body.h"

enum {
    FILE_PIECE = 16 * 1024,
    LONGEST_BODY = 2 * 1024 * 1024 /* the most and longest names, and nginx' buffer: any client may hold that much */
};

/* --- what is held ------------------------------------------------------------------------------------------------ */

static void count_held(struct exchange *exchange, size_t held)
{
    exchange->worker->bodies_held += held - exchange->body_held;
    if (exchange->body_client != NULL)
        client_hold(exchange->body_client, exchange->body_held, held);
    exchange->body_held = held;
}

static bool is_within_bound(const struct exchange *exchange)
{
    const struct module_conf *conf = ngx_http_get_module_main_conf(exchange->r, ngx_http_stockfold_module);
    size_t share = ngx_max(conf->bodies_max / 4, (size_t)LONGEST_BODY);
    return exchange->worker->bodies_held <= conf->bodies_max &&
           (client_is_local(exchange->r->connection->sockaddr) || client_held(exchange->body_client) <= share);
}

/* False: no memory. */
static bool enter_client(struct exchange *exchange)
{
    exchange->body_client =
        clients_enter(&exchange->worker->body_clients, exchange->r->connection->sockaddr, INT64_MAX);
    return exchange->body_client != NULL;
}

void body_free(struct exchange *exchange)
{
    request_body_free(exchange->body);
    exchange->body = NULL;
    buffer_done(&exchange->text);
    buffer_init(&exchange->text);
    count_held(exchange, 0);
    if (exchange->body_client != NULL)
        clients_leave(&exchange->worker->body_clients, exchange->body_client);
    exchange->body_client = NULL;
}

/* Its client may be heard for a while yet. */
static bool refuse_body(struct exchange *exchange, enum problem problem)
{
    exchange->body_problem = problem;
    body_free(exchange);
    return false;
}

/* --- pieces ------------------------------------------------------------------------------------------------------ */

static bool is_text(const struct exchange *exchange)
{
    return api_body_form(exchange->request.method, exchange->request.path) == API_BODY_TEXT;
}

static size_t longest_body(const struct exchange *exchange)
{
    return is_text(exchange) ? API_TEXT_MAX : API_BODY_MAX;
}

static bool keep_text(struct exchange *exchange, const u_char *bytes, size_t len)
{
    size_t before = exchange->text.cap;
    buffer_add(&exchange->text, (const char *)bytes, len);
    count_held(exchange, exchange->body_held + exchange->text.cap - before);
    return is_within_bound(exchange) || refuse_body(exchange, PROBLEM_TOO_BUSY);
}

/* False: nothing more of it is wanted. */
static bool take_piece(struct exchange *exchange, const u_char *bytes, size_t len)
{
    exchange->body_len += len;
    if (exchange->body_len > longest_body(exchange))
        return refuse_body(exchange, PROBLEM_BODY_TOO_LARGE);
    if (exchange->body == NULL)
        return keep_text(exchange, bytes, len);
    size_t before = request_body_held(exchange->body);
    bool right = request_body_add(exchange->body, (struct str){(const char *)bytes, len});
    count_held(exchange, exchange->body_held + request_body_held(exchange->body) - before);
    return is_within_bound(exchange) ? right : refuse_body(exchange, PROBLEM_TOO_BUSY);
}

static void begin_with_body(struct exchange *exchange)
{
    if (exchange->body != NULL)
        request_body_end(exchange->body);
    exchange_begin(exchange);
}

/* --- as they come ------------------------------------------------------------------------------------------------ */

static bool take_pieces(struct exchange *exchange)
{
    ngx_http_request_body_t *body = exchange->r->request_body;
    bool wanted = true;
    while (body != NULL && body->bufs != NULL) {
        ngx_chain_t *piece = body->bufs;
        body->bufs = piece->next;
        wanted = wanted && take_piece(exchange, piece->buf->pos, (size_t)(piece->buf->last - piece->buf->pos));
        piece->buf->pos = piece->buf->last; /* nginx may use it again */
        ngx_free_chain(exchange->r->pool, piece);
    }
    return wanted;
}

/* nginx would close the connection without an answer, and with a reset (reset_timedout_connection), which would throw an
 * answer away. */
static ngx_int_t refuse_slow_body(struct exchange *exchange)
{
    ngx_connection_t *connection = exchange->r->connection;
    connection->timedout = connection->read->timedout = 0;
    refuse_body(exchange, PROBLEM_REQUEST_TIMEOUT);
    return NGX_OK;
}

/* Returns NGX_OK when nothing more is to be read, NGX_AGAIN, or the status to refuse the request with. */
static ngx_int_t take_whole_body(struct exchange *exchange)
{
    ngx_http_request_t *r = exchange->r;
    bool wanted = take_pieces(exchange);
    while (r->reading_body && wanted) {
        ngx_int_t rc = ngx_http_read_unbuffered_request_body(r);
        if (rc == NGX_HTTP_REQUEST_TIME_OUT)
            return refuse_slow_body(exchange);
        if (rc >= NGX_HTTP_SPECIAL_RESPONSE)
            return rc;
        if (rc == NGX_AGAIN && r->request_body->bufs == NULL)
            return NGX_AGAIN;
        wanted = take_pieces(exchange);
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
        begin_with_body(exchange);
    else
        ngx_http_finalize_request(r, rc);
}

static void on_body(ngx_http_request_t *r)
{
    r->read_event_handler = on_readable;
    on_readable(r);
}

/* --- read by others ---------------------------------------------------------------------------------------------- */

enum taken { TAKEN, NOT_WANTED, NOT_READ };

static enum taken take_from_file(struct exchange *exchange, const ngx_buf_t *buf)
{
    u_char bytes[FILE_PIECE];
    ssize_t n;
    for (off_t at = buf->file_pos; at < buf->file_last; at += n) {
        n = ngx_read_file(buf->file, bytes, (size_t)ngx_min(buf->file_last - at, FILE_PIECE), at);
        if (n <= 0)
            return NOT_READ;
        if (!take_piece(exchange, bytes, (size_t)n))
            return NOT_WANTED;
    }
    return TAKEN;
}

static enum taken take_from_memory(struct exchange *exchange, const ngx_buf_t *buf)
{
    return take_piece(exchange, buf->pos, (size_t)(buf->last - buf->pos)) ? TAKEN : NOT_WANTED;
}

/* Left as it is: who has read it may want it still. */
static void on_body_of_others(ngx_http_request_t *r)
{
    struct exchange *exchange = ngx_http_get_module_ctx(r, ngx_http_stockfold_module);
    enum taken taken = TAKEN;
    for (const ngx_chain_t *piece = r->request_body == NULL ? NULL : r->request_body->bufs;
         piece != NULL && taken == TAKEN; piece = piece->next)
        taken = ngx_buf_in_memory(piece->buf) ? take_from_memory(exchange, piece->buf)
                                              : take_from_file(exchange, piece->buf);
    if (taken == NOT_READ)
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    else
        begin_with_body(exchange);
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

/* Of a body of this length, or of one that does not say how long it is (-1). */
static size_t compute_nginx_buffer(ngx_http_request_t *r, off_t len)
{
    const ngx_http_core_loc_conf_t *location = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    size_t most = location->client_body_buffer_size;
    return len < 0 || (size_t)len > most ? most : (size_t)len;
}

/* Before anything of it is read. */
static bool may_come(struct exchange *exchange)
{
    off_t len = exchange->r->headers_in.content_length_n;
    if (len > (off_t)longest_body(exchange))
        return refuse_body(exchange, PROBLEM_BODY_TOO_LARGE);
    count_held(exchange, compute_nginx_buffer(exchange->r, len));
    return is_within_bound(exchange) || refuse_body(exchange, PROBLEM_TOO_BUSY);
}

ngx_int_t body_read(struct exchange *exchange)
{
    ngx_http_request_t *r = exchange->r;
    bool is_of_others = r != r->main || r->request_body != NULL;
    if (!enter_client(exchange))
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    if (!is_of_others && !may_come(exchange))
        return answer_unread(exchange);
    if (!is_text(exchange)) {
        exchange->body = request_body_new();
        count_held(exchange, exchange->body_held + request_body_held(exchange->body));
    }
    r->request_body_no_buffering = !is_of_others;
    ngx_http_set_ctx(r, exchange, ngx_http_stockfold_module);
    ngx_int_t rc = ngx_http_read_client_request_body(r, is_of_others ? on_body_of_others : on_body);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}
