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

/*
 * systemd's job types. Those after JOB_RESTART only appear in requests: they turn into one of the
 * others, or into nothing, by the unit's state.
 */
enum job_kind {
    JOB_NONE,
    JOB_START,
    JOB_STOP,
    JOB_RESTART,
    JOB_RELOAD,
    JOB_VERIFY_ACTIVE, /* Requisite=: fails unless the unit is active */
    JOB_TRY_RESTART,
    JOB_TRY_RELOAD,
    JOB_RELOAD_OR_START,
    JOB_KIND_COUNT,
};

/* As the property Result of systemd's signal JobRemoved. */
enum job_result {
    JOB_RESULT_DONE,
    JOB_RESULT_FAILED,
    JOB_RESULT_DEPENDENCY,
    JOB_RESULT_CANCELED,
    JOB_RESULT_TIMEOUT,
    JOB_RESULT_SKIPPED, /* it does not apply: verify-active of a unit that is not active */
    JOB_RESULT_INVALID, /* reload of a unit that is not active */
    JOB_RESULT_ASSERT,
};

/* What readiness still waits for; a unit is ready when nothing is left. */
enum await {
    AWAIT_EXEC = 1 << 0,   /* Type=exec: the exec has succeeded */
    AWAIT_NOTIFY = 1 << 1, /* Type=notify: READY=1 */
    AWAIT_PROBE = 1 << 2,  /* HealthGate=yes: a probe has succeeded */
    AWAIT_EXIT = 1 << 3,   /* Type=oneshot, forking: not ready, but done */
};

/* The last of READY=1, RELOADING=1 and STOPPING=1 that came. */
enum notify_state {
    NOTIFY_STATE_NONE,
    NOTIFY_STATE_READY,
    NOTIFY_STATE_RELOADING,
    NOTIFY_STATE_STOPPING
};

/* One unit at run time. Everything constant is in its unit_spec. */
struct unit {
    uint64_t deadline_us;          /* of the present state; USEC_INFINITY: none */
    uint64_t watchdog_deadline_us; /* the next WATCHDOG=1 is due then; USEC_INFINITY: none */
    uint64_t job_deadline_us;      /* JobTimeoutSec=, JobRunningTimeoutSec= */
    uint64_t steady_deadline_us;   /* Upholds= and its like are looked at again then */
    uint64_t since_us;             /* of the present ActiveState */
    uint64_t active_us;            /* since when it is active or reloading */
    uint64_t spawned_us;           /* of the main process */
    uint64_t ready_latency_us;
    uint64_t start_window_us;  /* start limit: the window began then … */
    uint64_t steady_window_us; /* the same for jobs that reeve adds by itself */
    uint64_t watchdog_us;      /* WatchdogSec= or WATCHDOG_USEC=; 0, USEC_INFINITY: none */
    uint64_t reload_us;        /* when the present reload began */
    uint64_t runtime_extra_us; /* what RuntimeRandomizedExtraSec= came to */
    const struct exec_command
        *command; /* the one that runs now, of the list of the present state */
    struct process_exit main_exit;
    pid_t main_pid, control_pid; /* 0: none */
    uint32_t start_count;        /* … and this many starts fell into it */
    uint32_t steady_count;
    uint32_t incarnation;  /* spawns of the main process */
    uint32_t restarts;     /* NRestarts: automatic ones since a start that was none */
    uint32_t ended_job_id; /* of the job before the present or last one */
    uint32_t job_id;       /* of the present or last job; no two jobs of the pod have the same */
    unit_id monitor;       /* who triggered this unit by OnFailure= or OnSuccess=; UNIT_NONE */
    uint8_t state;         /* enum unit_state */
    uint8_t active;        /* enum active_state, as the others see it: see unit_active_state() */
    uint8_t result;        /* enum unit_result */
    uint8_t reload_result;
    uint8_t job;        /* enum job_kind */
    uint8_t job_result; /* enum job_result, of the last job */
    uint8_t ended_job_result;
    uint8_t awaiting;     /* enum await */
    uint8_t notify_state; /* enum notify_state */
    bool job_is_running;
    bool is_idle;                         /* Type=idle: active as soon as it begins to start */
    bool is_idling;                       /* it waits for the others' jobs */
    bool is_main_known;                   /* there has been a main process in this run */
    bool is_seeking_main;                 /* an ACTION_FIND_MAIN is under way */
    bool is_spawning;                     /* an ACTION_SPAWN is under way */
    bool is_empty;                        /* no process was left, and none was started since */
    bool is_signalling;                   /* an ACTION_SIGNAL is under way */
    bool is_checking;                     /* an ACTION_CHECK is under way */
    bool is_condition_met, is_assert_met; /* as they were looked at last */
    bool forbids_restart; /* stopped by a job, or given up: Restart= does not count */
    bool is_wanted;       /* asked to run, and not asked to stop since */
    bool is_parked;       /* a person stopped it: the pod goes on without it */
    bool is_blocked;      /* its start failed only because of a dependency */
    bool is_refused;      /* by the start limit, when it was to start last */
    bool is_changed;      /* an ACTION_CHANGED is in the queue */
};

