/* Every line of nginx' error log passes a writer here, which knows nothing of who wrote it or why. */
#include "mask.h"

#include <stdbool.h>

#include "stockfold/base/error.h"

/* --- the text ---------------------------------------------------------------------------------------------------- */

static int hex_value(u_char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* A parameter's name is `key`, however it is written. */
static bool names_a_key(const u_char *name, size_t len)
{
    static const u_char key[] = {'k', 'e', 'y'};
    size_t n = 0;
    for (size_t i = 0; i < len; i++, n++) {
        int byte = name[i];
        if (byte == '%' && i + 2 < len && hex_value(name[i + 1]) >= 0 && hex_value(name[i + 2]) >= 0) {
            byte = hex_value(name[i + 1]) * 16 + hex_value(name[i + 2]);
            i += 2;
        }
        if (n == sizeof(key) || ngx_tolower(byte) != key[n])
            return false;
    }
    return n == sizeof(key);
}

static bool continues_with(const u_char *at, const u_char *end, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(end - at) >= len && memcmp(at, word, len) == 0;
}

/* A quote may be in a value, too. The log's own is the last of its line, or has one of nginx' words behind it. */
static bool is_closing_quote(const u_char *at, const u_char *end)
{
    static const char *const behind[] = {"\n",
                                         "\r",
                                         ", client: ",
                                         ", server: ",
                                         ", request: \"",
                                         ", subrequest: \"",
                                         ", upstream: \"",
                                         ", host: \"",
                                         ", referrer: \"",
                                         ", args: \"",
                                         " while "};
    if (*at != '"')
        return false;
    for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
        if (continues_with(at + 1, end, behind[i]))
            return true;
    return at + 1 == end;
}

/* Where a request's line says its version, and ends. A space may be in a value that nginx refuses. */
static bool is_version(const u_char *at, const u_char *end)
{
    if (!continues_with(at, end, " HTTP/"))
        return false;
    for (at += 6; at < end && ((*at >= '0' && *at <= '9') || *at == '.');)
        at++;
    return at == end || is_closing_quote(at, end);
}

static bool ends_value(const u_char *at, const u_char *end)
{
    return *at == '&' || *at == LF || *at == CR || is_closing_quote(at, end) || is_version(at, end);
}

void mask_keys(u_char *text, size_t len)
{
    const u_char *name = text, *end = text + len;
    for (u_char *at = text; at < end; at++) {
        if (*at == '?' || *at == '&' || *at == '"' || *at == ' ')
            name = at + 1;
        if (*at != '=' || !names_a_key(name, (size_t)(at - name)))
            continue;
        while (at + 1 < end && !ends_value(at + 1, end))
            *++at = '*';
    }
}

/* --- the log ----------------------------------------------------------------------------------------------------- */

/* log->wdata: the log as it was, where it has a writer of its own (syslog, memory); else NULL. */
static void write_masked(ngx_log_t *log, ngx_uint_t level, u_char *text, size_t len)
{
    ngx_log_t *original = log->wdata;
    mask_keys(text, len);
    if (original != NULL)
        original->writer(original, level, text, len);
    else
        (void)ngx_write_fd(log->file->fd, text, len);
}

static void put_before_writer(ngx_log_t *log)
{
    ngx_log_t *original = NULL;
    if (log->writer != NULL) {
        original = malloc(sizeof(*original));
        if (original == NULL)
            error_out_of_memory();
        *original = *log;
    }
    log->wdata = original;
    log->writer = write_masked;
}

void mask_log(ngx_log_t *log)
{
    for (; log != NULL; log = log->next)
        if (log->writer != write_masked)
            put_before_writer(log);
}
