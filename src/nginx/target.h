/* The path and the query that a request is answered by.
 *
 * The path is the client's own spelling as long as nginx has not changed it: nginx' r->uri is decoded, and a slash inside
 * a sku would be lost. Behind a rewrite, an internal redirect or in a subrequest it is r->uri, encoded again. The mount of
 * the location (module.h) is taken off. */
#ifndef STOCKFOLD_NGINX_TARGET_H
#define STOCKFOLD_NGINX_TARGET_H

#include "module.h"

/* Borrowed from nginx' request. False: out of memory. */
bool target_read(ngx_http_request_t *r, struct str *ret_path, struct str *ret_query);

/* The path as the client spelled it, wherever nginx has led the request since. */
struct str target_of_client(const ngx_http_request_t *r);

#endif