enum action_kind {
    ACTION_SPAWN,  /* start `command`; answer with engine_spawned() or engine_spawn_failed() */
    ACTION_SIGNAL, /* `signal` by `stage` and KillMode=; answer with engine_signalled() */
    ACTION_RELOAD, /* `signal` to the main process; no answer */
    ACTION_KILL_CONTROL, /* SIGKILL to `pid`, a command that took too long; no answer. It need not
                            be the unit's control process any more: the next may be on its way */
    ACTION_CHECK,        /* look at the unit's conditions; answer with engine_checked() */
    ACTION_FIND_MAIN, /* Type=forking: answer with engine_main_found() as soon as it is known which
                         process is the main one (PIDFile=; else the only one), with 0 if it will
                         not be; at once, unless it may wait */
    ACTION_WATCH,     /* a path unit: do as `watch` says; see engine_path_news() */
    ACTION_CHANGED,   /* the unit's visible state changed: tell those who watch */
    ACTION_NOTE,      /* something worth a line in the log */
    ACTION_EXIT,      /* everything is down, or shall be killed: end with `status` */
};

/*
 * What the shell has to do for a path unit. Those who look tell the answer by engine_path_news();
 * as long as the unit is waiting then, all further news, too.
 */
enum path_watch_task {
    WATCH_NOT,   /* nothing any more */
    WATCH_START, /* make directories, then look and watch; what is there is no change */
    WATCH_ANEW,  /* the same after a reload, without directories */
    WATCH_AGAIN, /* what was triggered has ended: what changed in the meantime is no change either
                  */
};

/* What there is to see for a path unit. */
enum path_news {
    PATH_ABSENT,  /* nothing */
    PATH_PRESENT, /* what it waits for */
    PATH_BROKEN,  /* it cannot be watched */
};

