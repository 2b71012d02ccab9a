/* The parts of a record's value, one behind the other. */
#include "stockfold/store/record_value.h"

#include "stockfold/codec/pack.h"

void record_value_write(const struct hours *hours, const struct record *record, struct buffer *out)
{
    pack_signed(out, record_sellable(record));
    hours_write(hours, out);
    record_pack(record, out);
}

static bool split_value(struct str value, int64_t *ret_sellable, struct hours *ret_hours, struct str *ret_packed)
{
    size_t position = 0;
    *ret_sellable = 0;
    if (value.len > 0 && (!unpack_signed(value, &position, ret_sellable) || position == value.len))
        return false;
    return hours_read((struct str){value.data + position, value.len - position}, ret_hours, ret_packed);
}

bool record_value_split(struct str value, struct hours *ret_hours, struct str *ret_packed)
{
    int64_t sellable;
    return split_value(value, &sellable, ret_hours, ret_packed);
}

bool record_value_read(struct str value, struct arena *arena, struct hours *ret_hours, struct str *ret_packed,
                       struct record *ret_record)
{
    int64_t sellable;
    return split_value(value, &sellable, ret_hours, ret_packed) &&
           record_unpack(*ret_packed, 0, 0, arena, ret_record) && record_sellable(ret_record) == sellable;
}

bool record_value_unpack(struct str value, struct arena *arena, struct record *ret_record)
{
    struct str packed;
    return record_value_read(value, arena, NULL, &packed, ret_record);
}
