/* What a scope may also mean whose "/" are written as they are: in A/B/C, beside zone C on floor B of node A, node A/B/C,
 * floor C of node A/B and floor B/C of node A. Pure. */
#ifndef STOCKFOLD_SRC_INGEST_SCOPE_READINGS_H
#define STOCKFOLD_SRC_INGEST_SCOPE_READINGS_H

#include "stockfold/ingest/publish.h"

/* Bits: a "/" that is part of a name. */
enum { JOINED_FIRST = 1, JOINED_SECOND = 2, JOINED_END = 4 };

/* The names of the scope if the "/" of `joined` are parts of names: views into its text. Returns how many; 0: it has no
 * such "/", or a name would be too long. */
size_t scope_reading(const struct publish_scope *scope, unsigned joined, struct str ret_names[SCOPE_NAMES_MAX]);

/* ERROR_USAGE: the scope could also be read so; the error says how to write either. */
int scope_refuse_reading(const struct publish_scope *scope, unsigned joined, struct error *error);

#endif
