/* reeve-health: when a unit is probed and what the answers make of it, on a virtual clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/health/rule.h"

#define SEC USEC_PER_SEC

static const struct health_pace pace = {
    .interval_us = 10 * SEC,
    .start_interval_us = SEC,
    .start_period_us = 5 * SEC,
    .timeout_us = 2 * SEC,
    .retries = 3,
};

/* The middle of the jitter: intervals as they stand. */
enum { MIDDLE = 512 };

static bool probe(struct health *health, uint64_t at_us, bool is_good)
{
    health_probe_begins(health, &pace, at_us, MIDDLE);
    return health_probe_ends(health, &pace, is_good, at_us + 1000);
}

static void first_success_makes_healthy(void **state)
{
    struct health health;

    (void)state;
    health_run(&health, &pace, WIRE_HEALTH_STARTING, 100 * SEC);
    assert_int_equal(health.word, WIRE_HEALTH_STARTING);
    assert_int_equal(health_due(&health, &pace), 100 * SEC);
    assert_true(probe(&health, 100 * SEC, true));
    assert_int_equal(health.word, WIRE_HEALTH_HEALTHY);
    assert_true(health_due(&health, &pace) >= 109 * SEC);
    assert_false(probe(&health, 110 * SEC, true)); /* nothing new */
}

static void failures_in_the_start_period_do_not_count(void **state)
{
    struct health health;

    (void)state;
    health_run(&health, &pace, WIRE_HEALTH_STARTING, 0);
    for (uint64_t at = 0; at < 5; at++) {
        assert_false(probe(&health, at * SEC, false));
        assert_int_equal(health.failures, 0);
        /* The start interval, from start to start. */
        assert_in_range(health_due(&health, &pace), (at + 1) * SEC - 1000, (at + 1) * SEC + 1000);
    }
    assert_int_equal(health.word, WIRE_HEALTH_STARTING);
}

static void after_it_they_count_once_per_interval(void **state)
{
    struct health health;
    uint64_t at = 0;

    (void)state;
    health_run(&health, &pace, WIRE_HEALTH_STARTING, 0);
    /* Counted at 5, 15 and 25 s, though the unit is looked at each second. */
    for (; at < 25; at++)
        assert_false(probe(&health, at * SEC, false));
    assert_int_equal(health.failures, 2);
    assert_true(probe(&health, 25 * SEC, false));
    assert_int_equal(health.word, WIRE_HEALTH_UNHEALTHY);
    assert_true(probe(&health, 26 * SEC, true));
    assert_int_equal(health.word, WIRE_HEALTH_HEALTHY);
    assert_int_equal(health.failures, 0);
}

static void retries_in_a_row_make_unhealthy(void **state)
{
    struct health health;

    (void)state;
    health_run(&health, &pace, WIRE_HEALTH_STARTING, 0);
    (void)probe(&health, 0, true);
    assert_false(probe(&health, 1 * SEC, false)); /* inside the start period, but after a success */
    assert_false(probe(&health, 2 * SEC, false));
    assert_false(probe(&health, 3 * SEC, true)); /* breaks the row */
    assert_false(probe(&health, 4 * SEC, false));
    assert_false(probe(&health, 5 * SEC, false));
    assert_true(probe(&health, 6 * SEC, false));
    assert_int_equal(health.word, WIRE_HEALTH_UNHEALTHY);
    assert_int_equal(health.failures, 3);
    assert_false(probe(&health, 7 * SEC, false));
    assert_int_equal(health.failures, 4);
    assert_true(probe(&health, 8 * SEC, true)); /* one success is enough */
    assert_int_equal(health.word, WIRE_HEALTH_HEALTHY);
}

static void retries_of_zero_mean_one(void **state)
{
    struct health_pace hasty = pace;
    struct health health;

    (void)state;
    hasty.retries = 0;
    hasty.start_period_us = 0;
    health_run(&health, &hasty, WIRE_HEALTH_STARTING, 0);
    health_probe_begins(&health, &hasty, 0, MIDDLE);
    assert_true(health_probe_ends(&health, &hasty, false, 1));
    assert_int_equal(health.word, WIRE_HEALTH_UNHEALTHY);
}

static void a_probe_is_due_for_its_time_out(void **state)
{
    struct health health;

    (void)state;
    health_run(&health, &pace, WIRE_HEALTH_STARTING, 7 * SEC);
    health_probe_begins(&health, &pace, 7 * SEC, MIDDLE);
    assert_int_equal(health_due(&health, &pace), 9 * SEC);
    /* It took longer than the start interval: the next one comes at once, and not before. */
    (void)health_probe_ends(&health, &pace, false, 9 * SEC);
    assert_int_equal(health_due(&health, &pace), 9 * SEC);
}

static void what_is_gone_is_not_probed(void **state)
{
    struct health health;

    (void)state;
    health_run(&health, &pace, WIRE_HEALTH_STARTING, 0);
    (void)probe(&health, 0, true);
    health_probe_begins(&health, &pace, 10 * SEC, MIDDLE);
    health_halt(&health);
    assert_int_equal(health.word, WIRE_HEALTH_STARTING);
    assert_int_equal(health_due(&health, &pace), USEC_INFINITY);
    assert_false(health_probe_ends(&health, &pace, true, 11 * SEC)); /* late news */
    assert_int_equal(health.word, WIRE_HEALTH_STARTING);
}

