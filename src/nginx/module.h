/* What the module's files share: its configuration and the memory that its workers share. */
#ifndef STOCKFOLD_NGINX_MODULE_H
#define STOCKFOLD_NGINX_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <stdbool.h>

#include "stockfold/api/api.h"

struct worker;

/* The part of Stockfold's settings that answers go by. */
struct module_settings {
    struct view_config view;
    struct api_config api;
};

/* One per http block; lives as long as its cycle. */
struct module_conf {
    struct module_settings settings;
    ngx_str_t file;        /* the settings' file; empty: defaults */
    size_t bodies_max;     /* bytes that a worker's requests may hold for their bodies */
    ngx_array_t *logs;     /* ngx_log_t *: of servers and locations; one may be in it several times */
    ngx_shm_zone_t *zone;  /* NULL: no location is served by the module */
    struct worker *worker; /* of this process; NULL: not a worker */
};

/* One per location; all zero: not served by the module. */
struct module_location {
    bool served;
    struct str mount; /* what paths begin with before a route's own begins: "/stock" of `location /stock/` */
};

/* A worker's part of the gauges. A worker that died without taking it away leaves that to the next one in its slot. */
struct worker_gauges {
    int64_t in_flight, waiting, queue_depth, connected, bodies_held;
};

/* Survives reloads. */
struct module_shared {
    struct api_metrics metrics;
    struct api_quotas quotas;
    struct worker_gauges gauges[NGX_MAX_PROCESSES];
};

extern ngx_module_t ngx_http_stockfold_module;

/* The content handler of a location with `stockfold;` (exchange.c). */
ngx_int_t exchange_handler(ngx_http_request_t *r);
/* That of one with `stockfold_problem;`, to which error_page leads: the problem of the status. */
ngx_int_t exchange_problem_handler(ngx_http_request_t *r);
/* nginx' variables for logs, $stockfold_... (variables.c). */
ngx_int_t variables_add(ngx_conf_t *cf);

#endif
