/* The integers and strings that both packed forms are made of. */
#include "pack_parts.h"

void pack_varint(struct buffer *out, uint64_t number)
{
    char bytes[10];
    size_t len = 0;
    while (number >= 0x80) {
        bytes[len++] = (char)(number | 0x80);
        number >>= 7;
    }
    bytes[len++] = (char)number;
    buffer_add(out, bytes, len);
}

bool unpack_varint(struct str bytes, size_t *position, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && *position < bytes.len; shift += 7) {
        uint64_t byte = (unsigned char)bytes.data[(*position)++];
        number |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret_number = number;
            return true;
        }
    }
    return false;
}

void pack_signed(struct buffer *out, int64_t number)
{
    pack_varint(out, ((uint64_t)number << 1) ^ (uint64_t)(number >> 63));
}

bool unpack_signed(struct str bytes, size_t *position, int64_t *ret_number)
{
    uint64_t zigzag;
    if (!unpack_varint(bytes, position, &zigzag))
        return false;
    *ret_number = (int64_t)((zigzag >> 1) ^ (0 - (zigzag & 1)));
    return true;
}

void pack_since(struct buffer *out, int64_t number, int64_t reference)
{
    pack_signed(out, (int64_t)((uint64_t)number - (uint64_t)reference));
}

bool unpack_since(struct str bytes, size_t *position, int64_t reference, int64_t *ret_number)
{
    int64_t difference;
    if (!unpack_signed(bytes, position, &difference))
        return false;
    *ret_number = (int64_t)((uint64_t)difference + (uint64_t)reference);
    return true;
}

void pack_str(struct buffer *out, struct str text)
{
    pack_varint(out, text.len);
    buffer_add(out, text.data, text.len);
}

bool unpack_bytes(struct str bytes, size_t *position, uint64_t len, struct str *ret_text)
{
    if (len > bytes.len - *position)
        return false;
    *ret_text = (struct str){bytes.data + *position, (size_t)len};
    *position += (size_t)len;
    return true;
}

bool unpack_str(struct str bytes, size_t *position, struct str *ret_text)
{
    uint64_t len;
    return unpack_varint(bytes, position, &len) && unpack_bytes(bytes, position, len, ret_text);
}

bool packed_place_check(struct str place)
{
    if (place.len > PLACE_MAX)
        return false;
    int separators = 0;
    for (size_t i = 0; i < place.len; i++)
        separators += place.data[i] == '\0';
    return separators < PLACE_COMPONENTS;
}
