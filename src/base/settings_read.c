/* Assignments of settings: from a file, which libinih takes apart, and of --set. What a row takes is settings.c's. */
#include <errno.h>
#include <ini.h>
#include <string.h>

#include "stockfold/base/nearest.h"
#include "stockfold/base/secrets.h"
#include "stockfold/base/settings.h"

static const struct settings_part *find_part(const struct settings_part *parts, const char *section)
{
    for (const struct settings_part *part = parts; part->section != NULL; part++)
        if (strcmp(part->section->name, section) == 0)
            return part;
    return NULL;
}

static const struct setting *find_row(const struct settings_section *section, const char *key)
{
    for (size_t i = 0; i < section->rows_n; i++)
        if (strcmp(section->rows[i].key, key) == 0)
            return &section->rows[i];
    return NULL;
}

enum { NAME_MAX_BYTES = 128, EXPECTATION_MAX = 160 };

/* setting_expectation() as text. */
static void describe_expectation(const struct setting *row, char ret_text[EXPECTATION_MAX])
{
    FILE *out = fmemopen(ret_text, EXPECTATION_MAX, "w");
    if (out == NULL)
        error_out_of_memory();
    setting_expectation(row, out);
    fclose(out);
}

static int refuse_unknown(const struct settings_part *parts, const char *section, const char *key, struct error *error)
{
    char wanted[NAME_MAX_BYTES], known[NAME_MAX_BYTES], expectation[EXPECTATION_MAX];
    snprintf(wanted, sizeof(wanted), "%s.%s", section, key);
    struct nearest nearest = {.wanted = wanted};
    const struct setting *nearest_row = NULL;
    for (const struct settings_part *part = parts; part->section != NULL; part++)
        for (size_t i = 0; i < part->section->rows_n; i++) {
            snprintf(known, sizeof(known), "%s.%s", part->section->name, part->section->rows[i].key);
            if (nearest_offer(&nearest, known))
                nearest_row = &part->section->rows[i];
        }
    describe_expectation(nearest_row, expectation);
    return error_set(error, ERROR_USAGE, "unknown setting %s; the nearest known one is %s (%s)", wanted, nearest.word,
                     expectation);
}

/* An open section says itself why it takes no value; not with the value, where that is nobody's business. */
static int take_in_open_section(const struct settings_part *part, void *own, const char *key, const char *written,
                                const char *value, struct error *error)
{
    struct error reason = {0};
    if (part->section->take(own, key, value, &reason) == 0)
        return 0;
    if ((secrets_named(key) || strcmp(written, value) != 0) && strstr(reason.text, value) != NULL)
        return error_set(error, reason.code, "%s.%s does not take that value", part->section->name, key);
    return error_set(error, reason.code, "%s", reason.text);
}

/* `written` is what stands there, for messages; `value` what it means. */
static int assign_setting(const struct settings_part *parts, void *values, const char *section, const char *key,
                          const char *written, const char *value, struct error *error)
{
    const struct settings_part *part = find_part(parts, section);
    if (part == NULL)
        return refuse_unknown(parts, section, key, error);
    void *own = (char *)values + part->offset;
    if (part->section->take != NULL)
        return take_in_open_section(part, own, key, written, value, error);
    const struct setting *row = find_row(part->section, key);
    if (row == NULL)
        return refuse_unknown(parts, section, key, error);
    if (setting_assign(row, value, own))
        return 0;
    char expectation[EXPECTATION_MAX], masked[MASKED_MAX];
    describe_expectation(row, expectation);
    secrets_mask(written, masked);
    return error_set(error, ERROR_USAGE, "%s.%s = %.80s: expected %s", section, key, masked, expectation);
}

static int apply_setting(const struct settings_part *parts, void *values, const char *section, const char *key,
                         const char *written, struct error *error)
{
    struct buffer value;
    struct error reason = {0};
    buffer_init(&value);
    int code = secrets_expand(written, &value, &reason);
    if (code != 0)
        error_set(error, reason.code, "%s.%s: %s", section, key, reason.text);
    else
        code = assign_setting(parts, values, section, key, written, value.data, error);
    buffer_done(&value);
    return code;
}

int settings_set(const struct settings_part *parts, void *values, const char *assignment, struct error *error)
{
    const char *dot = strchr(assignment, '.'), *equals = strchr(assignment, '=');
    char masked[MASKED_MAX];
    secrets_mask(assignment, masked);
    if (dot == NULL || equals == NULL || dot > equals)
        return error_set(error, ERROR_USAGE, "--set %s: expected SECTION.KEY=VALUE", masked);
    char section[NAME_MAX_BYTES], key[NAME_MAX_BYTES];
    snprintf(section, sizeof(section), "%.*s", (int)(dot - assignment), assignment);
    snprintf(key, sizeof(key), "%.*s", (int)(equals - dot - 1), dot + 1);
    struct error reason = {0};
    if (apply_setting(parts, values, section, key, equals + 1, &reason) == 0)
        return 0;
    return error_set(error, reason.code, "--set: %s", reason.text);
}

/* --- the file --------------------------------------------------------------------------------------------------- */

enum { LINE_MAX_BYTES = 4096 };

struct reading {
    const struct settings_part *parts;
    void *values;
    const char *path;
    int line;
    FILE *file;
    struct error *error;
};

static int refuse_line(const struct reading *reading, const char *reason)
{
    return error_set(reading->error, ERROR_USAGE, "%s:%d: %s", reading->path, reading->line, reason);
}

/* libinih's fgets: counts lines, and takes indented ones for what they look like. */
static char *read_file_line(char *line, int size, void *context)
{
    struct reading *reading = context;
    char *text = fgets(line, size, reading->file);
    if (text == NULL)
        return NULL;
    reading->line++;
    if (strchr(text, '\n') == NULL && !feof(reading->file)) {
        refuse_line(reading, "the line is longer than 4,000 bytes");
        return NULL;
    }
    size_t indent = strspn(text, " \t");
    memmove(text, text + indent, strlen(text + indent) + 1);
    return text;
}

static int take_line(void *context, const char *section, const char *key, const char *value)
{
    const struct reading *reading = context;
    struct error reason = {0};
    if (apply_setting(reading->parts, reading->values, section, key, value, &reason) == 0)
        return 1;
    refuse_line(reading, reason.text);
    return 0;
}

static int cannot_read(const char *path, struct error *error)
{
    return error_set(error, ERROR_USAGE, "cannot read configuration %s: %s", path, strerror(errno));
}

static int parse_file(struct reading *reading)
{
    ini_use_stack = false;
    ini_max_line = LINE_MAX_BYTES;
    ini_allow_multiline = false;       /* an indented line is a setting, not the rest of the one before */
    ini_allow_inline_comments = false; /* values reach librdkafka unchanged */
    ini_stop_on_first_error = true;
    int failed = ini_parse_stream(read_file_line, reading, take_line, reading);
    if (reading->error->code != ERROR_NONE)
        return reading->error->code;
    if (ferror(reading->file))
        return cannot_read(reading->path, reading->error);
    return failed == 0 ? 0 : refuse_line(reading, "expected [section], key = value, or a comment");
}

int settings_read(const struct settings_part *parts, void *values, const char *path, struct error *error)
{
    struct reading reading = {.parts = parts, .values = values, .path = path, .error = error};
    reading.file = fopen(path, "r");
    if (reading.file == NULL)
        return cannot_read(path, error);
    int code = parse_file(&reading);
    fclose(reading.file);
    return code;
}
