/*
 * A walk over everything that can happen to one unit: from each reachable world every possible
 * piece of news is tried, and after each the invariants are checked. Worlds that differ only in
 * clock readings, pids or how often something happened count as one. What is proven: no event comes
 * where the table has no answer, no process is started twice or forgotten, nothing waits without a
 * deadline, and an ordered stop always ends, even when no process ever obeys.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { WORLDS_MAX = 200000, TABLE_SIZE = 1 << 19, RESTARTS_SEEN = 3, STEPS_TO_THE_END = 40 };

enum input {
    INPUT_START,
    INPUT_STOP,
    INPUT_RESTART,
    INPUT_PULL_IN, /* a start that is not manual */
    INPUT_SHUTDOWN,
    INPUT_HURRY,
    INPUT_MAIN_OK,
    INPUT_MAIN_BAD,
    INPUT_MAIN_SIGNAL,
    INPUT_CONTROL_OK,
    INPUT_CONTROL_BAD,
    INPUT_EXEC,
    INPUT_NOTIFY,
    INPUT_PROBE,
    INPUT_TICK,
    INPUT_TICK_WITHOUT_FORK, /* the same, but no process can be started */
    INPUT_COUNT,
};

/* All that matters of a world, with clocks and pids taken out; compared as bytes. */
struct world {
    struct unit unit;
    bool is_stopping, is_started, has_exited;
};

struct walk {
    struct pod_builder pod;
    bool cannot_fork;
    struct world *worlds;
    size_t count, next;
    uint32_t *table; /* 1 + position of a world, by hash; 0: free */
    uint64_t steps;
};

static struct world capture(const struct walk *walk)
{
    struct world world;

    memset(&world, 0, sizeof(world));
    world.unit = walk->pod.engine.units[0];
    world.unit.deadline_us = world.unit.deadline_us == USEC_INFINITY ? USEC_INFINITY : 0;
    world.unit.since_us = world.unit.spawned_us = world.unit.ready_latency_us = 0;
    world.unit.start_window_us = world.unit.steady_window_us = 0;
    world.unit.active_us = world.unit.reload_us = world.unit.job_id = 0;
    world.unit.incarnation = 0;
    world.unit.main_pid = world.unit.main_pid > 0;
    world.unit.control_pid = world.unit.control_pid > 0 ? 2 : 0;
    if (world.unit.restarts > RESTARTS_SEEN)
        world.unit.restarts = RESTARTS_SEEN;
    world.is_stopping = walk->pod.engine.is_stopping;
    world.is_started = walk->pod.engine.is_started;
    world.has_exited = walk->pod.engine.has_exited;
    return world;
}

static void restore(struct walk *walk, const struct world *world)
{
    struct engine *engine = &walk->pod.engine;

    engine->units[0] = world->unit;
    engine->units[0].start_window_us = walk->pod.now_us;
    if (world->unit.deadline_us != USEC_INFINITY)
        engine->units[0].deadline_us = walk->pod.now_us + USEC_PER_SEC;
    engine->queue_count = 0;
    engine->jobs_changed = false;
    engine->is_stopping = world->is_stopping;
    engine->is_started = world->is_started;
    engine->has_exited = world->has_exited;
    engine->exit_status = 0;
}

static uint32_t hash(const struct world *world)
{
    const unsigned char *bytes = (const unsigned char *)world;
    uint32_t value = 2166136261U;

    for (size_t i = 0; i < sizeof(*world); i++)
        value = (value ^ bytes[i]) * 16777619U;
    return value;
}

static void remember(struct walk *walk)
{
    struct world world = capture(walk);
    uint32_t at = hash(&world) & (TABLE_SIZE - 1);

    for (; walk->table[at]; at = (at + 1) & (TABLE_SIZE - 1))
        if (memcmp(&walk->worlds[walk->table[at] - 1], &world, sizeof(world)) == 0)
            return;
    assert_true(walk->count < WORLDS_MAX);
    walk->worlds[walk->count++] = world;
    walk->table[at] = (uint32_t)walk->count;
}

/* --- the environment --- */

static bool is_killing(const struct unit *unit)
{
    return unit_state_info((enum unit_state)unit->state)->kill != KILL_STAGE_NONE;
}

static void spawn(struct walk *walk, const struct unit_action *action)
{
    struct pod_builder *pod = &walk->pod;
    const struct unit *unit = &pod->engine.units[0];

    /* No double spawn: the place must be empty. */
    assert_int_equal(action->is_main ? unit->main_pid : unit->control_pid, 0);
    if (walk->cannot_fork)
        engine_spawn_failed(&pod->engine, 0, pod->now_us);
    else
        engine_spawned(&pod->engine, 0, pod->next_pid++, pod->now_us);
}