static void an_adopted_word_stands_until_the_first_answer(void **state)
{
    struct health health;

    (void)state;
    health_run(&health, &pace, WIRE_HEALTH_HEALTHY, 0);
    assert_int_equal(health.word, WIRE_HEALTH_HEALTHY);
    assert_int_equal(health_due(&health, &pace), 0); /* asked at once */
    assert_false(probe(&health, 0, true));

    health_run(&health, &pace, WIRE_HEALTH_HEALTHY, 0);
    assert_true(probe(&health, 0, false));
    assert_int_equal(health.word, WIRE_HEALTH_STARTING);

    health_run(&health, &pace, WIRE_HEALTH_UNHEALTHY, 0);
    assert_int_equal(health.word, WIRE_HEALTH_UNHEALTHY);
    assert_true(probe(&health, 0, true));
    assert_int_equal(health.word, WIRE_HEALTH_HEALTHY);
}

static void jitter_stays_within_three_percent(void **state)
{
    uint64_t least = UINT64_MAX, most = 0;

    (void)state;
    for (uint32_t random = 0; random < 4096; random++) {
        struct health health;

        health_run(&health, &pace, WIRE_HEALTH_HEALTHY, 0);
        health_probe_begins(&health, &pace, 0, random);
        (void)health_probe_ends(&health, &pace, true, 1);
        least = health.next_us < least ? health.next_us : least;
        most = health.next_us > most ? health.next_us : most;
    }
    assert_in_range(least, 9700000, 9750000);
    assert_in_range(most, 10250000, 10300000);
}

static void cheap_probes_hurry_at_first(void **state)
{
    struct health_pace cheap = pace;
    struct health health;
    uint64_t at_us = 0;

    (void)state;
    cheap.may_hurry = true;
    health_run(&health, &cheap, WIRE_HEALTH_STARTING, 0);
    for (uint64_t pause_us = 10000; pause_us < 3 * SEC; pause_us *= 2) {
        uint64_t wanted_us = pause_us < SEC ? pause_us : SEC;

        health_probe_begins(&health, &cheap, at_us, MIDDLE);
        (void)health_probe_ends(&health, &cheap, false, at_us + 100);
        assert_in_range(health_due(&health, &cheap) - at_us, wanted_us - wanted_us / 50,
                        wanted_us + wanted_us / 50);
        at_us = health_due(&health, &cheap);
    }
    assert_int_equal(health.failures, 0); /* all inside the start period */
}

static void infinity_is_never(void **state)
{
    struct health_pace once = pace;
    struct health health;

    (void)state;
    once.interval_us = once.timeout_us = once.start_interval_us = USEC_INFINITY;
    health_run(&health, &once, WIRE_HEALTH_STARTING, 5 * SEC);
    health_probe_begins(&health, &once, 5 * SEC, 3);
    assert_int_equal(health_due(&health, &once), USEC_INFINITY);
    (void)health_probe_ends(&health, &once, true, 6 * SEC);
    assert_int_equal(health_due(&health, &once), USEC_INFINITY);
}

static void a_threshold_wants_several_successes(void **state)
{
    struct health_pace slow = pace;
    struct health health;

    (void)state;
    slow.successes = 3;
    health_run(&health, &slow, WIRE_HEALTH_STARTING, 0);
    for (unsigned i = 0; i < 6; i++) {
        health_probe_begins(&health, &slow, i * SEC, MIDDLE);
        /* The third answer is bad, and all begins anew. */
        assert_int_equal(health_probe_ends(&health, &slow, i != 2, i * SEC + 1), i == 5);
    }
    assert_int_equal(health.word, WIRE_HEALTH_HEALTHY);
    /* The same on the way back. */
    for (unsigned i = 0; i < pace.retries + 3; i++) {
        health_probe_begins(&health, &slow, (100 + i) * SEC, MIDDLE);
        (void)health_probe_ends(&health, &slow, i >= pace.retries, (100 + i) * SEC + 1);
        assert_int_equal(health.word == WIRE_HEALTH_UNHEALTHY,
                         i + 1 >= pace.retries && i < pace.retries + 2);
    }
    assert_int_equal(health.word, WIRE_HEALTH_HEALTHY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_success_makes_healthy),
        cmocka_unit_test(failures_in_the_start_period_do_not_count),
        cmocka_unit_test(after_it_they_count_once_per_interval),
        cmocka_unit_test(retries_in_a_row_make_unhealthy),
        cmocka_unit_test(retries_of_zero_mean_one),
        cmocka_unit_test(a_probe_is_due_for_its_time_out),
        cmocka_unit_test(what_is_gone_is_not_probed),
        cmocka_unit_test(an_adopted_word_stands_until_the_first_answer),
        cmocka_unit_test(jitter_stays_within_three_percent),
        cmocka_unit_test(cheap_probes_hurry_at_first),
        cmocka_unit_test(infinity_is_never),
        cmocka_unit_test(a_threshold_wants_several_successes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
