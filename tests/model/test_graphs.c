/*
 * Random walks over random pods: a few units of any type, with dependencies of every kind between
 * them, to which anything happens at any time. After each step the invariants are checked
 * (invariants.c says which); now and then everybody is good until nothing moves any more; and at
 * last the pod is stopped. A walk is replayed by its number:
 *
 *   build/tests/test_graphs SEED [COUNT]
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

enum { WALKS = 4000, STEPS_MAX = 120, ROUNDS_TO_REST = 300, TEXT_SIZE = 1024, TRAIL_SIZE = 4096 };

struct graph {
    struct model model;
    uint64_t seed, random;
    size_t count;
    char names[MODEL_UNITS_MAX][32], texts[MODEL_UNITS_MAX][TEXT_SIZE];
    char trail[TRAIL_SIZE]; /* the last of what happened */
};

/* xorshift64*; the same walk on every machine. */
static unsigned below(struct graph *graph, unsigned limit)
{
    graph->random ^= graph->random >> 12;
    graph->random ^= graph->random << 25;
    graph->random ^= graph->random >> 27;
    return (unsigned)((graph->random * UINT64_C(2685821657736338717) >> 33) % limit);
}

/* --- a pod --- */

static void add(struct graph *graph, size_t unit, const char *line)
{
    strncat(graph->texts[unit], line, TEXT_SIZE - strlen(graph->texts[unit]) - 1);
}

static void depend(struct graph *graph, size_t unit)
{
    static const char *const kinds[] = {
        "Requires",
        "Requisite",
        "Wants",
        "BindsTo",
        "PartOf",
        "Upholds",
        "Conflicts",
        "Before",
        "After",
        "OnFailure",
        "OnSuccess",
        "Requires",
        "Wants",
        "After",
        "PropagatesStopTo",
        "StopPropagatedFrom",
        "PropagatesReloadTo",
    };
    char line[64];

    for (unsigned left = below(graph, 4); left > 0; left--) {
        const char *kind = kinds[below(graph, ARRAY_SIZE(kinds))];
        size_t other = below(graph, (unsigned)graph->count);

        if (other == unit)
            continue;
        snprintf(line, sizeof(line), "%s=%s\n", kind, graph->names[other]);
        add(graph, unit, line);
        /* Most of the time without cycles of the order, which are a matter of their own. */
        if (below(graph, 2) && other < unit) {
            snprintf(line, sizeof(line), "After=%s\n", graph->names[other]);
            add(graph, unit, line);
        }
    }
}

/* Each with a chance of one in so many. */
static void add_some(struct graph *graph, size_t unit, const char *const *lines, unsigned chance)
{
    for (; *lines; lines++)
        if (below(graph, chance) == 0)
            add(graph, unit, *lines);
}

static void write_service(struct graph *graph, size_t unit)
{
    static const char *const types[] = {
        "Type=simple\n",        "Type=exec\nExitType=cgroup\n",
        "Type=exec\n",          "Type=forking\n",
        "Type=oneshot\n",       "Type=notify\n",
        "Type=notify-reload\n", "Type=idle\n",
    };
    static const char *const restarts[] = {
        "", "", "", "Restart=on-failure\n", "Restart=always\n", "Restart=on-success\n",
    };
    static const char *const settings[] = {
        "RemainAfterExit=yes\n",
        "RestartMode=direct\n",
        "ExecCondition=/bin/x\n",
        "ExecStartPre=/bin/a\n",
        "ExecStartPost=/bin/c\n",
        "ExecReload=/bin/r\n",
        "ExecReload=/bin/r\n",
        "ExecStop=/bin/d\n",
        "ExecStopPost=/bin/e\n",
        "WatchdogSec=3\n",
        "KillMode=mixed\n",
        "KillMode=process\n",
        "SendSIGKILL=no\n",
        "RuntimeMaxSec=30\n",
        "TimeoutStartSec=infinity\n",
        "SuccessExitStatus=1\n",
        "GuessMainPID=no\n",
        "NotifyAccess=all\n",
        "RestartSec=0\n",
        NULL,
    };

    const char *type = types[below(graph, ARRAY_SIZE(types))];
    bool is_oneshot = strcmp(type, "Type=oneshot\n") == 0;

    add(graph, unit, "[Service]\n");
    add(graph, unit, type);
    add(graph, unit, "ExecStart=/bin/main\nTimeoutStartSec=20\n");
    /* A oneshot that begins again after a success is refused. */
    add(graph, unit, restarts[below(graph, is_oneshot ? 4 : ARRAY_SIZE(restarts))]);
    add_some(graph, unit, settings, 9);
}

static void write_path(struct graph *graph, size_t unit)
{
    static const char *const settings[] = { "TriggerLimitBurst=2\n", "TriggerLimitIntervalSec=1h\n",
                                            NULL };
    size_t other = (unit + 1 + below(graph, (unsigned)graph->count - 1)) % graph->count;
    char line[64];

    snprintf(line, sizeof(line), "[Path]\nPathExists=/x\nUnit=%s\n", graph->names[other]);
    add(graph, unit, line);
    add_some(graph, unit, settings, 3);
}

static const char *any_kind(struct graph *graph)
{
    static const char *const kinds[] = { "target",  "path",    "service", "service", "service",
                                         "service", "service", "service", "service" };

    return kinds[below(graph, ARRAY_SIZE(kinds))];
}

