#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pod_builder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_problem(void *context, const struct problem *problem)
{
    char text[512];

    (void)context;
    problem_format(problem, text, sizeof(text));
    print_message("%s\n", text);
}

void pod_builder_load(struct pod_builder *pod, const char *const (*units)[2],
                      struct problem_sink *sink)
{
    static const struct unit_roots roots = {
        .directory = { "/run", "/var/lib", "/var/cache", "/var/log", "/etc" },
        .tmp = "/tmp",
        .var_tmp = "/var/tmp",
        .user = "reeve",
        .group = "reeve",
        .home = "/",
        .shell = "/bin/sh",
        .uid = 1001,
        .gid = 1001,
        .hostname = "host",
        .architecture = "x86-64",
        .kernel_release = "6.1",
        .machine_id = "",
        .boot_id = "",
    };

    memset(pod, 0, sizeof(*pod));
    pod->next_pid = 101;
    pod->obeys = true;
    pod->now_us = USEC_PER_SEC;
    assert_int_equal(unit_set_init(&pod->set, &roots), 0);
    for (; (*units)[0]; units++) {
        struct unit_text part = { (*units)[0], (*units)[1], strlen((*units)[1]) };
        struct unit_source source = { .name = (*units)[0],
                                      .is_internal = strncmp((*units)[0], "reeve-", 6) == 0,
                                      .parts = &part,
                                      .part_count = 1 };

        assert_int_equal(unit_set_add(&pod->set, &source, sink), 0);
    }
    assert_int_equal(unit_set_resolve(&pod->set, sink), 0);
    assert_int_equal(engine_init(&pod->engine, &pod->set), 0);
}

void pod_builder_init(struct pod_builder *pod, const char *const (*units)[2])
{
    struct problem_sink sink = { .report = print_problem };

    pod_builder_load(pod, units, &sink);
}

void pod_builder_release(struct pod_builder *pod)
{
    engine_release(&pod->engine);
    unit_set_release(&pod->set);
}

unit_id pod_builder_id(const struct pod_builder *pod, const char *name)
{
    unit_id id = unit_set_find(&pod->set, name);

    assert_int_not_equal(id, UNIT_NONE);
    return id;
}

struct unit *pod_builder_unit(struct pod_builder *pod, const char *name)
{
    return &pod->engine.units[pod_builder_id(pod, name)];
}

static void add_line(struct pod_builder *pod, const char *verb, const char *name, const char *what)
{
    size_t used = strlen(pod->trace);

    snprintf(pod->trace + used, sizeof(pod->trace) - used, "%s %s%s%s\n", verb, name,
             what[0] ? " " : "", what);
}

static bool is_anybody(const struct pod_builder *pod, unit_id id)
{
    const struct unit *unit = &pod->engine.units[id];

    return unit->main_pid > 0 || unit->control_pid > 0 || pod->has_strays;
}

static void obey(struct pod_builder *pod, unit_id id, enum kill_stage stage)
{
    struct unit *unit = &pod->engine.units[id];
    bool anybody = is_anybody(pod, id);
    struct process_exit killed = { CLD_KILLED, stage == KILL_STAGE_TERM ? SIGTERM : SIGKILL };

    engine_signalled(&pod->engine, id, anybody, pod->now_us);
    if (!anybody || pod->is_immortal || (!pod->obeys && stage != KILL_STAGE_FINAL))
        return;
    pod->has_strays = false;
    if (unit->control_pid > 0)
        engine_exited(&pod->engine, id, unit->control_pid, killed, pod->now_us);
    if (unit->main_pid > 0)
        engine_exited(&pod->engine, id, unit->main_pid, killed, pod->now_us);
    engine_empty(&pod->engine, id, pod->now_us);
}

static void add_signal(struct pod_builder *pod, const struct unit_action *action)
{
    static const char *const words[][2] = {
        [KILL_STAGE_NONE] = { "none", "none nobody" },
        [KILL_STAGE_TERM] = { "term", "term nobody" },
        [KILL_STAGE_ABORT] = { "abort", "abort nobody" },
        [KILL_STAGE_FINAL] = { "final", "final nobody" },
    };
    bool anybody = is_anybody(pod, action->id);

    /* Signals to nobody are part of every stop and would mostly only blur the trace. */
    if (anybody || pod->tells_all)
        add_line(pod, "signal", pod->set.specs[action->id]->name, words[action->stage][!anybody]);
}

