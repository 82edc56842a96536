#ifndef REEVE_UNIT_SIMULATE_H
#define REEVE_UNIT_SIMULATE_H

/*
 * The engine on a virtual clock: the machine that runs in PID 1, with a scenario in place of
 * processes. What happens, happens at exact times and in an order that only the scenario and the
 * seed decide; of events at the same time, those of the scenario come first, in the order in which
 * they were caused, then the deadlines.
 *
 * The caller gives the set, the scenario and who wants to see the trace; the numbers are in
 * `units` and `end` afterwards. Times of the trace and of all results count from 0.
 */

#include "supervisor/unit/simulate_scenario.h"

enum trace_kind {
    TRACE_MOVE,    /* from `from` to `to` by `event`, also through states that are left at once */
    TRACE_NOTE,    /* `action` is a line of reeve's log */
    TRACE_SPAWN,   /* `action` starts a process */
    TRACE_SIGNAL,  /* `action` reached a process: signal `signal` */
    TRACE_HAPPENS, /* `text`: a line of the scenario; `to` is not 0: it had no effect */
    TRACE_EXIT,    /* the pod ends with status `signal` */
};

struct trace {
    uint64_t at_us;
    enum trace_kind kind;
    unit_id id; /* UNIT_NONE: the pod */
    enum unit_state from, to;
    enum unit_event event;
    const struct unit_action *action;
    int signal;
    const char *text;
    bool is_in_vain; /* TRACE_HAPPENS: there was nothing that it could happen to */
};

/* How long a unit was in a state. */
struct simulation_span {
    uint64_t from_us;
    uint8_t state; /* enum unit_state */
};

struct simulation_unit {
    pid_t main, control; /* the processes that live; 0: none */
    unsigned runs;       /* main processes so far */
    bool hangs, is_ending;
    bool counts_up, counts_down; /* how the time since counted_us is to be counted */
    uint64_t counted_us;
    uint64_t up_us, down_us, first_active_us; /* USEC_INFINITY: never was active */
    uint64_t restarts;                        /* automatic ones, all of them */
    uint8_t state, result;                    /* as at the end, or at the moment looked at */
    struct process_exit last_exit;            /* code 0: no main process has ended */
    struct simulation_span *spans;
    size_t span_count;
};

enum simulation_end {
    SIMULATION_EXITED, /* the pod has ended */
    SIMULATION_IDLE,   /* nothing more would ever happen */
    SIMULATION_UNTIL,  /* the time was over */
    SIMULATION_STUCK,  /* more and more happens, but no time passes */
};

struct simulation;

struct simulation_options {
    uint64_t until_us;
    bool is_until_set; /* go there even when nothing more happens */
    uint64_t seed;
    uint64_t jitter_us; /* everything of the scenario comes up to so much later, by the seed */
    bool keeps_spans;
    const unit_id *targets; /* what is started; none: every unit */
    size_t target_count;
    void (*trace)(void *context, const struct trace *trace);
    /* Called with the state of all units at each of these times, once everything of that time has
     * happened; the times are sorted. */
    void (*look)(void *context, const struct simulation *simulation, size_t index);
    const uint64_t *look_us;
    size_t look_count;
    void *context;
};

struct simulation {
    struct engine engine;
    const struct scenario *scenario;
    const struct simulation_options *options;
    struct simulation_unit *units;
    uint64_t now_us; /* counts from 0 */
    uint64_t events; /* news that the engine was told */
    enum simulation_end end;
    int exit_status; /* of the pod; valid with SIMULATION_EXITED */
    /* From here on: how it works. */
    struct happening *heap;
    size_t heap_count, heap_size;
    struct passing *passed;
    size_t passed_count, passed_size, passed_first;
    uint64_t head, sequence, random;
    size_t next_look, next_event;
    pid_t next_pid;
    bool is_out_of_memory;
};

/* Plays it to its end. 0 or -ENOMEM. */
int simulation_run(struct simulation *ret_simulation, const struct unit_set *set,
                   const struct scenario *scenario,
                   const struct simulation_options *options) MUST_CHECK;
void simulation_release(struct simulation *simulation);

#endif
