/* The flight recorder's rings, and why a unit is as it is: entries in, sentences out. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/wire/cause.h"
#include "supervisor/wire/wire.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { POD, REDIS, DATAHUB, KAIROS, MAILER, UNITS };

static const char *const names[UNITS] = { "pod.target", "redis", "datahub", "kairos", "mailer" };

/* datahub requires redis, kairos requires datahub. */
static bool requires(const void *context, unit_id unit, unit_id on)
{
    (void)context;
    return (unit == DATAHUB && on == REDIS) || (unit == KAIROS && on == DATAHUB);
}

static const char *name_of(const void *context, unit_id unit)
{
    (void)context;
    return unit >= 0 && unit < UNITS ? names[unit] : "?";
}

struct tape {
    struct history history;
    struct history_entry trouble[HISTORY_TROUBLE], routine[HISTORY_ROUTINE];
    struct cause_pod pod;
    uint64_t now_us;
};

static void tape_init(struct tape *tape)
{
    memset(tape, 0, sizeof(*tape));
    tape->history.trouble =
        (struct history_ring){ .entries = tape->trouble, .size = HISTORY_TROUBLE };
    tape->history.routine =
        (struct history_ring){ .entries = tape->routine, .size = HISTORY_ROUTINE };
    tape->pod = (struct cause_pod){
        .history = &tape->history, .unit_count = UNITS, .requires = requires, .name = name_of
    };
}

/* A second passes before each entry. */
static void record(struct tape *tape, unit_id unit, int kind, int32_t a, int32_t b)
{
    tape->now_us += USEC_PER_SEC;
    history_add(
        &tape->history,
        (struct history_entry){
            .at_monotonic_us = tape->now_us, .unit = unit, .kind = (uint32_t)kind, .a = a, .b = b },
        kind != NOTE_STARTING && kind != NOTE_STARTED);
}

static void queue(struct tape *tape, unit_id unit, enum job_kind kind, enum edge edge, unit_id by)
{
    record(tape, unit, HISTORY_QUEUED, by, (int32_t)((uint32_t)kind | (uint32_t)edge << 8));
}

static void start(struct tape *tape, unit_id unit)
{
    record(tape, unit, NOTE_STARTING, 0, 0);
    record(tape, unit, NOTE_STARTED, 0, 0);
}

/* The whole chain, a line per link; a "?" in front of what is only likely. */
static void assert_story(struct tape *tape, unit_id unit, const char *expected)
{
    struct cause cause;
    char story[4096] = "", text[CAUSE_TEXT];

    cause_find(&tape->pod, unit, &cause);
    for (size_t i = 0; i < cause.count; i++) {
        size_t used = strlen(story);

        cause_text(&tape->pod, &cause.links[i], text);
        snprintf(story + used, sizeof(story) - used, "%s%s\n", cause.links[i].is_likely ? "?" : "",
                 text);
    }
    assert_string_equal(story, expected);
}

static void test_nothing_is_known(void **state)
{
    struct tape tape;
    struct cause cause;

    (void)state;
    tape_init(&tape);
    assert_story(&tape, REDIS, "");
    cause_find(&tape.pod, REDIS, &cause);
    assert_int_equal(cause_root(&cause), UNIT_NONE);
}

static void crash(struct tape *tape, unit_id unit, int signal, int restart)
{
    record(tape, unit, NOTE_MAIN_EXITED, CLD_KILLED, signal);
    record(tape, unit, NOTE_RESTART_SCHEDULED, 100, restart);
}

/* Redis is killed, datahub is restarted with it, redis hits its start limit. */
static void test_blocked_by_a_start_limit(void **state)
{
    struct tape tape;
    struct cause cause;

    (void)state;
    tape_init(&tape);
    start(&tape, REDIS);
    start(&tape, DATAHUB);
    crash(&tape, REDIS, SIGKILL, 1);
    queue(&tape, DATAHUB, JOB_RESTART, EDGE_REQUIRED_BY, REDIS);
    record(&tape, DATAHUB, NOTE_STOPPING, 0, 0);
    record(&tape, DATAHUB, NOTE_MAIN_EXITED, CLD_KILLED, SIGTERM);
    record(&tape, DATAHUB, NOTE_STOPPED, 0, 0);
    assert_story(&tape, DATAHUB,
                 "datahub was stopped to be restarted together with redis, which it requires\n"
                 "redis ended: its main process was killed by SIGKILL; restart number 1\n");
    record(&tape, REDIS, NOTE_START_LIMIT, 5, 10);
    record(&tape, REDIS, NOTE_FAILED, RESULT_SIGNAL, 0);
    record(&tape, DATAHUB, NOTE_DEPENDENCY, REDIS, 0);
    record(&tape, KAIROS, NOTE_DEPENDENCY, DATAHUB, 0);
    assert_story(&tape, KAIROS,
                 "kairos was not started, because datahub failed\n"
                 "datahub was not started, because redis failed\n"
                 "redis was started too often (5 times in 10 s) and given up\n"
                 "redis ended: its main process was killed by SIGKILL; restart number 1\n");
    cause_find(&tape.pod, KAIROS, &cause);
    assert_int_equal(cause_root(&cause), REDIS);
    assert_string_equal(cause_word(&cause.links[2]), "start-limit");
}

