/* The nginx module: its directives and its life cycle. Each worker's view of the stock is worker.c, requests are
 * exchange.c; what is answered is decided in the api layer. */
#include "module.h"

#include "authorization.h"
#include "mask.h"
#include "stockfold/store/view_settings.h"
#include "worker.h"

/* --- settings ---------------------------------------------------------------------------------------------------- */

/* Of other programs; one file serves all. */
static const struct settings_section kafka_section = {"kafka", .take = settings_pass_over},
                                     fold_section = {"fold", .take = settings_pass_over},
                                     log_section = {"log", .take = settings_pass_over},
                                     reservations_section = {"reservations", .take = settings_pass_over};

static const struct settings_part parts[] = {
    {&redis_section, offsetof(struct module_settings, view)},
    {&view_section, offsetof(struct module_settings, view)},
    {&availability_section, offsetof(struct module_settings, api)},
    {&promise_section, offsetof(struct module_settings, api)},
    {&http_section, offsetof(struct module_settings, api)},
    {&kafka_section, 0},
    {&answer_topics_section, offsetof(struct module_settings, api)},
    {&fold_section, 0},
    {&log_section, 0},
    {&reservations_section, 0},
    {NULL, 0},
};

static void free_settings(void *settings)
{
    settings_done(parts, settings);
}

static void *create_conf(ngx_conf_t *cf)
{
    struct module_conf *conf = ngx_pcalloc(cf->pool, sizeof(*conf));
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (conf == NULL || cleanup == NULL)
        return NULL;
    conf->bodies_max = NGX_CONF_UNSET_SIZE;
    conf->logs = ngx_array_create(cf->pool, 4, sizeof(ngx_log_t *));
    if (conf->logs == NULL)
        return NULL;
    settings_init(parts, &conf->settings);
    strcpy(conf->settings.api.nodes_topic, "stock.nodes");
    cleanup->handler = free_settings;
    cleanup->data = &conf->settings;
    return conf;
}

/* --- directives -------------------------------------------------------------------------------------------------- */

/* stockfold_config FILE; */
static char *take_config(ngx_conf_t *cf, ngx_command_t *command, void *context)
{
    (void)command;
    struct module_conf *conf = context;
    struct error error = {0};
    if (conf->file.len > 0)
        return "is duplicate";
    conf->file = ((ngx_str_t *)cf->args->elts)[1];
    if (ngx_conf_full_name(cf->cycle, &conf->file, 1) != NGX_OK)
        return NGX_CONF_ERROR;
    if (settings_read(parts, &conf->settings, (const char *)conf->file.data, &error) == 0)
        return NGX_CONF_OK;
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", error.text);
    return NGX_CONF_ERROR;
}

/* Less than one request may need would refuse it for ever. */
enum { BODIES_MIN = 4 * 1024 * 1024, BODIES_DEFAULT = 32 * 1024 * 1024 };

/* stockfold_bodies SIZE; */
static char *check_bodies(ngx_conf_t *cf, void *post, void *size)
{
    (void)cf;
    (void)post;
    return *(size_t *)size < BODIES_MIN ? "expects 4m or more" : NGX_CONF_OK;
}

static ngx_conf_post_t bodies_check = {check_bodies};

static char *init_conf(ngx_conf_t *cf, void *context)
{
    (void)cf;
    struct module_conf *conf = context;
    ngx_conf_init_size_value(conf->bodies_max, BODIES_DEFAULT);
    return NGX_CONF_OK;
}

/* The workers' shared memory, new or that of the configuration before. */
static ngx_int_t init_zone(ngx_shm_zone_t *zone, void *before)
{
    ngx_slab_pool_t *pool = (ngx_slab_pool_t *)(void *)zone->shm.addr;
    zone->data = before != NULL ? before : ngx_slab_calloc(pool, sizeof(struct module_shared));
    return zone->data == NULL ? NGX_ERROR : NGX_OK;
}

static ngx_int_t add_zone(ngx_conf_t *cf, struct module_conf *conf)
{
    ngx_str_t name = ngx_string("stockfold");
    size_t size = sizeof(struct module_shared) + 16 * ngx_pagesize; /* beside it, what the pool keeps of itself */
    if (conf->zone != NULL)
        return NGX_OK;
    conf->zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_stockfold_module);
    if (conf->zone == NULL)
        return NGX_ERROR;
    conf->zone->init = init_zone;
    return NGX_OK;
}

/* stockfold; and stockfold_problem; */
static char *take_location(ngx_conf_t *cf, ngx_command_t *command, void *context)
{
    struct module_location *served = context;
    struct module_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_stockfold_module);
    ngx_http_core_loc_conf_t *location = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    bool problems = command->post != NULL;
    location->handler = problems ? exchange_problem_handler : exchange_handler;
    served->served = !problems;
    return add_zone(cf, conf) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

