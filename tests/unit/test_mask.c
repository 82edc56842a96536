/* Finding credentials in lines by their fingerprints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/unit/mask.h"

static struct mask_table table;
static char shown[2048];

static int set_up(void **state)
{
    static const uint64_t random[3] = { 0x0123456789abcdef, 0xfedcba9876543210,
                                        0x5a5a5a5a12345678 };

    (void)state;
    memset(&table, 0, sizeof(table));
    mask_table_init(&table, random);
    return 0;
}

static void add(const char *unit, const char *value)
{
    mask_table_add(&table, unit, value, strlen(value));
}

static size_t count_of(const char *unit)
{
    static struct mask masks[MASKS_MAX];
    size_t count = MASKS_MAX;

    assert_true(mask_table_find(&table, mask_unit(&table, unit), masks, &count));
    return count;
}

/* What is covered, as '*'. */
static const char *look_length(const char *unit, const char *text, size_t length)
{
    static struct mask masks[MASKS_MAX];
    static char covered[2048];
    size_t count = MASKS_MAX;
    struct mask_text in = { text, length, covered };

    memset(covered, 0, sizeof(covered));
    assert_true(mask_table_find(&table, mask_unit(&table, unit), masks, &count));
    for (size_t i = 0; i < count; i++)
        (void)mask_search(&table, &masks[i], 1, &in);
    for (size_t i = 0; i < length; i++)
        shown[i] = covered[i] ? '*' : text[i];
    shown[length] = '\0';
    return shown;
}

static const char *look(const char *unit, const char *text)
{
    return look_length(unit, text, strlen(text));
}

/* The vector of the paper. */
static void siphash_is_siphash(void **state)
{
    struct siphash_key key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
    char bytes[15];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    assert_true(siphash(bytes, sizeof(bytes), key) == 0xa129ca6149be45e5);
}

static void a_credential_is_found_wherever_it_stands(void **state)
{
    (void)state;
    add("a.service", "hunter2!x");
    assert_string_equal(look("a.service", "hunter2!x"), "*********");
    assert_string_equal(look("a.service", "it is hunter2!x."), "it is *********.");
    assert_string_equal(look("a.service", "hunter2!xhunter2!x-hunter2!"),
                        "******************-hunter2!");
    assert_string_equal(look("a.service", "hunter2!"), "hunter2!");
    assert_string_equal(look("a.service", ""), "");
    assert_string_equal(look("b.service", "hunter2!x"), "hunter2!x");
}

static void the_longer_one_of_two_is_covered_whole(void **state)
{
    (void)state;
    add("a.service", "password");
    add("a.service", "password-of-mine");
    add("a.service", "of-mine-and-yours");
    assert_string_equal(look("a.service", "<password-of-mine>"), "<****************>");
    assert_string_equal(look("a.service", "password-of-mine-and-yours"),
                        "**************************");
}

static void lines_and_pieces_of_long_ones(void **state)
{
    char value[700];

    (void)state;
    add("a.service", "first line\r\nsecond line\n\n");
    assert_string_equal(look("a.service", "the second line, the first line"),
                        "the ***********, the **********");
    for (size_t i = 0; i < sizeof(value); i++)
        value[i] = (char)('a' + i * i % 23);
    mask_table_add(&table, "b.service", value, sizeof(value));
    assert_int_equal(count_of("b.service"), 3);
    (void)look_length("b.service", value, sizeof(value));
    assert_int_equal(strspn(shown, "*"), sizeof(value));
    assert_string_equal(look_length("b.service", value, 100) + 100, "");
}

static void what_is_too_short_is_only_counted(void **state)
{
    struct mask mask;
    size_t count = 1;

    (void)state;
    add("a.service", "1234567");
    assert_true(mask_table_find(&table, mask_unit(&table, "a.service"), &mask, &count));
    assert_int_equal(count, 1);
    assert_int_equal(mask.length, 0);
    assert_int_equal(mask.hash, 0);
    assert_int_equal(mask.filter, 0);
    assert_string_equal(look("a.service", "1234567"), "1234567");
}

/* Each start of a unit brings the same ones, or newer ones. */
static void what_is_there_stays_and_the_oldest_goes(void **state)
{
    char value[32] = "credential 0000";

    (void)state;
    add("a.service", "the same one");
    add("a.service", "the same one");
    assert_int_equal(table.count, 1);
    for (unsigned i = 0; i < MASKS_MAX; i++) {
        value[11] = (char)('a' + i % 16);
        value[12] = (char)('a' + i / 16 % 16);
        value[13] = (char)('a' + i / 256);
        add("b.service", value);
    }
    assert_int_equal(count_of("a.service"), 0);
    assert_int_equal(count_of("b.service"), MASKS_MAX);
}

static void what_is_being_written_is_not_used(void **state)
{
    struct mask mask;
    size_t count = 1;

    (void)state;
    add("a.service", "hunter2!x");
    table.list[0].number = 0;
    assert_false(mask_table_find(&table, mask_unit(&table, "a.service"), &mask, &count));
    assert_int_equal(count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(siphash_is_siphash),
        TEST(a_credential_is_found_wherever_it_stands),
        TEST(the_longer_one_of_two_is_covered_whole),
        TEST(lines_and_pieces_of_long_ones),
        TEST(what_is_too_short_is_only_counted),
        TEST(what_is_there_stays_and_the_oldest_goes),
        TEST(what_is_being_written_is_not_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