/* Nobody obeys a signal at once; who is there stays until an input says that he ends. */
static void drain(struct walk *walk)
{
    struct pod_builder *pod = &walk->pod;
    struct unit_action action;

    while (engine_next_action(&pod->engine, &action)) {
        const struct unit *unit = &pod->engine.units[0];

        if (action.kind == ACTION_SPAWN)
            spawn(walk, &action);
        else if (action.kind == ACTION_SIGNAL)
            engine_signalled(&pod->engine, 0, unit->main_pid > 0 || unit->control_pid > 0,
                             pod->now_us);
        else if (action.kind == ACTION_EXIT)
            assert_in_range(action.status, 0, 255);
        else if (action.kind == ACTION_NOTE && action.note == NOTE_UNEXPECTED)
            print_message("unexpected event '%s' in state '%s'\n",
                          unit_event_name((enum unit_event)action.b),
                          unit_state_info((enum unit_state)action.a)->name);
    }
}

/* What init/ does after each exit: the last process of a unit that is being killed is gone. */
static void look_for_emptiness(struct walk *walk)
{
    const struct unit *unit = &walk->pod.engine.units[0];

    drain(walk);
    if (is_killing(unit) && unit->main_pid == 0 && unit->control_pid == 0)
        engine_empty(&walk->pod.engine, 0, walk->pod.now_us);
    drain(walk);
}

static bool exit_of(struct walk *walk, pid_t pid, int code, int status)
{
    struct process_exit exit = { code, status };

    if (pid <= 0)
        return false;
    engine_exited(&walk->pod.engine, 0, pid, exit, walk->pod.now_us);
    look_for_emptiness(walk);
    return true;
}

static bool tick(struct walk *walk)
{
    uint64_t deadline_us = engine_deadline(&walk->pod.engine);

    if (deadline_us == USEC_INFINITY)
        return false;
    walk->pod.now_us = deadline_us;
    engine_tick(&walk->pod.engine, walk->pod.now_us);
    return true;
}

static bool request(struct walk *walk, enum job_kind kind, bool is_manual)
{
    return engine_request(&walk->pod.engine, 0, kind, is_manual, walk->pod.now_us) == 0;
}

static bool arrive(struct walk *walk, enum await what)
{
    engine_arrived(&walk->pod.engine, 0, what, walk->pod.now_us);
    return true;
}

/* False: this cannot happen in this world. */
static bool feed(struct walk *walk, enum input input)
{
    struct engine *engine = &walk->pod.engine;
    struct unit *unit = &engine->units[0];

    switch (input) {
    case INPUT_START:
        return request(walk, JOB_START, true);
    case INPUT_STOP:
        return request(walk, JOB_STOP, true);
    case INPUT_RESTART:
        return request(walk, JOB_RESTART, true);
    case INPUT_PULL_IN:
        return request(walk, JOB_START, false);
    case INPUT_SHUTDOWN:
        engine_shutdown(engine, 0, walk->pod.now_us);
        return true;
    case INPUT_HURRY:
        engine_hurry(engine, walk->pod.now_us);
        return true;
    case INPUT_MAIN_OK:
        return exit_of(walk, unit->main_pid, CLD_EXITED, 0);
    case INPUT_MAIN_BAD:
        return exit_of(walk, unit->main_pid, CLD_EXITED, 1);
    case INPUT_MAIN_SIGNAL:
        return exit_of(walk, unit->main_pid, CLD_KILLED, SIGKILL);
    case INPUT_CONTROL_OK:
        return exit_of(walk, unit->control_pid, CLD_EXITED, 0);
    case INPUT_CONTROL_BAD:
        return exit_of(walk, unit->control_pid, CLD_EXITED, 1);
    case INPUT_EXEC:
        return arrive(walk, AWAIT_EXEC);
    case INPUT_NOTIFY:
        return arrive(walk, AWAIT_NOTIFY);
    case INPUT_PROBE:
        return arrive(walk, AWAIT_PROBE);
    case INPUT_TICK:
        return tick(walk);
    case INPUT_TICK_WITHOUT_FORK:
        walk->cannot_fork = true;
        return tick(walk);
    case INPUT_COUNT:
        break;
    }
    return false;
}

/* --- the invariants --- */