/* What a note says; `a` and `b` are explained beside each. */
enum note {
    NOTE_STARTING,
    NOTE_STARTED,
    NOTE_FINISHED, /* a oneshot has done its work */
    NOTE_RELOADING,
    NOTE_RELOADED, /* a: enum unit_result of the reload */
    NOTE_STOPPING,
    NOTE_STOPPED,
    NOTE_FAILED,            /* a: enum unit_result */
    NOTE_SKIPPED,           /* not started; a: enum skipped_by */
    NOTE_MAIN_EXITED,       /* a: CLD_ code, b: status or signal */
    NOTE_CONTROL_EXITED,    /* a: CLD_ code, b: status or signal */
    NOTE_TIMEOUT,           /* a: enum unit_state that took too long */
    NOTE_WATCHDOG,          /* a: the limit in ms; 0: the service asked for it */
    NOTE_UNHEALTHY,         /* a: enum health_action */
    NOTE_KILLING,           /* processes did not end by themselves */
    NOTE_RESTART_SCHEDULED, /* a: delay in ms, b: number of the restart */
    NOTE_START_LIMIT,       /* started too often; a: StartLimitBurst=, b: the interval in s */
    NOTE_GONE,              /* not started: its files are gone */
    NOTE_DEPENDENCY,        /* not started: a: id of the unit that failed */
    NOTE_JOB_TIMEOUT,       /* a: enum job_kind */
    NOTE_TRIGGERED,         /* a: id of the unit that triggers it */
    NOTE_STEADY_LIMIT,      /* it is upheld, but was started too often recently */
    NOTE_CYCLE,             /* left out, to break an ordering cycle; a: id of a member of it; b:
                               enum job_kind when it is not left out, but has its turn early */
    NOTE_REQUEST_FAILED,    /* a job that reeve wanted to add by itself cannot be: a: -errno */
    NOTE_UNEXPECTED,        /* a: enum unit_state, b: enum unit_event; survived */
    NOTE_POD_ENDS,          /* the unit ends the pod; a: exit status */
    NOTE_NO_TRIGGER,        /* not started: there is nothing that the path unit could trigger */
    NOTE_TRIGGER_LIMIT,     /* a path unit triggers too often; a: TriggerLimitBurst=, b: the
                               interval in ms */
};

/* There is room for several per unit, so they are small. */
struct unit_action {
    enum action_kind kind : 8;
    enum kill_stage stage : 8;      /* ACTION_SIGNAL */
    enum note note : 8;             /* ACTION_NOTE */
    bool is_main : 1;               /* ACTION_SPAWN */
    bool may_wait : 1;              /* ACTION_FIND_MAIN: until PIDFile= is there */
    enum path_watch_task watch : 4; /* ACTION_WATCH */
    unit_id id;
    int signal;                         /* ACTION_SIGNAL, ACTION_RELOAD */
    pid_t pid;                          /* ACTION_KILL_CONTROL */
    int status;                         /* ACTION_EXIT */
    const struct exec_command *command; /* ACTION_SPAWN */
    int64_t a, b;                       /* ACTION_NOTE */
};

/* One sd_notify(3) datagram, as the shell has read and judged it. */
struct notification {
    bool ready, reloading, stopping;
    bool watchdog, watchdog_trigger; /* WATCHDOG=1, WATCHDOG=trigger */
    uint64_t monotonic_us;           /* MONOTONIC_USEC=; USEC_INFINITY: absent */
    uint64_t watchdog_us;            /* WATCHDOG_USEC=; USEC_INFINITY: absent */
    uint64_t extend_timeout_us;      /* EXTEND_TIMEOUT_USEC=; 0: absent */
    pid_t main_pid;                  /* MAINPID=: a process of the unit; 0: absent */
};

/* NOTE_SKIPPED, a. */
enum skipped_by { SKIPPED_BY_CONDITION, SKIPPED_BY_ASSERT, SKIPPED_BY_COMMAND };

enum check_result { CHECK_MET, CHECK_CONDITION_FAILED, CHECK_ASSERT_FAILED };

/* Why a job comes that nobody asked for: `by` is what it follows from, over the dependency `edge`
 * as `by` has it ("required by"). */
struct job_reason {
    enum job_kind kind;
    enum edge edge;
    unit_id by;
};

/* What a path unit has beside what each unit has. */
struct path {
    unit_id id, trigger; /* what it triggers; UNIT_NONE: there is no such unit */
    uint64_t window_us;  /* trigger limit: the window began then … */
    uint32_t count;      /* … and it was triggered this many times */
    uint8_t asked;       /* enum path_watch_task: an answer is awaited; WATCH_NOT: none */
    bool is_queued;      /* an ACTION_WATCH is in the queue */
    bool has_activated;  /* it was the last one that had what it triggers started */
};

struct transaction_job;

