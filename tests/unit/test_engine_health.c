/*
 * HealthOnFailure=: what becomes of a unit that its probes find unhealthy. systemd knows no such
 * thing; what is expected is podman-run(1), --health-on-failure, by way of an ordinary stop.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <stdio.h>

#define SERVICE                                                                                    \
    "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=1h\n[Service]\nType=notify-reload\n"         \
    "ExecStart=/bin/main\nExecStop=/bin/stop\nRestartSec=3\nTimeoutStopSec=5\n"
#define PROBED(action) "[X-Reeve]\nHealthCmd=tcp://127.0.0.1:1\nHealthOnFailure=" action "\n"

static struct pod_builder pod;

/* The service is where `steps` lead. */
static void begin(const char *text, const char *const *steps)
{
    const char *const units[][2] = { { "a.service", text },
                                     { "keep.service", "[Service]\nExecStart=/bin/keep\n" },
                                     { NULL, NULL } };

    pod_builder_init(&pod, units);
    pod.obeys = false;
    pod.is_immortal = true;
    pod_builder_step(&pod, "start keep.service", NULL);
    pod_builder_step(&pod, "start a.service", NULL);
    for (; *steps; steps++)
        pod_builder_step(&pod, *steps, NULL);
}

static const char *const to_start[] = { NULL };
static const char *const to_running[] = { "ready a.service", NULL };
static const char *const to_reload[] = { "ready a.service", "reloading a.service", NULL };
static const char *const to_signal[] = { "ready a.service", "reload a.service", NULL };

static void assert_goes_to(const char *text, const char *const *steps, const char *state)
{
    begin(text, steps);
    pod_builder_step(&pod, "unhealthy a.service", NULL);
    pod_builder_expect(&pod, "a.service", state, "unhealthy");
    pod_builder_release(&pod);
}

static void it_is_stopped_as_by_a_stop(void **state)
{
    static const char *const services[] = { SERVICE PROBED("restart"), SERVICE PROBED("stop") };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
        assert_goes_to(services[i], to_start, "stop-sigterm");
        assert_goes_to(services[i], to_running, "stop");
        assert_goes_to(services[i], to_reload, "stop-sigterm");
        assert_goes_to(services[i], to_signal, "stop-sigterm");
    }
}

static void it_is_killed_at_once(void **state)
{
    static const char service[] = SERVICE PROBED("kill");
    static const char with_command[] =
        SERVICE "Type=notify\nExecReload=/bin/reload\n" PROBED("kill");
    static const char with_post[] = SERVICE "ExecStartPost=/bin/post\n" PROBED("kill");

    (void)state;
    assert_goes_to(service, to_start, "stop-sigkill");
    assert_goes_to(with_post, to_running, "stop-sigkill"); /* start-post */
    assert_goes_to(service, to_running, "stop-sigkill");
    assert_goes_to(service, to_reload, "stop-sigkill");
    assert_goes_to(service, to_signal, "stop-sigkill");
    assert_goes_to(with_command, to_signal, "stop-sigkill");
}

static void nothing_happens(void **state)
{
    (void)state;
    begin(SERVICE PROBED("none"), to_running);
    pod_builder_step(&pod, "unhealthy a.service", "");
    pod_builder_expect(&pod, "a.service", "running", "success");
    pod_builder_release(&pod);
    /* Nor where it ends already, or runs no more. */
    begin(SERVICE PROBED("kill"), to_running);
    pod_builder_step(&pod, "stop a.service", NULL);
    pod_builder_step(&pod, "unhealthy a.service", "");
    pod_builder_expect(&pod, "a.service", "stop", "success");
    pod_builder_step(&pod, "control-exit a.service 0", NULL);
    pod_builder_step(&pod, "exit a.service 0", NULL);
    pod_builder_step(&pod, "unhealthy a.service", "");
    pod_builder_expect(&pod, "a.service", "dead", "success");
    pod_builder_release(&pod);
}

