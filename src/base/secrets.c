/* Responsible for: the environment's part of a value, and the part that no message shows. */
#include "stockfold/base/secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VARIABLE_MAX = 128 };

/* The length of "${NAME}" at the beginning; 0: there is none. */
static size_t variable_at(const char *text, char ret_name[VARIABLE_MAX])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    if (text[0] != '$' || text[1] != '{')
        return 0;
    size_t len = strspn(text + 2, letters);
    if (len == 0 || len >= VARIABLE_MAX || text[2 + len] != '}')
        return 0;
    memcpy(ret_name, text + 2, len);
    ret_name[len] = '\0';
    return len + 3;
}

int secrets_expand(const char *value, struct buffer *out, struct error *error)
{
    char name[VARIABLE_MAX];
    while (*value != '\0') {
        size_t len = variable_at(value, name);
        if (len == 0) {
            bool literal = strncmp(value, "$${", 3) == 0;
            buffer_add(out, literal ? "${" : value, literal ? 2 : 1);
            value += literal ? 3 : 1;
            continue;
        }
        const char *text = getenv(name);
        if (text == NULL)
            return error_set(error, ERROR_USAGE, "the environment has no variable %s", name);
        buffer_add(out, text, strlen(text));
        value += len;
    }
    buffer_add_byte(out, '\0');
    return 0;
}

void secrets_mask(const char *value, char ret_text[MASKED_MAX])
{
    const char *scheme = strstr(value, "://"), *login = scheme == NULL ? value : scheme + 3;
    const char *at = strrchr(login, '@'), *colon = strchr(login, ':');
    if (at == NULL || colon == NULL || colon > at)
        snprintf(ret_text, MASKED_MAX, "%s", value);
    else
        snprintf(ret_text, MASKED_MAX, "%.*s***%s", (int)(colon + 1 - value), value, at);
}

bool secrets_named(const char *key)
{
    static const char *const words[] = {"password", "secret", "token", "jaas", "key.pem", "oauthbearer.config"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasestr(key, words[i]) != NULL)
            return true;
    return false;
}
