/* The manual's Markdown as roff: line by line, each by its beginning.
 *
 * Responsible for the few forms that the manual uses. Not for Markdown as others write it. */
#include "roff.h"

#include <string.h>

enum { CELLS_MAX = 6, CODE_INDENT = 4 };

/* What the lines before this one opened. */
enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_CODE, BLOCK_TABLE };

struct roff {
    struct buffer *out;
    enum block block;
    struct str headings[CELLS_MAX]; /* of the table at hand */
};

static bool begins_with(struct str text, const char *with)
{
    return text.len >= strlen(with) && memcmp(text.data, with, strlen(with)) == 0;
}

static struct str cut_front(struct str text, size_t n)
{
    return (struct str){text.data + n, text.len - n};
}

static struct str cut_spaces(struct str text)
{
    while (text.len > 0 && text.data[0] == ' ')
        text = cut_front(text, 1);
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* --- characters -------------------------------------------------------------------------------------------------- */

/* A dot or an apostrophe that begins a line would be a request. */
static void write_character(struct buffer *out, char c)
{
    bool first = out->len == 0 || out->data[out->len - 1] == '\n';
    if (first && (c == '.' || c == '\''))
        buffer_add_literal(out, "\\&");
    if (c == '\\')
        buffer_add_literal(out, "\\e");
    else if (c == '-')
        buffer_add_literal(out, "\\-");
    else
        buffer_add_byte(out, c);
}

static void write_plain(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        write_character(out, text.data[i]);
}

/* A link at the beginning of `text`, as its words and, where it leads out of the manual, its target; how many bytes it
 * took, 0 if there is none. */
static size_t write_link(struct buffer *out, struct str text)
{
    const char *close = memchr(text.data, ']', text.len);
    size_t words = close == NULL ? 0 : (size_t)(close - text.data);
    if (words == 0 || words + 1 >= text.len || close[1] != '(')
        return 0;
    struct str target = cut_front(text, words + 2);
    const char *end = memchr(target.data, ')', target.len);
    if (end == NULL)
        return 0;
    target.len = (size_t)(end - target.data);
    write_plain(out, (struct str){text.data + 1, words - 1});
    if (begins_with(target, "https:")) {
        buffer_add_literal(out, " (");
        write_plain(out, target);
        buffer_add_literal(out, ")");
    }
    return words + 2 + target.len + 1;
}

/* Code and what stands between ** is bold. */
static void write_inline(struct buffer *out, struct str text)
{
    bool code = false, bold = false;
    for (size_t i = 0; i < text.len; i++) {
        struct str rest = cut_front(text, i);
        size_t link = !code && rest.data[0] == '[' ? write_link(out, rest) : 0;
        if (rest.data[0] == '`') {
            code = !code;
            buffer_add_format(out, "\\f%s", code || bold ? "B" : "R");
        } else if (!code && begins_with(rest, "**")) {
            bold = !bold;
            buffer_add_format(out, "\\f%s", bold ? "B" : "R");
            i++;
        } else if (begins_with(rest, "\\|")) {
            continue; /* a bar inside a cell */
        } else if (link > 0) {
            i += link - 1;
        } else {
            write_character(out, rest.data[0]);
        }
    }
}

/* --- tables ------------------------------------------------------------------------------------------------------ */

/* The cells between a row's bars; how many. */
static size_t split_row(struct str row, struct str ret_cells[CELLS_MAX])
{
    size_t n = 0, start = 1;
    for (size_t i = 1; i < row.len && n < CELLS_MAX; i++)
        if (row.data[i] == '|' && row.data[i - 1] != '\\') {
            ret_cells[n++] = cut_spaces((struct str){row.data + start, i - start});
            start = i + 1;
        }
    return n;
}

static void write_table_row(struct roff *roff, struct str line)
{
    struct str cells[CELLS_MAX];
    size_t n = split_row(line, cells);
    const char *between = "";
    buffer_add_literal(roff->out, ".TP\n");
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && cells[i].len == 0)
            continue;
        buffer_add(roff->out, between, strlen(between));
        if (i > 0 && roff->headings[i].len > 0) {
            write_inline(roff->out, roff->headings[i]);
            buffer_add_literal(roff->out, ": ");
        }
        write_inline(roff->out, cells[i]);
        between = i == 0 ? "\n" : "\n.br\n";
    }
    buffer_add_literal(roff->out, "\n");
}

