/*
 * A walk over everything that can happen to one unit: from each reachable world everything that can
 * happen is tried, and after each step the invariants are checked (invariants.c says which). Worlds
 * that differ only in clock readings, pids or how often something happened count as one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORLDS_MAX = 1 << 19, TABLE_SIZE = 1 << 20 };

/* All that matters of a world, with clocks and pids taken out; compared as bytes. */
struct world {
    struct unit unit;
    struct model_unit processes;
    bool is_stopping, is_started;
};

/* How a world was reached first. */
struct way {
    uint32_t from;
    uint8_t happening, check;
};

struct walk {
    struct model model;
    const char *text;
    struct way *ways;
    struct way now; /* what is being tried */
    struct world *worlds;
    size_t count;
    uint32_t *table; /* 1 + position of a world, by hash; 0: free */
};

enum { PID_MAIN = 1, PID_CONTROL, PID_NEXT };

static uint64_t flatten(uint64_t deadline_us)
{
    return deadline_us == USEC_INFINITY ? USEC_INFINITY : 0;
}

static uint64_t raise_again(uint64_t deadline_us, uint64_t now_us)
{
    return deadline_us == USEC_INFINITY ? USEC_INFINITY : now_us + USEC_PER_SEC;
}

static void flatten_unit(struct unit *unit)
{
    unit->deadline_us = flatten(unit->deadline_us);
    unit->watchdog_deadline_us = flatten(unit->watchdog_deadline_us);
    unit->job_deadline_us = flatten(unit->job_deadline_us);
    unit->steady_deadline_us = flatten(unit->steady_deadline_us);
    unit->since_us = unit->spawned_us = unit->ready_latency_us = 0;
    unit->start_window_us = unit->steady_window_us = unit->runtime_extra_us = 0;
    unit->active_us = unit->reload_us = unit->job_id = unit->ended_job_id = 0;
    unit->incarnation = 0;
    /* What is only shown, or counted, or becomes an exit status. */
    unit->job_result = unit->ended_job_result = unit->reload_result = 0;
    unit->is_wanted = unit->is_condition_met = unit->is_assert_met = false;
    unit->restarts = unit->steady_count = 0;
    unit->main_exit = (struct process_exit){ 0 };
    unit->main_pid = unit->main_pid > 0 ? PID_MAIN : 0;
    unit->control_pid = unit->control_pid > 0 ? PID_CONTROL : 0;
}

static struct world capture(const struct walk *walk)
{
    struct world world;

    memset(&world, 0, sizeof(world));
    world.unit = walk->model.pod.engine.units[0];
    flatten_unit(&world.unit);
    world.processes = walk->model.units[0];
    world.processes.main = world.unit.main_pid;
    world.processes.control = world.unit.control_pid;
    world.is_stopping = walk->model.pod.engine.is_stopping;
    world.is_started = walk->model.pod.engine.is_started;
    return world;
}

static void restore(struct walk *walk, const struct world *world)
{
    struct engine *engine = &walk->model.pod.engine;
    struct unit *unit = &engine->units[0];
    uint64_t now_us = walk->model.pod.now_us;

    *unit = world->unit;
    unit->start_window_us = unit->active_us = now_us;
    unit->deadline_us = raise_again(unit->deadline_us, now_us);
    unit->watchdog_deadline_us = raise_again(unit->watchdog_deadline_us, now_us);
    unit->job_deadline_us = raise_again(unit->job_deadline_us, now_us);
    unit->steady_deadline_us = raise_again(unit->steady_deadline_us, now_us);
    walk->model.units[0] = world->processes;
    walk->model.has_exited = engine->has_exited = false;
    engine->queue_count = 0;
    engine->jobs_changed = false;
    engine->is_stopping = world->is_stopping;
    engine->is_started = world->is_started;
    engine->exit_status = 0;
    engine_recount(engine);
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
    walk->ways[walk->count] = walk->now;
    walk->worlds[walk->count++] = world;
    walk->table[at] = (uint32_t)walk->count;
}

static void explain_way(const struct walk *walk, struct way way)
{
    if (way.from != 0)
        explain_way(walk, walk->ways[way.from]);
    if (way.happening < HAPPENS_COUNT)
        print_message(" %s%s", happening_name((enum happening)way.happening),
                      way.check == CHECK_MET ? "" : "(not met)");
}

/* In one line. */
static void print_text(const char *text)
{
    char line[1024];
    size_t used = 0;

    for (; *text && used + 1 < sizeof(line); text++)
        line[used++] = (char)(*text == '\n' ? ' ' : *text);
    line[used] = '\0';
    print_message(" %s\n", line);
}

