/* What the directives of dependencies, conditions, jobs and the life of a service do to a spec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/directive_fixture.h"

#include <errno.h>
#include <signal.h>

/* "CHECK|!PARAMETER" of each, asserts with a capital A before. */
static void assert_conditions(const struct unit_spec *spec, const char *wanted)
{
    char text[1024] = "";
    size_t length = 0;

    for (const struct condition *at = spec->conditions; at; at = at->next)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "<%s%s%s%s:%s>",
                                   at->is_assert ? "A:" : "", at->check, at->is_trigger ? "|" : "",
                                   at->is_negated ? "!" : "", at->parameter);
    assert_string_equal(text, wanted);
}

static void test_conditions(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             "[Unit]\nConditionPathExists=/a//b/\nConditionPathExists=|!/c/%i\n"
             "AssertPathIsDirectory=!/d e\nConditionHost=|!box\nAssertUser=@system\n"
             "ConditionFileNotEmpty=\\\n |/long\n" START,
             "");

    assert_conditions(spec, "<PathExists:/a/b><PathExists|!:/c/b><A:PathIsDirectory!:/d e>"
                            "<Host|!:box><A:User:@system><FileNotEmpty|:/long>");
    assert_int_equal(spec->conditions->place.line, 2);
    assert_int_equal(spec->conditions->place.column, 21);
    assert_string_equal(spec->conditions->place.path, "a@b.service");
}

/* An empty line takes back all of its kind, whatever they ask. */
static void test_conditions_reset(void **state)
{
    assert_conditions(
        load(*state,
             "[Unit]\nConditionHost=a\nAssertHost=b\nConditionUser=c\nConditionHost=\n"
             "ConditionGroup=d\n" START,
             ""),
        "<A:Host:b><Group:d>");
    assert_conditions(
        load(*state,
             "[Unit]\nConditionHost=a\nAssertHost=b\nAssertPathExists=\nAssertHost=e\n" START, ""),
        "<Host:a><A:Host:e>");
    assert_conditions(
        load(*state, "[Unit]\nConditionHost=\nConditionHost=a\nConditionHost=\n" START, ""), "");
}

static void test_bad_conditions(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(try_load(fixture,
                              "[Unit]\nConditionPathExists=|!x\nConditionPathExists=/a/../b\n"
                              "AssertHost=%Q\nConditionNothing=1\n" START),
                     -EBADMSG);
    assert_string_equal(
        fixture->problems.text,
        "a@b.service:2:23: error: ConditionPathExists=x is not an absolute path\n"
        "a@b.service:3:21: error: ConditionPathExists=/a/../b is not an absolute path without "
        "'..'\n"
        "a@b.service:4:12: error: Unknown specifier '%Q' in AssertHost=\n"
        "    hint: write '%%' for a percent sign\n"
        "a@b.service:5:1: warning: Unknown key 'ConditionNothing' in section [Unit], ignoring\n");
}

static void assert_names(const struct unit_spec *spec, enum dependency kind, const char *wanted)
{
    char text[256] = "";
    size_t length = 0;

    for (const struct dependency_name *at = spec->dependencies[kind]; at; at = at->next)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "<%s>", at->name);
    assert_string_equal(text, wanted);
}

static void test_dependency_kinds(void **state)
{
    static const char *const keys[DEPENDENCY_COUNT] = {
        [DEPENDENCY_REQUIRES] = "Requires",
        [DEPENDENCY_REQUISITE] = "Requisite",
        [DEPENDENCY_WANTS] = "Wants",
        [DEPENDENCY_BINDS_TO] = "BindsTo",
        [DEPENDENCY_PART_OF] = "PartOf",
        [DEPENDENCY_UPHOLDS] = "Upholds",
        [DEPENDENCY_CONFLICTS] = "Conflicts",
        [DEPENDENCY_BEFORE] = "Before",
        [DEPENDENCY_AFTER] = "After",
        [DEPENDENCY_ON_FAILURE] = "OnFailure",
        [DEPENDENCY_ON_SUCCESS] = "OnSuccess",
        [DEPENDENCY_PROPAGATES_STOP_TO] = "PropagatesStopTo",
        [DEPENDENCY_STOP_PROPAGATED_FROM] = "StopPropagatedFrom",
        [DEPENDENCY_PROPAGATES_RELOAD_TO] = "PropagatesReloadTo",
        [DEPENDENCY_RELOAD_PROPAGATED_FROM] = "ReloadPropagatedFrom",
    };

    for (int kind = 0; kind < DEPENDENCY_COUNT; kind++) {
        const struct unit_spec *spec;
        char text[256];

        assert_non_null(keys[kind]);
        snprintf(text, sizeof(text), "[Unit]\n%s=x.service y@%%i.target\n" START, keys[kind]);
        spec = load(*state, text, "");
        for (int other = 0; other < DEPENDENCY_COUNT; other++)
            assert_names(spec, (enum dependency)other,
                         other == kind ? "<x.service><y@b.target>" : "");
    }
}

