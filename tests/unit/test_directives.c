/* What each directive does to a spec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/directive_fixture.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/resource.h>

static void test_defaults(void **state)
{
    const struct unit_spec *spec = load(*state, START, "");

    assert_string_equal(spec->name, "a@b.service");
    assert_string_equal(spec->description, "a@b.service");
    assert_string_equal(spec->fragment_path, "a@b.service");
    assert_int_equal(spec->kind, UNIT_SERVICE);
    assert_true(spec->default_dependencies);
    assert_int_equal(spec->start_limit_interval_us, 10 * USEC_PER_SEC);
    assert_int_equal(spec->start_limit_burst, 5);
    assert_int_equal(spec->failure_action_exit_status, -1);
    assert_int_equal(spec->success_action_exit_status, -1);
    assert_int_equal(spec->service.type, TYPE_SIMPLE);
    assert_int_equal(spec->service.restart, RESTART_NO);
    assert_int_equal(spec->service.restart_us, 100 * USEC_PER_MSEC);
    assert_true(spec->service.restart_max_delay_us == USEC_INFINITY);
    assert_int_equal(spec->service.timeout_start_us, 90 * USEC_PER_SEC);
    assert_int_equal(spec->service.timeout_stop_us, 90 * USEC_PER_SEC);
    assert_int_equal(spec->service.notify_access, NOTIFY_NONE);
    assert_int_equal(spec->exec.umask, 0022);
    assert_true(spec->exec.no_new_privileges);
    assert_int_equal(spec->exec.directories[DIRECTORY_LOGS].mode, 0755);
    assert_int_equal(spec->kill.mode, KILL_CONTROL_GROUP);
    assert_int_equal(spec->kill.signal, SIGTERM);
    assert_int_equal(spec->kill.final_signal, SIGKILL);
    assert_true(spec->kill.send_sigkill);
    assert_false(spec->kill.send_sighup);
    assert_null(spec->health.probes);
    assert_int_equal(spec->health.successes, 1);
    assert_int_equal(spec->health.interval_us, 10 * USEC_PER_SEC);
    assert_int_equal(spec->health.timeout_us, 5 * USEC_PER_SEC);
    assert_int_equal(spec->health.start_interval_us, 250 * USEC_PER_MSEC);
    assert_int_equal(spec->health.retries, 3);
    assert_int_equal(spec->health.impact, HEALTH_CRITICAL);
    assert_int_equal(spec->sandbox_policy, SANDBOX_STRICT);
}

static void assert_resource(const struct unit_spec *spec, enum resource resource, uint64_t number)
{
    assert_true(spec->exec.resources[resource].is_set);
    assert_false(spec->exec.resources[resource].is_share);
    assert_true(spec->exec.resources[resource].number == number);
}

static void test_resources(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             START "MemoryMax=64M\nMemoryHigh=50.5%\nMemorySwapMax=0\nMemoryLow=infinity\n"
                   "TasksMax=20\nCPUQuota=150%\nCPUWeight=idle\n",
             "");

    assert_resource(spec, RESOURCE_MEMORY_MAX, 64 << 20);
    assert_true(spec->exec.resources[RESOURCE_MEMORY_HIGH].is_share);
    assert_int_equal(spec->exec.resources[RESOURCE_MEMORY_HIGH].number, 5050);
    assert_resource(spec, RESOURCE_MEMORY_SWAP_MAX, 0);
    assert_resource(spec, RESOURCE_MEMORY_LOW, UINT64_MAX);
    assert_resource(spec, RESOURCE_TASKS_MAX, 20);
    assert_resource(spec, RESOURCE_CPU_QUOTA, 1500000);
    assert_resource(spec, RESOURCE_CPU_WEIGHT, 0);
    assert_false(spec->exec.resources[RESOURCE_MEMORY_MIN].is_set);
    spec = load(*state,
                START "MemoryMax=64M\nMemoryMax=infinity\nTasksMax=3\nTasksMax=\nCPUQuota=12.5%\n"
                      "CPUWeight=10000\n",
                "");
    assert_false(spec->exec.resources[RESOURCE_MEMORY_MAX].is_set);
    assert_false(spec->exec.resources[RESOURCE_TASKS_MAX].is_set);
    assert_resource(spec, RESOURCE_CPU_QUOTA, 125000);
    assert_resource(spec, RESOURCE_CPU_WEIGHT, 10000);
    assert_int_equal(try_load(*state, START "MemoryMax=0\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "TasksMax=0\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "CPUQuota=0%\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "CPUQuota=20\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "CPUQuota=%\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "CPUWeight=10001\n"), -EBADMSG);
}

static void test_resources_of_devices(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             START "IOWeight=200\nMemoryZSwapMax=0\nAllowedCPUs=0-1, 3\nAllowedCPUs=5\n"
                   "AllowedMemoryNodes=0\nAllowedMemoryNodes=\nIODeviceWeight=/dev/sda 300\n"
                   "IOReadBandwidthMax=/dev/sda 5M\nIOReadBandwidthMax=/var infinity\n"
                   "IOWriteIOPSMax=/dev/sdb 1K\nIOWriteIOPSMax=\n",
             "");
    const struct resource_value *values = spec->exec.resources;
    const struct resource_device *device = values[RESOURCE_IO_READ_BANDWIDTH].devices;

    assert_resource(spec, RESOURCE_IO_WEIGHT, 200);
    assert_resource(spec, RESOURCE_MEMORY_ZSWAP_MAX, 0);
    assert_string_equal(values[RESOURCE_ALLOWED_CPUS].list, "0-1,3,5");
    assert_false(values[RESOURCE_ALLOWED_NODES].is_set);
    assert_int_equal(values[RESOURCE_IO_DEVICE_WEIGHT].devices->number, 300);
    assert_string_equal(device->path, "/dev/sda");
    assert_int_equal(device->number, 5000000);
    assert_string_equal(device->next->path, "/var");
    assert_true(device->next->number == UINT64_MAX && !device->next->next);
    assert_false(values[RESOURCE_IO_WRITE_IOPS].is_set);
    assert_int_equal(try_load(*state, START "IOReadIOPSMax=/dev/sda\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "IOReadIOPSMax=sda 5\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "IOReadIOPSMax=/dev/sda 5X\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "IOReadIOPSMax=/dev/sda 0\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "IODeviceWeight=/dev/sda 10001\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "IOWeight=0\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "AllowedCPUs=0-\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "AllowedCPUs=a\n"), -EBADMSG);
}

/* Defaults that depend on another directive. */
static void test_dependent_defaults(void **state)
{
    const struct unit_spec *spec;

    spec = load(*state, START "Type=oneshot\n", "");
    assert_true(spec->service.timeout_start_us == USEC_INFINITY);
    spec = load(*state, START "Type=oneshot\nTimeoutStartSec=5\n", "");
    assert_int_equal(spec->service.timeout_start_us, 5 * USEC_PER_SEC);
    spec = load(*state, START "Type=oneshot\nTimeoutSec=5\n", "");
    assert_int_equal(spec->service.timeout_start_us, 5 * USEC_PER_SEC);
    assert_int_equal(spec->service.timeout_stop_us, 5 * USEC_PER_SEC);
    spec = load(*state, START "TimeoutStartSec=0\nTimeoutStopSec=0\n", "");
    assert_true(spec->service.timeout_start_us == USEC_INFINITY);
    assert_true(spec->service.timeout_stop_us == USEC_INFINITY);
    spec = load(*state, START "Type=notify\n", "");
    assert_int_equal(spec->service.notify_access, NOTIFY_MAIN);
    spec = load(*state, START "Type=notify\nNotifyAccess=none\n", "");
    assert_int_equal(spec->service.notify_access, NOTIFY_MAIN);
    spec = load(*state, START "Type=notify\nNotifyAccess=all\n", "");
    assert_int_equal(spec->service.notify_access, NOTIFY_ALL);
    /* Without ExecStart= the type is oneshot. */
    spec = load(*state, "[Service]\nExecStop=/bin/true\nRemainAfterExit=yes\n", "");
    assert_int_equal(spec->service.type, TYPE_ONESHOT);
    assert_true(spec->service.timeout_start_us == USEC_INFINITY);
    spec = load(*state, "[Unit]\nSuccessAction=exit\n[Service]\n", "");
    assert_int_equal(spec->service.type, TYPE_ONESHOT);
}