static void test_restarts_are_counted(void **state)
{
    struct tape tape;
    struct cause cause;

    (void)state;
    tape_init(&tape);
    start(&tape, REDIS);
    crash(&tape, REDIS, SIGSEGV, 2); /* of an earlier row */
    for (int i = 1; i <= 3; i++) {
        start(&tape, REDIS);
        crash(&tape, REDIS, SIGSEGV, i);
    }
    cause_find(&tape.pod, REDIS, &cause);
    assert_int_equal(cause.count, 1);
    assert_int_equal(cause.links[0].restarts, 3);
    /* Four entries each, of a second: the first of the row is the eighth. */
    assert_int_equal(cause.links[0].restarts_us, 8 * USEC_PER_SEC);
}

static void test_reasons(void **state)
{
    static const struct {
        int kind;
        int32_t a, b;
        const char *expected;
    } reasons[] = {
        { HISTORY_OOM, 0, 0,
          "redis failed: the kernel was out of memory and killed a process of it; "
          "its main process was killed by SIGKILL\n" },
        { NOTE_WATCHDOG, 3000, 0,
          "redis failed: it gave no sign of life for 3000 ms (WatchdogSec=); "
          "its main process was killed by SIGKILL\n" },
        { NOTE_TIMEOUT, STATE_START, 0,
          "redis failed: it was not ready in time (TimeoutStartSec=); "
          "its main process was killed by SIGKILL\n" },
        { HISTORY_KILL, SIGKILL, 0,
          "redis failed: somebody sent it SIGKILL with reevectl kill; "
          "its main process was killed by SIGKILL\n" },
        { HISTORY_KILL, SIGHUP, 0, "redis failed: its main process was killed by SIGKILL\n" },
        { HISTORY_NOTIFIED, 1, 0, "redis failed: its main process was killed by SIGKILL\n" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
        struct tape tape;

        tape_init(&tape);
        /* What happened in the run before explains nothing. */
        start(&tape, REDIS);
        record(&tape, REDIS, HISTORY_OOM, 0, 0);
        start(&tape, REDIS);
        record(&tape, REDIS, reasons[i].kind, reasons[i].a, reasons[i].b);
        record(&tape, REDIS, NOTE_MAIN_EXITED, CLD_KILLED, SIGKILL);
        record(&tape, REDIS, NOTE_FAILED, RESULT_SIGNAL, 0);
        assert_story(&tape, REDIS, reasons[i].expected);
    }
}

static void say(struct tape *tape, const char *probe, const char *message)
{
    struct history_words words = { .number = tape->history.last_number };

    wire_copy(words.probe, sizeof(words.probe), probe);
    wire_copy(words.message, sizeof(words.message), message);
    history_add_words(&tape->history, &words);
}

static void test_words_of_probes(void **state)
{
    struct history_words words[HISTORY_WORDS] = { 0 };
    struct tape tape;

    (void)state;
    tape_init(&tape);
    tape.history.words = words;
    start(&tape, REDIS);
    record(&tape, REDIS, HISTORY_HEALTH, WIRE_HEALTH_UNHEALTHY, 1);
    say(&tape, "tcp://127.0.0.1:1", "Connection refused");
    assert_story(
        &tape, REDIS,
        "redis became unhealthy: its probe tcp://127.0.0.1:1 failed: Connection refused\n");
    record(&tape, REDIS, HISTORY_HEALTH, WIRE_HEALTH_HEALTHY, 0);
    say(&tape, "tcp://127.0.0.1:1", "");
    assert_story(
        &tape, REDIS,
        "redis is healthy again: its probe tcp://127.0.0.1:1 succeeded\n"
        "redis became unhealthy: its probe tcp://127.0.0.1:1 failed: Connection refused\n");
    record(&tape, REDIS, HISTORY_HEALTH, WIRE_HEALTH_UNHEALTHY, 3);
    say(&tape, "redis://127.0.0.1", "LOADING");
    record(&tape, REDIS, NOTE_UNHEALTHY, 3, 0);
    record(&tape, REDIS, NOTE_MAIN_EXITED, CLD_KILLED, SIGTERM);
    record(&tape, REDIS, NOTE_FAILED, RESULT_SIGNAL, 0);
    assert_story(&tape, REDIS,
                 "redis failed: its probe redis://127.0.0.1 found it unhealthy (HealthOnFailure=): "
                 "LOADING; its main process was killed by SIGTERM\n");
    /* A run that begins well has not recovered; words are kept for the newest only. */
    start(&tape, REDIS);
    record(&tape, REDIS, HISTORY_HEALTH, WIRE_HEALTH_HEALTHY, 0);
    assert_story(&tape, REDIS, "redis was started\n");
    record(&tape, MAILER, HISTORY_HEALTH, WIRE_HEALTH_UNHEALTHY, 2);
    say(&tape, "tcp://127.0.0.1:2", "first");
    for (int i = 1; i < HISTORY_WORDS; i++) {
        record(&tape, KAIROS, HISTORY_HEALTH, WIRE_HEALTH_UNHEALTHY, 2);
        say(&tape, "", "later");
    }
    assert_non_null(history_words_of(&tape.history, tape.history.last_number - HISTORY_WORDS + 1));
    record(&tape, KAIROS, HISTORY_HEALTH, WIRE_HEALTH_UNHEALTHY, 2);
    say(&tape, "", "last");
    assert_story(&tape, MAILER, "mailer became unhealthy: its probe failed 2 times in a row\n");
    assert_null(history_words_of(&tape.history, 0));
}

/* Whose the killed process was is not known: told as possible, and no reason to look no further. */
static void test_kills_of_others(void **state)
{
    struct tape tape;

    (void)state;
    tape_init(&tape);
    record(&tape, UNIT_NONE, HISTORY_OOM, 1, 0); /* before it ran */
    start(&tape, MAILER);
    record(&tape, MAILER, NOTE_MAIN_EXITED, CLD_EXITED, 3);
    record(&tape, MAILER, NOTE_FAILED, RESULT_EXIT_CODE, 0);
    assert_story(&tape, MAILER,
                 "mailer failed: its main process exited with status 3 (NOTIMPLEMENTED)\n");
    start(&tape, MAILER);
    record(&tape, UNIT_NONE, HISTORY_OOM, 2, 0);
    record(&tape, MAILER, NOTE_MAIN_EXITED, CLD_EXITED, 3);
    record(&tape, MAILER, NOTE_FAILED, RESULT_EXIT_CODE, 0);
    assert_story(&tape, MAILER,
                 "mailer failed: perhaps for want of memory: just before, the kernel killed 2 "
                 "processes of the pod; its main process exited with status 3 (NOTIMPLEMENTED)\n");
    start(&tape, DATAHUB);
    start(&tape, REDIS);
    record(&tape, REDIS, NOTE_MAIN_EXITED, CLD_KILLED, SIGSEGV);
    record(&tape, REDIS, NOTE_FAILED, RESULT_SIGNAL, 0);
    record(&tape, UNIT_NONE, HISTORY_OOM, 1, 0);
    record(&tape, DATAHUB, NOTE_MAIN_EXITED, CLD_EXITED, 3);
    record(&tape, DATAHUB, NOTE_FAILED, RESULT_EXIT_CODE, 0);
    assert_story(&tape, DATAHUB,
                 "datahub failed: perhaps for want of memory: just before, the kernel killed 1 "
                 "process of the pod; its main process exited with status 3 (NOTIMPLEMENTED)\n"
                 "?redis failed: its main process was killed by SIGSEGV\n");
}

static void test_exit_statuses(void **state)
{
    struct tape tape;

    (void)state;
    tape_init(&tape);
    record(&tape, REDIS, NOTE_STARTING, 0, 0);
    record(&tape, REDIS, NOTE_MAIN_EXITED, CLD_EXITED, 203);
    record(&tape, REDIS, NOTE_FAILED, RESULT_EXIT_CODE, 0);
    assert_story(&tape, REDIS, "redis failed: its main process exited with status 203 (EXEC)\n");
    record(&tape, KAIROS, NOTE_STARTING, 0, 0);
    record(&tape, KAIROS, NOTE_CONTROL_EXITED, CLD_DUMPED, SIGABRT);
    record(&tape, KAIROS, NOTE_FAILED, RESULT_CORE_DUMP, 0);
    assert_story(&tape, KAIROS, "kairos failed: a command of it dumped core by SIGABRT\n");
    record(&tape, MAILER, NOTE_STARTING, 0, 0);
    record(&tape, MAILER, NOTE_FAILED, RESULT_RESOURCES, 0);
    assert_story(&tape, MAILER, "mailer failed with result 'resources'\n");
}

static void test_stops(void **state)
{
    struct tape tape;

    (void)state;
    tape_init(&tape);
    start(&tape, REDIS);
    start(&tape, DATAHUB);
    record(&tape, REDIS, HISTORY_ASKED, JOB_STOP, 0);
    queue(&tape, DATAHUB, JOB_STOP, EDGE_REQUIRED_BY, REDIS);
    record(&tape, DATAHUB, NOTE_STOPPING, 0, 0);
    assert_story(&tape, DATAHUB,
                 "datahub is being stopped, because of redis, which it requires\n"
                 "redis was told to stop, because somebody asked for it (reevectl stop)\n");
    record(&tape, DATAHUB, NOTE_STOPPED, 0, 0);
    record(&tape, REDIS, NOTE_STOPPING, 0, 0);
    record(&tape, REDIS, NOTE_STOPPED, 0, 0);
    assert_story(&tape, REDIS,
                 "redis was stopped, because somebody asked for it (reevectl stop)\n");
    start(&tape, MAILER);
    record(&tape, MAILER, NOTE_MAIN_EXITED, CLD_EXITED, 0);
    record(&tape, MAILER, NOTE_STOPPED, 0, 0);
    assert_story(&tape, MAILER,
                 "mailer ended by itself: its main process exited with status 0 "
                 "(SUCCESS)\n");
    start(&tape, KAIROS);
    record(&tape, UNIT_NONE, HISTORY_SHUTDOWN, SIGTERM, 0);
    record(&tape, KAIROS, NOTE_STOPPING, 0, 0);
    record(&tape, KAIROS, NOTE_STOPPED, 0, 0);
    assert_story(&tape, KAIROS, "kairos was stopped, because the pod stops\n");
}

static void test_starts(void **state)
{
    struct tape tape;

    (void)state;
    tape_init(&tape);
    record(&tape, POD, HISTORY_BOOT, 0, 0);
    queue(&tape, REDIS, JOB_START, EDGE_WANTS, POD);
    assert_story(&tape, REDIS, "redis waits for its turn\n");
    start(&tape, REDIS);
    assert_story(&tape, REDIS, "redis was started, because pod.target wants it\n");
    record(&tape, MAILER, NOTE_TRIGGERED, REDIS, 0);
    record(&tape, REDIS, NOTE_MAIN_EXITED, CLD_EXITED, 1);
    record(&tape, REDIS, NOTE_FAILED, RESULT_EXIT_CODE, 0);
    queue(&tape, MAILER, JOB_START, EDGE_ON_FAILURE, REDIS);
    record(&tape, MAILER, NOTE_STARTING, 0, 0);
    assert_story(&tape, MAILER,
                 "mailer is being started, because redis failed (OnFailure=)\n"
                 "redis failed: its main process exited with status 1 (FAILURE)\n");
    record(&tape, REDIS, HISTORY_ASKED, JOB_START, 0);
    start(&tape, REDIS);
    assert_story(&tape, REDIS,
                 "redis was started, because somebody asked for it (reevectl start)\n");
    crash(&tape, REDIS, SIGKILL, 1);
    start(&tape, REDIS);
    assert_story(&tape, REDIS,
                 "redis was started again, by Restart=\n"
                 "redis ended: its main process was killed by SIGKILL; restart number 1\n");
}

/* kairos gave up by itself, soon after datahub, which it requires, was in trouble. */
static void test_likely_causes(void **state)
{
    struct tape tape;

    (void)state;
    tape_init(&tape);
    start(&tape, DATAHUB);
    start(&tape, KAIROS);
    record(&tape, DATAHUB, HISTORY_HEALTH, WIRE_HEALTH_UNHEALTHY, 3);
    record(&tape, KAIROS, NOTE_MAIN_EXITED, CLD_EXITED, 1);
    record(&tape, KAIROS, NOTE_FAILED, RESULT_EXIT_CODE, 0);
    assert_story(&tape, KAIROS,
                 "kairos failed: its main process exited with status 1 (FAILURE)\n"
                 "?datahub became unhealthy: its probe failed 3 times in a row\n");
    /* It is over, and long ago. */
    record(&tape, DATAHUB, HISTORY_HEALTH, WIRE_HEALTH_HEALTHY, 0);
    assert_story(&tape, DATAHUB,
                 "datahub is healthy again: its probe succeeded\n"
                 "datahub became unhealthy: its probe failed 3 times in a row\n");
    start(&tape, KAIROS);
    tape.now_us += CAUSE_LIKELY_US;
    record(&tape, KAIROS, NOTE_MAIN_EXITED, CLD_EXITED, 1);
    record(&tape, KAIROS, NOTE_FAILED, RESULT_EXIT_CODE, 0);
    assert_story(&tape, KAIROS, "kairos failed: its main process exited with status 1 (FAILURE)\n");
    /* A unit that kairos does not require is no cause. */
    start(&tape, REDIS);
    crash(&tape, REDIS, SIGKILL, 1);
    start(&tape, KAIROS);
    record(&tape, KAIROS, NOTE_MAIN_EXITED, CLD_EXITED, 1);
    record(&tape, KAIROS, NOTE_FAILED, RESULT_EXIT_CODE, 0);
    assert_story(&tape, KAIROS, "kairos failed: its main process exited with status 1 (FAILURE)\n");
}

/* A thousand starts do not wash away a failure; what goes is the oldest of its own kind. */
static void test_rings(void **state)
{
    struct tape tape;
    const struct history_entry *entry;
    uint32_t number = 0, count = 0;

    (void)state;
    tape_init(&tape);
    record(&tape, REDIS, NOTE_STARTING, 0, 0);
    record(&tape, REDIS, NOTE_FAILED, RESULT_TIMEOUT, 0);
    for (int i = 0; i < 1000; i++)
        record(&tape, MAILER, NOTE_STARTED, 0, i);
    assert_story(&tape, REDIS, "redis failed with result 'timeout'\n");
    for (; (entry = history_next(&tape.history, number)); number = entry->number, count++)
        assert_true(entry->number > number);
    assert_int_equal(count, HISTORY_ROUTINE + 1);
    assert_int_equal(number, 1002);
    for (int i = 0; i < HISTORY_TROUBLE; i++)
        record(&tape, KAIROS, NOTE_FAILED, RESULT_TIMEOUT, 0);
    assert_story(&tape, REDIS, "");
    assert_int_equal(tape.history.trouble.count, HISTORY_TROUBLE);
}

/* Two that blame each other: each step goes back in time, so it ends. */
static void test_circles_end(void **state)
{
    struct tape tape;
    struct cause cause;

    (void)state;
    tape_init(&tape);
    for (int i = 0; i < 40; i++)
        record(&tape, i % 2 ? REDIS : KAIROS, NOTE_DEPENDENCY, i % 2 ? KAIROS : REDIS, 0);
    cause_find(&tape.pod, REDIS, &cause);
    assert_int_equal(cause.count, CAUSE_LINKS_MAX);
}

/* What no engine says may come over a socket: no kind, edge or number may lead astray. */
static void test_nonsense(void **state)
{
    (void)state;
    for (int kind = 0; kind < 256; kind++)
        for (int32_t value = -3; value < 300; value += 101) {
            struct tape tape;
            struct cause cause;
            char text[CAUSE_TEXT];

            tape_init(&tape);
            record(&tape, REDIS, kind, value, value);
            queue(&tape, REDIS, (enum job_kind)(value & 0xff), (enum edge)value, value);
            record(&tape, REDIS, NOTE_STOPPING, value, value);
            record(&tape, REDIS, kind, value, value);
            cause_find(&tape.pod, REDIS, &cause);
            for (size_t i = 0; i < cause.count; i++) {
                cause_text(&tape.pod, &cause.links[i], text);
                assert_true(strlen(text) > 0);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_known),
        cmocka_unit_test(test_blocked_by_a_start_limit),
        cmocka_unit_test(test_restarts_are_counted),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_words_of_probes),
        cmocka_unit_test(test_kills_of_others),
        cmocka_unit_test(test_exit_statuses),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_starts),
        cmocka_unit_test(test_likely_causes),
        cmocka_unit_test(test_rings),
        cmocka_unit_test(test_circles_end),
        cmocka_unit_test(test_nonsense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
