/* The simulator: what the lines of a scenario mean, where its mistakes are shown, what the numbers
 * and assertions say. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/unit/note.h"
#include "supervisor/unit/simulate_assert.h"
#include "tests/unit/loader.h"

#include <signal.h>

struct game {
    struct unit_set set;
    struct scenario scenario;
    struct simulation simulation;
    struct loader_problems problems;
    char notes[65536]; /* "TIME_MS UNIT TEXT", a line per note, spawn, signal and exit */
    size_t length;
};

static const char *name_of(const struct game *game, unit_id id)
{
    return id == UNIT_NONE ? "pod" : game->set.specs[id]->name;
}

static void keep(void *context, const struct trace *trace)
{
    struct game *game = context;
    char text[NOTE_TEXT] = "";

    switch (trace->kind) {
    case TRACE_MOVE:
        return;
    case TRACE_NOTE:
        (void)note_format(&game->set, trace->action, text, sizeof(text));
        break;
    case TRACE_SPAWN:
        snprintf(text, sizeof(text), "runs %s", trace->action->command->path);
        break;
    case TRACE_SIGNAL:
        snprintf(text, sizeof(text), "gets %s", sigabbrev_np(trace->signal));
        break;
    case TRACE_HAPPENS:
        snprintf(text, sizeof(text), "* %s%s", trace->text, trace->is_in_vain ? " in vain" : "");
        break;
    case TRACE_EXIT:
        snprintf(text, sizeof(text), "exit %d", trace->signal);
        break;
    }
    game->length += (size_t)snprintf(game->notes + game->length, sizeof(game->notes) - game->length,
                                     "%llu %s %s\n", (unsigned long long)trace->at_us / 1000,
                                     name_of(game, trace->id), text);
    assert_true(game->length < sizeof(game->notes));
}

static struct game game;

static void load(const char *const (*units)[2])
{
    memset(&game, 0, sizeof(game));
    loader_problems_init(&game.problems);
    assert_int_equal(unit_set_init(&game.set, &loader_roots), 0);
    for (; (*units)[0]; units++)
        assert_int_equal(loader_add(&game.set, (*units)[0], (*units)[1], &game.problems), 0);
    assert_int_equal(unit_set_resolve(&game.set, &game.problems.sink), 0);
}

static void unload(void)
{
    simulation_release(&game.simulation);
    scenario_release(&game.scenario);
    unit_set_release(&game.set);
}

static int parse(const char *text)
{
    return scenario_parse(&game.scenario, &game.set, "s", text, strlen(text), &game.problems.sink);
}

static void run_until(const char *scenario, uint64_t until_us)
{
    static struct simulation_options options;

    options = (struct simulation_options){ .until_us = until_us,
                                           .is_until_set = true,
                                           .seed = 1,
                                           .keeps_spans = true,
                                           .trace = keep,
                                           .context = &game };
    if (parse(scenario) < 0)
        fail_msg("%s", game.problems.text);
    assert_int_equal(simulation_run(&game.simulation, &game.set, &game.scenario, &options), 0);
    assert_int_equal(game.simulation.engine.unexpected, 0);
    assert_int_equal(game.simulation.engine.dropped, 0);
}

static void play(const char *unit, const char *scenario, uint64_t until_us)
{
    const char *const units[][2] = { { "a.service", unit }, { NULL, NULL } };

    load(units);
    run_until(scenario, until_us);
}

static void assert_says(const char *line)
{
    if (!strstr(game.notes, line))
        fail_msg("there is no '%s' in:\n%s", line, game.notes);
}

#define SERVICE "[Service]\nExecStart=/bin/a\n"

static void what_is_not_said_goes_well(void **state)
{
    (void)state;
    play(SERVICE "Type=notify\nExecStartPre=/bin/p\n", "", 5 * USEC_PER_SEC);
    assert_string_equal(game.notes, "0 a.service starting\n0 a.service runs /bin/p\n"
                                    "0 a.service runs /bin/a\n0 a.service started\n");
    assert_int_equal(game.simulation.end, SIMULATION_IDLE);
    assert_int_equal(game.simulation.units[0].up_us, 5 * USEC_PER_SEC);
    unload();
}

