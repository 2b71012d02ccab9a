/* A filter of headers sees how subrequests end. It leaves a mark among the main request's cleanups, the one place of a module
 * that an internal redirect (error_page) does not empty. */
#include "authorization.h"

static ngx_http_output_header_filter_pt next_filter;

static void be_a_mark(void *nothing)
{
    (void)nothing;
}

/* auth_request waits for its subrequest before the main request has any answer; mirrors are not waited for. */
static bool is_of_authorization(const ngx_http_request_t *r)
{
    return r != r->main && r->waited && !r->background && !r->main->header_sent;
}

/* 2xx permits, 401 and 403 refuse. nginx makes a 500 of everything else. */
static bool says_whether_permitted(ngx_uint_t status)
{
    return (status >= NGX_HTTP_OK && status < NGX_HTTP_SPECIAL_RESPONSE) || status == NGX_HTTP_UNAUTHORIZED ||
           status == NGX_HTTP_FORBIDDEN;
}

static ngx_int_t note_failure(ngx_http_request_t *r)
{
    if (!is_of_authorization(r) || says_whether_permitted(r->headers_out.status))
        return next_filter(r);
    ngx_pool_cleanup_t *mark = ngx_pool_cleanup_add(r->main->pool, 0);
    if (mark == NULL)
        return NGX_ERROR;
    mark->handler = be_a_mark;
    return next_filter(r);
}

void authorization_watch(void)
{
    next_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = note_failure;
}

bool authorization_has_failed(const ngx_http_request_t *r)
{
    for (const ngx_pool_cleanup_t *cleanup = r->main->pool->cleanup; cleanup != NULL; cleanup = cleanup->next)
        if (cleanup->handler == be_a_mark)
            return true;
    return false;
}
