/* Keys in what is logged: the value of the parameter `key`, wherever nginx writes a request's line, its arguments, an
 * upstream's address or a Referer. */
#ifndef STOCKFOLD_NGINX_MASK_H
#define STOCKFOLD_NGINX_MASK_H

#include <ngx_config.h>
#include <ngx_core.h>

/* Puts stars in place of each, as many as it has bytes, up to what surely ends it: better too much than too little. */
void mask_keys(u_char *text, size_t len);

/* From now on whatever goes to this log, or to those behind it, is masked; once or again. For workers: what is hung into the
 * log lives as long as the process. */
void mask_log(ngx_log_t *log);

#endif