static void check(struct walk *walk)
{
    const struct engine *engine = &walk->pod.engine;
    const struct unit *unit = &engine->units[0];
    enum active_state active = unit_active_state(unit);
    bool is_moving = active == ACTIVE_ACTIVATING || active == ACTIVE_DEACTIVATING;

    assert_int_equal(engine->unexpected, 0);
    assert_int_equal(engine->dropped, 0);
    if (is_moving && unit->state != STATE_AUTO_RESTART_QUEUED)
        assert_int_not_equal(unit->deadline_us, USEC_INFINITY);
    /* A restart that is due has its job; a job never lies about with nothing to wait for. */
    if (unit->state == STATE_AUTO_RESTART_QUEUED)
        assert_int_equal(unit->job, JOB_START);
    if (!is_moving)
        assert_int_equal(unit->job, JOB_NONE);
    /* What is down, unless it would not die, has no processes. */
    if ((active == ACTIVE_INACTIVE || active == ACTIVE_FAILED) && unit->result != RESULT_TIMEOUT)
        assert_true(unit->main_pid == 0 && unit->control_pid == 0);
    if (unit->state == STATE_RUNNING)
        assert_true(unit->main_pid > 0);
}

/* From here, a stop must end although nobody ever obeys: time-outs alone carry it through. */
static void check_that_a_stop_ends(struct walk *walk)
{
    walk->cannot_fork = false;
    engine_shutdown(&walk->pod.engine, 0, walk->pod.now_us);
    drain(walk);
    for (int i = 0; i < STEPS_TO_THE_END && !walk->pod.engine.has_exited; i++) {
        assert_true(tick(walk));
        drain(walk);
    }
    assert_true(walk->pod.engine.has_exited);
}

static void visit(struct walk *walk, struct world world)
{
    for (int input = 0; input < INPUT_COUNT; input++) {
        restore(walk, &world);
        walk->cannot_fork = false;
        if (world.has_exited || !feed(walk, (enum input)input))
            continue;
        drain(walk);
        walk->steps++;
        check(walk);
        remember(walk);
    }
    restore(walk, &world);
    if (!world.has_exited)
        check_that_a_stop_ends(walk);
}

static void walk_over(const char *text)
{
    const char *const units[][2] = { { "a.service", text }, { NULL, NULL } };
    struct walk walk = { 0 };

    pod_builder_init(&walk.pod, units);
    walk.worlds = calloc(WORLDS_MAX, sizeof(*walk.worlds));
    walk.table = calloc(TABLE_SIZE, sizeof(*walk.table));
    assert_non_null(walk.worlds);
    assert_non_null(walk.table);
    remember(&walk);
    while (walk.next < walk.count)
        visit(&walk, walk.worlds[walk.next++]);
    print_message("%zu worlds, %llu steps, 0 violations: %.60s\n", walk.count,
                  (unsigned long long)walk.steps, strchr(text, 'T'));
    free(walk.worlds);
    free(walk.table);
    pod_builder_release(&walk.pod);
}

#define LIMIT "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=1000000\n[Service]\n"
#define LISTS                                                                                      \
    "ExecStartPre=/bin/a\nExecStartPre=-/bin/b\nExecStart=/bin/main\nExecStartPost=/bin/c\n"       \
    "ExecStop=/bin/d\nExecStopPost=/bin/e\n"

static void every_kind_of_unit(void **state)
{
    static const char *const texts[] = {
        LIMIT "Type=simple\nExecStart=/bin/main\n",
        LIMIT "Type=simple\nExecStart=/bin/main\nRestart=always\n",
        LIMIT "Type=exec\nExecStart=/bin/main\nRestart=on-failure\nRemainAfterExit=yes\n",
        LIMIT "Type=notify\nExecStart=/bin/main\nRestart=on-failure\nRestartSteps=3\n"
              "RestartMaxDelaySec=10\n",
        LIMIT "Type=oneshot\nTimeoutStartSec=9\nExecStart=/bin/main\nExecStart=-/bin/more\n",
        LIMIT "Type=oneshot\nTimeoutStartSec=9\nExecStart=/bin/main\nRemainAfterExit=yes\n"
              "Restart=on-failure\n",
        LIMIT "Type=notify\nRestart=always\n" LISTS,
        LIMIT "Type=exec\nRestart=always\nSendSIGKILL=no\n" LISTS
              "[X-Reeve]\nHealthCmd=tcp://127.0.0.1:1\nHealthGate=yes\n",
        LIMIT "Type=oneshot\nTimeoutStartSec=9\nRemainAfterExit=yes\n" LISTS,
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        walk_over(texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_kind_of_unit) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
