/* Whether somebody who was to permit a request (auth_request) failed to say. nginx answers that 500 like any failure of its
 * own; a client had better ask again. */
#ifndef STOCKFOLD_NGINX_AUTHORIZATION_H
#define STOCKFOLD_NGINX_AUTHORIZATION_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <stdbool.h>

/* While nginx reads its configuration: from now on it is noted which of these subrequests give no verdict. */
void authorization_watch(void);
/* A subrequest of this request, before it had any answer, ended with a status that neither permits nor refuses. */
bool authorization_has_failed(const ngx_http_request_t *r);

#endif
