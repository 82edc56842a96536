#ifndef REEVE_UNIT_ENGINE_H
#define REEVE_UNIT_ENGINE_H

/*
 * The whole pod as a pure machine: units, their jobs and the order between them.
 *
 * The shell (supervisor/init, or the simulator) tells what happened, with the time; the engine
 * answers with actions in a queue, which the shell performs in order and decides nothing itself:
 *
 *   engine_exited(&engine, id, pid, exit, now);
 *   while (engine_next_action(&engine, &action))
 *       perform(action);
 *   wait at most until engine_deadline(&engine), then engine_tick(&engine, now);
 *
 * No system calls, no clock, no logging; no allocation after engine_init(). Time is microseconds of
 * one monotonic clock and never goes back.
 */

#include "supervisor/unit/machine.h"
#include "supervisor/unit/policy.h"
#include "supervisor/unit/unit_set.h"

enum job_kind { JOB_NONE, JOB_START, JOB_STOP, JOB_RESTART };

enum job_result { JOB_RESULT_DONE, JOB_RESULT_FAILED, JOB_RESULT_DEPENDENCY, JOB_RESULT_CANCELED };

/* What readiness still waits for; a unit is ready when nothing is left. */
enum await {
    AWAIT_EXEC = 1 << 0,   /* Type=exec: the exec has succeeded */
    AWAIT_NOTIFY = 1 << 1, /* Type=notify: READY=1 */
    AWAIT_PROBE = 1 << 2,  /* HealthGate=yes: a probe has succeeded */
    AWAIT_EXIT = 1 << 3,   /* Type=oneshot: never ready, but done */
};

/* One unit at run time. Everything constant is in its unit_spec. */
struct unit {
    uint64_t deadline_us; /* of the present state; USEC_INFINITY: none */
    uint64_t since_us;    /* of the present ActiveState */
    uint64_t spawned_us;  /* of the main process */
    uint64_t ready_latency_us;
    uint64_t start_window_us; /* start limit: the window began then … */
    const struct exec_command
        *command; /* the one that runs now, of the list of the present state */
    struct process_exit main_exit;
    pid_t main_pid, control_pid; /* 0: none */
    uint32_t start_count;        /* … and this many starts fell into it */
    uint32_t incarnation;        /* spawns of the main process */
    uint32_t restarts;           /* NRestarts */
    uint8_t state;               /* enum unit_state */
    uint8_t result;              /* enum unit_result */
    uint8_t job;                 /* enum job_kind */
    uint8_t job_result;          /* enum job_result, of the last job */
    uint8_t awaiting;            /* enum await */
    bool job_is_running, job_is_manual;
    bool is_wanted;  /* asked to run, and not asked to stop since */
    bool is_parked;  /* a person stopped it: the pod goes on without it */
    bool is_blocked; /* its start failed only because of a dependency */
    bool is_changed; /* an ACTION_CHANGED is in the queue */
    bool is_marked;  /* scratch: member of the transaction being built */
};

enum action_kind {
    ACTION_SPAWN,   /* start `command`; answer with engine_spawned() or engine_spawn_failed() */
    ACTION_SIGNAL,  /* signal by `stage` and the unit's KillMode=; answer with engine_signalled() */
    ACTION_CHANGED, /* the unit's visible state changed: tell those who watch */
    ACTION_NOTE,    /* something worth a line in the log */
    ACTION_EXIT,    /* everything is down: end with `status` */
};

/* What a note says; `a` and `b` are explained beside each. */
enum note {
    NOTE_STARTING,
    NOTE_STARTED,
    NOTE_FINISHED, /* a oneshot has done its work */
    NOTE_STOPPING,
    NOTE_STOPPED,
    NOTE_FAILED,            /* a: enum unit_result */
    NOTE_MAIN_EXITED,       /* a: CLD_ code, b: status or signal */
    NOTE_CONTROL_EXITED,    /* a: CLD_ code, b: status or signal */
    NOTE_TIMEOUT,           /* a: enum unit_state that took too long */
    NOTE_KILLING,           /* processes did not end by themselves */
    NOTE_RESTART_SCHEDULED, /* a: delay in ms, b: number of the restart */
    NOTE_START_LIMIT,       /* started too often */
    NOTE_DEPENDENCY,        /* not started: a: id of the unit that failed */
    NOTE_UNEXPECTED,        /* a: enum unit_state, b: enum unit_event; survived */
    NOTE_POD_ENDS,          /* the unit ends the pod; a: exit status */
};

