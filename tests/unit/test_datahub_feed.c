/* The simulated walk: the same at each playing, whole candles, days, resuming. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/datahub/feed.h"

#define MIDNIGHT INT64_C(1795392000)

static const struct symbol *symbol_named(const char *name)
{
    static struct symbol_list all;

    symbol_list_all(&all);
    return symbol_find(&all, name);
}

static void advance(const struct symbol *symbol, struct feed_state *state, int64_t to_s,
                    struct candle_list *closed)
{
    assert_int_equal(feed_advance(symbol, state, to_s, closed), 0);
}

static void assert_same_state(const struct feed_state *a, const struct feed_state *b)
{
    assert_int_equal(a->time_s, b->time_s);
    assert_true(a->price == b->price);
    assert_memory_equal(&a->minute, &b->minute, sizeof(a->minute));
    assert_memory_equal(&a->day, &b->day, sizeof(a->day));
    assert_int_equal(a->previous_close, b->previous_close);
}

/* In one go, or a second at a time with stops in between: the same market. */
static void test_steps_do_not_matter(void **state)
{
    const struct symbol *symbol = symbol_named("BTCUSD");
    struct feed_state once, often;
    struct candle_list once_closed = { 0 }, often_closed = { 0 };

    (void)state;
    feed_state_begin(symbol, MIDNIGHT, &once);
    feed_state_begin(symbol, MIDNIGHT, &often);
    advance(symbol, &once, MIDNIGHT + 7211, &once_closed);
    for (int64_t second = 0; second <= 7211; second += second % 3 + 1)
        advance(symbol, &often, MIDNIGHT + second, &often_closed);
    advance(symbol, &often, MIDNIGHT + 7211, &often_closed);
    assert_same_state(&once, &often);
    assert_int_equal(once_closed.count, 120);
    assert_int_equal(often_closed.count, 120);
    assert_memory_equal(once_closed.items, often_closed.items, 120 * sizeof(struct candle));
    candle_list_release(&once_closed);
    candle_list_release(&often_closed);
}

static void assert_sound(const struct candle *candle)
{
    assert_true(candle->low > 0);
    assert_true(candle->low <= candle->open && candle->open <= candle->high);
    assert_true(candle->low <= candle->close && candle->close <= candle->high);
    assert_true(candle->volume >= 0);
}

static void test_candles_are_sound(void **state)
{
    struct symbol_list all;

    (void)state;
    symbol_list_all(&all);
    for (size_t s = 0; s < all.count; s++) {
        struct feed_state walk;
        struct candle_list closed = { 0 };
        int64_t moves = 0;

        feed_state_begin(all.items[s], MIDNIGHT, &walk);
        advance(all.items[s], &walk, MIDNIGHT + DAY_S - 1, &closed);
        assert_int_equal(closed.count, 1439);
        for (size_t i = 0; i < closed.count; i++) {
            assert_sound(&closed.items[i]);
            assert_int_equal(closed.items[i].time_s, MIDNIGHT + (int64_t)i * 60);
            if (i > 0)
                assert_int_equal(closed.items[i].open, closed.items[i - 1].close);
            moves += closed.items[i].high > closed.items[i].low;
        }
        assert_true(moves > 1200);
        assert_sound(&walk.day);
        candle_list_release(&closed);
    }
}

/* A day of a walk with 55 % a year is about 2.9 %: within 6 deviations, and not dead. */
static void test_volatility(void **state)
{
    const struct symbol *symbol = symbol_named("BTCUSD");
    double sum = 0;

    (void)state;
    for (int day = 0; day < 40; day++) {
        struct feed_state walk;
        struct candle_list closed = { 0 };

        feed_state_begin(symbol, MIDNIGHT + day * DAY_S, &walk);
        advance(symbol, &walk, MIDNIGHT + day * DAY_S + DAY_S - 1, &closed);
        double move = walk.price / (double)symbol->start_price - 1.0;

        assert_true(move > -0.18 && move < 0.18);
        sum += move * move;
        candle_list_release(&closed);
    }
    double variance = sum / 40;

    assert_true(variance > 0.015 * 0.015 && variance < 0.045 * 0.045);
}

static void test_symbols_differ(void **state)
{
    struct feed_state one, other;
    struct candle_list closed = { 0 };
    struct symbol renamed = *symbol_named("BTCUSD");

    (void)state;
    renamed.name = "OTHER";
    feed_state_begin(&renamed, MIDNIGHT, &other);
    feed_state_begin(symbol_named("BTCUSD"), MIDNIGHT, &one);
    advance(&renamed, &other, MIDNIGHT + 30, &closed);
    advance(symbol_named("BTCUSD"), &one, MIDNIGHT + 30, &closed);
    assert_false(one.price == other.price);
    candle_list_release(&closed);
}

static void test_midnight(void **state)
{
    const struct symbol *symbol = symbol_named("ACME");
    struct feed_state walk;
    struct candle_list closed = { 0 };

    (void)state;
    feed_state_begin(symbol, MIDNIGHT - 120, &walk);
    assert_int_equal(walk.day.time_s, MIDNIGHT - DAY_S);
    advance(symbol, &walk, MIDNIGHT - 1, &closed);
    int64_t close = walk.day.close;

    advance(symbol, &walk, MIDNIGHT, &closed);
    assert_int_equal(walk.previous_close, close);
    assert_int_equal(walk.day.time_s, MIDNIGHT);
    assert_int_equal(walk.day.open, close);
    assert_int_equal(closed.count, 2);
    candle_list_release(&closed);
}

static void test_time_that_goes_back(void **state)
{
    const struct symbol *symbol = symbol_named("ACME");
    struct feed_state walk, before;
    struct candle_list closed = { 0 };

    (void)state;
    feed_state_begin(symbol, MIDNIGHT, &walk);
    advance(symbol, &walk, MIDNIGHT + 100, &closed);
    before = walk;
    advance(symbol, &walk, MIDNIGHT + 50, &closed);
    assert_same_state(&walk, &before);
    assert_int_equal(closed.count, 1);
    candle_list_release(&closed);
}

/* Only the candles are left: the next one follows without a hole and opens where the last closed.
 */
static void test_resume(void **state)
{
    const struct symbol *symbol = symbol_named("EURUSD");
    struct candle last = { MIDNIGHT + 600, 108000, 108010, 107990, 108005, 7 };
    struct feed_state walk;
    struct candle_list closed = { 0 };

    (void)state;
    feed_state_resume(&last, &walk);
    advance(symbol, &walk, MIDNIGHT + 780, &closed);
    assert_int_equal(closed.count, 2);
    assert_int_equal(closed.items[0].time_s, MIDNIGHT + 660);
    assert_int_equal(closed.items[0].open, 108005);
    assert_int_equal(closed.items[1].time_s, MIDNIGHT + 720);
    candle_list_release(&closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_do_not_matter),
        cmocka_unit_test(test_candles_are_sound),
        cmocka_unit_test(test_volatility),
        cmocka_unit_test(test_symbols_differ),
        cmocka_unit_test(test_midnight),
        cmocka_unit_test(test_time_that_goes_back),
        cmocka_unit_test(test_resume),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
