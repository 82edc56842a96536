#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/unit/policy.h"

#include <signal.h>

/* The table of systemd.service(5), Restart=, typed in from the page: rows are causes, "x" means
 * restart. */
static void restart_follows_the_table_of_the_man_page(void **state)
{
    static const enum restart_policy columns[] = {
        RESTART_NO,          RESTART_ALWAYS,   RESTART_ON_SUCCESS,  RESTART_ON_FAILURE,
        RESTART_ON_ABNORMAL, RESTART_ON_ABORT, RESTART_ON_WATCHDOG,
    };
    static const struct {
        enum unit_result cause;
        const char *row;
    } rows[] = {
        { RESULT_SUCCESS, " xx    " }, { RESULT_EXIT_CODE, " x x   " },
        { RESULT_SIGNAL, " x xxx " },  { RESULT_CORE_DUMP, " x xxx " },
        { RESULT_TIMEOUT, " x xx  " },
    };
    struct process_exit exit = { 0 };

    (void)state;
    for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
        for (size_t c = 0; c < ARRAY_SIZE(columns); c++) {
            struct service_spec service = { .restart = columns[c] };

            assert_int_equal(restart_wanted(&service, rows[r].cause, exit), rows[r].row[c] == 'x');
        }
}

static void prevent_beats_force(void **state)
{
    struct service_spec service = { .restart = RESTART_NO };
    struct exit_status_set only_42 = { .codes[0] = UINT64_C(1) << 42 };
    struct process_exit exit = { CLD_EXITED, 42 };

    (void)state;
    assert_false(restart_wanted(&service, RESULT_EXIT_CODE, exit));
    service.restart_force_exit_status = &only_42;
    assert_true(restart_wanted(&service, RESULT_EXIT_CODE, exit));
    service.restart_prevent_exit_status = &only_42;
    assert_false(restart_wanted(&service, RESULT_EXIT_CODE, exit));
}

static void clean_ends_are_those_of_the_man_page(void **state)
{
    static const struct {
        struct process_exit exit;
        bool is_daemon;
        enum unit_result result;
    } cases[] = {
        { { CLD_EXITED, 0 }, true, RESULT_SUCCESS },
        { { CLD_EXITED, 1 }, true, RESULT_EXIT_CODE },
        { { CLD_KILLED, SIGHUP }, true, RESULT_SUCCESS },
        { { CLD_KILLED, SIGINT }, true, RESULT_SUCCESS },
        { { CLD_KILLED, SIGTERM }, true, RESULT_SUCCESS },
        { { CLD_KILLED, SIGPIPE }, true, RESULT_SUCCESS },
        { { CLD_KILLED, SIGTERM }, false, RESULT_SIGNAL },
        { { CLD_KILLED, SIGKILL }, true, RESULT_SIGNAL },
        { { CLD_DUMPED, SIGSEGV }, true, RESULT_CORE_DUMP },
        { { 0, 0 }, true, RESULT_SUCCESS },
    };
    static const struct exit_status_set none;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(process_exit_result(cases[i].exit, &none, cases[i].is_daemon),
                         cases[i].result);
}

/* As systemd 257 computes it: RestartSec=1s, RestartSteps=4, RestartMaxDelaySec=16s doubles each
 * time. */
static void the_delay_grows_geometrically_to_its_cap(void **state)
{
    static const uint64_t seconds[] = { 1, 2, 4, 8, 16, 16, 16 };
    struct service_spec service = { .restart_us = USEC_PER_SEC,
                                    .restart_steps = 4,
                                    .restart_max_delay_us = 16 * USEC_PER_SEC };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(seconds); i++)
        assert_in_range(restart_delay_us(&service, i + 1), seconds[i] * USEC_PER_SEC - 2,
                        seconds[i] * USEC_PER_SEC + 2);
    assert_int_equal(restart_delay_us(&service, UINT32_MAX), 16 * USEC_PER_SEC);
    service.restart_steps = 0;
    assert_int_equal(restart_delay_us(&service, 9), USEC_PER_SEC);
    service.restart_steps = 4;
    service.restart_max_delay_us = USEC_INFINITY;
    assert_int_equal(restart_delay_us(&service, 9), USEC_PER_SEC);
}

static void the_pod_ends_with_an_honest_status(void **state)
{
    static const struct {
        enum unit_result result;
        struct process_exit exit;
        int status;
    } cases[] = {
        { RESULT_SUCCESS, { CLD_EXITED, 0 }, 0 },
        { RESULT_SUCCESS, { CLD_EXITED, 42 }, 42 }, /* SuccessExitStatus=42 */
        { RESULT_SUCCESS, { CLD_KILLED, SIGTERM }, 0 },
        { RESULT_EXIT_CODE, { CLD_EXITED, 203 }, 203 },
        { RESULT_SIGNAL, { CLD_KILLED, SIGKILL }, 137 },
        { RESULT_CORE_DUMP, { CLD_DUMPED, SIGABRT }, 134 },
        { RESULT_TIMEOUT, { CLD_KILLED, SIGKILL }, 124 },
        { RESULT_PROTOCOL, { CLD_EXITED, 0 }, 76 },
        { RESULT_RESOURCES, { 0, 0 }, 71 },
        { RESULT_START_LIMIT_HIT, { CLD_EXITED, 9 }, 9 },
        { RESULT_START_LIMIT_HIT, { CLD_EXITED, 0 }, 1 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(pod_exit_status(cases[i].result, cases[i].exit), cases[i].status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restart_follows_the_table_of_the_man_page),
        cmocka_unit_test(prevent_beats_force),
        cmocka_unit_test(clean_ends_are_those_of_the_man_page),
        cmocka_unit_test(the_delay_grows_geometrically_to_its_cap),
        cmocka_unit_test(the_pod_ends_with_an_honest_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
