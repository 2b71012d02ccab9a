/* Addresses of servers: redis://, rediss:// and unix://. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/store/link.h"

enum { PORT_DEFAULT = 6379, PORT_MAX = 65535, DB_MAX = 65535 };

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c == '\0' ? NULL : strchr(digits, c | ('a' ^ 'A'));
    return at == NULL ? -1 : (int)(at - digits);
}

/* Copies `len` bytes with percent-escapes undone. False: too long, or an escape that is none. */
static bool copy_unescaped(const char *from, size_t len, char *ret_text, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char byte = from[i];
        if (byte == '%') {
            int high = i + 2 < len ? hex_digit(from[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(from[i + 2]);
            if (low < 0)
                return false;
            byte = (char)(high * 16 + low);
            i += 2;
        }
        if (used + 1 >= room)
            return false;
        ret_text[used++] = byte;
    }
    ret_text[used] = '\0';
    return true;
}

static bool parse_address_number(const char *text, size_t len, int max, int *ret_number)
{
    int number = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
        if (number > max)
            return false;
    }
    *ret_number = number;
    return len > 0;
}

/* "user:password", "user" or ":password" */
static bool parse_login(const char *text, size_t len, struct link_address *address)
{
    const char *colon = memchr(text, ':', len);
    size_t user_len = colon == NULL ? len : (size_t)(colon - text);
    if (!copy_unescaped(text, user_len, address->user, sizeof(address->user)))
        return false;
    return colon == NULL || copy_unescaped(colon + 1, len - user_len - 1, address->password, sizeof(address->password));
}

/* "host", "host:port", "[v6]" or "[v6]:port" */
static bool parse_host(const char *text, size_t len, struct link_address *address)
{
    const char *host = text, *host_end, *end = text + len;
    if (len > 0 && text[0] == '[') {
        host = text + 1;
        host_end = memchr(text, ']', len);
        if (host_end == NULL)
            return false;
        text = host_end + 1;
    } else {
        host_end = memchr(text, ':', len);
        host_end = host_end == NULL ? end : host_end;
        text = host_end;
    }
    if (host_end == host || !copy_unescaped(host, (size_t)(host_end - host), address->host, sizeof(address->host)))
        return false;
    if (text == end)
        return true;
    return *text == ':' && parse_address_number(text + 1, (size_t)(end - text) - 1, PORT_MAX, &address->port);
}

/* "path" or "path?db=N" */
static bool parse_path(const char *text, struct link_address *address)
{
    static const char db[] = "?db=";
    size_t len = strcspn(text, "?");
    if (text[0] != '/' || !copy_unescaped(text, len, address->path, sizeof(address->path)))
        return false;
    if (text[len] == '\0')
        return true;
    const char *number = text + len + sizeof(db) - 1;
    return strncmp(text + len, db, sizeof(db) - 1) == 0 &&
           parse_address_number(number, strlen(number), DB_MAX, &address->db);
}

/* Behind the scheme. */
static bool parse_rest(const char *text, bool path, struct link_address *address)
{
    size_t authority_len = strcspn(text, "/");
    const char *slash = text + authority_len, *at = memrchr(text, '@', authority_len);
    if (at != NULL && !parse_login(text, (size_t)(at - text), address))
        return false;
    const char *host = at == NULL ? text : at + 1;
    if (path)
        return host == slash && parse_path(slash, address);
    if (!parse_host(host, (size_t)(slash - host), address))
        return false;
    return slash[0] == '\0' || slash[1] == '\0' ||
           parse_address_number(slash + 1, strlen(slash + 1), DB_MAX, &address->db);
}

static const struct scheme {
    const char *text;
    bool tls, path;
} schemes[] = {{"redis://", false, false}, {"rediss://", true, false}, {"unix://", false, true}};

int link_address_parse(const char *url, struct link_address *ret_address, struct error *error)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i].text);
        *ret_address = (struct link_address){.port = PORT_DEFAULT, .tls = schemes[i].tls};
        if (strncmp(url, schemes[i].text, len) == 0 && parse_rest(url + len, schemes[i].path, ret_address))
            return 0;
    }
    return error_set(error, ERROR_USAGE,
                     "not a Redis address: expected redis://[user:password@]host[:port][/db], rediss:// for TLS, or "
                     "unix://[user:password@]/path[?db=N]");
}

void link_address_name(const struct link_address *address, char ret_name[LINK_NAME_MAX])
{
    bool v6 = strchr(address->host, ':') != NULL;
    if (address->path[0] != '\0')
        snprintf(ret_name, LINK_NAME_MAX, "unix:%s", address->path);
    else
        snprintf(ret_name, LINK_NAME_MAX, "%s%s%s:%d", v6 ? "[" : "", address->host, v6 ? "]" : "", address->port);
}