static void test_old_names(void **state)
{
    const struct unit_spec *spec = load(
        *state,
        "[Unit]\nBindTo=a.service\nPropagateReloadTo=b.service\nPropagateReloadFrom=c."
        "service\n" START,
        "a@b.service:2:1: note: BindTo= is an old name of BindsTo=\n"
        "a@b.service:3:1: note: PropagateReloadTo= is an old name of PropagatesReloadTo=\n"
        "a@b.service:4:1: note: PropagateReloadFrom= is an old name of ReloadPropagatedFrom=\n");

    assert_names(spec, DEPENDENCY_BINDS_TO, "<a.service>");
    assert_names(spec, DEPENDENCY_PROPAGATES_RELOAD_TO, "<b.service>");
    assert_names(spec, DEPENDENCY_RELOAD_PROPAGATED_FROM, "<c.service>");
}

static void test_jobs(void **state)
{
    const struct unit_spec *spec = load(*state, START, "");

    assert_false(spec->stop_when_unneeded || spec->refuse_manual_start || spec->refuse_manual_stop);
    assert_true(spec->job_timeout_us == USEC_INFINITY);
    assert_true(spec->job_running_timeout_us == USEC_INFINITY);
    assert_int_equal(spec->job_timeout_action, EMERGENCY_NONE);
    spec = load(*state,
                "[Unit]\nStopWhenUnneeded=yes\nRefuseManualStart=1\nRefuseManualStop=on\n"
                "JobTimeoutSec=5\nJobTimeoutAction=exit-force\n" START,
                "");
    assert_true(spec->stop_when_unneeded && spec->refuse_manual_start && spec->refuse_manual_stop);
    assert_int_equal(spec->job_timeout_us, 5 * USEC_PER_SEC);
    assert_int_equal(spec->job_running_timeout_us, 5 * USEC_PER_SEC);
    assert_int_equal(spec->job_timeout_action, EMERGENCY_EXIT_FORCE);
    /* What was said about the running job stands, wherever it stands. */
    spec = load(*state, "[Unit]\nJobRunningTimeoutSec=7\nJobTimeoutSec=0\n" START, "");
    assert_true(spec->job_timeout_us == USEC_INFINITY);
    assert_int_equal(spec->job_running_timeout_us, 7 * USEC_PER_SEC);
}

static void test_service_defaults(void **state)
{
    const struct unit_spec *spec = load(*state, START "TimeoutStopSec=3\n", "");
    const struct service_spec *service = &spec->service;

    assert_true(service->guess_main_pid);
    assert_null(service->pid_file);
    assert_int_equal(service->timeout_abort_us, 3 * USEC_PER_SEC);
    assert_true(service->runtime_max_us == USEC_INFINITY);
    assert_int_equal(service->watchdog_us, 0);
    assert_int_equal(service->reload_signal, SIGHUP);
    assert_int_equal(service->fd_store_preserve, PRESERVE_RESTART);
    assert_int_equal(service->exit_type, EXIT_TYPE_MAIN);
    assert_int_equal(service->oom_policy, OOM_STOP);
    assert_int_equal(spec->kill.restart_signal, 0);
    assert_int_equal(spec->kill.watchdog_signal, SIGABRT);
}

static void test_service_life(void **state)
{
    const struct unit_spec *spec = load(
        *state,
        START
        "Type=forking\nPIDFile=x//%i.pid\nGuessMainPID=no\nExecCondition=/c\nExecReload=/r "
        "$MAINPID\n"
        "ExitType=cgroup\nOOMPolicy=kill\nRestartMode=direct\nTimeoutAbortSec=4\n"
        "TimeoutStartFailureMode=abort\nTimeoutStopFailureMode=kill\nRuntimeMaxSec=1min\n"
        "RuntimeRandomizedExtraSec=2\nWatchdogSec=9\nReloadSignal=USR1\nFileDescriptorStoreMax=12\n"
        "FileDescriptorStorePreserve=yes\nRestartKillSignal=INT\nWatchdogSignal=QUIT\n",
        "");
    const struct service_spec *service = &spec->service;

    assert_int_equal(service->type, TYPE_FORKING);
    assert_string_equal(service->pid_file, "/run/x/b.pid");
    assert_false(service->guess_main_pid);
    assert_string_equal(service->exec_condition->path, "/c");
    assert_list(service->exec_reload->argv, "</r><$MAINPID>");
    assert_int_equal(service->exit_type, EXIT_TYPE_CGROUP);
    assert_int_equal(service->oom_policy, OOM_KILL);
    assert_int_equal(service->restart_mode, RESTART_MODE_DIRECT);
    assert_int_equal(service->timeout_abort_us, 4 * USEC_PER_SEC);
    assert_int_equal(service->timeout_start_mode, TIMEOUT_ABORT);
    assert_int_equal(service->timeout_stop_mode, TIMEOUT_KILL);
    assert_int_equal(service->runtime_max_us, 60 * USEC_PER_SEC);
    assert_int_equal(service->runtime_random_extra_us, 2 * USEC_PER_SEC);
    assert_int_equal(service->watchdog_us, 9 * USEC_PER_SEC);
    assert_int_equal(service->reload_signal, SIGUSR1);
    assert_int_equal(service->fd_store_max, 12);
    assert_int_equal(service->fd_store_preserve, PRESERVE_YES);
    assert_int_equal(spec->kill.restart_signal, SIGINT);
    assert_int_equal(spec->kill.watchdog_signal, SIGQUIT);
    assert_int_equal(service->notify_access, NOTIFY_MAIN); /* for the watchdog */
}

