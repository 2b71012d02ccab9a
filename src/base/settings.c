/* Rows of settings: what values they take, their defaults, and the commented file. Assignments are settings_read.c's.
 */
#include "stockfold/base/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/unconst.h"

struct unit {
    const char *name;
    int64_t size;
};

/* The largest first. */
static const struct unit durations[] = {{"d", SETTING_DAY},    {"h", SETTING_HOUR}, {"m", SETTING_MINUTE},
                                        {"s", SETTING_SECOND}, {"ms", 1},           {NULL, 0}};
static const struct unit sizes[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}, {NULL, 0}};
static const struct unit plain[] = {{"", 1}, {NULL, 0}};

static bool is_integer(const struct setting *row)
{
    return row->type != SETTING_TEXT && row->type != SETTING_OWN;
}

static const struct unit *units_of(enum setting_type type)
{
    return type == SETTING_DURATION ? durations : type == SETTING_BYTES ? sizes : plain;
}

static bool parse_setting_number(const struct setting *row, const char *value, int64_t *ret_number)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (end == value || errno != 0)
        return false;
    for (const struct unit *unit = units_of(row->type); unit->name != NULL; unit++)
        if (strcmp(end, unit->name) == 0)
            return !__builtin_mul_overflow((int64_t)number, unit->size, ret_number) && *ret_number >= row->min &&
                   *ret_number <= row->max;
    return false;
}

static bool assign_number(const struct setting *row, const char *value, void *field)
{
    int64_t number;
    if (!parse_setting_number(row, value, &number))
        return false;
    int32_t narrow = (int32_t)number; /* the row's bounds are within its field's */
    memcpy(field, row->size == sizeof(narrow) ? (void *)&narrow : (void *)&number, row->size);
    return true;
}

static void assign_text(const char *value, const char **field)
{
    char *copy = strdup(value);
    if (copy == NULL)
        error_out_of_memory();
    free(unconst(*field));
    *field = copy;
}

static void *find_field(const struct setting *row, void *values)
{
    return (char *)values + row->offset;
}

bool setting_assign(const struct setting *row, const char *value, void *values)
{
    void *field = find_field(row, values);
    if (is_integer(row))
        return assign_number(row, value, field);
    if (value[0] == '\0' || (row->accepts != NULL && !row->accepts(value, field)))
        return false;
    if (row->type == SETTING_TEXT)
        assign_text(value, field);
    return true;
}

/* --- what a row takes ------------------------------------------------------------------------------------------- */

void setting_number_text(enum setting_type type, int64_t number, char ret_text[SETTING_NUMBER_MAX])
{
    const struct unit *unit = units_of(type);
    while (unit[1].name != NULL && (number % unit->size != 0 || number == 0))
        unit++;
    snprintf(ret_text, SETTING_NUMBER_MAX, "%" PRId64 "%s", number / unit->size, unit->name);
}

void setting_expectation(const struct setting *row, FILE *out)
{
    static const char *const words[] = {
        [SETTING_NUMBER] = "a whole number",
        [SETTING_DURATION] = "a duration such as 500ms, 10s, 15m, 72h or 3d",
        [SETTING_BYTES] = "a size such as 512KiB, 64MiB or 2GiB",
    };
    if (!is_integer(row)) {
        fputs(row->expected == NULL ? "text" : row->expected, out);
        return;
    }
    char min[SETTING_NUMBER_MAX], max[SETTING_NUMBER_MAX];
    setting_number_text(row->type, row->min, min);
    setting_number_text(row->type, row->max, max);
    fprintf(out, "%s, from %s to %s", words[row->type], min, max);
}

/* --- all rows --------------------------------------------------------------------------------------------------- */

void settings_init(const struct settings_part *parts, void *values)
{
    for (const struct settings_part *part = parts; part->section != NULL; part++) {
        const struct settings_section *section = part->section;
        void *own = (char *)values + part->offset;
        for (const struct setting *row = section->rows; row != section->rows + section->rows_n; row++) {
            struct error error = {0};
            bool taken = section->take == NULL ? setting_assign(row, row->initial, own)
                                               : section->take(own, row->key, row->initial, &error) == 0;
            if (!taken)
                abort(); /* a default that its own row does not take */
        }
    }
}

void settings_done(const struct settings_part *parts, void *values)
{
    for (const struct settings_part *part = parts; part->section != NULL; part++) {
        const struct settings_section *section = part->section;
        for (size_t i = 0; i < section->rows_n && section->take == NULL; i++)
            if (section->rows[i].type == SETTING_TEXT)
                free(*(char **)find_field(&section->rows[i], (char *)values + part->offset));
    }
}

int settings_pass_over(void *values, const char *key, const char *value, struct error *error)
{
    (void)values, (void)key, (void)value, (void)error;
    return 0;
}

/* --- the commented file ----------------------------------------------------------------------------------------- */

enum { COMMENT_COLUMNS = 100 };

/* Words of `text` as comment lines. */
static void print_comment(const char *text, FILE *out)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > 0 && column + 1 + len > COMMENT_COLUMNS) {
            fputc('\n', out);
            column = 0;
        }
        if (column == 0)
            fputc('#', out);
        fprintf(out, " %.*s", (int)len, text);
        column += len + 1;
        text += len + strspn(text + len, " ");
    }
    fputc('\n', out);
}

static void print_row(const struct setting *row, FILE *out)
{
    fputc('\n', out);
    print_comment(row->help, out);
    if (is_integer(row) || row->expected != NULL) {
        fputs("# Takes ", out);
        setting_expectation(row, out);
        fputs(".\n", out);
    }
    fprintf(out, "; %s = %s\n", row->key, row->initial);
}

void settings_print(const struct settings_part *parts, FILE *out)
{
    for (const struct settings_part *part = parts; part->section != NULL; part++) {
        fputc('\n', out);
        print_comment(part->section->help, out);
        fprintf(out, "[%s]\n", part->section->name);
        for (size_t i = 0; i < part->section->rows_n; i++)
            print_row(&part->section->rows[i], out);
    }
}
