/* Names: of events, sources, items, nodes, places and references. Two things whose names look
 * alike on a screen or a label would be mistaken for each other, so a name holds only visible characters. */
#ifndef STOCKFOLD_CODEC_NAME_H
#define STOCKFOLD_CODEC_NAME_H

#include <stdint.h>

#include "stockfold/core/str.h"

/* Control, format and other characters that leave nothing on the screen: Unicode's Cc, Cf, Zl, Zp and
 * Default_Ignorable_Code_Point, noncharacters, and the blanks that are no spaces (U+2800, U+1D159). */
bool character_is_invisible(uint32_t character);

/* Unicode's Zs: spaces of any width. */
bool character_is_space(uint32_t character);

/* The first flaw of `text`, which is UTF-8, as a name: a literal that continues a sentence about the text, such as
 * "ends with white space". NULL: the name is good. */
const char *name_flaw(struct str text);

#endif