static void test_service_variants(void **state)
{
    const struct unit_spec *spec;

    spec = load(*state, START "Type=notify-reload\n", "");
    assert_int_equal(spec->service.type, TYPE_NOTIFY_RELOAD);
    assert_int_equal(spec->service.notify_access, NOTIFY_MAIN);
    spec = load(*state, START "Type=idle\nFileDescriptorStoreMax=1\n", "");
    assert_int_equal(spec->service.type, TYPE_IDLE);
    assert_int_equal(spec->service.notify_access, NOTIFY_MAIN);
    spec = load(*state, START "TimeoutAbortSec=4\nTimeoutAbortSec=\nTimeoutStopSec=0\n", "");
    assert_true(spec->service.timeout_abort_us == USEC_INFINITY);
    spec =
        load(*state, START "PIDFile=/var/run/b.pid\nFileDescriptorStorePreserve=no\n",
             "a@b.service:3:9: note: PIDFile= is below the old directory /var/run, taking /run\n");
    assert_string_equal(spec->service.pid_file, "/run/b.pid");
    assert_int_equal(spec->service.fd_store_preserve, PRESERVE_NO);
    spec = load(*state, START "Type=oneshot\nRestartForceExitStatus=3\nPIDFile=x\nPIDFile=\n", "");
    assert_null(spec->service.pid_file);
}

static void test_prefixes(void **state)
{
    static const struct {
        const char *prefixes;
        unsigned flags;
    } cases[] = {
        { "+", EXEC_PRIVILEGED },
        { "!", EXEC_SETUID },
        { "!!", 0 },
        { "-+@:", EXEC_IGNORE_FAILURE | EXEC_PRIVILEGED | EXEC_ARGV0 | EXEC_NO_EXPANSION },
        { "!-!", EXEC_IGNORE_FAILURE },
    };
    static const char *const wrong[] = { "!!!", "+!", "!+", "++", "!!+", "--", "|" };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct unit_spec *spec;
        char text[64];

        snprintf(text, sizeof(text), "[Service]\nExecStart=%s/a b\n", cases[i].prefixes);
        spec = load(*state, text, "");
        assert_string_equal(spec->service.exec_start->path, "/a");
        assert_int_equal(spec->service.exec_start->flags, cases[i].flags);
    }
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        char text[64];

        snprintf(text, sizeof(text), "[Service]\nExecStart=%s/a b\n", wrong[i]);
        assert_int_equal(try_load(*state, text), -EBADMSG);
    }
}

/* Whether the place can give it to them is asked later. */
static void test_identity(void **state)
{
    static const char *const wrong[] = { "65535", "4294967295", "a:b", "a/b", ".", "-5", "007" };
    const struct unit_spec *spec = load(
        *state, START "User=%i\nGroup=0\nSupplementaryGroups=a b\nSupplementaryGroups=c\n", "");

    assert_string_equal(spec->exec.user, "b");
    assert_string_equal(spec->exec.group, "0");
    assert_int_equal(spec->exec.group_place.line, 4);
    assert_list(spec->exec.supplementary_groups, "<a><b><c>");
    spec = load(*state,
                START "User=x\nUser=\nGroup=x\nGroup=\nSupplementaryGroups=x\n"
                      "SupplementaryGroups=\n",
                "");
    assert_null(spec->exec.user);
    assert_null(spec->exec.group);
    assert_null(spec->exec.supplementary_groups);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        char text[64];

        snprintf(text, sizeof(text), START "User=%s\n", wrong[i]);
        assert_int_equal(try_load(*state, text), -EBADMSG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_prefixes),         TEST(test_identity),
        TEST(test_conditions),       TEST(test_conditions_reset),
        TEST(test_bad_conditions),   TEST(test_dependency_kinds),
        TEST(test_old_names),        TEST(test_jobs),
        TEST(test_service_defaults), TEST(test_service_life),
        TEST(test_service_variants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
