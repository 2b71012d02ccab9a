#include "stockfold/base/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stockfold/base/nearest.h"
#include "support/suite.h"

/* Two layers' structs, and a program that holds both. */
struct door {
    const char *name;
    int width;
    uint32_t locks;
    int64_t delay_ms, memory;
};

struct sign {
    char letter;
};

struct house {
    int number;
    struct door door;
    struct sign sign;
    char taken[64];
};

static bool accepts_letter(const char *value, void *ret_field)
{
    if (value[1] != '\0')
        return false;
    *(char *)ret_field = value[0];
    return true;
}

static bool accepts_lower(const char *value, void *ret_field)
{
    (void)ret_field;
    return value[0] >= 'a' && value[0] <= 'z';
}

static const struct setting door_rows[] = {
    {"name", SETTING_TEXT, "front", SETTING_FIELD(struct door, name), "What it is called.", "a small letter first",
     accepts_lower},
    {"width", SETTING_NUMBER, "-1", -1, 300, SETTING_FIELD(struct door, width), "In centimeters; -1: unknown."},
    {"locks", SETTING_NUMBER, "2", 0, INT32_MAX, SETTING_FIELD(struct door, locks), "How many."},
    {"delay", SETTING_DURATION, "90s", 0, 2 * SETTING_DAY, SETTING_FIELD(struct door, delay_ms), "Before it closes."},
    {"memory", SETTING_BYTES, "1536KiB", 1, INT64_C(4) << 30, SETTING_FIELD(struct door, memory), "Of who came."},
};
static const struct settings_section door_section = {"door", "The way in.", SETTINGS_ROWS(door_rows)};

static const struct setting sign_rows[] = {
    {"letter", SETTING_OWN, "x", SETTING_FIELD(struct sign, letter), "On it.", "one letter", accepts_letter},
};
static const struct settings_section sign_section = {"sign", "Beside the door.", SETTINGS_ROWS(sign_rows)};

static int take(void *values, const char *key, const char *value, struct error *error)
{
    struct house *house = values;
    if (strcmp(key, "wolf") == 0)
        return error_set(error, ERROR_USAGE, "guests.wolf cannot be %s", value);
    snprintf(house->taken, sizeof(house->taken), "%s=%s", key, value);
    return 0;
}

static const struct setting guest_rows[] = {{"ann", SETTING_TEXT, "noon", .help = "Whoever comes, and when."}};
static const struct settings_section guests = {"guests", "Anybody.", SETTINGS_ROWS(guest_rows), .take = take};
static const struct settings_section garden = {"garden", .take = settings_pass_over};

static const struct settings_part parts[] = {
    {&door_section, offsetof(struct house, door)},
    {&sign_section, offsetof(struct house, sign)},
    {&guests, 0},
    {&garden, 0},
    {NULL, 0},
};

static struct house house;
static struct error error;

static void set_up(void)
{
    house = (struct house){0};
    error_clear(&error);
    settings_init(parts, &house);
}

static int read_text(const char *text)
{
    char path[] = "/tmp/stockfold-settings-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    int code = settings_read(parts, &house, path, &error);
    unlink(path);
    return code;
}

static bool said(const char *words)
{
    return strstr(error.text, words) != NULL;
}

START_TEST(defaults_reach_fields_of_every_width_in_each_part)
{
    set_up();
    ck_assert_int_eq(house.number, 0);
    ck_assert_str_eq(house.door.name, "front");
    ck_assert_int_eq(house.door.width, -1);
    ck_assert_uint_eq(house.door.locks, 2);
    ck_assert_int_eq(house.door.delay_ms, 90 * 1000);
    ck_assert_int_eq(house.door.memory, 1536 * 1024);
    ck_assert_int_eq(house.sign.letter, 'x');
    ck_assert_str_eq(house.taken, "ann=noon");
    settings_done(parts, &house);
}
END_TEST

START_TEST(a_file_is_read_over_the_defaults)
{
    set_up();
    ck_assert_int_eq(read_text("# comment\n[door]\n  name = back;#door\nwidth=90\n[sign]\nletter = q\n"), 0);
    ck_assert_str_eq(house.door.name, "back;#door");
    ck_assert_int_eq(house.door.width, 90);
    ck_assert_uint_eq(house.door.locks, 2);
    ck_assert_int_eq(house.sign.letter, 'q');
    settings_done(parts, &house);
}
END_TEST