static void test_unit_section(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             "[Unit]\nDescription=Unit %i of 100%% \nDocumentation=man:a(1) https://a/b\n"
             "Documentation=\nDocumentation=man:b(2)\nDefaultDependencies=no\n"
             "StartLimitIntervalSec=1min\nStartLimitBurst=0x3\nStartLimitAction=exit-force\n"
             "FailureAction=exit\nSuccessAction=exit\nFailureActionExitStatus=7\n"
             "SuccessActionExitStatus=9\nSuccessActionExitStatus=\n[Install]\nWantedBy=x\n"
             "[X-Other]\nwhat ever\n" START,
             "");

    assert_string_equal(spec->description, "Unit b of 100%");
    assert_list(spec->documentation, "<man:b(2)>");
    assert_false(spec->default_dependencies);
    assert_int_equal(spec->start_limit_interval_us, 60 * USEC_PER_SEC);
    assert_int_equal(spec->start_limit_burst, 3);
    assert_int_equal(spec->start_limit_action, EMERGENCY_EXIT_FORCE);
    assert_int_equal(spec->failure_action, EMERGENCY_EXIT);
    assert_int_equal(spec->success_action, EMERGENCY_EXIT);
    assert_int_equal(spec->failure_action_exit_status, 7);
    assert_int_equal(spec->success_action_exit_status, -1);
}