struct unit_action {
    enum action_kind kind;
    unit_id id;
    const struct exec_command *command; /* ACTION_SPAWN */
    bool is_main;                       /* ACTION_SPAWN */
    enum kill_stage stage;              /* ACTION_SIGNAL */
    enum note note;                     /* ACTION_NOTE */
    int64_t a, b;                       /* ACTION_NOTE */
    int status;                         /* ACTION_EXIT */
};

struct engine {
    const struct unit_set *set; /* borrowed */
    struct unit *units;         /* as many as the set has */
    struct unit_action *queue;
    uint32_t last_incarnation; /* no two main processes of the pod have the same */
    size_t queue_size, queue_first, queue_count;
    uint64_t unexpected;  /* events in states where they cannot happen */
    uint64_t dropped;     /* notes that found the queue full */
    int exit_status;      /* what the pod ends with; valid when is_stopping */
    uint64_t stopping_us; /* since when */
    bool is_stopping, is_started, has_exited;
    bool jobs_changed;
    /* For who wants to see the machine at work (the simulator, tests): called before each event. */
    void (*raised)(void *context, unit_id id, enum unit_event event);
    void *raised_context;
};

/* 0 or -ENOMEM. The set must be resolved and outlive the engine. */
int engine_init(struct engine *engine, const struct unit_set *set) MUST_CHECK;
void engine_release(struct engine *engine);

/* The next thing to do; false when there is nothing. */
bool engine_next_action(struct engine *engine, struct unit_action *ret_action);

/* When engine_tick() wants to be called; USEC_INFINITY: never. */
uint64_t engine_deadline(const struct engine *engine);
void engine_tick(struct engine *engine, uint64_t now_us);

/*
 * Requests. A manual start also resets the start limit (a person knows better than the counter).
 * During the final stop all are refused with -ESHUTDOWN. RESTART on a unit that is down starts it.
 */
int engine_request(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual,
                   uint64_t now_us);
void engine_reset_failed(struct engine *engine, unit_id id);

/* Stops everything, in reverse order, and then asks for the exit with this status. The first call
 * decides. */
void engine_shutdown(struct engine *engine, int exit_status, uint64_t now_us);
/* Whoever is still stopping is out of time now. */
void engine_hurry(struct engine *engine, uint64_t now_us);

/* News from the shell. Late or unknown news is harmless. */
void engine_spawned(struct engine *engine, unit_id id, pid_t pid, uint64_t now_us);
void engine_spawn_failed(struct engine *engine, unit_id id, uint64_t now_us);
void engine_exited(struct engine *engine, unit_id id, pid_t pid, struct process_exit exit,
                   uint64_t now_us);
/* Answers ACTION_SIGNAL: whether there is anybody to wait for. */
void engine_signalled(struct engine *engine, unit_id id, bool anybody, uint64_t now_us);
/* The last process of the unit is gone. */
void engine_empty(struct engine *engine, unit_id id, uint64_t now_us);
/* One of the things that readiness waits for has come. */
void engine_arrived(struct engine *engine, unit_id id, enum await what, uint64_t now_us);

/* Something that the shell keeps beside the unit changed: those who watch shall be told. */
void engine_touch(struct engine *engine, unit_id id);

/*
 * For a reload: unit `id` of a fresh engine becomes what unit `from` of the old one was. A command
 * list that is under way goes on at the same position of the new list, or ends there.
 */
void engine_adopt(struct engine *engine, unit_id id, const struct engine *old, unit_id from);
/* The same for what concerns the pod as a whole. The old queue must be empty. */
void engine_adopt_pod(struct engine *engine, const struct engine *old);

/* Words for the outside. */
const char *unit_sub_state(const struct unit *unit);
enum active_state unit_active_state(const struct unit *unit);

#endif