static void a_crash_and_its_restart(void **state)
{
    (void)state;
    play(SERVICE "Restart=on-failure\nRestartSec=500ms\n", "t=3s a exits 1\nt=7s shutdown\n",
         20 * USEC_PER_SEC);
    assert_says("3000 a.service main process exited, code=exited, status=1/FAILURE\n");
    assert_says("3000 a.service restarting in 500 ms, restart number 1\n");
    assert_says("3500 a.service started\n");
    assert_says("7000 a.service gets TERM\n");
    assert_says("7000 pod exit 0\n");
    assert_int_equal(game.simulation.end, SIMULATION_EXITED);
    assert_int_equal(game.simulation.units[0].restarts, 1);
    assert_int_equal(game.simulation.units[0].down_us, 500000);
    assert_int_equal(game.simulation.units[0].up_us, 6500000);
    assert_int_equal(game.simulation.units[0].runs, 2);
    unload();
}

static void a_rule_for_one_run_wins(void **state)
{
    (void)state;
    play(SERVICE "Restart=always\nRestartSec=1\n",
         "a dies KILL after 2s in run 2\na exits 3 after 1s\n", 10 * USEC_PER_SEC);
    assert_says("1000 a.service main process exited, code=exited, status=3/NOTIMPLEMENTED\n");
    assert_says("4000 a.service main process exited, code=killed, status=9/KILL\n");
    assert_says("6000 a.service main process exited, code=exited, status=3/NOTIMPLEMENTED\n");
    unload();
}

static void stopping_takes_its_time(void **state)
{
    (void)state;
    play(SERVICE "TimeoutStopSec=2\n", "a ignores TERM\nt=1s stop a\n", 10 * USEC_PER_SEC);
    assert_says("3000 a.service state 'stop-sigterm' timed out\n");
    assert_says("3000 a.service gets KILL\n");
    assert_says("3000 a.service failed with result 'timeout'\n");
    unload();
    play(SERVICE, "a stops with 4 after 1500ms\nt=1s stop a\n", 10 * USEC_PER_SEC);
    assert_says("2500 a.service main process exited, code=exited, status=4/NOPERMISSION\n");
    unload();
}

static void commands_and_conditions(void **state)
{
    (void)state;
    play(SERVICE "ExecStartPre=/bin/p\n", "a ExecStartPre exits 9 after 250ms\n",
         10 * USEC_PER_SEC);
    assert_says("250 a.service control process exited, code=exited, status=9\n");
    assert_says("250 a.service failed with result 'exit-code'\n");
    unload();
    play("[Unit]\nConditionPathExists=/x\n" SERVICE, "condition a fails\n", 10 * USEC_PER_SEC);
    assert_says("0 a.service skipped, because a condition is not met\n");
    unload();
    play(SERVICE "Type=oneshot\nRemainAfterExit=yes\n", "a ExecStart takes 3s\n",
         10 * USEC_PER_SEC);
    assert_says("3000 a.service finished\n");
    unload();
    play(SERVICE, "a cannot fork\n", 10 * USEC_PER_SEC);
    assert_says("0 a.service failed with result 'resources'\n");
    unload();
    play(SERVICE "Type=exec\n", "a cannot exec\n", 10 * USEC_PER_SEC);
    assert_says("0 a.service main process exited, code=exited, status=203/EXEC\n");
    unload();
}

static void readiness(void **state)
{
    (void)state;
    play(SERVICE "Type=notify\nTimeoutStartSec=2\n", "a never ready\n", 10 * USEC_PER_SEC);
    assert_says("2000 a.service state 'start' timed out\n");
    unload();
    play(SERVICE "Type=notify\n", "a never ready in run 1\nt=3s a ready\n", 10 * USEC_PER_SEC);
    assert_says("3000 a.service started\n");
    unload();
    play(SERVICE "[X-Reeve]\nHealthCmd=tcp://127.0.0.1:1\nHealthGate=yes\n",
         "probe a fails 3 times\n", 10 * USEC_PER_SEC);
    assert_says("750 a.service started\n"); /* HealthStartInterval= is 250 ms */
    unload();
}