static void test_dependencies(void **state)
{
    const struct unit_spec *spec = load(*state,
                                        "[Unit]\nAfter=x.service y@%i.service \\\n "
                                        "z\\x2d.target\nAfter=\nAfter=w.mount\n" START,
                                        "");
    static const struct {
        const char *name;
        unsigned line, column;
    } wanted[] = { { "x.service", 2, 7 },
                   { "y@b.service", 2, 17 },
                   { "z\\x2d.target", 3, 2 },
                   { "w.mount", 5, 7 } };
    const struct dependency_name *at = spec->dependencies[DEPENDENCY_AFTER];

    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++, at = at->next) {
        assert_string_equal(at->name, wanted[i].name);
        assert_int_equal(at->place.line, wanted[i].line);
        assert_int_equal(at->place.column, wanted[i].column);
        assert_string_equal(at->place.path, "a@b.service");
    }
    assert_null(at);
    assert_null(spec->dependencies[DEPENDENCY_WANTS]);
}

static void assert_command(const struct exec_command *command, const char *path, unsigned flags,
                           const char *words)
{
    assert_non_null(command);
    assert_string_equal(command->path, path);
    assert_int_equal(command->flags, flags);
    assert_list(command->argv, words);
}

static void test_exec(void **state)
{
    const struct unit_spec *spec =
        load(*state,
             "[Service]\nType=oneshot\n"
             "ExecStart=/gone\nExecStart=\n"
             "ExecStart=//bin/./echo a  'b c' \"d\\x41\" $HOME ${X} %i%% ; sh \\; x;y ;z \";\"\n"
             "ExecStart=-@:echo name -n 50%\nExecStart=;\nExecStart=; /bin/last ;\n"
             "ExecStartPre=-%i\nExecStartPost=:/p\nExecStop=/s\nExecStopPost=@/q \"\"\n",
             "");
    const struct exec_command *at = spec->service.exec_start;

    assert_command(at, "/bin/echo", 0, "<//bin/./echo><a><b c><dA><$HOME><${X}><b%>");
    assert_int_equal(at->place.line, 5);
    assert_int_equal(at->place.column, 11);
    at = at->next;
    assert_command(at, "sh", 0, "<sh><;><x;y><;z><;>");
    assert_int_equal(at->place.column, 59);
    at = at->next;
    assert_command(at, "echo", EXEC_IGNORE_FAILURE | EXEC_ARGV0 | EXEC_NO_EXPANSION,
                   "<name><-n><50%>");
    at = at->next;
    assert_command(at, "/bin/last", 0, "</bin/last>");
    assert_null(at->next);
    assert_command(spec->service.exec_start_pre, "b", EXEC_IGNORE_FAILURE, "<b>");
    assert_command(spec->service.exec_start_post, "/p", EXEC_NO_EXPANSION, "</p>");
    assert_command(spec->service.exec_stop, "/s", 0, "</s>");
    assert_command(spec->service.exec_stop_post, "/q", EXEC_ARGV0, "<>");
}

