#ifndef REEVE_UNIT_SIMULATE_PRIVATE_H
#define REEVE_UNIT_SIMULATE_PRIVATE_H

/* Between simulate.c (the clock and the trace), simulate_heap.c (what will happen) and
 * simulate_world.c (the processes of the scenario). */

#include "supervisor/unit/simulate.h"

enum {
    /* Of the engine's clock: its zero stands for "never" here and there. */
    SIMULATION_BEGIN_US = 1000000,
};

enum happening_kind {
    HAPPENING_EXIT,
    HAPPENING_EXEC,
    HAPPENING_READY, /* READY=1 */
    HAPPENING_PROBE,
    HAPPENING_RELOADING, /* RELOADING=1 */
};

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

/* --- simulate_heap.c --- */

/* `after_us` from now; USEC_INFINITY: never. */
void simulation_schedule(struct simulation *simulation, struct happening happening,
                         uint64_t after_us);
struct happening simulation_take_first(struct simulation *simulation);
/* Any time of the range, by the seed. */
uint64_t simulation_pick(struct simulation *simulation, struct duration duration);

/* --- simulate.c --- */

static inline uint64_t engine_now(const struct simulation *simulation)
{
    return simulation->now_us + SIMULATION_BEGIN_US;
}

void simulation_tell(const struct simulation *simulation, struct trace trace);

/* --- simulate_world.c --- */

/* Does what the engine asks for. */
void world_perform(struct simulation *simulation, const struct unit_action *action);
void world_happen(struct simulation *simulation, const struct happening *happening);
/* False: there is nothing that the line of the scenario could happen to. */
bool world_play(struct simulation *simulation, const struct scenario_event *event);
/* Before the deadlines of this moment: who is well has said so in time. */
void world_ping(struct simulation *simulation);

#endif
