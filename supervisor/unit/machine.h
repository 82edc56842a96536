#ifndef REEVE_UNIT_MACHINE_H
#define REEVE_UNIT_MACHINE_H

/*
 * The state machine of one unit: one table, over systemd's own sub-states. It only says where each
 * event leads from each state; what a state does when it is entered stands beside it in struct
 * state_info. Choices
 * ("restart or give up?", "is anybody left?") are made before the table, by the engine, which turns
 * raw news into exactly one event; so each cell has one outcome.
 *
 * Source of the transitions: systemd.service(5), systemd.path(5), systemd.kill(5), and the
 * sub-states that `systemctl --state=help` names.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum unit_state {
    STATE_DEAD,
    STATE_CONDITION,
    STATE_START_PRE,
    STATE_START,
    STATE_START_POST,
    STATE_RUNNING,
    STATE_EXITED,        /* RemainAfterExit=yes and all processes gone */
    STATE_RELOAD,        /* ExecReload= runs */
    STATE_RELOAD_SIGNAL, /* Type=notify-reload: told by ReloadSignal=, not answered yet */
    STATE_RELOAD_NOTIFY, /* the service said RELOADING=1 */
    STATE_STOP,
    STATE_STOP_WATCHDOG,
    STATE_STOP_SIGTERM,
    STATE_STOP_SIGKILL,
    STATE_STOP_POST,
    STATE_FINAL_WATCHDOG,
    STATE_FINAL_SIGTERM,
    STATE_FINAL_SIGKILL,
    STATE_FAILED,
    STATE_DEAD_BEFORE_AUTO_RESTART,   /* passed through, so that others see the end */
    STATE_FAILED_BEFORE_AUTO_RESTART, /* the same for a failure */
    STATE_AUTO_RESTART,               /* waiting for RestartSec= */
    STATE_AUTO_RESTART_QUEUED,        /* the delay is over, the start job waits for its turn */
    STATE_ACTIVE,                     /* targets */
    STATE_PATH_WAITING,               /* path units: nothing is there yet */
    STATE_PATH_RUNNING,               /* … and what they trigger is not down */
    STATE_COUNT,
};

enum unit_event {
    EVENT_START,         /* a start job runs */
    EVENT_REACH,         /* the same for a target */
    EVENT_WATCH,         /* a path unit has nothing to do but to wait */
    EVENT_TRIGGER,       /* what it waits for is there, or the unit that it triggers is up */
    EVENT_STOP,          /* a stop job runs */
    EVENT_RELOAD,        /* a reload job runs */
    EVENT_READY,         /* everything that readiness needs has come: exec, READY=1, a good probe */
    EVENT_SKIP,          /* ExecCondition= says no */
    EVENT_LIST_DONE,     /* the commands of this state have all succeeded (or there are none) */
    EVENT_LIST_FAILED,   /* one of them failed */
    EVENT_UP,            /* the unit has come up, or is up again after a reload */
    EVENT_MAIN_DONE,     /* the main process ended well */
    EVENT_MAIN_REMAINS,  /* the same, with RemainAfterExit=yes */
    EVENT_MAIN_FAILED,   /* the main process ended badly, or too early */
    EVENT_RELOAD_SIGNAL, /* the reload signal is all that was to be done */
    EVENT_RELOADING,     /* RELOADING=1 */
    EVENT_STOPPING,      /* STOPPING=1: the service ends by itself */
    EVENT_WATCHDOG,      /* no WATCHDOG=1 in time, or WATCHDOG=trigger */
    EVENT_GONE,          /* neither a main nor a control process is left */
    EVENT_EMPTY,         /* no process of the unit is left at all */
    EVENT_DEADLINE,      /* the deadline of this state has passed */
    EVENT_DEADLINE_ABORT,   /* the same, with Timeout…FailureMode=abort */
    EVENT_DEADLINE_KILL,    /* the same, with Timeout…FailureMode=kill; or HealthOnFailure=kill */
    EVENT_END_DEAD,         /* all is over: the unit was stopped or succeeded */
    EVENT_END_FAILED,       /* all is over: the unit failed */
    EVENT_END_RESTART,      /* all is over: and begins again */
    EVENT_END_DEAD_RESTART, /* the same, seen by others as an end (RestartMode=normal) */
    EVENT_END_FAILED_RESTART, /* the same, seen by others as a failure */
    EVENT_REFUSED,            /* the start limit is hit, or the start of a path unit fails */
    EVENT_COUNT,
};

/* systemd's ActiveState. The order is that of enum wire_active. */
enum active_state {
    ACTIVE_INACTIVE,
    ACTIVE_ACTIVATING,
    ACTIVE_ACTIVE,
    ACTIVE_DEACTIVATING,
    ACTIVE_FAILED,
    ACTIVE_RELOADING,
};

enum command_list {
    LIST_NONE,
    LIST_CONDITION,
    LIST_START_PRE,
    LIST_START, /* the main process; a sequence for Type=oneshot; the parent for Type=forking */
    LIST_START_POST,
    LIST_RELOAD,
    LIST_STOP,
    LIST_STOP_POST,
};

enum kill_stage {
    KILL_STAGE_NONE,
    KILL_STAGE_TERM,  /* KillSignal= or RestartKillSignal= by KillMode= */
    KILL_STAGE_ABORT, /* WatchdogSignal= by KillMode= */
    KILL_STAGE_FINAL, /* FinalKillSignal= by KillMode= */
};

enum deadline_kind {
    DEADLINE_NONE,
    DEADLINE_START,   /* TimeoutStartSec= */
    DEADLINE_RUNTIME, /* RuntimeMaxSec= */
    DEADLINE_STOP,    /* TimeoutStopSec= */
    DEADLINE_ABORT,   /* TimeoutAbortSec= */
    DEADLINE_RESTART, /* RestartSec= as it has grown */
};

/* What a state is called and what happens on entering it. */
struct state_info {
    const char *name; /* systemd's SubState */
    enum active_state active;
    enum command_list run;
    enum kill_stage kill;
    enum deadline_kind deadline;
};

struct unit_move {
    bool decided; /* false: this pair is unexpected; it is counted and survived */
    bool stay;    /* nothing happens */
    enum unit_state next;
};

const struct state_info *unit_state_info(enum unit_state state);
struct unit_move unit_move(enum unit_state state, enum unit_event event);
const char *unit_event_name(enum unit_event event);
const char *active_state_name(enum active_state active);

#endif
