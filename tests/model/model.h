#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

/*
 * The engine with a world around it that may do anything that real processes, the kernel and users
 * may do; and, in one place, what must hold whatever they do (invariants.c). test_walk.c takes one
 * unit through every world that it can reach, test_graphs.c many units through random ones.
 *
 * The world is as the shell (supervisor/init) shows it to the engine: a unit has at most one main
 * and one control process that were spawned, and strays, of which only matters whether there are
 * any.
 */

#include "tests/unit/pod_builder.h"

enum { MODEL_UNITS_MAX = 10 };

struct model_unit {
    pid_t main, control; /* those that live; 0: none */
    bool main_is_killed, control_is_killed, strays_are_killed;
    bool has_strays;
};

struct model {
    struct pod_builder pod;
    struct model_unit units[MODEL_UNITS_MAX];
    enum check_result check;  /* of conditions */
    enum path_news path_news; /* of every path unit that looks */
    unsigned failures_left;   /* so many spawns fail */
    bool has_exited;
    uint64_t steps;
    /* How it came to this, for the message of a violation. */
    void (*explain)(const void *context);
    const void *context;
};

/* What can happen to a unit. Those of a process need one: see model_happen(). */
enum happening {
    HAPPENS_START,
    HAPPENS_STOP,
    HAPPENS_RESTART,
    HAPPENS_RELOAD,
    HAPPENS_TRY_RESTART,
    HAPPENS_RELOAD_OR_RESTART,
    HAPPENS_PULL_IN, /* a start that is not manual */
    HAPPENS_RESET_FAILED,
    HAPPENS_MAIN_OK,
    HAPPENS_MAIN_BAD,
    HAPPENS_MAIN_TERM, /* by SIGTERM, which is clean for a daemon */
    HAPPENS_MAIN_KILL,
    HAPPENS_MAIN_CORE,
    HAPPENS_CONTROL_OK,
    HAPPENS_CONTROL_BAD,
    HAPPENS_CONTROL_255, /* of ExecCondition=: a failure, where 1 to 254 skip the unit */
    HAPPENS_FORK,        /* there is a stray now */
    HAPPENS_STRAYS_GONE,
    HAPPENS_EXEC,
    HAPPENS_PROBE,
    HAPPENS_READY,
    HAPPENS_RELOADING,
    HAPPENS_STOPPING,
    HAPPENS_PING,
    HAPPENS_TRIGGER,
    HAPPENS_MAINPID, /* a stray is the main process from now on */
    HAPPENS_EXTEND,
    HAPPENS_FOUND, /* the main process is known: a stray */
    HAPPENS_NOT_FOUND,
    HAPPENS_OOM,
    HAPPENS_UNHEALTHY,
    HAPPENS_PATH_NEWS, /* of a path unit that waits, as model->path_news says */
    HAPPENS_DEADLINE,
    HAPPENS_DEADLINE_WITHOUT_FORK, /* the same, and for a while no process can be started */
    HAPPENS_WATCHDOG_DEADLINE,
    HAPPENS_JOB_DEADLINE,
    HAPPENS_SHUTDOWN, /* from here on, of the pod */
    HAPPENS_HURRY,
    HAPPENS_COUNT,
};

void model_init(struct model *model, const char *const (*units)[2]);
void model_release(struct model *model);

const char *happening_name(enum happening happening);

/* Lets it happen, with all that follows at once, and checks the invariants. False: it cannot happen
 * now. */
bool model_happen(struct model *model, unit_id id, enum happening happening);

/* Time passes until the next deadline of the engine; false: there is none. */
bool model_wait(struct model *model);

/*
 * Everybody does now what he is there for, and nothing else happens: what has to answer answers,
 * who is told to end ends, commands succeed, a daemon goes on. Ends when nothing moves any more or
 * after so many rounds; false: something still moves then.
 */
bool model_be_good(struct model *model, int rounds);

/* --- invariants.c --- */

/* After each step. */
void invariants_check(const struct model *model);
/* What is left over when nothing moves: nobody waits for what has come. */
void invariants_check_at_rest(struct model *model);
/* Each job that there is now ends, if everybody is good; destroys the world. */
void invariants_check_jobs_end(struct model *model);
/* A stop of the pod ends, even when no process ever obeys; destroys the world. */
void invariants_check_stop_ends(struct model *model);

/* Before a process is started. */
void invariants_check_spawn(const struct model *model, unit_id id, bool is_main);
/* When a unit no longer knows its main or control process although that lives. */
void invariants_check_given_up(const struct model *model, unit_id id, bool is_main, bool is_killed);

#endif