static void write_units(struct graph *graph)
{
    static const char *const settings[] = {
        "StopWhenUnneeded=yes\n",    "JobTimeoutSec=15\n",
        "JobRunningTimeoutSec=10\n", "ConditionPathExists=/x\n",
        "AssertPathExists=/x\n",     "StartLimitIntervalSec=0\n",
        "RefuseManualStart=yes\n",   "FailureAction=exit\n",
        "SuccessAction=exit\n",      NULL,
    };

    graph->count = 2 + below(graph, MODEL_UNITS_MAX - 3);
    for (size_t i = 0; i < graph->count; i++)
        snprintf(graph->names[i], sizeof(graph->names[i]), "u%zu.%s", i, any_kind(graph));
    for (size_t i = 0; i < graph->count; i++) {
        add(graph, i, "[Unit]\n");
        depend(graph, i);
        add_some(graph, i, settings, 14);
        if (strstr(graph->names[i], "service"))
            write_service(graph, i);
        if (strstr(graph->names[i], "path"))
            write_path(graph, i);
    }
}

/* --- a walk --- */

static void explain(const void *context)
{
    const struct graph *graph = context;

    print_message("seed %llu\n", (unsigned long long)graph->seed);
    for (size_t i = 0; i < graph->count; i++)
        print_message("--- %s\n%s", graph->names[i], graph->texts[i]);
    print_message("--- after:%s\n", graph->trail);
}

static void remember(struct graph *graph, const char *unit, const char *what)
{
    char step[64];
    int length = snprintf(step, sizeof(step), " %s:%s", unit, what);
    size_t used = strlen(graph->trail);

    if (used + (size_t)length + 1 > sizeof(graph->trail)) {
        memmove(graph->trail, graph->trail + TRAIL_SIZE / 2, used - TRAIL_SIZE / 2 + 1);
        used -= TRAIL_SIZE / 2;
    }
    memcpy(graph->trail + used, step, (size_t)length + 1);
}

static void come_to_rest(struct graph *graph)
{
    remember(graph, "all", "good");
    graph->model.path_news = PATH_ABSENT;
    if (model_be_good(&graph->model, ROUNDS_TO_REST))
        invariants_check_at_rest(&graph->model);
}

/* Most of what is tried cannot happen to a unit as it is. */
static void let_something_happen(struct graph *graph)
{
    for (int tries = 0; tries < 20; tries++) {
        unit_id id = (unit_id)below(graph, (unsigned)graph->count);
        enum happening happening = (enum happening)below(graph, HAPPENS_SHUTDOWN);
        size_t length = strlen(graph->trail);

        remember(graph, graph->model.pod.set.specs[id]->name, happening_name(happening));
        if (model_happen(&graph->model, id, happening))
            return;
        if (strlen(graph->trail) > length)
            graph->trail[length] = '\0';
    }
}

static void step(struct graph *graph)
{
    graph->model.check = below(graph, 4) ? CHECK_MET : (enum check_result)below(graph, 3);
    graph->model.path_news = (enum path_news)below(graph, PATH_BROKEN + 1);
    let_something_happen(graph);
    if (below(graph, 4) == 0) {
        remember(graph, "all", "wait");
        (void)model_wait(&graph->model);
    }
    if (below(graph, 40) == 0)
        come_to_rest(graph);
}

static void end(struct graph *graph)
{
    unsigned how = below(graph, 3);

    graph->model.check = CHECK_MET;
    graph->model.path_news = PATH_ABSENT;
    if (how == 0) {
        remember(graph, "all", "jobs end");
        invariants_check_jobs_end(&graph->model);
    } else if (how == 1) {
        come_to_rest(graph);
    }
    remember(graph, "all", "stop");
    invariants_check_stop_ends(&graph->model);
}

static uint64_t walk(uint64_t seed)
{
    struct graph graph = { .seed = seed, .random = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15) };
    const char *units[MODEL_UNITS_MAX + 1][2] = { { NULL, NULL } };
    bool has_keeper = below(&graph, 4) > 0;
    uint64_t steps;

    write_units(&graph);
    for (size_t i = 0; i < graph.count; i++) {
        units[i][0] = graph.names[i];
        units[i][1] = graph.texts[i];
    }
    /* It keeps the pod from ending as soon as nothing runs. */
    if (has_keeper) {
        units[graph.count][0] = "keep.service";
        units[graph.count][1] = "[Service]\nExecStart=/bin/keep\n";
    }
    model_init(&graph.model, units);
    graph.model.explain = explain;
    graph.model.context = &graph;
    if (has_keeper)
        (void)model_happen(&graph.model, unit_set_find(&graph.model.pod.set, "keep.service"),
                           HAPPENS_START);
    for (unsigned left = below(&graph, STEPS_MAX); left > 0 && !graph.model.has_exited; left--)
        step(&graph);
    end(&graph);
    steps = graph.model.steps;
    model_release(&graph.model);
    return steps;
}

struct range {
    uint64_t first, count;
};

static void any_graph(void **state)
{
    const struct range *range = *state;
    uint64_t steps = 0;

    for (uint64_t i = 0; i < range->count; i++)
        steps += walk(range->first + i);
    print_message("%llu walks from seed %llu: %llu steps, 0 violations\n",
                  (unsigned long long)range->count, (unsigned long long)range->first,
                  (unsigned long long)steps);
}

int main(int argc, char **argv)
{
    struct range range = { .first = argc > 1 ? strtoull(argv[1], NULL, 10) : 0,
                           .count = argc > 2   ? strtoull(argv[2], NULL, 10)
                                    : argc > 1 ? 1
                                               : WALKS };
    const struct CMUnitTest tests[] = { cmocka_unit_test_prestate(any_graph, &range) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
