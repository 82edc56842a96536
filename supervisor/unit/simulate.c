#include "supervisor/unit/simulate_private.h"

#include <errno.h>

enum { SAME_TIME_MAX = 100000 }; /* events at one moment: then time stands still */

/* --- the trace --- */

void simulation_tell(const struct simulation *simulation, struct trace trace)
{
    trace.at_us = simulation->now_us;
    if (simulation->options->trace)
        simulation->options->trace(simulation->options->context, &trace);
}

static bool is_up(enum active_state active)
{
    return active == ACTIVE_ACTIVE || active == ACTIVE_RELOADING;
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
        simulation_tell(simulation, (struct trace){ .kind = TRACE_MOVE,
                                                    .id = move->id,
                                                    .from = move->from,
                                                    .to = move->to,
                                                    .event = move->event });
    }
}

/* --- the steps --- */

static void drain(struct simulation *simulation)
{
    struct engine *engine = &simulation->engine;
    struct unit_action action;
    size_t first = engine->queue_first;

    while (engine_next_action(engine, &action)) {
        simulation->head += (engine->queue_first + engine->queue_size - first) % engine->queue_size;
        first = engine->queue_first;
        tell_moves(simulation, simulation->head - 1);
        world_perform(simulation, &action);
    }
    simulation->head += (engine->queue_first + engine->queue_size - first) % engine->queue_size;
    tell_moves(simulation, UINT64_MAX);
    for (size_t i = 0; i < simulation->passed_count; i++)
        classify(simulation, simulation->passed[i].id);
    simulation->passed_count = simulation->passed_first = 0;
}

static void classify_all(struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->engine.set->count; i++)
        classify(simulation, (unit_id)i);
}

static void play_event(struct simulation *simulation, const struct scenario_event *event)
{
    struct trace trace = { .kind = TRACE_HAPPENS, .id = event->id, .text = event->text };

    /* The line comes before what follows from it: that is told when the queue is emptied. */
    trace.is_in_vain = !world_play(simulation, event);
    simulation_tell(simulation, trace);
    drain(simulation);
    classify_all(simulation);
}

/* --- the clock --- */

static uint64_t deadline_of(const struct simulation *simulation)
{
    uint64_t deadline_us = engine_deadline(&simulation->engine);

    return deadline_us == USEC_INFINITY ? deadline_us
           : deadline_us < SIMULATION_BEGIN_US + simulation->now_us
               ? simulation->now_us
               : deadline_us - SIMULATION_BEGIN_US;
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
        struct happening first = simulation_take_first(simulation);

        world_happen(simulation, &first);
    } else {
        world_ping(simulation);
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

/* Why a unit cannot even be asked for (an ordering cycle, say) belongs to the trace. */
static void request_start(struct simulation *simulation, unit_id id)
{
    int error = engine_request(&simulation->engine, id, JOB_START, false, engine_now(simulation));
    struct unit_action note = {
        .kind = ACTION_NOTE, .id = id, .note = NOTE_REQUEST_FAILED, .a = error
    };

    if (error < 0)
        simulation_tell(simulation,
                        (struct trace){ .kind = TRACE_NOTE, .id = id, .action = &note });
}

static void start(struct simulation *simulation)
{
    const struct simulation_options *options = simulation->options;
    struct engine *engine = &simulation->engine;

    for (size_t i = 0; i < options->target_count; i++)
        request_start(simulation, options->targets[i]);
    for (size_t i = 0; options->target_count == 0 && i < engine->set->count; i++)
        request_start(simulation, (unit_id)i);
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
    simulation->engine.random = options->seed;
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