START_TEST(a_key_that_stands_twice_is_refused_with_both_lines)
{
    set_up();
    ck_assert_int_eq(read_text("[door]\nwidth = 80\n[sign]\nletter = q\n[door]\nlocks = 1\nwidth = 80\n"), ERROR_USAGE);
    ck_assert_msg(said(":7: door.width stands in line 2 already: keep one of the two"), "%s", error.text);
    error_clear(&error);
    ck_assert_int_eq(read_text("[guests]\nbob = 1\nbob = 2\n"), ERROR_USAGE);
    ck_assert_msg(said(":3: guests.bob stands in line 2 already"), "%s", error.text);
    error_clear(&error);
    ck_assert_int_eq(settings_set(parts, &house, "door.width=1", &error), 0);
    ck_assert_int_eq(settings_set(parts, &house, "door.width=2", &error), 0);
    ck_assert_int_eq(house.door.width, 2);
    settings_done(parts, &house);
}
END_TEST

START_TEST(a_comment_behind_a_value_is_refused)
{
    static const char *const lines[] = {"name = back ; the door", "name = back # the door", "width = 9\t; cm",
                                        "name = # none",          "name = ; none",          "delay = 1s #"};
    char text[64];
    set_up();
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        error_clear(&error);
        snprintf(text, sizeof(text), "[door]\n%s\n", lines[i]);
        ck_assert_int_eq(read_text(text), ERROR_USAGE);
        ck_assert_msg(said(": a comment needs a line of its own"), "%s: %s", lines[i], error.text);
    }
    ck_assert_str_eq(house.door.name, "front");
    setenv("STOCKFOLD_TEST_NAME", "back # door", 1);
    error_clear(&error);
    ck_assert_int_eq(read_text("[door]\nname = ${STOCKFOLD_TEST_NAME}\n"), 0);
    ck_assert_str_eq(house.door.name, "back # door");
    settings_done(parts, &house);
}
END_TEST

START_TEST(an_unknown_key_that_is_near_none_is_told_what_there_is)
{
    static const struct {
        const char *assignment, *expected;
    } cases[] = {
        {"door.colour=red", "unknown setting door.colour; [door] has name, width, locks, delay, memory"},
        {"door.letter=q", "unknown setting door.letter; the nearest known one is sign.letter (one letter)"},
        {"cellar.stairs=7", "unknown setting cellar.stairs; sections are door, sign, guests, garden"},
    };
    set_up();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        error_clear(&error);
        ck_assert_int_eq(settings_set(parts, &house, cases[i].assignment, &error), ERROR_USAGE);
        ck_assert_msg(said(cases[i].expected), "%s: %s", cases[i].assignment, error.text);
    }
    settings_done(parts, &house);
}
END_TEST

START_TEST(one_assignment_sets_one_field)
{
    set_up();
    ck_assert_int_eq(settings_set(parts, &house, "door.delay=2d", &error), 0);
    ck_assert_int_eq(house.door.delay_ms, 2 * SETTING_DAY);
    ck_assert_int_eq(settings_set(parts, &house, "door.memory=4GiB", &error), 0);
    ck_assert_int_eq(house.door.memory, INT64_C(4) << 30);
    ck_assert_int_eq(settings_set(parts, &house, "door.locks=2147483647", &error), 0);
    ck_assert_uint_eq(house.door.locks, INT32_MAX);
    ck_assert_int_eq(settings_set(parts, &house, "guests.bob=a.b=c", &error), 0);
    ck_assert_str_eq(house.taken, "bob=a.b=c");
    settings_done(parts, &house);
}
END_TEST

