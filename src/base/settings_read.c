/* Assignments of settings: from a file, which libinih takes apart, and of --set. What a row takes is settings.c's. */
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
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

enum { NAME_MAX_BYTES = 128, EXPECTATION_MAX = 160, NAMES_MAX = 300 };

/* setting_expectation() as text. */
static void describe_expectation(const struct setting *row, char ret_text[EXPECTATION_MAX])
{
    FILE *out = fmemopen(ret_text, EXPECTATION_MAX, "w");
    if (out == NULL)
        error_out_of_memory();
    setting_expectation(row, out);
    fclose(out);
}

/* Names of the parts, or of one section's keys: "redis, view, fold". */
static void list_names(const struct settings_part *parts, const struct settings_section *section, char *ret_text,
                       size_t room)
{
    FILE *out = fmemopen(ret_text, room, "w");
    if (out == NULL)
        error_out_of_memory();
    for (size_t i = 0; section != NULL && i < section->rows_n; i++)
        fprintf(out, "%s%s", i == 0 ? "" : ", ", section->rows[i].key);
    for (const struct settings_part *part = parts; section == NULL && part->section != NULL; part++)
        fprintf(out, "%s%s", part == parts ? "" : ", ", part->section->name);
    fclose(out);
}

/* Of a known section its keys are compared, and the same key elsewhere; else whole names. NULL: none is near. */
static const struct setting *find_meant(const struct settings_part *parts, const struct settings_part *own,
                                        const char *key, const char *wanted, const char **ret_section)
{
    struct nearest nearest = {.wanted = own == NULL ? wanted : key};
    const struct setting *meant = NULL;
    for (const struct settings_part *part = parts; part->section != NULL; part++)
        for (size_t i = 0; i < part->section->rows_n; i++) {
            const struct setting *row = &part->section->rows[i];
            char known[NAME_MAX_BYTES];
            snprintf(known, sizeof(known), "%s.%s", part->section->name, row->key);
            bool offered = own == NULL || part == own || strcmp(row->key, key) == 0;
            if (!offered || !nearest_offer(&nearest, own == NULL ? known : row->key))
                continue;
            meant = row;
            *ret_section = part->section->name;
        }
    return nearest_is_near(&nearest) ? meant : NULL;
}

static int refuse_unknown(const struct settings_part *parts, const char *section, const char *key, struct error *error)
{
    char wanted[NAME_MAX_BYTES], text[NAMES_MAX];
    const struct settings_part *own = find_part(parts, section);
    const char *meant_section = NULL;
    snprintf(wanted, sizeof(wanted), "%s.%s", section, key);
    const struct setting *meant = find_meant(parts, own, key, wanted, &meant_section);
    if (meant == NULL) {
        list_names(parts, own == NULL ? NULL : own->section, text, sizeof(text));
        return error_set(error, ERROR_USAGE, "unknown setting %s; %s%s%s %s", wanted, own == NULL ? "sections" : "[",
                         own == NULL ? "" : section, own == NULL ? " are" : "] has", text);
    }
    describe_expectation(meant, text);
    return error_set(error, ERROR_USAGE, "unknown setting %s; the nearest known one is %s.%s (%s)", wanted,
                     meant_section, meant->key, text);
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

/* A setting that the file has. */
struct seen_line {
    struct seen_line *next;
    int line;
    char name[NAME_MAX_BYTES];
};

struct reading {
    const struct settings_part *parts;
    void *values;
    const char *path;
    int line;
    FILE *file;
    struct seen_line *seen; /* the newest first */
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

/* The line that has set this before; 0: none, and this one is remembered. */
static int note_line(struct reading *reading, const char *section, const char *key)
{
    struct seen_line *line = malloc(sizeof(*line));
    if (line == NULL)
        error_out_of_memory();
    *line = (struct seen_line){.next = reading->seen, .line = reading->line};
    snprintf(line->name, sizeof(line->name), "%s.%s", section, key);
    for (const struct seen_line *earlier = reading->seen; earlier != NULL; earlier = earlier->next)
        if (strcmp(earlier->name, line->name) == 0) {
            free(line);
            return earlier->line;
        }
    reading->seen = line;
    return 0;
}

static void forget_lines(struct reading *reading)
{
    for (struct seen_line *line = reading->seen, *next; line != NULL; line = next) {
        next = line->next;
        free(line);
    }
}

/* Whether a value seems to end in a comment: behind a space, or in place of a value. */
static bool has_comment(const char *value)
{
    for (const char *c = value; *c != '\0'; c++)
        if ((*c == ';' || *c == '#') && (c == value || c[-1] == ' ' || c[-1] == '\t'))
            return true;
    return false;
}

static int take_line(void *context, const char *section, const char *key, const char *value)
{
    struct reading *reading = context;
    struct error reason = {0};
    int earlier = note_line(reading, section, key);
    if (earlier != 0)
        error_set(&reason, ERROR_USAGE, "%s.%s stands in line %d already: keep one of the two", section, key, earlier);
    else if (has_comment(value))
        error_set(&reason, ERROR_USAGE,
                  "%s.%s: a comment needs a line of its own; a value with ; or # behind a space comes from the "
                  "environment, as ${NAME}",
                  section, key);
    else if (apply_setting(reading->parts, reading->values, section, key, value, &reason) == 0)
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
    forget_lines(&reading);
    fclose(reading.file);
    return code;
}
