/* Asks /readyz through libcurl. What its answer means for `check` is decided there. */
#include "ready.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 2000, BODY_MAX = 1023 };

struct body {
    char text[BODY_MAX + 1];
    size_t len;
};

/* curl's write function: keeps the beginning, which is more than /readyz answers. */
static size_t keep_answer(char *data, size_t size, size_t n, void *context)
{
    struct body *body = context;
    size_t len = size * n, room = BODY_MAX - body->len;
    memcpy(body->text + body->len, data, len < room ? len : room);
    body->len += len < room ? len : room;
    return len;
}

static void set_readiness(struct readiness *readiness, enum readiness_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void set_readiness(struct readiness *readiness, enum readiness_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(readiness->reason, sizeof(readiness->reason), format, args);
    va_end(args);
    readiness->kind = kind;
}

/* What follows "name": in an answer of ours, which is flat and without spaces; NULL: there is no such member. */
static const char *member(const struct body *body, const char *name)
{
    const char *at = strstr(body->text, name);
    return at == NULL ? NULL : at + strlen(name);
}

static void read_answer(const struct body *body, long status, struct readiness *ret_readiness)
{
    const char *lag = member(body, "\"lag_ms\":"), *detail = member(body, "\"detail\":\"");
    if (status == 200 && lag != NULL && member(body, "\"status\":\"ready\"") != NULL)
        *ret_readiness = (struct readiness){.kind = READY, .lag_ms = strtoll(lag, NULL, 10)};
    else if (status == 503 && detail != NULL)
        set_readiness(ret_readiness, READY_NOT, "is not ready: %.*s (`stockfold status` says more)",
                      (int)strcspn(detail, "\""), detail);
    else
        set_readiness(ret_readiness, READY_FOREIGN,
                      "is not Stockfold's, /readyz answers %ld: set http.url, or `stockfold;` in nginx' location /",
                      status);
}

static CURLcode get(CURL *curl, const char *url, struct body *ret_body)
{
    char ready[512];
    snprintf(ready, sizeof(ready), "%s/readyz?strict=true", url);
    curl_easy_setopt(curl, CURLOPT_URL, ready);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret_body);
    return curl_easy_perform(curl);
}

void ready_ask(const char *url, struct readiness *ret_readiness)
{
    struct body body = {.len = 0};
    long status = 0;
    CURL *curl = curl_easy_init();
    CURLcode code = curl == NULL ? CURLE_FAILED_INIT : get(curl, url, &body);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK)
        read_answer(&body, status, ret_readiness);
    else
        set_readiness(ret_readiness, READY_NO_ANSWER, "does not answer (%s): start nginx, or set http.url",
                      curl_easy_strerror(code));
    curl_easy_cleanup(curl);
}