struct engine {
    const struct unit_set *set;          /* borrowed */
    struct unit *units;                  /* as many as the set has */
    struct transaction_job *transaction; /* scratch: one per unit, … */
    uint64_t *touched;                   /* … a bit for each that is in use … */
    uint32_t *pending;                   /* … and the list of those to visit */
    unit_id *watched; /* units whose dependencies ask for looking again and again */
    size_t watched_count;
    struct path *paths; /* one per path unit, in the order of the set */
    size_t path_count;
    size_t jobs, waiting_jobs; /* units that have a job; those of them whose job is not running */
    struct unit_action *queue;
    uint32_t last_incarnation; /* no two main processes of the pod have the same */
    uint32_t last_job;
    uint32_t requested_job; /* that of the last request; 0: it took none */
    uint64_t random; /* state of the generator for RuntimeRandomizedExtraSec=; any start value */
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
    /* For who wants to tell why (the flight recorder): called for each job that follows from
     * another unit. */
    void (*queued)(void *context, unit_id id, struct job_reason reason);
    void *queued_context;
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
 * Requests, with the jobs that follow from the dependencies (systemd.unit(5)). 0, or
 *   -ENOENT     no such unit
 *   -ESHUTDOWN  the pod is stopping
 *   -EACCES     RefuseManualStart=, RefuseManualStop=
 *   -EBADR      the unit has nothing to reload
 *   -ELOOP      the order of the units that would be needed is cyclic
 *   -EDEADLK    the same unit would have to be started and stopped
 * RESTART on a unit that is down starts it.
 */
int engine_request(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual,
                   uint64_t now_us);
/* The two halves of engine_request(), for many requests at once: nothing runs until all have been
 * made. */
int engine_enqueue(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual,
                   uint64_t now_us);
void engine_run_jobs(struct engine *engine, uint64_t now_us);
void engine_reset_failed(struct engine *engine, unit_id id);

/* Stops everything, in reverse order, and then asks for the exit with this status. The first call
 * decides. */
void engine_shutdown(struct engine *engine, int exit_status, uint64_t now_us);
/* The status that the pod would end with if those who are still there ended well now, and who
 * failed first (UNIT_NONE: nobody). */
int engine_final_status(const struct engine *engine);
unit_id engine_first_failed(const struct engine *engine);
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
/* Whether engine_empty() is waited for. */
bool unit_awaits_empty(const struct engine *engine, unit_id id);
/* Answers ACTION_CHECK. */
void engine_checked(struct engine *engine, unit_id id, enum check_result result, uint64_t now_us);
/* Answers ACTION_WATCH, and tells what comes later. */
void engine_path_news(struct engine *engine, unit_id id, enum path_news news, uint64_t now_us);
/* The path unit that had the unit started last; UNIT_NONE: none. */
unit_id engine_activator(const struct engine *engine, unit_id id);
/* Answers ACTION_FIND_MAIN: a process of the unit; 0: it cannot be known. Where none is left at
 * all, engine_empty() follows. */
void engine_main_found(struct engine *engine, unit_id id, pid_t pid, uint64_t now_us);
/* Instead of engine_exited(): the main process has ended, and PIDFile= names by then another one of
 * the unit, so that this is no end of anything. */
void engine_main_replaced(struct engine *engine, unit_id id, pid_t pid, uint64_t now_us);
/* A service said something that it may say. */
void engine_notified(struct engine *engine, unit_id id, const struct notification *notification,
                     uint64_t now_us);
/* The kernel killed a process of the unit for want of memory. */
void engine_oom_killed(struct engine *engine, unit_id id, uint64_t now_us);
/* Its probes have found the unit unhealthy: HealthOnFailure=. */
void engine_unhealthy(struct engine *engine, unit_id id, uint64_t now_us);
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
/* After units were written to from outside, as a test does that puts them into some state. */
void engine_recount(struct engine *engine);

/* Words for the outside. */
const char *unit_sub_state(const struct unit *unit);
/*
 * As the other units see it. As in systemd, states that are only passed through are not seen: those
 * whose command list is empty, and those that kill when there turns out to be nobody to kill. A
 * service that crashes and leaves nobody is not "deactivating" on its way to its restart.
 */
enum active_state unit_active_state(const struct unit *unit);

#endif
