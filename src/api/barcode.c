#include "barcode.h"

static const size_t barcode_lengths[BARCODE_FORMS] = {8, 12, 13, 14};
enum { BARCODE_DIGITS = 14 };

bool barcode_is(struct str text)
{
    bool length = false;
    for (size_t i = 0; i < BARCODE_FORMS; i++)
        length = length || text.len == barcode_lengths[i];
    for (size_t i = 0; i < text.len && length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return length;
}

static void pad_barcode(struct str barcode, char ret_digits[BARCODE_DIGITS])
{
    size_t zeros = barcode.len < BARCODE_DIGITS ? BARCODE_DIGITS - barcode.len : 0;
    memset(ret_digits, '0', zeros);
    memcpy(ret_digits + zeros, barcode.data, BARCODE_DIGITS - zeros);
}

bool barcode_equal(struct str a, struct str b)
{
    char left[BARCODE_DIGITS], right[BARCODE_DIGITS];
    pad_barcode(a, left);
    pad_barcode(b, right);
    return memcmp(left, right, BARCODE_DIGITS) == 0;
}

size_t barcode_forms(struct str barcode, struct arena *arena, struct str ret_forms[BARCODE_FORMS])
{
    char padded[BARCODE_DIGITS];
    pad_barcode(barcode, padded);
    const char *digits = arena_copy(arena, padded, BARCODE_DIGITS);
    size_t zeros = 0, n = 0;
    while (zeros < BARCODE_DIGITS && digits[zeros] == '0')
        zeros++;
    for (size_t i = 0; i < BARCODE_FORMS; i++) {
        size_t cut = BARCODE_DIGITS - barcode_lengths[i];
        if (cut <= zeros)
            ret_forms[n++] = (struct str){digits + cut, barcode_lengths[i]};
    }
    return n;
}