static void forking_and_reload(void **state)
{
    (void)state;
    play(SERVICE "Type=forking\nRestart=always\nRestartSec=1\n",
         "a ready after 400ms\na exits 1 after 2s in run 1\n", 10 * USEC_PER_SEC);
    assert_says("400 a.service started\n");
    assert_says("2400 a.service main process exited, code=exited, status=1/FAILURE\n");
    assert_says("3800 a.service started\n");
    unload();
    play(SERVICE "Type=notify-reload\n", "a ExecReload takes 2s\nt=1s reload a\n",
         10 * USEC_PER_SEC);
    assert_says("1000 a.service reloading\n");
    assert_says("1000 a.service gets HUP\n");
    assert_says("3000 a.service reloaded\n");
    unload();
}

static void a_service_that_hangs(void **state)
{
    (void)state;
    play(SERVICE "Type=notify\nWatchdogSec=2\nRestart=on-watchdog\nRestartSec=1\n",
         "t=5s a hangs\n", 20 * USEC_PER_SEC);
    assert_says("watchdog: no sign of life for 2000 ms\n");
    assert_says("gets ABRT\n");
    assert_int_equal(game.simulation.units[0].restarts, 1);
    unload();
}

static void nothing_is_there_for_it(void **state)
{
    (void)state;
    play(SERVICE, "t=1s stop a\nt=2s a exits 1\n", 10 * USEC_PER_SEC);
    assert_says("2000 a.service * a exits 1 in vain\n");
    unload();
}

static void what_cannot_even_be_asked_for_is_told(void **state)
{
    static const char *const units[][2] = {
        { "a.service", "[Unit]\nRequires=b.service\nAfter=b.service\n" SERVICE },
        { "b.service", "[Unit]\nRequires=a.service\nAfter=a.service\n" SERVICE },
        { NULL, NULL },
    };

    (void)state;
    load(units);
    run_until("", USEC_PER_SEC);
    assert_says("0 a.service cannot have the job that its dependencies ask for: the order of the "
                "units that it needs is cyclic\n");
    unload();
}

static void time_that_stands_still_is_noticed(void **state)
{
    static struct simulation_options options = { .until_us = 1000 };
    const char *const units[][2] = { { "a.service", "[Unit]\nStartLimitIntervalSec=0\n" SERVICE
                                                    "Restart=always\nRestartSec=0\n" },
                                     { NULL, NULL } };

    (void)state;
    load(units);
    assert_int_equal(parse("a exits 1\n"), 0);
    assert_int_equal(simulation_run(&game.simulation, &game.set, &game.scenario, &options), 0);
    assert_int_equal(game.simulation.end, SIMULATION_STUCK);
    unload();
}

static void ranges_depend_on_the_seed(void **state)
{
    static struct simulation_options options = { .until_us = 100 * USEC_PER_SEC };
    const char *const units[][2] = { { "a.service", SERVICE }, { NULL, NULL } };
    uint64_t ends[3];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        options.seed = i == 2 ? 8 : 7;
        load(units);
        assert_int_equal(parse("a exits 1 after 2s..5s\n"), 0);
        assert_int_equal(simulation_run(&game.simulation, &game.set, &game.scenario, &options), 0);
        ends[i] = game.simulation.now_us;
        assert_in_range(ends[i], 2 * USEC_PER_SEC, 5 * USEC_PER_SEC);
        unload();
    }
    assert_int_equal(ends[0], ends[1]);
    assert_int_not_equal(ends[0], ends[2]);
}

/* --- mistakes --- */

