/* The table of the manual's pages, and printing one. */
#include "manual.h"

#include <stdlib.h>
#include <string.h>

#include "roff.h"
#include "stockfold/base/nearest.h"

static const unsigned char events_page[] = {
#include "manual_events.inc"
};
static const unsigned char http_page[] = {
#include "manual_http.inc"
};
static const unsigned char recipes_page[] = {
#include "manual_recipes.inc"
};

static const struct str events_text = {(const char *)events_page, sizeof(events_page)};
static const struct str http_text = {(const char *)http_page, sizeof(http_page)};
static const struct str recipes_text = {(const char *)recipes_page, sizeof(recipes_page)};

const struct manual_page manual_pages[] = {
    {"stockfold", "stockfold", 1, "one exact view of stock: commands and options", manual_write_commands, NULL},
    {"conf", "stockfold.conf", 5, "the settings of Stockfold", manual_write_settings, NULL},
    {"events", "stockfold-events", 5, "what Stockfold reads: events, items, nodes; and its records", NULL,
     &events_text},
    {"http", "stockfold-http", 7, "what Stockfold answers over HTTP", NULL, &http_text},
    {"recipes", "stockfold-recipes", 7, "going live, history, closing, renaming, reconciling", NULL, &recipes_text},
};
const size_t manual_pages_n = sizeof(manual_pages) / sizeof(manual_pages[0]);

const struct manual_page *manual_find(const char *name)
{
    for (size_t i = 0; i < manual_pages_n; i++)
        if (strcmp(manual_pages[i].name, name) == 0 || strcmp(manual_pages[i].title, name) == 0)
            return &manual_pages[i];
    return NULL;
}

const char *manual_nearest(const char *name)
{
    struct nearest nearest = {.wanted = name};
    const char *meant = NULL;
    for (size_t i = 0; i < manual_pages_n; i++)
        if (nearest_offer(&nearest, manual_pages[i].name))
            meant = manual_pages[i].name;
    return nearest_is_near(&nearest) ? meant : NULL;
}

/* The page's Markdown in memory, for the caller to free. */
static char *page_markdown(const struct manual_page *page, size_t *ret_len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, ret_len);
    if (out == NULL)
        error_out_of_memory();
    if (page->write != NULL)
        page->write(out);
    else
        fwrite(page->text->data, 1, page->text->len, out);
    if (fclose(out) != 0)
        error_out_of_memory();
    return text;
}

void manual_print(const struct manual_page *page, FILE *out)
{
    size_t len;
    char *text = page_markdown(page, &len);
    for (const char *line = text; line < text + len;) {
        size_t line_len = strcspn(line, "\n") + 1;
        if (strncmp(line, "<!--", 4) != 0)
            fwrite(line, 1, line_len, out);
        line += line_len;
    }
    free(text);
}

void manual_print_roff(const struct manual_page *page, FILE *out)
{
    size_t len;
    char *text = page_markdown(page, &len);
    struct buffer roff;
    buffer_init(&roff);
    roff_write((struct str){text, len}, &roff);
    fprintf(out, ".TH \"%s\" %d \"\" \"stockfold %s\"\n.SH NAME\n%s \\- %s\n.SH DESCRIPTION\n", page->title,
            page->section, STOCKFOLD_VERSION, page->title, page->summary);
    fwrite(roff.data, 1, roff.len, out);
    buffer_done(&roff);
    free(text);
}
