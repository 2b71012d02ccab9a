/* Names: of events, sources, items, nodes, places and references. Two names that look alike on a screen or a label must
 * not be two things, so a name is only what can be seen. */
#ifndef STOCKFOLD_CODEC_NAME_H
#define STOCKFOLD_CODEC_NAME_H

#include <stdint.h>

#include "stockfold/core/str.h"

/* Control, format and other characters that leave nothing on the screen: Unicode's Cc, Cf, Zl, Zp and
 * Default_Ignorable_Code_Point, noncharacters, and the blanks that are no spaces (U+2800, U+1D159). */
bool character_is_invisible(uint32_t character);

/* Unicode's Zs: spaces of any width. */
bool character_is_space(uint32_t character);

/* What is wrong with `text`, which is UTF-8, as a name: words to stand behind the text as it was seen, a literal. NULL:
 * nothing. */
const char *name_flaw(struct str text);

#endif
