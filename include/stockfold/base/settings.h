/* Settings: an INI file read by tables of rows, each of which says where a value goes, what it may be and what it is
 * for.
 *
 * A layer declares sections of rows over its own config struct. A program composes the sections that it reads into
 * parts, ended by one without a section, and says where in its values each part's struct lies. An unknown section or
 * key is an error; a section that is another program's is passed over by name: {"fold", .take = settings_pass_over}. */
#ifndef STOCKFOLD_BASE_SETTINGS_H
#define STOCKFOLD_BASE_SETTINGS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "stockfold/base/error.h"

enum setting_type {
    SETTING_TEXT,     /* const char *: a copy that settings_done() frees */
    SETTING_NUMBER,   /* this and the next two: an integer of 32 or 64 bits */
    SETTING_DURATION, /* in milliseconds */
    SETTING_BYTES,
    SETTING_OWN, /* whatever `accepts` makes of it, without memory of its own */
};

struct setting {
    const char *key;
    enum setting_type type;
    const char *initial;  /* as one would write it */
    int64_t min, max;     /* of integers */
    size_t offset, size;  /* of its field: SETTING_FIELD */
    const char *help;     /* a sentence */
    const char *expected; /* what `accepts` takes, in words */
    /* Whether text is a value; NULL: any is. Of SETTING_OWN it fills the field too. */
    bool (*accepts)(const char *value, void *ret_field);
};

#define SETTING_FIELD(type, field) .offset = offsetof(type, field), .size = sizeof(((type *)NULL)->field)

enum { SETTING_SECOND = 1000, SETTING_MINUTE = 60 * SETTING_SECOND, SETTING_HOUR = 60 * SETTING_MINUTE };
#define SETTING_DAY (INT64_C(24) * SETTING_HOUR)

/* Takes an assignment of an open section. ERROR_USAGE names the setting; where it stands is put before it. */
typedef int settings_take_fn(void *values, const char *key, const char *value, struct error *error);

struct settings_section {
    const char *name, *help;
    const struct setting *rows;
    size_t rows_n;
    settings_take_fn *take; /* an open section: any key, its rows being defaults and documentation; else NULL */
};

#define SETTINGS_ROWS(table) .rows = (table), .rows_n = sizeof(table) / sizeof((table)[0])

/* A section, and where the struct of its rows lies in the values. */
struct settings_part {
    const struct settings_section *section;
    size_t offset;
};

/* The `take` of a section that is not this program's. */
int settings_pass_over(void *values, const char *key, const char *value, struct error *error);

/* Defaults, into values that are all zero. */
void settings_init(const struct settings_part *parts, void *values);
/* Frees texts; what an open section took is its owner's to free. */
void settings_done(const struct settings_part *parts, void *values);

/* Reads a file over what is there. ERROR_USAGE names file, line, key, what was expected and, of an unknown key, the
 * nearest known one, if one is near. A key that stands twice and a comment behind a value are errors. */
int settings_read(const struct settings_part *parts, void *values, const char *path, struct error *error) WARN_UNUSED;
/* One --set, SECTION.KEY=VALUE. */
int settings_set(const struct settings_part *parts, void *values, const char *assignment,
                 struct error *error) WARN_UNUSED;

/* The commented file: every section and row, defaults commented out. */
void settings_print(const struct settings_part *parts, FILE *out);

/* --- one row ---------------------------------------------------------------------------------------------------- */

/* Puts the value into its field; false, and nothing changed, when the row does not take it. */
bool setting_assign(const struct setting *row, const char *value, void *values);
/* A number as one would write it, in the largest unit that leaves no fraction: 3d, 64MiB. */
enum { SETTING_NUMBER_MAX = 32 };
void setting_number_text(enum setting_type type, int64_t number, char ret_text[SETTING_NUMBER_MAX]);
/* What values a row takes: "a duration such as 500ms, 10s, 15m, 72h or 3d, from 1m to 90d". */
void setting_expectation(const struct setting *row, FILE *out);

#endif
