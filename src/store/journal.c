/* The journal's blobs: framing and lz4. Which hour a blob goes to, and what its events mean, is decided elsewhere. */
#include "stockfold/store/journal.h"

#include <lz4.h>

#include "stockfold/codec/pack.h"

enum { FORM_PLAIN, FORM_LZ4 };
enum { LZ4_RATIO_MAX = 255 }; /* more than that lz4 cannot make of a byte */

static void add_prefixed_text(struct buffer *out, struct str text)
{
    pack_varint(out, text.len);
    buffer_add(out, text.data, text.len);
}

static size_t varint_len(uint64_t number)
{
    size_t len = 1;
    for (; number >= 128; number >>= 7)
        len++;
    return len;
}

void journal_add_group(const struct journal_group *group, struct buffer *plain)
{
    uint64_t base_mark = group->base.len == 0 ? 0 : group->base.len + 1;
    size_t rest = varint_len(group->sku.len) + group->sku.len + varint_len(group->node.len) + group->node.len +
                  varint_len(base_mark) + group->base.len + group->events.len;
    pack_varint(plain, rest);
    add_prefixed_text(plain, group->sku);
    add_prefixed_text(plain, group->node);
    pack_varint(plain, base_mark);
    buffer_add(plain, group->base.data, group->base.len);
    buffer_add(plain, group->events.data, group->events.len);
}

void journal_seal(struct str plain, struct buffer *ret_blob)
{
    size_t start = ret_blob->len;
    if (plain.len <= LZ4_MAX_INPUT_SIZE) {
        int bound = LZ4_compressBound((int)plain.len);
        buffer_add_byte(ret_blob, FORM_LZ4);
        pack_varint(ret_blob, plain.len);
        buffer_reserve(ret_blob, (size_t)bound);
        int packed = LZ4_compress_default(plain.data, ret_blob->data + ret_blob->len, (int)plain.len, bound);
        ret_blob->len += (size_t)packed;
        if (packed > 0 && ret_blob->len - start < plain.len + 1)
            return;
        ret_blob->len = start;
    }
    buffer_add_byte(ret_blob, FORM_PLAIN);
    buffer_add(ret_blob, plain.data, plain.len);
}

static bool unseal_lz4(struct str blob, struct arena *arena, struct str *ret_plain)
{
    size_t position = 1;
    uint64_t plain_len;
    if (!unpack_varint(blob, &position, &plain_len) || blob.len - position > INT32_MAX)
        return false;
    size_t packed_len = blob.len - position;
    if (plain_len > LZ4_MAX_INPUT_SIZE || plain_len / LZ4_RATIO_MAX > packed_len)
        return false;
    char *plain = arena_alloc(arena, plain_len);
    int len = LZ4_decompress_safe(blob.data + position, plain, (int)packed_len, (int)plain_len);
    if (len < 0 || (uint64_t)len != plain_len)
        return false;
    *ret_plain = (struct str){plain, plain_len};
    return true;
}

bool journal_unseal(struct str blob, struct arena *arena, struct str *ret_plain)
{
    if (blob.len == 0)
        return false;
    if (blob.data[0] == FORM_LZ4)
        return unseal_lz4(blob, arena, ret_plain);
    if (blob.data[0] != FORM_PLAIN)
        return false;
    *ret_plain = (struct str){blob.data + 1, blob.len - 1};
    return true;
}

static bool take_bytes(struct str bytes, size_t *position, uint64_t len, struct str *ret_text)
{
    if (len > bytes.len - *position)
        return false;
    *ret_text = (struct str){bytes.data + *position, len};
    *position += len;
    return true;
}

static bool take_text(struct str bytes, size_t *position, struct str *ret_text)
{
    uint64_t len;
    return unpack_varint(bytes, position, &len) && take_bytes(bytes, position, len, ret_text);
}

static bool read_group(struct str plain, size_t *position, struct journal_group *ret_group)
{
    struct str rest;
    size_t at = 0;
    uint64_t base_mark;
    if (!take_text(plain, position, &rest) || !take_text(rest, &at, &ret_group->sku) ||
        !take_text(rest, &at, &ret_group->node) || !unpack_varint(rest, &at, &base_mark) ||
        !take_bytes(rest, &at, base_mark == 0 ? 0 : base_mark - 1, &ret_group->base))
        return false;
    return take_bytes(rest, &at, rest.len - at, &ret_group->events);
}

bool journal_next(struct str plain, size_t *position, struct journal_group *ret_group)
{
    if (*position >= plain.len)
        return false;
    if (read_group(plain, position, ret_group))
        return true;
    *position = SIZE_MAX;
    return false;
}
