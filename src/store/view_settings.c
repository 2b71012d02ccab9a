/* The settings of a view: where it is, and how it is laid out. */
#include "stockfold/store/view_settings.h"

#include <stdio.h>
#include <string.h>

#include "stockfold/store/view.h"

#define AT(field) SETTING_FIELD(struct view_config, field)

static bool accepts_address(const char *value, void *ret_field)
{
    struct link_address address;
    struct error error = {0};
    if (link_address_parse(value, &address, &error) != 0)
        return false;
    *(struct link_address *)ret_field = address;
    return true;
}

/* The first line, without its end. */
static bool accepts_password_file(const char *value, void *ret_field)
{
    char line[LINK_SECRET_MAX + 2] = "";
    FILE *file = strcmp(value, "none") == 0 ? NULL : fopen(value, "r");
    bool read = file != NULL && fgets(line, sizeof(line), file) != NULL;
    if (file != NULL)
        fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    if (strlen(line) >= LINK_SECRET_MAX || (file == NULL) != (strcmp(value, "none") == 0) || (file != NULL && !read))
        return false;
    strcpy(ret_field, line);
    return true;
}

static bool accepts_yes_or_no(const char *value, void *ret_field)
{
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0)
        return false;
    *(bool *)ret_field = yes;
    return true;
}

/* A file or name of struct link_tls; a word for none of one's own leaves it empty. */
static bool copy_unless(const char *word, const char *value, char *ret_field)
{
    if (strlen(value) >= LINK_FILE_MAX)
        return false;
    strcpy(ret_field, strcmp(value, word) == 0 ? "" : value);
    return true;
}

static bool accepts_ca_file(const char *value, void *ret_field)
{
    return copy_unless("system", value, ret_field);
}

static bool accepts_pem_file(const char *value, void *ret_field)
{
    return copy_unless("none", value, ret_field);
}

static bool accepts_host_name(const char *value, void *ret_field)
{
    return copy_unless("host", value, ret_field);
}

static const struct setting redis_rows[] = {
    {"url", SETTING_OWN, "redis://127.0.0.1:6379/0", AT(address),
     "The server that holds the view; percent-escapes in user and password. rediss:// is TLS.",
     "redis://[user:password@]host[:port][/db], rediss://..., or unix://[user:password@]/path[?db=N]", accepts_address},
    {"password_file", SETTING_OWN, "none", AT(password),
     "A file whose first line is the password, in place of one in the url; read once, at start.",
     "a file that can be read, its first line of at most 255 bytes, or none", accepts_password_file},
    {"tls_ca_file", SETTING_OWN, "system", AT(tls.ca_file),
     "With rediss://: the authorities that may have signed the server's certificate (PEM).",
     "a file, or system for those that the system trusts", accepts_ca_file},
    {"tls_verify", SETTING_OWN, "yes", AT(tls.verify),
     "With rediss://: whether the server's certificate is verified. With no, anybody may answer.", "yes or no",
     accepts_yes_or_no},
    {"tls_server_name", SETTING_OWN, "host", AT(tls.name),
     "With rediss://: whose certificate is expected, and named in the hello (SNI).", "a name, or host for the url's",
     accepts_host_name},
    {"tls_cert_file", SETTING_OWN, "none", AT(tls.cert_file),
     "With rediss://: a certificate of one's own, where the server asks for one (PEM).", "a file, or none",
     accepts_pem_file},
    {"tls_key_file", SETTING_OWN, "none", AT(tls.key_file), "Its key (PEM).", "a file, or none", accepts_pem_file},
    {"timeout", SETTING_DURATION, "5s", 100, 10 * SETTING_MINUTE, AT(timeout_ms),
     "How long to wait for a connection, and one-shot commands for an answer."},
};

const struct settings_section redis_section = {"redis", "Where the view is.", SETTINGS_ROWS(redis_rows)};

static const struct setting view_rows[] = {
    {"prefix", SETTING_TEXT, "sf", AT(prefix), "What every key of the view begins with."},
    {"shards", SETTING_NUMBER, "64", 1, VIEW_SHARDS_MAX, AT(shards),
     "Parts that the view is divided into. Fixed when the view is created."},
    {"buckets", SETTING_NUMBER, "1", 1, 1024, AT(buckets),
     "Hashes that one item's nodes are spread over; more for items at many hundred nodes. Fixed when the view is "
     "created."},
};

const struct settings_section view_section = {"view", "How the view is laid out.", SETTINGS_ROWS(view_rows)};