START_TEST(a_refused_value_changes_nothing_and_says_what_was_expected)
{
    static const struct {
        const char *assignment, *expected;
    } cases[] = {
        {"door.name=Front", "--set: door.name = Front: expected a small letter first"},
        {"door.name=", "door.name = : expected"},
        {"door.width=301", "expected a whole number, from -1 to 300"},
        {"door.width=-2", "expected a whole number"},
        {"door.width=1cm", "expected a whole number"},
        {"door.width=99999999999999999999", "expected a whole number"},
        {"door.delay=1", "expected a duration such as 500ms, 10s, 15m, 72h or 3d, from 0ms to 2d"},
        {"door.delay=9223372036854775807d", "expected a duration"},
        {"door.memory=0B", "expected a size such as 512KiB, 64MiB or 2GiB, from 1B to 4GiB"},
        {"sign.letter=xy", "expected one letter"},
        {"guests.wolf=hungry", "--set: guests.wolf cannot be hungry"},
        {"door", "--set door: expected SECTION.KEY=VALUE"},
        {"door=a.b", "expected SECTION.KEY=VALUE"},
    };
    set_up();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        error_clear(&error);
        ck_assert_int_eq(settings_set(parts, &house, cases[i].assignment, &error), ERROR_USAGE);
        ck_assert_msg(said(cases[i].expected), "%s: %s", cases[i].assignment, error.text);
    }
    ck_assert_str_eq(house.door.name, "front");
    ck_assert_int_eq(house.door.width, -1);
    ck_assert_int_eq(house.sign.letter, 'x');
    settings_done(parts, &house);
}
END_TEST

START_TEST(an_unknown_key_or_section_is_told_with_its_line_and_the_nearest_known_one)
{
    set_up();
    ck_assert_int_eq(read_text("[door]\n\nwidht = 1\n"), ERROR_USAGE);
    ck_assert_msg(said(":3: unknown setting door.widht; the nearest known one is door.width (a whole number"), "%s",
                  error.text);
    error_clear(&error);
    ck_assert_int_eq(read_text("[sing]\nletter = a\n"), ERROR_USAGE);
    ck_assert_msg(said(":2: unknown setting sing.letter; the nearest known one is sign.letter (one letter)"), "%s",
                  error.text);
    settings_done(parts, &house);
}
END_TEST

START_TEST(a_section_of_another_program_is_passed_over)
{
    set_up();
    ck_assert_int_eq(read_text("[garden]\ntrees = 7\nwidht = 1\n[door]\nlocks = 3\n"), 0);
    ck_assert_uint_eq(house.door.locks, 3);
    settings_done(parts, &house);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
    set_up();
    ck_assert_int_eq(settings_read(parts, &house, "/nowhere/at-all", &error), ERROR_USAGE);
    ck_assert_msg(said("cannot read configuration /nowhere/at-all: "), "%s", error.text);
    settings_done(parts, &house);
}
END_TEST

START_TEST(the_printed_file_shows_each_default_commented_out)
{
    static const struct settings_part printed[] = {{&sign_section, 0}, {&guests, 0}, {NULL, 0}};
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    settings_print(printed, out);
    fclose(out);
    ck_assert_str_eq(text, "\n# Beside the door.\n[sign]\n\n# On it.\n# Takes one letter.\n; letter = x\n"
                           "\n# Anybody.\n[guests]\n\n# Whoever comes, and when.\n; ann = noon\n");
    free(text);
}
END_TEST

START_TEST(of_equally_near_words_the_first_stays)
{
    struct nearest nearest = {.wanted = "cat"};
    ck_assert(nearest_offer(&nearest, "dog"));
    ck_assert(nearest_offer(&nearest, "bat"));
    ck_assert(!nearest_offer(&nearest, "rat"));
    ck_assert_str_eq(nearest.word, "bat");
    ck_assert(nearest_offer(&nearest, "cat"));
    ck_assert_uint_eq(nearest.distance, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        defaults_reach_fields_of_every_width_in_each_part,
        a_file_is_read_over_the_defaults,
        a_key_that_stands_twice_is_refused_with_both_lines,
        a_comment_behind_a_value_is_refused,
        an_unknown_key_that_is_near_none_is_told_what_there_is,
        one_assignment_sets_one_field,
        a_refused_value_changes_nothing_and_says_what_was_expected,
        an_unknown_key_or_section_is_told_with_its_line_and_the_nearest_known_one,
        a_section_of_another_program_is_passed_over,
        a_file_that_is_not_there_is_named,
        the_printed_file_shows_each_default_commented_out,
        of_equally_near_words_the_first_stays,
    };
    return SUITE_RUN("settings", tests);
}