static void test_service_section(void **state)
{
    const struct unit_spec *spec = load(
        *state,
        START
        "Type=exec\nRestart=on-abnormal\nRestartSec=2\nRestartSteps=3\nRestartMaxDelaySec=1min\n"
        "SuccessExitStatus=3\nSuccessExitStatus=\nSuccessExitStatus=1 TEMPFAIL SIGUSR1 255\n"
        "SuccessExitStatus=RTMAX\nRestartPreventExitStatus=EXCEPTION\n"
        "RestartForceExitStatus=SIGKILL\nKillMode=mixed\nKillSignal=INT\nFinalKillSignal=3\n"
        "SendSIGHUP=yes\nSendSIGKILL=off\nRemainAfterExit=t\nNotifyAccess=exec\n",
        "");
    const struct exit_status_set *set = spec->service.success_exit_status;

    assert_int_equal(spec->service.type, TYPE_EXEC);
    assert_int_equal(spec->service.restart, RESTART_ON_ABNORMAL);
    assert_int_equal(spec->service.restart_us, 2 * USEC_PER_SEC);
    assert_int_equal(spec->service.restart_steps, 3);
    assert_int_equal(spec->service.restart_max_delay_us, 60 * USEC_PER_SEC);
    assert_int_equal(set->codes[0], 1 << 1);
    assert_int_equal(set->codes[1], 1 << (75 - 64));
    assert_true(set->codes[3] == UINT64_C(1) << 63);
    assert_int_equal(set->signals[0], 1 << SIGUSR1);
    assert_int_equal(set->signals[1], 1);
    assert_true(spec->service.restart_prevent_exit_status->codes[3] == UINT64_C(1) << 63);
    assert_int_equal(spec->service.restart_force_exit_status->signals[0], 1 << SIGKILL);
    assert_int_equal(spec->kill.mode, KILL_MIXED);
    assert_int_equal(spec->kill.signal, SIGINT);
    assert_int_equal(spec->kill.final_signal, 3);
    assert_true(spec->kill.send_sighup);
    assert_false(spec->kill.send_sigkill);
    assert_true(spec->service.remain_after_exit);
    assert_int_equal(spec->service.notify_access, NOTIFY_EXEC);
}

static void test_exec_environment(void **state)
{
    const struct unit_spec *spec = load(
        *state,
        START
        "Environment=X=1\nEnvironment=\nEnvironment=A=%i \"B=two words\" C=\nEnvironment=A=\\x32\n"
        "EnvironmentFile=/x\nEnvironmentFile=\nEnvironmentFile=-/etc/%i.env\nEnvironmentFile=/b c\n"
        "PassEnvironment=P Q_1\nUnsetEnvironment=U V=w\nUMask=077\nNoNewPrivileges=yes\n"
        "WorkingDirectory=-/srv//%i/\nNice=-5\nOOMScoreAdjust=500\nOOMScoreAdjust=\n"
        "LimitNOFILE=1000\nLimitNOFILE=\\10:20\nLimitCORE=infinity\n",
        "");
    const struct environment_file *file = spec->exec.environment_files;

    assert_list(spec->exec.environment, "<A=b><B=two words><C=><A=2>");
    assert_string_equal(file->path, "/etc/b.env");
    assert_true(file->is_optional);
    assert_string_equal(file->next->path, "/b c");
    assert_false(file->next->is_optional);
    assert_null(file->next->next);
    assert_list(spec->exec.pass_environment, "<P><Q_1>");
    assert_list(spec->exec.unset_environment, "<U><V=w>");
    assert_int_equal(spec->exec.umask, 077);
    assert_string_equal(spec->exec.working_directory, "/srv/b");
    assert_true(spec->exec.working_directory_optional);
    assert_true(spec->exec.has_nice);
    assert_int_equal(spec->exec.nice, -5);
    assert_false(spec->exec.has_oom_score_adjust);
    assert_true(spec->exec.limits[RLIMIT_NOFILE].is_set);
    assert_int_equal(spec->exec.limits[RLIMIT_NOFILE].soft, 10);
    assert_int_equal(spec->exec.limits[RLIMIT_NOFILE].hard, 20);
    assert_true(spec->exec.limits[RLIMIT_CORE].hard == UINT64_MAX);
    assert_false(spec->exec.limits[RLIMIT_CPU].is_set);

    assert_null(spec->exec.resources);

    spec = load(*state, START "WorkingDirectory=/x\nWorkingDirectory=\nOOMScoreAdjust=7\n", "");
    assert_null(spec->exec.working_directory);
    assert_true(spec->exec.has_oom_score_adjust);
    assert_int_equal(spec->exec.oom_score_adjust, 7);
    spec = load(*state, START "WorkingDirectory=-~\n", "");
    assert_string_equal(spec->exec.working_directory, "/home/pod");
}

