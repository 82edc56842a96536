/* Candles: putting together, text, floors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/datahub/candle.h"

static struct candle candle(int64_t time_s, int64_t low, int64_t high)
{
    return (struct candle){
        .time_s = time_s, .open = low, .high = high, .low = low - 1, .close = high - 1, .volume = 10
    };
}

static void test_floor(void **state)
{
    (void)state;
    assert_int_equal(candle_floor(119, 60), 60);
    assert_int_equal(candle_floor(120, 60), 120);
    assert_int_equal(candle_floor(0, 60), 0);
    assert_int_equal(candle_floor(-1, 60), -60);
    assert_int_equal(candle_floor(-60, 60), -60);
}

static void test_aggregate(void **state)
{
    struct candle_list list = { 0 };

    (void)state;
    /* 3 minutes of the first five, none of the second, 1 of the third. */
    assert_int_equal(candle_list_add(&list, candle(120, 100, 105)), 0);
    assert_int_equal(candle_list_add(&list, candle(180, 90, 101)), 0);
    assert_int_equal(candle_list_add(&list, candle(240, 95, 110)), 0);
    assert_int_equal(candle_list_add(&list, candle(600, 70, 80)), 0);
    candle_list_aggregate(&list, 300);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].time_s, 0);
    assert_int_equal(list.items[0].open, 100);
    assert_int_equal(list.items[0].high, 110);
    assert_int_equal(list.items[0].low, 89);
    assert_int_equal(list.items[0].close, 109);
    assert_int_equal(list.items[0].volume, 30);
    assert_int_equal(list.items[1].time_s, 600);
    assert_int_equal(list.items[1].volume, 10);
    candle_list_release(&list);
}

static void test_aggregate_nothing(void **state)
{
    struct candle_list list = { 0 };

    (void)state;
    candle_list_aggregate(&list, 300);
    assert_int_equal(list.count, 0);
    candle_list_release(&list);
}

static void test_list_grows(void **state)
{
    struct candle_list list = { 0 };

    (void)state;
    for (int64_t i = 0; i < 5000; i++)
        assert_int_equal(candle_list_add(&list, candle(i * 60, i, i + 2)), 0);
    assert_int_equal(list.count, 5000);
    assert_int_equal(list.items[4999].open, 4999);
    candle_list_release(&list);
    assert_null(list.items);
}

static void test_text(void **state)
{
    struct candle written = { 60, 6401250, 6401305, 99, 100, 1234567890123 };
    struct candle read = { .time_s = 60 };
    char text[CANDLE_TEXT_MAX];

    (void)state;
    candle_format(&written, 2, text);
    assert_string_equal(text, "64012.50,64013.05,0.99,1.00,1234567890123");
    assert_int_equal(candle_parse(text, 2, &read), 0);
    assert_memory_equal(&read, &written, sizeof(read));
    candle_format(&written, 5, text);
    assert_string_equal(text, "64.01250,64.01305,0.00099,0.00100,1234567890123");
}

static void test_text_that_is_none(void **state)
{
    static const char *const texts[] = {
        "",
        "1.00",
        "1.00,1.00,1.00,1.00",
        "1.00,1.00,1.00,1.00,",
        "1.00,1.00,1.00,1.00,5x",
        "1.0,1.00,1.00,1.00,5",
        "1.000,1.00,1.00,1.00,5",
        "1,1.00,1.00,1.00,5",
        "-1.00,1.00,1.00,1.00,5",
        " 1.00,1.00,1.00,1.00,5",
        "9999999999999999.00,1.00,1.00,1.00,5",
        "1.00;1.00,1.00,1.00,5",
    };
    struct candle untouched = { 1, 2, 3, 4, 5, 6 }, read = untouched;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (candle_parse(texts[i], 2, &read) != -EINVAL)
            fail_msg("'%s' was taken for a candle", texts[i]);
        assert_memory_equal(&read, &untouched, sizeof(read));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floor),
        cmocka_unit_test(test_aggregate),
        cmocka_unit_test(test_aggregate_nothing),
        cmocka_unit_test(test_list_grows),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
