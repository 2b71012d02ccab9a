/* The parts of both packed forms (records, window events); pack.h has the public side. Every unpack_ function
 * moves *position behind what it read and returns false at the end of the bytes. */
#ifndef STOCKFOLD_CODEC_PACK_PARTS_H
#define STOCKFOLD_CODEC_PACK_PARTS_H

#include "stockfold/codec/pack.h"

/* Zigzag: small numbers of either sign are short. */

/* A number as its distance from a reference that the reader knows; wraps around, so that every pair works. */
void pack_since(struct buffer *out, int64_t number, int64_t reference);
bool unpack_since(struct str bytes, size_t *position, int64_t reference, int64_t *ret_number);

/* Bytes with their length in front, and bytes whose length was read already. */
void pack_str(struct buffer *out, struct str text);
bool unpack_str(struct str bytes, size_t *position, struct str *ret_text);
bool unpack_bytes(struct str bytes, size_t *position, uint64_t len, struct str *ret_text);

/* Whether bytes read back can be a place, so that splitting them is safe. */
bool packed_place_check(struct str place);

#endif