static void write_table_line(struct roff *roff, struct str line)
{
    if (roff->block != BLOCK_TABLE) {
        memset(roff->headings, 0, sizeof(roff->headings));
        split_row(line, roff->headings);
    } else if (!begins_with(line, "|-")) {
        write_table_row(roff, line);
    }
    roff->block = BLOCK_TABLE;
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

static void end_code(struct roff *roff)
{
    if (roff->block == BLOCK_CODE)
        buffer_add_literal(roff->out, ".RE\n.fi\n");
}

static void write_code_line(struct roff *roff, struct str line)
{
    if (roff->block != BLOCK_CODE)
        buffer_add_literal(roff->out, ".PP\n.nf\n.RS 4\n");
    write_plain(roff->out, cut_front(line, CODE_INDENT));
    buffer_add_literal(roff->out, "\n");
    roff->block = BLOCK_CODE;
}

static void write_heading(struct roff *roff, const char *request, struct str words)
{
    buffer_add_format(roff->out, "%s \"", request);
    write_inline(roff->out, words);
    buffer_add_literal(roff->out, "\"\n");
    roff->block = BLOCK_NONE;
}

/* The bytes of "- " or "12. " at a line's beginning; 0: it begins no entry of a list. */
static size_t entry_mark(struct str line)
{
    size_t digits = 0;
    while (digits < line.len && line.data[digits] >= '0' && line.data[digits] <= '9')
        digits++;
    if (begins_with(line, "- "))
        return 2;
    return digits > 0 && begins_with(cut_front(line, digits), ". ") ? digits + 2 : 0;
}

static void write_text_line(struct roff *roff, struct str line)
{
    size_t mark = entry_mark(line);
    if (mark > 0 && line.data[0] == '-')
        buffer_add_literal(roff->out, ".IP \\(bu 2\n");
    else if (mark > 0)
        buffer_add_format(roff->out, ".IP %.*s 4\n", (int)mark - 1, line.data);
    else if (roff->block != BLOCK_PARAGRAPH)
        buffer_add_literal(roff->out, ".PP\n");
    write_inline(roff->out, cut_spaces(cut_front(line, mark)));
    buffer_add_literal(roff->out, "\n");
    roff->block = BLOCK_PARAGRAPH;
}

static void write_line(struct roff *roff, struct str line)
{
    bool code = begins_with(line, "    ");
    if (!code)
        end_code(roff);
    if (code)
        write_code_line(roff, line);
    else if (begins_with(line, "### "))
        write_heading(roff, ".SS", cut_front(line, 4));
    else if (begins_with(line, "## "))
        write_heading(roff, ".SH", cut_front(line, 3));
    else if (begins_with(line, "|"))
        write_table_line(roff, line);
    else if (line.len == 0 || begins_with(line, "# ") || begins_with(line, "<!--"))
        roff->block = BLOCK_NONE;
    else
        write_text_line(roff, line);
}

void roff_write(struct str markdown, struct buffer *out)
{
    struct roff roff = {.out = out};
    while (markdown.len > 0) {
        const char *end = memchr(markdown.data, '\n', markdown.len);
        size_t len = end == NULL ? markdown.len : (size_t)(end - markdown.data);
        write_line(&roff, (struct str){markdown.data, len});
        markdown = cut_front(markdown, end == NULL ? len : len + 1);
    }
    end_code(&roff);
}
