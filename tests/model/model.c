#include "tests/model/model_private.h"

#include "supervisor/unit/engine_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>

/* Warnings are part of what random units are like. */
static void tell_error(void *context, const struct problem *problem)
{
    char text[512];

    (void)context;
    if (problem->level != PROBLEM_ERROR)
        return;
    problem_format(problem, text, sizeof(text));
    print_message("%s\n", text);
}

void model_init(struct model *model, const char *const (*units)[2])
{
    struct problem_sink sink = { .report = tell_error };

    memset(model, 0, sizeof(*model));
    pod_builder_load(&model->pod, units, &sink);
    assert_in_range(model->pod.set.count, 1, MODEL_UNITS_MAX);
}

void model_release(struct model *model)
{
    pod_builder_release(&model->pod);
}

/* --- performing --- */

static bool is_wholly_signalled(const struct kill_spec *kill, bool is_final)
{
    return kill->mode == KILL_CONTROL_GROUP || (kill->mode == KILL_MIXED && is_final);
}

/* As init/track.c has it; whether there was anybody. */
static bool signal_unit(struct model *model, const struct unit_action *action)
{
    struct model_unit *processes = &model->units[action->id];
    const struct unit *unit = &model->pod.engine.units[action->id];
    const struct kill_spec *kill = &model->pod.set.specs[action->id]->kill;
    bool is_final = action->stage == KILL_STAGE_FINAL;
    bool is_whole = is_wholly_signalled(kill, is_final);

    if (kill->mode == KILL_NONE || (is_final && !kill->send_sigkill))
        return false;
    processes->main_is_killed |= is_final && unit->main_pid > 0;
    processes->control_is_killed |= is_final && unit->control_pid > 0;
    processes->strays_are_killed |= is_final && is_whole;
    return unit->main_pid > 0 || unit->control_pid > 0 || (is_whole && processes->has_strays);
}

static void give_up(struct model *model, unit_id id, bool is_main)
{
    struct model_unit *processes = &model->units[id];
    bool is_killed = is_main ? processes->main_is_killed : processes->control_is_killed;

    invariants_check_given_up(model, id, is_main, is_killed);
    *(is_main ? &processes->main : &processes->control) = 0;
    processes->strays_are_killed =
        is_killed && (processes->strays_are_killed || !processes->has_strays);
    processes->has_strays = true;
}

/* Whom his unit no longer knows is a stray, as init/track.c has it. */
static void look_for_strays(struct model *model, unit_id id)
{
    const struct model_unit *processes = &model->units[id];
    const struct unit *unit = &model->pod.engine.units[id];

    if (processes->main > 0 && processes->main != unit->main_pid)
        give_up(model, id, true);
    if (processes->control > 0 && processes->control != unit->control_pid)
        give_up(model, id, false);
}

static void spawn(struct model *model, const struct unit_action *action)
{
    struct pod_builder *pod = &model->pod;
    struct model_unit *processes = &model->units[action->id];
    pid_t pid = pod->next_pid++;

    invariants_check_spawn(model, action->id, action->is_main);
    if (model->failures_left > 0) {
        model->failures_left--;
        engine_spawn_failed(&pod->engine, action->id, pod->now_us);
        return;
    }
    *(action->is_main ? &processes->main : &processes->control) = pid;
    *(action->is_main ? &processes->main_is_killed : &processes->control_is_killed) = false;
    engine_spawned(&pod->engine, action->id, pid, pod->now_us);
}

/* A stray takes the place of the main process, which goes on as a stray if it lives. */
pid_t model_promote(struct model *model, unit_id id)
{
    struct model_unit *processes = &model->units[id];

    processes->has_strays = processes->main > 0;
    processes->main = model->pod.next_pid++;
    processes->main_is_killed = false;
    return processes->main;
}

bool model_find(struct model *model, unit_id id, bool is_found)
{
    struct engine *engine = &model->pod.engine;

    if (!engine->units[id].is_seeking_main || (is_found && !model->units[id].has_strays))
        return false;
    engine_main_found(engine, id, is_found ? model_promote(model, id) : 0, model->pod.now_us);
    return true;
}

/* With a pid file, it takes until the file is there; else one look is all. */
static void find_main(struct model *model, const struct unit_action *action)
{
    if (!action->may_wait)
        (void)model_find(model, action->id, model->units[action->id].has_strays);
}

static void perform(struct model *model, const struct unit_action *action)
{
    struct pod_builder *pod = &model->pod;

    switch (action->kind) {
    case ACTION_SPAWN:
        look_for_strays(model, action->id);
        spawn(model, action);
        break;
    case ACTION_SIGNAL:
        look_for_strays(model, action->id);
        engine_signalled(&pod->engine, action->id, signal_unit(model, action), pod->now_us);
        break;
    case ACTION_KILL_CONTROL:
        assert_int_equal(action->pid, model->units[action->id].control);
        model->units[action->id].control_is_killed = true;
        break;
    case ACTION_CHECK:
        engine_checked(&pod->engine, action->id, model->check, pod->now_us);
        break;
    case ACTION_FIND_MAIN:
        find_main(model, action);
        break;
    case ACTION_EXIT:
        assert_false(model->has_exited);
        assert_in_range(action->status, 0, 255);
        model->has_exited = true;
        break;
    case ACTION_NOTE:
        if (action->note == NOTE_UNEXPECTED)
            print_message("unexpected: event '%s' in state '%s'\n",
                          unit_event_name((enum unit_event)action->b),
                          unit_state_info((enum unit_state)action->a)->name);
        break;
    case ACTION_WATCH:
        if (action->watch != WATCH_NOT)
            engine_path_news(&pod->engine, action->id, model->path_news, pod->now_us);
        break;
    case ACTION_RELOAD:
    case ACTION_CHANGED:
        break;
    }
}

static void drain(struct model *model)
{
    struct unit_action action;

    while (engine_next_action(&model->pod.engine, &action))
        perform(model, &action);
    for (size_t i = 0; i < model->pod.set.count; i++)
        look_for_strays(model, (unit_id)i);
}

/* What init/ does after each exit, before it performs anything: was that the last one? */
void model_look_for_the_last(struct model *model)
{
    struct engine *engine = &model->pod.engine;

    for (size_t i = 0; i < model->pod.set.count; i++) {
        look_for_strays(model, (unit_id)i);
        if (unit_awaits_empty(engine, (unit_id)i) && !model->units[i].has_strays)
            engine_empty(engine, (unit_id)i, model->pod.now_us);
    }
}

bool model_happen(struct model *model, unit_id id, enum happening happening)
{
    model->failures_left = 0;
    if (model->has_exited || !model_apply(model, id, happening))
        return false;
    drain(model);
    model->steps++;
    invariants_check(model);
    return true;
}

bool model_wait(struct model *model)
{
    uint64_t deadline_us = engine_deadline(&model->pod.engine);

    if (deadline_us == USEC_INFINITY)
        return false;
    if (model->pod.now_us < deadline_us)
        model->pod.now_us = deadline_us;
    engine_tick(&model->pod.engine, model->pod.now_us);
    drain(model);
    model->steps++;
    invariants_check(model);
    return true;
}