static void perform(struct pod_builder *pod, const struct unit_action *action)
{
    static const char *const watches[] = {
        [WATCH_NOT] = "not", [WATCH_START] = "start", [WATCH_ANEW] = "anew", [WATCH_AGAIN] = "again"
    };
    const char *name = pod->set.specs[action->id]->name;
    char number[16];

    switch (action->kind) {
    case ACTION_SPAWN:
        add_line(pod, "spawn", name, action->is_main ? "" : action->command->path);
        engine_spawned(&pod->engine, action->id, pod->next_pid++, pod->now_us);
        break;
    case ACTION_SIGNAL:
        add_signal(pod, action);
        obey(pod, action->id, action->stage);
        break;
    case ACTION_RELOAD:
        add_line(pod, "reload", name, "");
        break;
    case ACTION_KILL_CONTROL:
        snprintf(number, sizeof(number), "%d", (int)action->pid);
        add_line(pod, "kill-control", name, number);
        break;
    case ACTION_CHECK:
        add_line(pod, "check", name, "");
        engine_checked(&pod->engine, action->id, pod->check, pod->now_us);
        break;
    case ACTION_FIND_MAIN:
        add_line(pod, "find-main", name, "");
        break;
    case ACTION_WATCH:
        add_line(pod, "watch", name, watches[action->watch]);
        if (action->watch != WATCH_NOT)
            engine_path_news(&pod->engine, action->id, pod->path_news, pod->now_us);
        break;
    case ACTION_CHANGED:
    case ACTION_NOTE:
        break;
    case ACTION_EXIT:
        snprintf(number, sizeof(number), "%d", action->status);
        add_line(pod, "exit", number, "");
        break;
    }
}

const char *pod_builder_run(struct pod_builder *pod)
{
    struct unit_action action;

    pod->trace[0] = '\0';
    while (engine_next_action(&pod->engine, &action))
        perform(pod, &action);
    return pod->trace;
}

void pod_builder_advance(struct pod_builder *pod, uint64_t by_us)
{
    pod->now_us += by_us;
    engine_tick(&pod->engine, pod->now_us);
}

void pod_builder_exit(struct pod_builder *pod, const char *name, int code, int status)
{
    struct process_exit exit = { code, status };
    unit_id id = pod_builder_id(pod, name);

    engine_exited(&pod->engine, id, pod->engine.units[id].main_pid, exit, pod->now_us);
}

void pod_builder_request(struct pod_builder *pod, const char *name, enum job_kind kind)
{
    assert_int_equal(
        engine_request(&pod->engine, pod_builder_id(pod, name), kind, true, pod->now_us), 0);
}

/* --- steps --- */

static enum job_kind job_of_word(const char *word)
{
    static const struct {
        const char *word;
        enum job_kind kind;
    } words[] = {
        { "start", JOB_START },
        { "stop", JOB_STOP },
        { "restart", JOB_RESTART },
        { "reload", JOB_RELOAD },
        { "try-restart", JOB_TRY_RESTART },
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].kind;
    return JOB_NONE;
}

static void say(struct pod_builder *pod, unit_id id, const char *word, unsigned long number)
{
    struct notification notification = { .monotonic_us = pod->now_us,
                                         .watchdog_us = USEC_INFINITY };

    notification.ready = strcmp(word, "ready") == 0;
    notification.reloading = strcmp(word, "reloading") == 0;
    notification.stopping = strcmp(word, "stopping") == 0;
    notification.watchdog = strcmp(word, "ping") == 0;
    notification.watchdog_trigger = strcmp(word, "trigger") == 0;
    if (strcmp(word, "main") == 0)
        notification.main_pid = (pid_t)number;
    if (strcmp(word, "extend") == 0)
        notification.extend_timeout_us = number * USEC_PER_SEC;
    engine_notified(&pod->engine, id, &notification, pod->now_us);
}

void pod_builder_step(struct pod_builder *pod, const char *step, const char *expected)
{
    char word[32] = "", name[64] = "", number[32] = "0";
    struct process_exit exited = { .code = CLD_EXITED };
    unsigned long value;
    unit_id id = UNIT_NONE;

    (void)sscanf(step, "%31s %63s %31s", word, name, number);
    value = strtoul(number, NULL, 10);
    if (strcmp(word, "after") != 0)
        id = pod_builder_id(pod, name);
    if (strcmp(word, "after") == 0) {
        pod_builder_advance(pod, strtoul(name, NULL, 10) * USEC_PER_SEC);
    } else if (job_of_word(word) != JOB_NONE) {
        pod_builder_request(pod, name, job_of_word(word));
    } else if (strcmp(word, "exit") == 0 || strcmp(word, "die") == 0) {
        pod_builder_exit(pod, name, word[0] == 'e' ? CLD_EXITED : CLD_KILLED, (int)value);
    } else if (strcmp(word, "control-exit") == 0) {
        exited.status = (int)value;
        engine_exited(&pod->engine, id, pod->engine.units[id].control_pid, exited, pod->now_us);
    } else if (strcmp(word, "found") == 0) {
        engine_main_found(&pod->engine, id, (pid_t)value, pod->now_us);
    } else if (strcmp(word, "replaced") == 0) {
        engine_main_replaced(&pod->engine, id, (pid_t)value, pod->now_us);
    } else if (strcmp(word, "empty") == 0) {
        engine_empty(&pod->engine, id, pod->now_us);
    } else if (strcmp(word, "unhealthy") == 0) {
        engine_unhealthy(&pod->engine, id, pod->now_us);
    } else {
        say(pod, id, word, value);
    }
    pod_builder_run(pod);
    if (expected)
        assert_string_equal(pod->trace, expected);
    assert_int_equal(pod->engine.unexpected, 0);
}

void pod_builder_expect(struct pod_builder *pod, const char *name, const char *sub,
                        const char *result)
{
    const struct unit *unit = pod_builder_unit(pod, name);

    assert_string_equal(unit_sub_state(unit), sub);
    assert_string_equal(unit_result_name((enum unit_result)unit->result), result);
}