static void explain(const void *context)
{
    const struct walk *walk = context;

    print_text(walk->text);
    print_message("after:");
    explain_way(walk, walk->now);
    print_message("\n");
}

static void try_each(struct walk *walk, const struct world *world)
{
    for (int happening = 0; happening < HAPPENS_COUNT; happening++) {
        walk->now.happening = (uint8_t)happening;
        restore(walk, world);
        if (model_happen(&walk->model, 0, (enum happening)happening) && !walk->model.has_exited)
            remember(walk);
    }
}

/* With each answer that its conditions can get. */
static void visit(struct walk *walk, struct world world)
{
    bool has_conditions = walk->model.pod.set.specs[0]->conditions;

    for (int check = CHECK_MET; check <= (has_conditions ? CHECK_ASSERT_FAILED : CHECK_MET);
         check++) {
        walk->model.check = (enum check_result)check;
        walk->now.check = (uint8_t)check;
        try_each(walk, &world);
    }
    walk->now.happening = HAPPENS_COUNT;
    restore(walk, &world);
    invariants_check_stop_ends(&walk->model);
    restore(walk, &world);
    invariants_check_jobs_end(&walk->model);
    restore(walk, &world);
}

/* Also how far to go: what mutation.c asks for is quick. */
struct figures {
    size_t worlds_max;
    size_t worlds;
    uint64_t steps;
};

static void walk_over(const char *name, const char *text, struct figures *figures)
{
    const char *const units[][2] = { { name, text }, { NULL, NULL } };
    struct walk walk = { .text = text };

    model_init(&walk.model, units);
    walk.model.pod.next_pid = PID_NEXT;
    walk.worlds = calloc(WORLDS_MAX, sizeof(*walk.worlds));
    walk.ways = calloc(WORLDS_MAX, sizeof(*walk.ways));
    walk.table = calloc(TABLE_SIZE, sizeof(*walk.table));
    assert_non_null(walk.worlds);
    assert_non_null(walk.ways);
    assert_non_null(walk.table);
    walk.model.explain = explain;
    walk.model.context = &walk;
    walk.now.happening = HAPPENS_COUNT;
    remember(&walk);
    for (size_t i = 0; i < walk.count && i < figures->worlds_max; i++) {
        walk.now.from = (uint32_t)i;
        visit(&walk, walk.worlds[i]);
    }
    print_message("%6zu worlds, %8llu steps, 0 violations:", walk.count,
                  (unsigned long long)walk.model.steps);
    print_text(text);
    figures->worlds += walk.count;
    figures->steps += walk.model.steps;
    free(walk.worlds);
    free(walk.ways);
    free(walk.table);
    model_release(&walk.model);
}

#define LIMIT             "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=11d\n"
#define MAIN              "ExecStart=/bin/main\n"
#define UNHEALTHY(action) "[X-Reeve]\nHealthCmd=tcp://127.0.0.1:1\nHealthOnFailure=" action "\n"
#define UP                "ExecStartPost=/bin/c\nExecReload=/bin/r\nExecStopPost=/bin/e\n"
#define LISTS                                                                                      \
    "ExecCondition=/bin/x\nExecStartPre=/bin/a\nExecStartPre=-/bin/b\n" MAIN                       \
    "ExecStartPost=/bin/c\nExecReload=/bin/r\nExecStop=/bin/d\nExecStopPost=/bin/e\n"

