/* Reading and judging answers. */
#include "answer.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *head_end(const char *data, size_t len)
{
    const char *end = memmem(data, len, "\r\n\r\n", 4);
    return end == NULL ? NULL : end + 4;
}

/* The value of a header, up to the end of its line; NULL: it is not there. */
static const char *header(const char *data, const char *end, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = data; (line = memmem(line, (size_t)(end - line), "\r\n", 2)) != NULL;) {
        line += 2;
        if ((size_t)(end - line) > len + 2 && strncasecmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 2;
    }
    return NULL;
}

static bool header_is(const char *data, const char *end, const char *name, const char *value)
{
    const char *found = header(data, end, name);
    size_t len = strlen(value);
    return found != NULL && (size_t)(end - found) > len && strncasecmp(found, value, len) == 0;
}

/* The length of a chunked body; 0: it is not all there, SIZE_MAX: it is none. */
static size_t chunked_len(const char *data, size_t len)
{
    for (size_t at = 0;;) {
        const char *line_end = memmem(data + at, len - at, "\r\n", 2);
        if (line_end == NULL)
            return 0;
        char *after;
        size_t chunk = strtoul(data + at, &after, 16);
        if (after != line_end)
            return SIZE_MAX;
        at = (size_t)(line_end - data) + 2;
        if (len - at < chunk + 2)
            return 0;
        at += chunk + 2;
        if (chunk == 0)
            return at;
    }
}

static bool has_body(int status, bool to_head)
{
    return !to_head && status >= 200 && status != 204 && status != 304;
}

enum answer_state answer_read(const char *data, size_t len, bool to_head, bool at_end, struct answer *ret_answer)
{
    static const char version[] = "HTTP/1.1 ";
    size_t start = sizeof(version) - 1, body = 0;
    if (memcmp(data, version, len < start ? len : start) != 0)
        return ANSWER_BROKEN;
    const char *end = head_end(data, len);
    if (end == NULL)
        return ANSWER_CUT;
    size_t head = (size_t)(end - data);
    *ret_answer = (struct answer){.status = atoi(data + start), .closes = header_is(data, end, "Connection", "close")};
    if (!has_body(ret_answer->status, to_head)) {
        body = 0;
    } else if (header_is(data, end, "Transfer-Encoding", "chunked")) {
        body = chunked_len(end, len - head);
        if (body == 0 || body == SIZE_MAX)
            return body == 0 ? ANSWER_CUT : ANSWER_BROKEN;
    } else if (header(data, end, "Content-Length") != NULL) {
        body = strtoul(header(data, end, "Content-Length"), NULL, 10);
    } else {
        ret_answer->closes = true;
        if (!at_end)
            return ANSWER_CUT;
        body = len - head;
    }
    ret_answer->len = head + body;
    return ret_answer->len > len ? ANSWER_CUT : ANSWER_WHOLE;
}

/* --- judging ----------------------------------------------------------------------------------------------------- */

/* Of a chunked body, in place of it; the caller frees it. */
static char *joined(const char *data, size_t len, size_t *ret_len)
{
    char *bytes = malloc(len);
    *ret_len = 0;
    for (size_t at = 0; at < len;) {
        char *after;
        size_t chunk = strtoul(data + at, &after, 16);
        at = (size_t)(after - data) + 2;
        memcpy(bytes + *ret_len, data + at, chunk);
        *ret_len += chunk;
        at += chunk + 2;
    }
    return bytes;
}

static json_t *parse(const char *data, const char *end, const struct answer *answer)
{
    size_t len = answer->len - (size_t)(end - data);
    if (!header_is(data, end, "Transfer-Encoding", "chunked"))
        return json_loadb(end, len, JSON_REJECT_DUPLICATES, NULL);
    char *bytes = joined(end, len, &len);
    json_t *json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    free(bytes);
    return json;
}

static const char *problem_wrong(const json_t *json, int status)
{
    if (json_integer_value(json_object_get(json, "status")) != status)
        return "a problem of another status";
    return json_is_string(json_object_get(json, "code")) ? NULL : "a problem without code";
}

static bool is_documented(int status)
{
    static const int documented[] = {100, 200, 204, 304, 400, 404, 405, 408, 412, 413, 414, 431, 501, 503, 505};
    for (size_t i = 0; i < sizeof(documented) / sizeof(documented[0]); i++)
        if (documented[i] == status)
            return true;
    return false;
}

const char *answer_wrong(const char *data, const struct answer *answer, bool to_head)
{
    const char *end = head_end(data, answer->len), *wrong = NULL;
    bool is_problem = header_is(data, end, "Content-Type", "application/problem+json");
    bool is_text = header_is(data, end, "Content-Type", "text/plain; version");
    if (!is_documented(answer->status))
        return "a status that is not documented";
    if (answer->status >= 400 && !is_problem)
        return "a refusal that is no problem";
    if (!has_body(answer->status, to_head))
        return NULL;
    if (!is_problem && !is_text && !header_is(data, end, "Content-Type", "application/json"))
        return "an answer that is not JSON";
    if (is_text || header(data, end, "Content-Encoding") != NULL)
        return NULL;
    json_t *json = parse(data, end, answer);
    if (json == NULL)
        return "JSON that cannot be read";
    if (is_problem)
        wrong = problem_wrong(json, answer->status);
    json_decref(json);
    return wrong;
}
