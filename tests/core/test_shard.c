/* Items go to the shards that Kafka's default partitioner would choose. */
#include "stockfold/core/shard.h"

#include "support/suite.h"

/* From Apache Kafka's UtilsTest.testMurmur2, as signed 32-bit numbers there. */
static const struct {
    struct str bytes;
    int32_t hash;
} rows[] = {
    {STR("21"), -973932308},
    {STR("foobar"), -790332482},
    {STR("a-little-bit-long-string"), -985981536},
    {STR("a-little-bit-longer-string"), -1486304829},
    {STR("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971},
    {STR("abc"), 479470107},
};

START_TEST(murmur2_gives_the_hashes_of_kafkas_own_test)
{
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq((int32_t)murmur2(rows[i].bytes), rows[i].hash);
}
END_TEST

START_TEST(shard_is_the_partition_that_kafka_would_choose)
{
    ck_assert_uint_eq(shard_of(STR("21"), 64), (uint32_t)(-973932308 & 0x7fffffff) % 64);
    ck_assert_uint_eq(shard_of(STR("abc"), 12), 479470107 % 12);
    ck_assert_uint_eq(shard_of(STR(""), 1), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        murmur2_gives_the_hashes_of_kafkas_own_test,
        shard_is_the_partition_that_kafka_would_choose,
    };
    return SUITE_RUN("shard", tests);
}