static const char *const services[] = {
    LIMIT "[Service]\nType=simple\n" MAIN,
    LIMIT "[Service]\nType=simple\nRestart=always\n" MAIN,
    LIMIT "[Service]\nType=exec\nRestart=on-failure\nRemainAfterExit=yes\n" MAIN,
    LIMIT "[Service]\nType=notify\nRestart=on-failure\nRestartSteps=3\nRestartMaxDelaySec=9\n" MAIN,
    LIMIT "[Service]\nType=oneshot\nTimeoutStartSec=9\nExecStart=/bin/main\nExecStart=-/bin/more\n",
    LIMIT
    "[Service]\nType=oneshot\nTimeoutStartSec=9\nRemainAfterExit=yes\nRestart=on-failure\n" MAIN,
    LIMIT "[Service]\nType=notify\nRestart=always\n" MAIN UP,
    LIMIT "[Service]\nType=exec\nRestart=always\nSendSIGKILL=no\n" LISTS
          "[X-Reeve]\nHealthCmd=tcp://127.0.0.1:1\nHealthGate=yes\n",
    LIMIT "[Service]\nType=oneshot\nTimeoutStartSec=9\nRemainAfterExit=yes\n" LISTS,
    LIMIT "[Service]\nType=forking\nRestart=on-failure\n" LISTS,
    LIMIT "[Service]\nType=forking\nPIDFile=/run/x.pid\nRestart=always\n" LISTS,
    LIMIT "[Service]\nType=forking\nPIDFile=/run/x.pid\n" MAIN,
    LIMIT "[Service]\nType=forking\nGuessMainPID=no\nRemainAfterExit=yes\n" MAIN,
    LIMIT "[Service]\nType=notify-reload\nWatchdogSec=3\nRestart=on-watchdog\n" MAIN,
    LIMIT "[Service]\nType=notify-reload\nNotifyAccess=all\nRemainAfterExit=yes\n" MAIN
          "ExecStartPost=/bin/c\nExecReload=/bin/r\n",
    LIMIT "[Service]\nType=idle\nRestart=on-failure\nRuntimeMaxSec=9\n" LISTS,
    LIMIT "[Service]\nType=simple\nExitType=cgroup\nRestart=always\n" LISTS,
    LIMIT "[Service]\nType=notify\nKillMode=mixed\nTimeoutStartFailureMode=abort\n"
          "TimeoutStopFailureMode=abort\nWatchdogSec=3\n" MAIN,
    LIMIT "[Service]\nType=exec\nKillMode=mixed\nTimeoutStartFailureMode=abort\n"
          "TimeoutStopFailureMode=abort\n" LISTS,
    LIMIT "[Service]\nType=exec\nKillMode=process\nTimeoutStartFailureMode=kill\n"
          "TimeoutStopFailureMode=kill\nRestartMode=direct\nRestart=always\n" LISTS,
    LIMIT "[Service]\nType=simple\nKillMode=none\nRestart=always\n" LISTS,
    LIMIT "[Service]\nType=notify-reload\nExecReload=/bin/r\n" MAIN UNHEALTHY("restart"),
    LIMIT "[Service]\nType=notify\nRestart=always\n" MAIN UNHEALTHY("stop"),
    LIMIT "[Service]\nType=notify\nRestart=on-watchdog\n" LISTS UNHEALTHY("kill"),
    LIMIT "[Service]\nType=exec\nRestart=always\n" LISTS UNHEALTHY("exit"),
    LIMIT "[Service]\nType=exec\nOOMPolicy=kill\nRestart=on-abnormal\n" LISTS,
    LIMIT "[Service]\nType=notify-reload\nExitType=cgroup\nNotifyAccess=all\n"
          "RemainAfterExit=yes\n" MAIN,
    LIMIT "[Service]\nType=exec\nNotifyAccess=all\nExecCondition=/bin/x\nExecStartPre=/bin/a\n"
          "ExecReload=/bin/r\n" MAIN,
    LIMIT "[Service]\nType=simple\nOOMPolicy=continue\nRestart=on-success\n" MAIN,
    LIMIT "ConditionPathExists=/x\nAssertPathExists=/y\nJobTimeoutSec=5\nJobRunningTimeoutSec=4\n"
          "[Service]\nType=notify\nRestart=on-failure\n" MAIN,
    LIMIT "FailureAction=exit\nSuccessAction=exit\n[Service]\nType=notify\nRestart=on-abort\n" MAIN,
    LIMIT "JobTimeoutSec=5\nJobTimeoutAction=exit\nStopWhenUnneeded=yes\n[Service]\n"
          "TimeoutStartSec=infinity\nTimeoutStopSec=9\nType=notify\n" MAIN,
};

static void every_kind_of_service(void **state)
{
    struct figures figures = { .worlds_max = *(const size_t *)*state };

    for (size_t i = 0; i < ARRAY_SIZE(services); i++)
        walk_over("a.service", services[i], &figures);
    print_message("%zu services: %zu worlds, %llu steps, 0 violations\n", ARRAY_SIZE(services),
                  figures.worlds, (unsigned long long)figures.steps);
}

static void a_target(void **state)
{
    struct figures figures = { .worlds_max = *(const size_t *)*state };

    walk_over("a.target", LIMIT, &figures);
    walk_over("a.target",
              "[Unit]\nConditionPathExists=/x\nFailureAction=exit\nSuccessAction=exit\n", &figures);
}

int main(int argc, char **argv)
{
    size_t worlds_max = argc > 1 ? strtoul(argv[1], NULL, 10) : WORLDS_MAX;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_kind_of_service, &worlds_max),
        cmocka_unit_test_prestate(a_target, &worlds_max),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
