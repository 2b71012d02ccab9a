#include "stockfold/base/buffer.h"

#include <stdio.h>

#include "support/suite.h"

START_TEST(bytes_are_appended_as_it_grows)
{
    struct buffer buffer;
    buffer_init(&buffer);
    for (int i = 0; i < 10000; i++) {
        buffer_add_byte(&buffer, (char)('a' + i % 26));
        buffer_add(&buffer, "--", 2);
    }
    ck_assert_uint_eq(buffer.len, 30000);
    for (int i = 0; i < 10000; i++)
        ck_assert_int_eq(buffer.data[i * 3], 'a' + i % 26);
    buffer_done(&buffer);
    ck_assert_ptr_null(buffer.data);
}
END_TEST

START_TEST(integers_are_decimal_to_both_ends)
{
    struct buffer buffer;
    buffer_init(&buffer);
    const int64_t numbers[] = {0, -1, 10, INT64_MAX, INT64_MIN};
    for (int i = 0; i < 5; i++) {
        buffer_add_int(&buffer, numbers[i]);
        buffer_add_literal(&buffer, ";");
    }
    ASSERT_TEXT(buffer.data, buffer.len, "0;-1;10;9223372036854775807;-9223372036854775808;");
    buffer_done(&buffer);
}
END_TEST

START_TEST(formatted_text_fits_whatever_its_length)
{
    struct buffer buffer;
    buffer_init(&buffer);
    buffer_add_format(&buffer, "%s=%d", "qty", 7);
    ASSERT_TEXT(buffer.data, buffer.len, "qty=7");
    buffer_add_format(&buffer, "%1000d", 1);
    ck_assert_uint_eq(buffer.len, 1005);
    buffer_add_format(&buffer, "%s", "");
    ck_assert_uint_eq(buffer.len, 1005);
    buffer_done(&buffer);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {bytes_are_appended_as_it_grows, integers_are_decimal_to_both_ends,
                            formatted_text_fits_whatever_its_length};
    return SUITE_RUN("buffer", tests);
}
