/* Which settings reach librdkafka, and which are refused. */
#include <stdlib.h>
#include <string.h>

#include "stockfold/ingest/kafka.h"
#include "support/suite.h"

static struct kafka_config config_of(const struct kafka_setting *setting)
{
    return (struct kafka_config){.settings = setting, .settings_n = 1, .timeout_ms = 100};
}

START_TEST(a_handle_of_each_use_takes_settings_of_consumers_and_producers_alike)
{
    struct error error = {0};
    struct kafka_setting setting = {.name = "fetch.wait.max.ms", .value = "10"};
    struct kafka_config config = config_of(&setting);
    for (int use = KAFKA_CONSUMER; use <= KAFKA_ADMIN; use++) {
        struct rd_kafka_s *handle = kafka_new(&config, (enum kafka_use)use, NULL, NULL, &error);
        ck_assert_msg(handle != NULL, "%s", error.text);
        kafka_free(handle);
    }
}
END_TEST

static const struct {
    const char *name, *value, *says; /* NULL: it is taken */
} settings[] = {
    {"bootstrap.servers", "127.0.0.1:1,127.0.0.1:2", NULL},
    {"security.protocol", "plaintext", NULL},
    {"partition.assignment.strategy", "roundrobin", NULL},
    {"auto.offset.reset", "error", NULL},
    {"no.such.setting", "1", "No such configuration property"},
    {"fetch.wait.max.ms", "soon", "Invalid value"},
    {"group.id", "mine", "fold.group"},
    {"auto.offset.reset", "latest", "gap"},
    {"enable.auto.commit", "true", "view"},
    {"isolation.level", "read_uncommitted", "aborted"},
    {"enable.idempotence", "false", "twice"},
    {"max.in.flight", "5", "lost"},
    {"max.in.flight.requests.per.connection", "5", "lost"},
    {"enable.partition.eof", "false", "ends"},
    {"partition.assignment.strategy", "cooperative-sticky", "two consumers"},
};

START_TEST(what_librdkafka_or_exactness_cannot_take_is_refused_with_the_reason)
{
    struct error error = {0}, of_handle = {0};
    int code = kafka_setting_check(settings[_i].name, settings[_i].value, &error);
    struct kafka_setting setting = {.name = settings[_i].name, .value = settings[_i].value};
    struct kafka_config config = config_of(&setting);
    struct rd_kafka_s *handle = kafka_new(&config, KAFKA_ADMIN, NULL, NULL, &of_handle);
    if (settings[_i].says == NULL) {
        ck_assert_msg(code == 0 && handle != NULL, "%s %s", error.text, of_handle.text);
    } else {
        ck_assert_int_eq(code, ERROR_USAGE);
        ck_assert_int_eq(of_handle.code, ERROR_USAGE);
        ck_assert_msg(strstr(error.text, settings[_i].says) != NULL, "%s", error.text);
        ck_assert_ptr_null(handle);
    }
    kafka_free(handle);
}
END_TEST

static void note(void *context, const char *name)
{
    int *seen = context;
    *seen += strcmp(name, "bootstrap.servers") == 0 || strcmp(name, "compression.codec") == 0;
    ck_assert_msg(strcspn(name, " |#-") == strlen(name), "%s", name);
}

START_TEST(every_setting_of_librdkafka_is_offered_by_its_name)
{
    int seen = 0;
    kafka_each_setting(note, &seen);
    ck_assert_int_ge(seen, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kafka");
    TCase *tests = tcase_create("kafka");
    tcase_add_test(tests, a_handle_of_each_use_takes_settings_of_consumers_and_producers_alike);
    tcase_add_loop_test(tests, what_librdkafka_or_exactness_cannot_take_is_refused_with_the_reason, 0,
                        (int)(sizeof(settings) / sizeof(settings[0])));
    tcase_add_test(tests, every_setting_of_librdkafka_is_offered_by_its_name);
    suite_add_tcase(suite, tests);
    return suite_end(suite);
}
