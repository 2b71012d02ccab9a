/* Text cut into pieces: runs of letters of one kind, and what stands between them. */
#ifndef STOCKFOLD_SRC_CODEC_PIECES_H
#define STOCKFOLD_SRC_CODEC_PIECES_H

#include "letters.h"
#include "stockfold/base/arena.h"
#include "stockfold/core/str.h"

enum gap { GAP_NOTHING, GAP_GLUE, GAP_BLANK, GAP_MORE };

struct piece {
    struct str text; /* UTF-8; all pieces lie behind each other, without what is between them */
    enum letter_kind kind;
    enum gap gap;   /* before it; GAP_MORE of the first */
    size_t letters; /* how many */
};

struct pieces {
    struct piece *piece;
    size_t n;
};

void pieces_cut(struct str text, struct arena *arena, struct pieces *ret_pieces);

/* The pieces `first` to `last` as one, cut to `bytes_max` between letters. */
struct str pieces_joined(struct str first, struct str last, size_t bytes_max);

#endif