static void test_directories(void **state)
{
    const struct unit_spec *spec = load(
        *state,
        START "StateDirectory=x\nStateDirectory=\nStateDirectory=a//b %i ./c/\nStateDirectory=d\n"
              "StateDirectoryMode=0700\nRuntimeDirectory=r\nCacheDirectory=c\nLogsDirectory=l\n"
              "ConfigurationDirectory=e\nConfigurationDirectoryMode=1777\n",
        "");

    assert_list(spec->exec.directories[DIRECTORY_STATE].names, "<a/b><b><c><d>");
    assert_int_equal(spec->exec.directories[DIRECTORY_STATE].mode, 0700);
    assert_list(spec->exec.directories[DIRECTORY_RUNTIME].names, "<r>");
    assert_int_equal(spec->exec.directories[DIRECTORY_RUNTIME].mode, 0755);
    assert_list(spec->exec.directories[DIRECTORY_CACHE].names, "<c>");
    assert_list(spec->exec.directories[DIRECTORY_LOGS].names, "<l>");
    assert_list(spec->exec.directories[DIRECTORY_CONFIGURATION].names, "<e>");
    assert_int_equal(spec->exec.directories[DIRECTORY_CONFIGURATION].mode, 01777);
}

static void test_reeve_section(void **state)
{
    const struct unit_spec *spec = load(
        *state,
        START "[X-Reeve]\nHealthCmd=http://%l:80/%i\nHealthCmd=tcp://"
              "%%:1\nHealthSuccessThreshold=2\nHealthInterval=1\nHealthTimeout=2\nHealthRetries=4\n"
              "HealthStartPeriod=5\nHealthStartInterval=6ms\nHealthGate=yes\nHealthImpact=degrade\n"
              "SandboxPolicy=degrade\nX-Mine=1\n",
        "");

    assert_string_equal(spec->health.probes->command, "http://box:80/b");
    assert_int_equal(spec->health.probes->place.line, 4);
    assert_int_equal(spec->health.probes->place.column, 11);
    assert_string_equal(spec->health.probes->next->command, "tcp://%:1");
    assert_null(spec->health.probes->next->next);
    assert_int_equal(spec->health.successes, 2);
    assert_int_equal(spec->health.interval_us, USEC_PER_SEC);
    assert_int_equal(spec->health.timeout_us, 2 * USEC_PER_SEC);
    assert_int_equal(spec->health.retries, 4);
    assert_int_equal(spec->health.start_period_us, 5 * USEC_PER_SEC);
    assert_int_equal(spec->health.start_interval_us, 6000);
    assert_true(spec->health.gate);
    assert_int_equal(spec->health.impact, HEALTH_DEGRADE);
    assert_int_equal(spec->sandbox_policy, SANDBOX_DEGRADE);
    spec = load(*state, START "[X-Reeve]\nHealthCmd=x\nHealthCmd=none\n", "");
    assert_null(spec->health.probes);
    spec = load(*state, START "[X-Reeve]\nHealthCmd=x\nHealthCmd=y\nHealthCmd=\nHealthCmd=z\n", "");
    assert_string_equal(spec->health.probes->command, "z");
    assert_null(spec->health.probes->next);
}

