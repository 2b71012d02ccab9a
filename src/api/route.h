/* The routes and their parameters: tables, from which dispatch, checks, the OpenAPI file and the documentation come. */
#ifndef STOCKFOLD_API_ROUTE_H
#define STOCKFOLD_API_ROUTE_H

#include "stockfold/api/api.h"
#include "stockfold/api/problem.h"

enum parameter {
    PARAMETER_NONE,
    PARAMETER_SKU,
    PARAMETER_STYLE,
    PARAMETER_NODE,
    PARAMETER_GTIN,
    PARAMETER_Q,
    PARAMETER_ITEM,
    PARAMETER_LAT,
    PARAMETER_LON,
    PARAMETER_K,
    PARAMETER_MAX_KM,
    PARAMETER_FLOOR,
    PARAMETER_ZONE,
    PARAMETER_LIMIT,
    PARAMETER_CURSOR,
    PARAMETER_AFTER,
    PARAMETER_WAIT_MS,
    PARAMETER_STRICT,
    PARAMETER_INCLUDE,
    PARAMETER_SUMMARY,
    PARAMETER_FOR,
    PARAMETER_LANG,
    PARAMETER_GROUP,
    PARAMETERS
};

enum parameter_form {
    FORM_TEXT,    /* min to max bytes of UTF-8 without control characters */
    FORM_INTEGER, /* min to max */
    FORM_NUMBER,  /* a decimal number, min to max */
    FORM_DIGITS,  /* min to max digits */
    FORM_HEX,     /* a cursor */
    FORM_ITEM,    /* SKU[:QTY]; kept as given, percent-encoded */
    FORM_MESSAGE, /* TOPIC:PARTITION:OFFSET */
    FORM_BOOLEAN, /* true or false */
    FORM_WORD,    /* one of `words` */
};

struct parameter_row {
    const char *name;
    enum parameter_form form;
    int64_t min, max;
    const char *help, *example;
    const char *words;   /* of FORM_WORD, with | between */
    const char *pattern; /* NULL: the form says all that a pattern can */
};
/* Control characters, as a class in a pattern has them. */
#define CONTROLS "\\u0000-\\u001f\\u007f-\\u009f"
extern const struct parameter_row parameter_table[PARAMETERS];

/* One that a route takes. */
struct accepted {
    enum parameter parameter;
    bool in_path, required;
    uint32_t times; /* how often it may be given; 0 and 1: once */
};

/* What a route is about: how documentation groups them. */
enum route_tag { TAG_ITEMS, TAG_AVAILABILITY, TAG_NODES, TAG_OPERATIONS, TAGS };
extern const struct tag_row {
    const char *name, *help;
} tag_table[TAGS];

enum { ROUTE_PARAMETERS_MAX = 12, ROUTE_PROBLEMS_MAX = 8 };

struct route {
    enum api_method method; /* API_GET takes HEAD too */
    const char *path;       /* "/v1/items/{sku}/locate" */
    const char *id;         /* operationId, and the label in metrics */
    enum route_tag tag;
    const char *summary;
    enum api_next (*answer)(struct api_call *call);
    const char *help;   /* what the summary does not say, such as which parameters exclude each other; NULL: nothing */
    const char *schema; /* component of the answer with status 200; NULL: not JSON */
    const char *content_type; /* NULL: application/json */
    bool lookup;              /* takes `after` and `wait_ms`, is cacheable, has an ETag */
    bool constant;            /* answers the same as long as this program runs: is cacheable, has an ETag */
    bool survives;            /* is answered also without the view: its last turn then gets no answers */
    bool writes;              /* its calls are finished whoever waits for them, and borrow nothing of their requests */
    bool operational;         /* of those who watch over this server: no load, and never turned away for load */
    const char *body_schema;  /* of a POST */
    enum api_body body;       /* how it is taken */
    struct accepted parameters[ROUTE_PARAMETERS_MAX];
    enum problem
        problems[ROUTE_PROBLEMS_MAX]; /* beside those that every route has; ends with PROBLEM_MALFORMED_REQUEST (0) */
};
extern const struct route route_table[]; /* those of one path follow one another */
extern const uint32_t routes_n;

/* Whether its answer with status 200 has an ETag, so that If-None-Match may be answered 304. */
static inline bool route_has_etag(const struct route *route)
{
    return (route->lookup || route->constant) && route->method == API_GET;
}

/* Finds the route and takes its parameters out of path and query into the call. Sets call->route; fails the call (and
 * returns false) when there is none or a parameter is wrong. */
bool route_take(struct api_call *call);
/* NULL: there is none. */
const struct route *route_find(enum api_method method, struct str path);
/* The methods that this path takes, for Allow; NULL: no route has it. */
const char *route_methods(struct str path);

/* The routes' functions, each in the file of its subject. */
enum api_next item_answer(struct api_call *call);              /* item.c */
enum api_next items_answer(struct api_call *call);             /* item_search.c */
enum api_next availability_answer(struct api_call *call);      /* availability.c */
enum api_next availability_bulk_answer(struct api_call *call); /* availability_bulk.c */
enum api_next locate_answer(struct api_call *call);            /* locate.c */
enum api_next nearby_answer(struct api_call *call);            /* nearby.c */
enum api_next style_answer(struct api_call *call);             /* style.c */
enum api_next nodes_answer(struct api_call *call);             /* node.c */
enum api_next node_answer(struct api_call *call);              /* node.c */
enum api_next node_stock_answer(struct api_call *call);        /* node_stock.c */
enum api_next healthz_answer(struct api_call *call);           /* health.c */
enum api_next readyz_answer(struct api_call *call);            /* health.c */
enum api_next metrics_answer(struct api_call *call);           /* metrics.c */
enum api_next openapi_answer(struct api_call *call);           /* openapi.c */

#endif
