/* `stockfold config --effective`: each setting as it holds, with where it comes from. Not responsible for what a value
 * means: files and --set are read as ever, into lists of texts. */
#include "effective.h"

#include <stdlib.h>
#include <string.h>

#include "stockfold/base/secrets.h"

enum { SECTIONS_MAX = 16 };

/* A setting that somebody gave. */
struct given {
    struct given *next;
    char *key, *value;
    bool from_set; /* by --set; else in the file */
};

/* One section's, the newest first. */
struct section_given {
    struct given *first;
    bool from_set; /* of what is taken now */
};

struct effective {
    struct section_given sections[SECTIONS_MAX];
    struct settings_section takers[SECTIONS_MAX]; /* named as the program's, each taking whatever comes */
    struct settings_part parts[SECTIONS_MAX + 1];
};

static int note_given(void *values, const char *key, const char *value, struct error *error)
{
    struct section_given *section = values;
    struct given *given = malloc(sizeof(*given));
    (void)error;
    if (given == NULL)
        error_out_of_memory();
    *given = (struct given){
        .next = section->first, .key = strdup(key), .value = strdup(value), .from_set = section->from_set};
    if (given->key == NULL || given->value == NULL)
        error_out_of_memory();
    section->first = given;
    return 0;
}

static void effective_init(struct effective *effective)
{
    *effective = (struct effective){.parts = {{NULL, 0}}};
    for (size_t i = 0; settings_parts[i].section != NULL; i++) {
        if (i == SECTIONS_MAX)
            abort();
        effective->takers[i] = (struct settings_section){.name = settings_parts[i].section->name, .take = note_given};
        effective->parts[i] = (struct settings_part){&effective->takers[i], i * sizeof(effective->sections[0])};
    }
}

static void effective_done(struct effective *effective)
{
    for (size_t i = 0; i < SECTIONS_MAX; i++)
        for (struct given *given = effective->sections[i].first, *next; given != NULL; given = next) {
            next = given->next;
            free(given->key);
            free(given->value);
            free(given);
        }
}

/* Reads once more what settings_load() has found to be right. */
static int gather_given(struct effective *effective, const struct invocation *invocation, const char *file,
                        struct error *error)
{
    int code = file == NULL ? 0 : settings_read(effective->parts, effective->sections, file, error);
    for (size_t i = 0; i < SECTIONS_MAX; i++)
        effective->sections[i].from_set = true;
    for (size_t i = 0; code == 0 && i < invocation->sets_n; i++)
        code = settings_set(effective->parts, effective->sections, invocation->sets[i], error);
    return code;
}

static const struct given *find_given(const struct section_given *section, const char *key)
{
    for (const struct given *given = section->first; given != NULL; given = given->next)
        if (strcmp(given->key, key) == 0)
            return given;
    return NULL;
}

/* A whole value is a secret where an open section's key says so: others' keys are known, and name files at most. */
static void print_given(const char *key, const char *value, const char *origin, bool open_section, FILE *out)
{
    char masked[MASKED_MAX];
    secrets_mask(value, masked);
    fprintf(out, "# %s\n%s = %s\n", origin, key, open_section && secrets_named(key) ? "***" : masked);
}

static void print_section(const struct settings_section *section, const struct section_given *given, FILE *out)
{
    bool open_section = section->take != NULL;
    fprintf(out, "\n[%s]\n", section->name);
    for (size_t i = 0; i < section->rows_n; i++) {
        const struct setting *row = &section->rows[i];
        const struct given *found = find_given(given, row->key);
        print_given(row->key, found == NULL ? row->initial : found->value,
                    found == NULL     ? "default"
                    : found->from_set ? "--set"
                                      : "file",
                    open_section, out);
    }
    for (const struct given *row = given->first; row != NULL && open_section; row = row->next) {
        bool is_row = find_given(given, row->key) != row; /* a later one won */
        for (size_t i = 0; i < section->rows_n; i++)
            is_row = is_row || strcmp(section->rows[i].key, row->key) == 0;
        if (!is_row)
            print_given(row->key, row->value, row->from_set ? "--set" : "file", open_section, out);
    }
}

int effective_print(const struct invocation *invocation, FILE *out, struct error *error)
{
    struct settings settings;
    struct effective effective;
    effective_init(&effective);
    int code = settings_load(invocation->config_path, invocation->sets, invocation->sets_n, &settings, error);
    if (code == 0)
        code = gather_given(&effective, invocation, settings.file, error);
    if (code == 0) {
        fprintf(out, "# The settings that hold, and where each comes from; secrets are masked.\n# file: %s\n",
                settings.file == NULL ? "none" : settings.file);
        for (size_t i = 0; settings_parts[i].section != NULL; i++)
            print_section(settings_parts[i].section, &effective.sections[i], out);
    }
    effective_done(&effective);
    settings_free(&settings);
    return code;
}