static void test_scheduling(void **state)
{
    const struct exec_scheduling *scheduling =
        load(*state,
             START "CPUAffinity=9\nCPUAffinity=\nCPUAffinity=0-2,5\nCPUAffinity=64 7-6\n"
                   "IOSchedulingPriority=7\n",
             "")
            ->exec.scheduling;

    assert_true(scheduling->has_cpus);
    assert_int_equal(scheduling->cpus[0], 0x27);
    assert_int_equal(scheduling->cpus[1], 1);
    assert_true(scheduling->has_io);
    assert_int_equal(scheduling->io_class, IO_CLASS_BEST_EFFORT);
    assert_int_equal(scheduling->io_priority, 7);
    assert_int_equal(try_load(*state, START "CPUAffinity=1024\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "IOSchedulingClass=fast\n"), -EBADMSG);
}

static const struct exec_scheduling *turns(void **state, const char *lines)
{
    char text[256];

    snprintf(text, sizeof(text), START "%s", lines);
    return load(*state, text, "")->exec.scheduling;
}

static void test_policy(void **state)
{
    const struct exec_scheduling *scheduling =
        turns(state, "CPUSchedulingPolicy=batch\nCPUSchedulingResetOnFork=yes\n");

    assert_true(scheduling->has_policy && scheduling->resets_on_fork);
    assert_int_equal(scheduling->policy, SCHED_BATCH);
    scheduling = turns(state, "CPUSchedulingPriority=7\nCPUSchedulingPolicy=rr\n");
    assert_int_equal(scheduling->policy, SCHED_RR);
    assert_int_equal(scheduling->priority, 7);
    assert_int_equal(turns(state, "CPUSchedulingPolicy=fifo\n")->priority, 1);
    scheduling = turns(state, "CPUSchedulingPriority=7\nCPUSchedulingPolicy=idle\n");
    assert_int_equal(scheduling->priority, 0);
    assert_false(turns(state, "CPUSchedulingPolicy=idle\nCPUSchedulingPolicy=\n")->has_policy);
    assert_int_equal(turns(state, "CPUSchedulingPolicy=3\n")->policy, SCHED_BATCH);
    assert_int_equal(try_load(*state, START "CPUSchedulingPolicy=fast\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "CPUSchedulingPriority=100\n"), -EBADMSG);
}

static void test_timer_slack_and_personality(void **state)
{
    const struct exec_scheduling *scheduling = turns(state, "TimerSlackNSec=1ms 5ns\n");

    assert_true(scheduling->has_timer_slack);
    assert_int_equal(scheduling->timer_slack_ns, 1000005);
    assert_int_equal(turns(state, "TimerSlackNSec=1.5us\n")->timer_slack_ns, 1500);
    assert_int_equal(turns(state, "TimerSlackNSec=70000\n")->timer_slack_ns, 70000);
    assert_false(turns(state, "TimerSlackNSec=5\nTimerSlackNSec=infinity\n")->has_timer_slack);
    assert_int_equal(try_load(*state, START "TimerSlackNSec=5 ells\n"), -EBADMSG);
    assert_int_equal(try_load(*state, START "RestartSec=5ns\n"), -EBADMSG);
#ifdef __x86_64__
    scheduling = turns(state, "Personality=x86\n");
    assert_true(scheduling->has_personality);
    assert_int_equal(scheduling->personality, PER_LINUX32);
    assert_int_equal(turns(state, "Personality=x86-64\n")->personality, PER_LINUX);
    assert_false(turns(state, "Personality=x86\nPersonality=\n")->has_personality);
#endif
    assert_int_equal(try_load(*state, START "Personality=s390x\n"), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults),
        TEST(test_dependent_defaults),
        TEST(test_resources),
        TEST(test_resources_of_devices),
        TEST(test_unit_section),
        TEST(test_dependencies),
        TEST(test_exec),
        TEST(test_service_section),
        TEST(test_exec_environment),
        TEST(test_directories),
        TEST(test_reeve_section),
        TEST(test_scheduling),
        TEST(test_policy),
        TEST(test_timer_slack_and_personality),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
