/* The manual's Markdown as roff, for man. */
#ifndef STOCKFOLD_SRC_CLI_ROFF_H
#define STOCKFOLD_SRC_CLI_ROFF_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/str.h"

/* Writes the body of a page: headings of two and three #, paragraphs, lists, tables, indented code, `code`, **bold** and
 * [links](to). A row of a table becomes a paragraph with its first cell as tag and its other cells behind their headings.
 * The heading of one # is passed over (it is the page's title), and so are comments. */
void roff_write(struct str markdown, struct buffer *out);

#endif
