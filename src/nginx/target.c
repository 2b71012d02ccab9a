/* nginx' request target as path and query. */
#include "target.h"

struct str target_of_client(const ngx_http_request_t *r)
{
    if (r->unparsed_uri.len == 0)
        return STR(""); /* of a line that nginx refuses */
    const char *text = (const char *)r->unparsed_uri.data, *mark = memchr(text, '?', r->unparsed_uri.len);
    return (struct str){text, mark == NULL ? r->unparsed_uri.len : (size_t)(mark - text)};
}

static bool encode_uri(ngx_http_request_t *r, struct str *ret_path)
{
    *ret_path = STR("");
    if (r->uri.len == 0)
        return true;
    uintptr_t escaped_n = ngx_escape_uri(NULL, r->uri.data, r->uri.len, NGX_ESCAPE_URI);
    u_char *text = ngx_pnalloc(r->pool, r->uri.len + 2 * escaped_n);
    if (text == NULL)
        return false;
    if (escaped_n == 0)
        memcpy(text, r->uri.data, r->uri.len);
    else
        ngx_escape_uri(text, r->uri.data, r->uri.len, NGX_ESCAPE_URI);
    *ret_path = (struct str){(char *)text, r->uri.len + 2 * escaped_n};
    return true;
}

static bool remove_mount(struct str mount, struct str *path)
{
    if (mount.len == 0)
        return true;
    if (path->len < mount.len || memcmp(path->data, mount.data, mount.len) != 0)
        return false;
    *path = (struct str){path->data + mount.len, path->len - mount.len};
    return true;
}

bool target_read(ngx_http_request_t *r, struct str *ret_path, struct str *ret_query)
{
    const struct module_location *location = ngx_http_get_module_loc_conf(r, ngx_http_stockfold_module);
    *ret_path = target_of_client(r);
    *ret_query = (struct str){(const char *)r->args.data, r->args.len};
    if (!r->valid_unparsed_uri || !remove_mount(location->mount, ret_path)) {
        if (!encode_uri(r, ret_path))
            return false;
        remove_mount(location->mount, ret_path); /* a rewrite may have done so already */
    }
    if (ret_path->len == 0)
        *ret_path = STR("/");
    return true;
}
