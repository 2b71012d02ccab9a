/* FNV-1a, 128 bit (Fowler, Noll, Vo; RFC 9923's constants): what tells things apart that nobody makes alike on purpose. */
#ifndef STOCKFOLD_CODEC_DIGEST_H
#define STOCKFOLD_CODEC_DIGEST_H

#include <stdint.h>

#include "stockfold/core/str.h"

__extension__ typedef unsigned __int128 digest128;

enum { DIGEST_TEXT = 32 };

static inline digest128 digest_start(void)
{
    return (digest128)UINT64_C(0x6c62272e07bb0142) << 64 | UINT64_C(0x62b821756295c58d);
}

static inline void digest_bytes(digest128 *digest, const void *bytes, size_t len)
{
    const digest128 prime = (digest128)1 << 88 | 0x13b;
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < len; i++)
        *digest = (*digest ^ byte[i]) * prime;
}

static inline void digest_int(digest128 *digest, int64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)number >> (8 * i));
    digest_bytes(digest, bytes, sizeof(bytes));
}

/* With its length, so that where one text ends and the next begins counts. */
static inline void digest_text(digest128 *digest, struct str text)
{
    digest_int(digest, (int64_t)text.len);
    digest_bytes(digest, text.data, text.len);
}

static inline void digest_hex(digest128 digest, char ret_text[DIGEST_TEXT])
{
    for (int i = DIGEST_TEXT - 1; i >= 0; i--, digest >>= 4)
        ret_text[i] = "0123456789abcdef"[(unsigned)digest & 15];
}

#endif
