/* supervisor/init/watchdog.h: when reeve tells whoever watches it that its loop still turns. */
#include "supervisor/init/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void wants(const char *span, const char *pid, uint64_t interval_us)
{
    assert_int_equal(watchdog_read(span, pid, 42).interval_us, interval_us);
}

static void twice_in_each_span(void **state)
{
    (void)state;
    wants("30000000", "42", 15000000);
    wants("30000000", NULL, 15000000);
    wants("1", NULL, 1);
}

static void nobody_asked_us(void **state)
{
    (void)state;
    wants(NULL, NULL, 0);
    wants(NULL, "42", 0);
    wants("30000000", "43", 0);
    wants("30000000", "", 0);
    wants("30000000", "42x", 0);
    wants("", "42", 0);
    wants("0", "42", 0);
    wants("-1", "42", 0);
    wants(" 1000", "42", 0);
    wants("30s", "42", 0);
    wants("18446744073709551615", "42", 0); /* infinity */
    wants("99999999999999999999", "42", 0);
}

static void it_is_due_at_once_and_then_by_the_clock(void **state)
{
    struct watchdog watchdog = watchdog_read("1000", NULL, 42);

    (void)state;
    assert_true(watchdog_is_due(&watchdog, 7000));
    assert_int_equal(watchdog.due_us, 7500);
    assert_false(watchdog_is_due(&watchdog, 7000));
    assert_false(watchdog_is_due(&watchdog, 7499));
    assert_true(watchdog_is_due(&watchdog, 9000));
    assert_int_equal(watchdog.due_us, 9500); /* what was missed is not sent afterwards */
}

static void none_is_never_due(void **state)
{
    struct watchdog none = watchdog_read(NULL, NULL, 42);

    (void)state;
    assert_false(watchdog_is_due(&none, 0));
    assert_false(watchdog_is_due(&none, UINT64_MAX));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(twice_in_each_span),
        cmocka_unit_test(nobody_asked_us),
        cmocka_unit_test(it_is_due_at_once_and_then_by_the_clock),
        cmocka_unit_test(none_is_never_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
