/* The manual: pages in Markdown, which `stockfold help` prints and `stockfold man` makes roff of. Two of them are written
 * from the tables of commands and settings (manual_tables.c); the others lie in src/cli/manual, with tables between
 * markers that `stockfold reference` gives and a test holds them to. */
#ifndef STOCKFOLD_SRC_CLI_MANUAL_H
#define STOCKFOLD_SRC_CLI_MANUAL_H

#include <stdio.h>

#include "stockfold/base/error.h"
#include "stockfold/core/str.h"

struct manual_page {
    const char *name;  /* as the commands take it: "events" */
    const char *title; /* as man does: "stockfold-events" */
    int section;       /* of man */
    const char *summary;
    void (*write)(FILE *out); /* NULL: it is `text` */
    const struct str *text;
};

extern const struct manual_page manual_pages[];
extern const size_t manual_pages_n;

/* NULL: there is none of this name. */
const struct manual_page *manual_find(const char *name);
/* The name of the page that may have been meant; NULL: none is near. */
const char *manual_nearest(const char *name);

/* The page as Markdown, without comments. */
void manual_print(const struct manual_page *page, FILE *out);
/* The page as roff. */
void manual_print_roff(const struct manual_page *page, FILE *out);

/* Pages that follow from the tables. */
void manual_write_commands(FILE *out);
void manual_write_settings(FILE *out);

/* What the program is, in a sentence. */
extern const char program_summary[];

enum { EXIT_STATUSES = 5 };
extern const char *const exit_status_texts[EXIT_STATUSES];

#endif
