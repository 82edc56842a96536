#include "supervisor/unit/simulate.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum {
    /* Of the engine's clock: its zero stands for "never" here and there. */
    BEGIN_US = 1000000,
    SAME_TIME_MAX = 100000, /* events at one moment: then time stands still */
};

enum happening_kind { HAPPENING_EXIT, HAPPENING_EXEC, HAPPENING_READY, HAPPENING_PROBE };

/* Something that a process will do. It comes to nothing when the process is gone by then. */
struct happening {
    uint64_t at_us, sequence;
    enum happening_kind kind;
    unit_id id;
    pid_t pid;
    struct process_exit exit;
};

/* A move of a machine; it lies in front of action number `before` of all that the engine asked. */
struct passing {
    uint64_t before;
    unit_id id;
    enum unit_state from, to;
    enum unit_event event;
};

/* --- chance --- */

static uint64_t next_random(struct simulation *simulation)
{
    uint64_t mixed = simulation->random += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static uint64_t pick(struct simulation *simulation, struct duration duration)
{
    uint64_t jitter_us = simulation->options->jitter_us;
    uint64_t us = duration.least_us;

    if (us == USEC_INFINITY)
        return us;
    if (duration.most_us > us)
        us += next_random(simulation) % (duration.most_us - us + 1);
    return jitter_us ? us + next_random(simulation) % (jitter_us + 1) : us;
}

/* --- what will happen: a heap, the earliest on top --- */

static bool is_before(const struct happening *a, const struct happening *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->sequence < b->sequence;
}

static void schedule(struct simulation *simulation, struct happening happening, uint64_t after_us)
{
    size_t at = simulation->heap_count;
    struct happening *heap = simulation->heap;

    happening.at_us = usec_add(simulation->now_us, after_us);
    happening.sequence = simulation->sequence++;
    if (happening.at_us == USEC_INFINITY)
        return;
    if (at == simulation->heap_size) {
        size_t size = at ? 2 * at : 64;

        heap = realloc(heap, size * sizeof(*heap));
        if (!heap) {
            simulation->is_out_of_memory = true;
            return;
        }
        simulation->heap = heap;
        simulation->heap_size = size;
    }
    simulation->heap_count++;
    for (; at > 0 && is_before(&happening, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = happening;
}

static struct happening take_first(struct simulation *simulation)
{
    struct happening *heap = simulation->heap, first = heap[0];
    struct happening last = heap[--simulation->heap_count];
    size_t at = 0, child;

    while ((child = 2 * at + 1) < simulation->heap_count) {
        child += child + 1 < simulation->heap_count && is_before(&heap[child + 1], &heap[child]);
        if (!is_before(&heap[child], &last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}

/* --- the trace --- */

static uint64_t engine_now(const struct simulation *simulation)
{
    return simulation->now_us + BEGIN_US;
}

static void tell(const struct simulation *simulation, struct trace trace)
{
    trace.at_us = simulation->now_us;
    if (simulation->options->trace)
        simulation->options->trace(simulation->options->context, &trace);
}

static bool is_up(enum active_state active)
{
    return active == ACTIVE_ACTIVE;
}

/* Adds up the time that has passed in the present state. */
static void count_time(struct simulation *simulation, unit_id id)
{
    struct simulation_unit *unit = &simulation->units[id];
    uint64_t passed_us = simulation->now_us - unit->counted_us;

    if (unit->counts_up)
        unit->up_us += passed_us;
    if (unit->counts_down)
        unit->down_us += passed_us;
    unit->counted_us = simulation->now_us;
}

/* Down is what is meant to run and has run, and does not: neither stopped nor done. */
static void classify(struct simulation *simulation, unit_id id)
{
    struct simulation_unit *counted = &simulation->units[id];
    const struct unit *unit = &simulation->engine.units[id];
    bool is_done = unit->state == STATE_DEAD && unit->result == RESULT_SUCCESS;

    count_time(simulation, id);
    counted->counts_up = is_up(unit_active_state(unit));
    counted->counts_down = !counted->counts_up && counted->first_active_us != USEC_INFINITY &&
                           unit->is_wanted && !is_done && !simulation->engine.is_stopping;
}

static void keep_span(struct simulation *simulation, struct simulation_unit *unit, uint8_t state)
{
    struct simulation_span *spans = unit->spans;
    size_t count = unit->span_count;

    if (!simulation->options->keeps_spans)
        return;
    /* A state that is left at once has no width. */
    if (count > 0 && spans[count - 1].from_us == simulation->now_us) {
        spans[count - 1].state = state;
        return;
    }
    if ((count & (count - 1)) == 0) {
        spans = realloc(spans, (count ? 2 * count : 1) * sizeof(*spans));
        if (!spans) {
            simulation->is_out_of_memory = true;
            return;
        }
        unit->spans = spans;
    }
    spans[unit->span_count++] = (struct simulation_span){ simulation->now_us, state };
}

static void remember_passing(struct simulation *simulation, struct passing passing)
{
    struct passing *passed = simulation->passed;

    if (simulation->passed_count == simulation->passed_size) {
        size_t size = simulation->passed_size ? 2 * simulation->passed_size : 64;

        passed = realloc(passed, size * sizeof(*passed));
        if (!passed) {
            simulation->is_out_of_memory = true;
            return;
        }
        simulation->passed = passed;
        simulation->passed_size = size;
    }
    passed[simulation->passed_count++] = passing;
}

/* The engine calls this before each event of a unit's machine. */
static void raised(void *context, unit_id id, enum unit_event event)
{
    struct simulation *simulation = context;
    struct simulation_unit *unit = &simulation->units[id];
    enum unit_state from = (enum unit_state)simulation->engine.units[id].state;
    struct unit_move move = unit_move(from, event);

    if (!move.decided || move.stay)
        return;
    count_time(simulation, id);
    unit->restarts += move.next == STATE_AUTO_RESTART_QUEUED;
    if (unit->first_active_us == USEC_INFINITY && is_up(unit_state_info(move.next)->active))
        unit->first_active_us = simulation->now_us;
    keep_span(simulation, unit, (uint8_t)move.next);
    remember_passing(simulation,
                     (struct passing){ .before = simulation->head + simulation->engine.queue_count,
                                       .id = id,
                                       .from = from,
                                       .to = move.next,
                                       .event = event });
}

/* All moves that lie in front of action number `before`. */
static void tell_moves(struct simulation *simulation, uint64_t before)
{
    for (; simulation->passed_first < simulation->passed_count; simulation->passed_first++) {
        const struct passing *move = &simulation->passed[simulation->passed_first];

        if (move->before > before)
            return;
        tell(simulation, (struct trace){ .kind = TRACE_MOVE,
                                         .id = move->id,
                                         .from = move->from,
                                         .to = move->to,
                                         .event = move->event });
    }
}

/* --- processes --- */

static const struct unit_spec *spec_of(const struct simulation *simulation, unit_id id)
{
    return simulation->engine.set->specs[id];
}

static const struct scenario_rule *rule_of(const struct simulation *simulation, unit_id id,
                                           enum rule_kind kind, enum command_list list)
{
    return scenario_rule(simulation->scenario, kind, id, list, simulation->units[id].runs);
}

static void schedule_end(struct simulation *simulation, unit_id id, pid_t pid,
                         const struct scenario_rule *rule)
{
    struct happening end = { .kind = HAPPENING_EXIT, .id = id, .pid = pid, .exit = rule->exit };

    if (rule->exit.code != 0)
        schedule(simulation, end, pick(simulation, rule->after));
}

static void schedule_ready(struct simulation *simulation, unit_id id, pid_t pid)
{
    const struct unit_spec *spec = spec_of(simulation, id);
    const struct scenario_rule *ready = rule_of(simulation, id, RULE_READY, LIST_NONE);
    const struct scenario_rule *probe = rule_of(simulation, id, RULE_PROBE, LIST_NONE);
    uint64_t after_us = ready ? pick(simulation, ready->after) : 0;
    struct happening happening = { .id = id, .pid = pid };

    if (spec->service.type == TYPE_EXEC) {
        happening.kind = HAPPENING_EXEC;
        schedule(simulation, happening, spec->health.gate ? 0 : after_us);
    } else if (spec->service.type == TYPE_NOTIFY || spec->service.type == TYPE_NOTIFY_RELOAD) {
        happening.kind = HAPPENING_READY;
        schedule(simulation, happening, after_us);
    }
    if (spec->health.gate) {
        happening.kind = HAPPENING_PROBE;
        if (probe)
            after_us = usec_add(after_us, probe->count * spec->health.start_interval_us);
        schedule(simulation, happening, after_us);
    }
}

static void begin_main(struct simulation *simulation, unit_id id, pid_t pid)
{
    static const struct scenario_rule succeed = { .exit = { CLD_EXITED, 0 } };
    const struct scenario_rule *cannot = rule_of(simulation, id, RULE_CANNOT_RUN, LIST_NONE);
    const struct scenario_rule *end = rule_of(simulation, id, RULE_END, LIST_NONE);
    struct simulation_unit *unit = &simulation->units[id];

    unit->main = pid;
    unit->hangs = unit->is_ending = false;
    if (cannot) {
        schedule_end(simulation, id, pid, cannot);
        return;
    }
    if (spec_of(simulation, id)->service.type == TYPE_ONESHOT) {
        if (!end)
            end = rule_of(simulation, id, RULE_COMMAND, LIST_START);
        schedule_end(simulation, id, pid, end ? end : &succeed);
        return;
    }
    schedule_ready(simulation, id, pid);
    if (end)
        schedule_end(simulation, id, pid, end);
}

static void begin_control(struct simulation *simulation, unit_id id, pid_t pid)
{
    const struct unit *unit = &simulation->engine.units[id];
    enum command_list list = unit_state_info((enum unit_state)unit->state)->run;
    const struct scenario_rule *rule = rule_of(simulation, id, RULE_COMMAND, list);
    struct scenario_rule succeed = { .exit = { CLD_EXITED, 0 } };

    simulation->units[id].control = pid;
    schedule_end(simulation, id, pid, rule ? rule : &succeed);
}

static void perform_spawn(struct simulation *simulation, const struct unit_action *action)
{
    struct simulation_unit *unit = &simulation->units[action->id];
    const struct scenario_rule *cannot;
    pid_t pid = simulation->next_pid;

    tell(simulation, (struct trace){ .kind = TRACE_SPAWN, .id = action->id, .action = action });
    unit->runs += action->is_main;
    cannot = rule_of(simulation, action->id, RULE_CANNOT_RUN, LIST_NONE);
    if (action->is_main && cannot && cannot->exit.code == 0) {
        engine_spawn_failed(&simulation->engine, action->id, engine_now(simulation));
        return;
    }
    /* Pids of a life that is long enough for a million restarts never run out. */
    simulation->next_pid = pid < INT32_MAX ? pid + 1 : 1;
    if (action->is_main)
        begin_main(simulation, action->id, pid);
    else
        begin_control(simulation, action->id, pid);
    engine_spawned(&simulation->engine, action->id, pid, engine_now(simulation));
}

/* A signal that asks for the end: the main process takes its time, as the scenario says. */
static void ask_main(struct simulation *simulation, unit_id id, int signal)
{
    struct simulation_unit *unit = &simulation->units[id];
    const struct scenario_rule *rule = rule_of(simulation, id, RULE_STOP, LIST_NONE);
    struct scenario_rule stop = { .exit = { CLD_KILLED, signal } };

    if (unit->hangs || unit->is_ending)
        return;
    unit->is_ending = true;
    if (rule) {
        stop.after = rule->after;
        if (rule->exit.code != 0)
            stop.exit = rule->exit;
    }
    schedule_end(simulation, id, unit->main, &stop);
}

static void perform_signal(struct simulation *simulation, const struct unit_action *action)
{
    struct simulation_unit *unit = &simulation->units[action->id];
    const struct kill_spec *kill = &spec_of(simulation, action->id)->kill;
    bool is_final = action->stage == KILL_STAGE_FINAL;
    bool anybody = (unit->main || unit->control) && kill->mode != KILL_NONE &&
                   (!is_final || kill->send_sigkill);
    int signal = is_final ? kill->final_signal : kill->signal;
    struct scenario_rule killed = { .exit = { CLD_KILLED, signal } };

    if (anybody) {
        struct unit_action note = { .kind = ACTION_NOTE, .id = action->id, .note = NOTE_KILLING };

        tell(simulation,
             (struct trace){
                 .kind = TRACE_SIGNAL, .id = action->id, .action = action, .signal = signal });
        if (is_final)
            tell(simulation, (struct trace){ .kind = TRACE_NOTE, .id = note.id, .action = &note });
        if (unit->control)
            schedule_end(simulation, action->id, unit->control, &killed);
        if (unit->main && is_final)
            schedule_end(simulation, action->id, unit->main, &killed);
        else if (unit->main)
            ask_main(simulation, action->id, signal);
    }
    engine_signalled(&simulation->engine, action->id, anybody, engine_now(simulation));
}

static void perform(struct simulation *simulation, const struct unit_action *action)
{
    switch (action->kind) {
    case ACTION_SPAWN:
        perform_spawn(simulation, action);
        break;
    case ACTION_SIGNAL:
        perform_signal(simulation, action);
        break;
    case ACTION_CHANGED:
        break;
    case ACTION_NOTE:
        tell(simulation, (struct trace){ .kind = TRACE_NOTE, .id = action->id, .action = action });
        break;
    case ACTION_EXIT:
        simulation->exit_status = action->status;
        tell(simulation,
             (struct trace){ .kind = TRACE_EXIT, .id = UNIT_NONE, .signal = action->status });
        break;
    }
}

static void drain(struct simulation *simulation)
{
    struct engine *engine = &simulation->engine;
    struct unit_action action;
    size_t first = engine->queue_first;

    while (engine_next_action(engine, &action)) {
        simulation->head += (engine->queue_first + engine->queue_size - first) % engine->queue_size;
        first = engine->queue_first;
        tell_moves(simulation, simulation->head - 1);
        perform(simulation, &action);
    }
    simulation->head += (engine->queue_first + engine->queue_size - first) % engine->queue_size;
    tell_moves(simulation, UINT64_MAX);
    for (size_t i = 0; i < simulation->passed_count; i++)
        classify(simulation, simulation->passed[i].id);
    simulation->passed_count = simulation->passed_first = 0;
}

/* --- what happens --- */

/* As PID 1 does after it has reaped: was that the last process of a unit that is being ended? */
static void look_for_the_last(struct simulation *simulation, unit_id id)
{
    const struct simulation_unit *unit = &simulation->units[id];
    enum unit_state state = (enum unit_state)simulation->engine.units[id].state;

    if (!unit->main && !unit->control && unit_state_info(state)->kill != KILL_STAGE_NONE)
        engine_empty(&simulation->engine, id, engine_now(simulation));
}

static bool process_ends(struct simulation *simulation, unit_id id, pid_t pid,
                         struct process_exit exit)
{
    struct simulation_unit *unit = &simulation->units[id];

    if (pid <= 0 || (pid != unit->main && pid != unit->control))
        return false;
    if (pid == unit->main) {
        unit->main = 0;
        unit->last_exit = exit;
    } else {
        unit->control = 0;
    }
    engine_exited(&simulation->engine, id, pid, exit, engine_now(simulation));
    look_for_the_last(simulation, id);
    return true;
}

static bool arrives(struct simulation *simulation, unit_id id, pid_t pid, enum await what)
{
    struct simulation_unit *unit = &simulation->units[id];

    if (pid <= 0 || pid != unit->main || unit->hangs)
        return false;
    engine_arrived(&simulation->engine, id, what, engine_now(simulation));
    return true;
}

static void happen(struct simulation *simulation, const struct happening *happening)
{
    switch (happening->kind) {
    case HAPPENING_EXIT:
        (void)process_ends(simulation, happening->id, happening->pid, happening->exit);
        break;
    case HAPPENING_EXEC:
        (void)arrives(simulation, happening->id, happening->pid, AWAIT_EXEC);
        break;
    case HAPPENING_READY:
        (void)arrives(simulation, happening->id, happening->pid, AWAIT_NOTIFY);
        break;
    case HAPPENING_PROBE:
        (void)arrives(simulation, happening->id, happening->pid, AWAIT_PROBE);
        break;
    }
}

static void classify_all(struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->engine.set->count; i++)
        classify(simulation, (unit_id)i);
}

/* False: there is nothing that it could happen to. */
static bool happens_to(struct simulation *simulation, const struct scenario_event *event)
{
    struct engine *engine = &simulation->engine;
    struct simulation_unit *unit = event->id == UNIT_NONE ? NULL : &simulation->units[event->id];

    switch (event->what) {
    case HAPPENS_EXIT:
        return process_ends(simulation, event->id, unit->main, event->exit);
    case HAPPENS_READY:
        return arrives(simulation, event->id, unit->main, AWAIT_NOTIFY);
    case HAPPENS_RELOADING:
    case HAPPENS_STOPPING:
        return false;
    case HAPPENS_HANG:
        unit->hangs = unit->main > 0;
        return unit->hangs;
    case HAPPENS_REQUEST:
        return engine_request(engine, event->id, event->job, true, engine_now(simulation)) == 0;
    case HAPPENS_RESET:
        engine_reset_failed(engine, event->id);
        return true;
    case HAPPENS_SHUTDOWN:
        engine_shutdown(engine, 0, engine_now(simulation));
        return true;
    }
    return false;
}

static void play_event(struct simulation *simulation, const struct scenario_event *event)
{
    /* The line comes before what follows from it. */
    struct trace trace = { .kind = TRACE_HAPPENS, .id = event->id, .text = event->text };

    if (event->what == HAPPENS_EXIT || event->what == HAPPENS_READY || event->what == HAPPENS_HANG)
        trace.is_in_vain = simulation->units[event->id].main <= 0;
    else if (event->what == HAPPENS_REQUEST)
        trace.is_in_vain = simulation->engine.is_stopping;
    tell(simulation, trace);
    (void)happens_to(simulation, event);
    drain(simulation);
    classify_all(simulation);
}

/* --- the clock --- */

static uint64_t deadline_of(const struct simulation *simulation)
{
    uint64_t deadline_us = engine_deadline(&simulation->engine);

    return deadline_us == USEC_INFINITY                  ? deadline_us
           : deadline_us < BEGIN_US + simulation->now_us ? simulation->now_us
                                                         : deadline_us - BEGIN_US;
}

static uint64_t earliest(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

static void look_until(struct simulation *simulation, uint64_t until_us)
{
    const struct simulation_options *options = simulation->options;

    for (; simulation->next_look < options->look_count &&
           options->look_us[simulation->next_look] < until_us;
         simulation->next_look++) {
        for (size_t i = 0; i < simulation->engine.set->count; i++) {
            simulation->units[i].state = simulation->engine.units[i].state;
            simulation->units[i].result = simulation->engine.units[i].result;
        }
        options->look(options->context, simulation, simulation->next_look);
    }
}

/* One thing happens; false: nothing ever will, or not in this time. */
static bool step(struct simulation *simulation)
{
    const struct scenario *scenario = simulation->scenario;
    bool has_event = simulation->next_event < scenario->event_count;
    uint64_t event_us = has_event ? scenario->events[simulation->next_event].at_us : USEC_INFINITY;
    uint64_t heap_us = simulation->heap_count ? simulation->heap[0].at_us : USEC_INFINITY;
    uint64_t deadline_us = deadline_of(simulation);
    uint64_t next_us = earliest(event_us, earliest(heap_us, deadline_us));

    if (next_us == USEC_INFINITY || next_us > simulation->options->until_us) {
        simulation->end = next_us == USEC_INFINITY ? SIMULATION_IDLE : SIMULATION_UNTIL;
        return false;
    }
    look_until(simulation, next_us);
    simulation->now_us = next_us;
    simulation->events++;
    if (event_us == next_us) {
        play_event(simulation, &scenario->events[simulation->next_event++]);
    } else if (heap_us == next_us) {
        struct happening first = take_first(simulation);

        happen(simulation, &first);
    } else {
        engine_tick(&simulation->engine, engine_now(simulation));
    }
    drain(simulation);
    return true;
}

static void play(struct simulation *simulation)
{
    uint64_t since_us = UINT64_MAX, count = 0;
    bool was_stopping = false;

    while (!simulation->engine.has_exited && !simulation->is_out_of_memory && step(simulation)) {
        if (simulation->engine.is_stopping && !was_stopping)
            classify_all(simulation);
        was_stopping = simulation->engine.is_stopping;
        count = simulation->now_us == since_us ? count + 1 : 0;
        since_us = simulation->now_us;
        if (count > SAME_TIME_MAX) {
            simulation->end = SIMULATION_STUCK;
            return;
        }
    }
    if (simulation->engine.has_exited)
        simulation->end = SIMULATION_EXITED;
    else if (simulation->end == SIMULATION_UNTIL || simulation->options->is_until_set)
        simulation->now_us = simulation->options->until_us;
}

static void start(struct simulation *simulation)
{
    const struct simulation_options *options = simulation->options;
    struct engine *engine = &simulation->engine;

    for (size_t i = 0; i < options->target_count; i++)
        (void)engine_request(engine, options->targets[i], JOB_START, false, engine_now(simulation));
    for (size_t i = 0; options->target_count == 0 && i < engine->set->count; i++)
        (void)engine_request(engine, (unit_id)i, JOB_START, false, engine_now(simulation));
    drain(simulation);
    classify_all(simulation);
}

int simulation_run(struct simulation *ret_simulation, const struct unit_set *set,
                   const struct scenario *scenario, const struct simulation_options *options)
{
    struct simulation *simulation = ret_simulation;
    int error;

    *simulation = (struct simulation){
        .scenario = scenario, .options = options, .random = options->seed, .next_pid = 100
    };
    error = engine_init(&simulation->engine, set);
    if (error < 0)
        return error;
    simulation->units = calloc(set->count ? set->count : 1, sizeof(*simulation->units));
    if (!simulation->units) {
        simulation_release(simulation);
        return -ENOMEM;
    }
    for (size_t i = 0; i < set->count; i++)
        simulation->units[i].first_active_us = USEC_INFINITY;
    simulation->engine.raised = raised;
    simulation->engine.raised_context = simulation;
    start(simulation);
    play(simulation);
    look_until(simulation, UINT64_MAX);
    for (size_t i = 0; i < set->count; i++) {
        count_time(simulation, (unit_id)i);
        simulation->units[i].state = simulation->engine.units[i].state;
        simulation->units[i].result = simulation->engine.units[i].result;
    }
    if (simulation->is_out_of_memory)
        simulation_release(simulation);
    return simulation->is_out_of_memory ? -ENOMEM : 0;
}

void simulation_release(struct simulation *simulation)
{
    for (size_t i = 0; simulation->units && i < simulation->engine.set->count; i++)
        free(simulation->units[i].spans);
    free(take_pointer(&simulation->units));
    free(take_pointer(&simulation->heap));
    free(take_pointer(&simulation->passed));
    engine_release(&simulation->engine);
}