/* Locations of a regular expression or with a name say nothing of where a path begins. */
static struct str find_mount(const ngx_http_core_loc_conf_t *location)
{
    struct str name = {(const char *)location->name.data, location->name.len};
    bool is_path = !location->named;
#if (NGX_PCRE)
    is_path = is_path && location->regex == NULL;
#endif
    return (struct str){name.data, is_path ? api_mount_len(name) : 0};
}

/* False: no memory. */
static bool note_log(ngx_conf_t *cf, ngx_log_t *log)
{
    struct module_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_stockfold_module);
    ngx_log_t **logs = conf->logs->elts;
    if (conf->logs->nelts > 0 && logs[conf->logs->nelts - 1] == log)
        return true;
    ngx_log_t **place = ngx_array_push(conf->logs);
    if (place != NULL)
        *place = log;
    return place != NULL;
}

/* Bodies are bounded here, with an answer that says so: nginx' own bound would answer before. What stands within `if` or
 * `limit_except` is a location of its own to nginx, without a name. */
static char *merge_location(ngx_conf_t *cf, void *parent, void *child)
{
    const struct module_location *around = parent;
    struct module_location *served = child;
    ngx_http_core_loc_conf_t *location = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    if (location->noname && location->handler == NULL && around->served) {
        *served = *around;
        location->handler = exchange_handler;
    } else if (served->served) {
        served->mount = find_mount(location);
    }
    if (location->handler == exchange_handler)
        location->client_max_body_size = 0;
    return note_log(cf, location->error_log) ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static void *create_location(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(struct module_location));
}

/* --- processes --------------------------------------------------------------------------------------------------- */

static struct module_conf *conf_of(ngx_cycle_t *cycle)
{
    return ngx_http_cycle_get_module_main_conf(cycle, ngx_http_stockfold_module);
}

/* Connections begin with a copy of their listening socket's log, and get that of their server and location. */
static void mask_logs(ngx_cycle_t *cycle, const struct module_conf *conf)
{
    ngx_listening_t *listening = cycle->listening.elts;
    ngx_log_t **logs = conf->logs->elts;
    mask_log(cycle->log);
    for (ngx_uint_t i = 0; i < conf->logs->nelts; i++)
        mask_log(logs[i]);
    for (ngx_uint_t i = 0; i < cycle->listening.nelts; i++)
        mask_log(&listening[i].log);
}

static ngx_int_t init_process(ngx_cycle_t *cycle)
{
    struct module_conf *conf = conf_of(cycle);
    if (conf == NULL || conf->zone == NULL || (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE))
        return NGX_OK;
    if (ngx_add_conn == NULL || (ngx_event_flags & NGX_USE_CLEAR_EVENT) == 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "stockfold needs epoll: remove `use` from the events block");
        return NGX_ERROR;
    }
    mask_logs(cycle, conf);
    conf->worker = worker_new(&conf->settings, conf->zone->data, cycle->log);
    return NGX_OK;
}

static void exit_process(ngx_cycle_t *cycle)
{
    struct module_conf *conf = conf_of(cycle);
    if (conf == NULL)
        return;
    worker_free(conf->worker);
    conf->worker = NULL;
}

/* --- what nginx loads -------------------------------------------------------------------------------------------- */

static char of_problems; /* its address tells the two apart */

static ngx_command_t commands[] = {
    {ngx_string("stockfold_config"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, take_config, NGX_HTTP_MAIN_CONF_OFFSET, 0,
     NULL},
    {ngx_string("stockfold_bodies"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_size_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(struct module_conf, bodies_max), &bodies_check},
    {ngx_string("stockfold"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, take_location, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("stockfold_problem"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, take_location, NGX_HTTP_LOC_CONF_OFFSET, 0,
     &of_problems},
    ngx_null_command,
};

static ngx_int_t finish_configuration(ngx_conf_t *cf)
{
    (void)cf;
    authorization_watch();
    return NGX_OK;
}

static ngx_http_module_t context = {
    .preconfiguration = variables_add,
    .postconfiguration = finish_configuration,
    .create_main_conf = create_conf,
    .init_main_conf = init_conf,
    .create_loc_conf = create_location,
    .merge_loc_conf = merge_location,
};

ngx_module_t ngx_http_stockfold_module = {
    NGX_MODULE_V1, &context, commands, NGX_HTTP_MODULE, NULL, NULL,
    init_process,  NULL,     NULL,     exit_process,    NULL, NGX_MODULE_V1_PADDING,
};

/* By these names nginx finds it. */
#define EXPORT __attribute__((visibility("default")))
EXPORT ngx_module_t *ngx_modules[] = {&ngx_http_stockfold_module, NULL};
EXPORT char *ngx_module_names[] = {(char *)"ngx_http_stockfold_module", NULL};
EXPORT char *ngx_module_order[] = {NULL};