static void end_it(void)
{
    pod_builder_step(&pod, "unhealthy a.service", NULL);
    pod_builder_step(&pod, "control-exit a.service 0", NULL);
    pod_builder_step(&pod, "exit a.service 0", NULL);
}

static void a_restart_needs_no_restart_setting_and_counts(void **state)
{
    (void)state;
    begin(SERVICE PROBED("restart"), to_running);
    end_it();
    pod_builder_expect(&pod, "a.service", "auto-restart", "unhealthy");
    pod_builder_step(&pod, "after 3", NULL);
    pod_builder_expect(&pod, "a.service", "start", "success");
    assert_int_equal(pod_builder_unit(&pod, "a.service")->restarts, 1);
    pod_builder_step(&pod, "ready a.service", NULL);
    end_it();
    pod_builder_step(&pod, "after 3", NULL);                      /* the third start of two */
    pod_builder_expect(&pod, "a.service", "failed", "unhealthy"); /* the first failure counts */
    pod_builder_release(&pod);
}

static void a_person_who_stops_it_meanwhile_wins(void **state)
{
    (void)state;
    begin(SERVICE PROBED("restart"), to_running);
    pod_builder_step(&pod, "unhealthy a.service", NULL);
    pod_builder_step(&pod, "stop a.service", NULL);
    pod_builder_step(&pod, "control-exit a.service 0", NULL);
    pod_builder_step(&pod, "exit a.service 0", NULL);
    pod_builder_expect(&pod, "a.service", "failed", "unhealthy");
    pod_builder_release(&pod);
}

static void a_stop_is_for_good(void **state)
{
    (void)state;
    begin(SERVICE "Restart=always\n" PROBED("stop"), to_running);
    end_it();
    pod_builder_expect(&pod, "a.service", "failed", "unhealthy");
    /* Until somebody starts it. */
    pod_builder_step(&pod, "start a.service", NULL);
    pod_builder_step(&pod, "ready a.service", NULL);
    pod_builder_step(&pod, "exit a.service 1", NULL);
    pod_builder_step(&pod, "control-exit a.service 0", NULL);
    pod_builder_expect(&pod, "a.service", "auto-restart", "exit-code");
    pod_builder_release(&pod);
}

static void after_a_kill_restart_decides(void **state)
{
    static const struct {
        const char *service, *then;
    } cases[] = {
        { SERVICE PROBED("kill"), "failed" },
        { SERVICE "Restart=always\n" PROBED("kill"), "auto-restart" },
        { SERVICE "Restart=on-failure\n" PROBED("kill"), "auto-restart" },
        { SERVICE "Restart=on-abnormal\n" PROBED("kill"), "auto-restart" },
        { SERVICE "Restart=on-watchdog\n" PROBED("kill"), "auto-restart" },
        { SERVICE "Restart=on-abort\n" PROBED("kill"), "failed" },
        { SERVICE "Restart=on-success\n" PROBED("kill"), "failed" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        begin(cases[i].service, to_running);
        pod_builder_step(&pod, "unhealthy a.service", NULL);
        pod_builder_step(&pod, "die a.service 9", NULL);
        pod_builder_expect(&pod, "a.service", cases[i].then, "unhealthy");
        pod_builder_release(&pod);
    }
}

static void the_pod_ends(void **state)
{
    (void)state;
    begin(SERVICE PROBED("exit"), to_running);
    pod_builder_step(&pod, "unhealthy a.service", NULL);
    assert_true(pod.engine.is_stopping);
    assert_int_equal(pod.engine.exit_status, 69);
    pod_builder_expect(&pod, "a.service", "stop", "unhealthy");
    pod_builder_release(&pod);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_stopped_as_by_a_stop),
        cmocka_unit_test(it_is_killed_at_once),
        cmocka_unit_test(nothing_happens),
        cmocka_unit_test(a_restart_needs_no_restart_setting_and_counts),
        cmocka_unit_test(a_person_who_stops_it_meanwhile_wins),
        cmocka_unit_test(a_stop_is_for_good),
        cmocka_unit_test(after_a_kill_restart_decides),
        cmocka_unit_test(the_pod_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