static void mistakes_are_shown_where_they_are(void **state)
{
    static const char *const units[][2] = { { "redis.service", SERVICE },
                                            { "all.target", "[Unit]\n" },
                                            { NULL, NULL } };
    static const char *const cases[][2] = {
        { "\n  t=3x redis exits 1\n", "s:2:5: error: A time is expected here, not '3x'" },
        { "t=3 rediss exits 1\n",
          "s:1:5: error: The name of a unit is expected here, not 'rediss'\n"
          "    hint: did you mean 'redis.service'?" },
        { "redis exits 256\n", "s:1:13: error: A number from 0 to 255 is expected here" },
        { "redis exits\n", "s:1:12: error: A number from 0 to 255 is expected here" },
        { "redis dies FOO\n", "s:1:12: error: A signal is expected here, not 'FOO'" },
        { "redis exits 1 after\n", "s:1:20: error: A time is expected here" },
        { "redis exits 1 after 5s..2s\n", "s:1:21: error: A range of times is expected here" },
        { "redis sings\n", "s:1:7: error: What the unit does is expected here, not 'sings'" },
        { "redis exits 1 now\n", "s:1:15: error: The end of the line is expected here" },
        { "all.target exits 1\n", "s:1:1: error: A service is expected here" },
        { "t=1s shutdown now\n", "s:1:15: error: The end of the line is expected here" },
        { "redis ready after 2s # too early\n", "s:1:1: warning: This has no effect" },
        { "at 3s redis exits 1\n", "s:1:1: error: A time is written as t=TIME" },
        { "probe redis fails 0 times\n", "s:1:19: error: A number from 1 to" },
        { "redis exits 1 in run 0\n", "s:1:22: error: A number from 1 to" },
        { "redis ExecStop hums\n", "s:1:16: error: What the command does is expected here" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        load(units);
        (void)parse(cases[i][0]);
        if (!strstr(game.problems.text, cases[i][1]))
            fail_msg("'%s' gives: %s", cases[i][0], game.problems.text);
        unload();
    }
}

/* --- assertions --- */

static bool holds(const char *text)
{
    struct assertion assertion;

    if (assertion_parse(&assertion, &game.set, text, &game.problems.sink) < 0)
        fail_msg("%s", game.problems.text);
    assertion_judge(&assertion, &game.simulation);
    return assertion.holds;
}

static void assertions(void **state)
{
    static const char *const good[] = {
        "a restarts == 1",
        "a.service restarts<=5",
        "a downtime < 501ms",
        "a downtime >= 500ms",
        "a starts != 1",
        "pod exit == 0",
        "pod end == 7s",
        "a ready < 1s",
        "a inactive",
        "a not failed",
        "a dead",
        "a result == success",
        "pod ended",
        "a exit == 143",
        "a uptime > 6s",
    };
    static const char *const bad[] = { "a restarts > 1", "pod exit != 0", "a active",
                                       "pod running",    "a failed",      "a result == timeout" };
    static const char *const wrong[] = { "",
                                         "a",
                                         "b restarts > 1",
                                         "a restarts",
                                         "a restarts > x",
                                         "a restarts > 1 2",
                                         "pod downtime > 1",
                                         "a sleeps",
                                         "a active at",
                                         "a active at noon" };
    struct assertion assertion;

    (void)state;
    play(SERVICE "Restart=on-failure\nRestartSec=500ms\n", "t=3s a exits 1\nt=7s shutdown\n",
         20 * USEC_PER_SEC);
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        if (!holds(good[i]))
            fail_msg("'%s' should hold", good[i]);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (holds(bad[i]))
            fail_msg("'%s' should not hold", bad[i]);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(assertion_parse(&assertion, &game.set, wrong[i], &game.problems.sink),
                         -22);
    unload();
}

static void times_in_words(void **state)
{
    static const struct {
        uint64_t us;
        const char *text;
    } cases[] = { { 0, "0s" },
                  { 1500, "1.500ms" },
                  { 250000, "250ms" },
                  { 1500000, "1.5s" },
                  { 60000000, "1min 0s" },
                  { UINT64_C(3661000000), "1h 1min 1s" },
                  { USEC_INFINITY, "never" } };
    char text[32];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        time_format(cases[i].us, text, sizeof(text));
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_goes_well),
        cmocka_unit_test(a_crash_and_its_restart),
        cmocka_unit_test(a_rule_for_one_run_wins),
        cmocka_unit_test(stopping_takes_its_time),
        cmocka_unit_test(commands_and_conditions),
        cmocka_unit_test(readiness),
        cmocka_unit_test(forking_and_reload),
        cmocka_unit_test(a_service_that_hangs),
        cmocka_unit_test(nothing_is_there_for_it),
        cmocka_unit_test(what_cannot_even_be_asked_for_is_told),
        cmocka_unit_test(time_that_stands_still_is_noticed),
        cmocka_unit_test(ranges_depend_on_the_seed),
        cmocka_unit_test(mistakes_are_shown_where_they_are),
        cmocka_unit_test(assertions),
        cmocka_unit_test(times_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
