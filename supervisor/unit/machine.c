#include "supervisor/unit/machine.h"

/* clang-format off */
static const struct state_info infos[STATE_COUNT] = {
    /*                          name             active               list            kill              deadline */
    [STATE_DEAD]            = { "dead",          ACTIVE_INACTIVE,     LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_NONE },
    [STATE_CONDITION]       = { "condition",     ACTIVE_ACTIVATING,   LIST_CONDITION, KILL_STAGE_NONE,  DEADLINE_START },
    [STATE_START_PRE]       = { "start-pre",     ACTIVE_ACTIVATING,   LIST_START_PRE, KILL_STAGE_NONE,  DEADLINE_START },
    [STATE_START]           = { "start",         ACTIVE_ACTIVATING,   LIST_START,     KILL_STAGE_NONE,  DEADLINE_START },
    [STATE_START_POST]      = { "start-post",    ACTIVE_ACTIVATING,   LIST_START_POST, KILL_STAGE_NONE, DEADLINE_START },
    [STATE_RUNNING]         = { "running",       ACTIVE_ACTIVE,       LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_RUNTIME },
    [STATE_EXITED]          = { "exited",        ACTIVE_ACTIVE,       LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_NONE },
    [STATE_RELOAD]          = { "reload",        ACTIVE_RELOADING,    LIST_RELOAD,    KILL_STAGE_NONE,  DEADLINE_START },
    [STATE_RELOAD_SIGNAL]   = { "reload-signal", ACTIVE_RELOADING,    LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_START },
    [STATE_RELOAD_NOTIFY]   = { "reload-notify", ACTIVE_RELOADING,    LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_START },
    [STATE_STOP]            = { "stop",          ACTIVE_DEACTIVATING, LIST_STOP,      KILL_STAGE_NONE,  DEADLINE_STOP },
    [STATE_STOP_WATCHDOG]   = { "stop-watchdog", ACTIVE_DEACTIVATING, LIST_NONE,      KILL_STAGE_ABORT, DEADLINE_ABORT },
    [STATE_STOP_SIGTERM]    = { "stop-sigterm",  ACTIVE_DEACTIVATING, LIST_NONE,      KILL_STAGE_TERM,  DEADLINE_STOP },
    [STATE_STOP_SIGKILL]    = { "stop-sigkill",  ACTIVE_DEACTIVATING, LIST_NONE,      KILL_STAGE_FINAL, DEADLINE_STOP },
    [STATE_STOP_POST]       = { "stop-post",     ACTIVE_DEACTIVATING, LIST_STOP_POST, KILL_STAGE_NONE,  DEADLINE_STOP },
    [STATE_FINAL_WATCHDOG]  = { "final-watchdog", ACTIVE_DEACTIVATING, LIST_NONE,     KILL_STAGE_ABORT, DEADLINE_ABORT },
    [STATE_FINAL_SIGTERM]   = { "final-sigterm", ACTIVE_DEACTIVATING, LIST_NONE,      KILL_STAGE_TERM,  DEADLINE_STOP },
    [STATE_FINAL_SIGKILL]   = { "final-sigkill", ACTIVE_DEACTIVATING, LIST_NONE,      KILL_STAGE_FINAL, DEADLINE_STOP },
    [STATE_FAILED]          = { "failed",        ACTIVE_FAILED,       LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_NONE },
    [STATE_DEAD_BEFORE_AUTO_RESTART] =
        { "dead-before-auto-restart",            ACTIVE_INACTIVE,     LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_NONE },
    [STATE_FAILED_BEFORE_AUTO_RESTART] =
        { "failed-before-auto-restart",          ACTIVE_FAILED,       LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_NONE },
    [STATE_AUTO_RESTART]    = { "auto-restart",  ACTIVE_ACTIVATING,   LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_RESTART },
    [STATE_AUTO_RESTART_QUEUED] =
        { "auto-restart-queued",                 ACTIVE_ACTIVATING,   LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_NONE },
    [STATE_ACTIVE]          = { "active",        ACTIVE_ACTIVE,       LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_NONE },
    [STATE_PATH_WAITING]    = { "waiting",       ACTIVE_ACTIVE,       LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_NONE },
    [STATE_PATH_RUNNING]    = { "running",       ACTIVE_ACTIVE,       LIST_NONE,      KILL_STAGE_NONE,  DEADLINE_NONE },
};
/* clang-format on */

#define GO(state)                                                                                  \
    {                                                                                              \
        .decided = true, .next = (state)                                                           \
    }
#define STAY                                                                                       \
    {                                                                                              \
        .decided = true, .stay = true                                                              \
    }

/* A deadline, by TimeoutStartFailureMode= or TimeoutStopFailureMode=. */
#define DEADLINES(terminate, abort, kill)                                                          \
    [EVENT_DEADLINE] = GO(terminate), [EVENT_DEADLINE_ABORT] = GO(abort),                          \
    [EVENT_DEADLINE_KILL] = GO(kill)

/* While it comes up, a stop or a failure goes straight to signals: ExecStop= is for services that
 * had come up (systemd.service(5), ExecStop=). */
#define STARTING                                                                                   \
    [EVENT_STOP] = GO(STATE_STOP_SIGTERM), [EVENT_LIST_FAILED] = GO(STATE_STOP_SIGTERM),           \
    DEADLINES(STATE_STOP_SIGTERM, STATE_STOP_WATCHDOG, STATE_STOP_SIGKILL),                        \
    [EVENT_WATCHDOG] = GO(STATE_STOP_WATCHDOG)

/* How the main process may end once the unit has come up. */
#define MAIN_ENDS                                                                                  \
    [EVENT_MAIN_FAILED] = GO(STATE_STOP_SIGTERM), [EVENT_MAIN_DONE] = GO(STATE_STOP),              \
    [EVENT_MAIN_REMAINS] = GO(STATE_EXITED)

/* What the service may say then. */
#define SAYS_RELOADING [EVENT_RELOADING] = GO(STATE_RELOAD_NOTIFY)
#define SAYS_STOPPING  [EVENT_STOPPING] = GO(STATE_STOP_SIGTERM)

/* What a unit that has come up, or has been reloaded, turns out to be: see unit_up_event(). */
#define UP MAIN_ENDS, [EVENT_UP] = GO(STATE_RUNNING)

#define RELOADING                                                                                  \
    UP, [EVENT_STOP] = GO(STATE_STOP_SIGTERM), [EVENT_WATCHDOG] = GO(STATE_STOP_WATCHDOG),         \
        [EVENT_DEADLINE_KILL] = GO(STATE_STOP_SIGKILL)

/* A path unit is up at once, whether there is something to do already or not; nothing of it can
 * fail on the way down. */
#define PATH_BEGINS [EVENT_WATCH] = GO(STATE_PATH_WAITING), [EVENT_TRIGGER] = GO(STATE_PATH_RUNNING)
#define PATH_ENDS   [EVENT_STOP] = GO(STATE_DEAD), [EVENT_END_FAILED] = GO(STATE_FAILED)

/* Both or all processes are gone. */
#define GONE(next) [EVENT_GONE] = GO(next), [EVENT_EMPTY] = GO(next)

/* The one table. An empty cell means: cannot happen; if it does, it is counted, told and survived.
 */
static const struct unit_move moves[STATE_COUNT][EVENT_COUNT] = {
    /* Where nothing of the unit runs, a job can begin. A target never fails; what has failed does
     * not fail again when it is refused. */
    [STATE_DEAD] = { PATH_BEGINS, [EVENT_START] = GO(STATE_CONDITION),
                     [EVENT_REACH] = GO(STATE_ACTIVE), [EVENT_REFUSED] = GO(STATE_FAILED) },
    [STATE_FAILED] = { PATH_BEGINS, [EVENT_START] = GO(STATE_CONDITION) },
    [STATE_DEAD_BEFORE_AUTO_RESTART] = { [EVENT_END_RESTART] = GO(STATE_AUTO_RESTART) },
    [STATE_FAILED_BEFORE_AUTO_RESTART] = { [EVENT_END_RESTART] = GO(STATE_AUTO_RESTART) },
    [STATE_AUTO_RESTART] = { [EVENT_START] = GO(STATE_AUTO_RESTART_QUEUED),
                             [EVENT_DEADLINE] = GO(STATE_AUTO_RESTART_QUEUED),
                             [EVENT_STOP] = GO(STATE_DEAD) },
    [STATE_AUTO_RESTART_QUEUED] = { [EVENT_START] = GO(STATE_CONDITION),
                                    [EVENT_REFUSED] = GO(STATE_FAILED),
                                    [EVENT_STOP] = GO(STATE_DEAD) },
    [STATE_ACTIVE] = { [EVENT_STOP] = GO(STATE_DEAD) },
    [STATE_PATH_WAITING] = { PATH_ENDS, [EVENT_TRIGGER] = GO(STATE_PATH_RUNNING) },
    [STATE_PATH_RUNNING] = { PATH_ENDS, [EVENT_WATCH] = GO(STATE_PATH_WAITING) },

    [STATE_CONDITION] = { STARTING, [EVENT_LIST_DONE] = GO(STATE_START_PRE),
                          [EVENT_SKIP] = GO(STATE_STOP_SIGTERM) },
    [STATE_START_PRE] = { STARTING, [EVENT_LIST_DONE] = GO(STATE_START) },
    [STATE_START] = { STARTING, [EVENT_READY] = GO(STATE_START_POST),
                      [EVENT_LIST_DONE] = GO(STATE_START_POST),
                      MAIN_ENDS, [EVENT_EMPTY] = GO(STATE_STOP_POST) },
    /* Nobody is left who could write PIDFile=: but it had started, so that ExecStop= has its turn.
     */
    [STATE_START_POST] = { STARTING, UP, SAYS_RELOADING,
                           SAYS_STOPPING, [EVENT_EMPTY] = GO(STATE_STOP) },

    [STATE_RUNNING] = { MAIN_ENDS, SAYS_RELOADING, SAYS_STOPPING,
                        [EVENT_WATCHDOG] = GO(STATE_STOP_WATCHDOG), [EVENT_STOP] = GO(STATE_STOP),
                        [EVENT_RELOAD] = GO(STATE_RELOAD), [EVENT_DEADLINE] = GO(STATE_STOP),
                        [EVENT_DEADLINE_KILL] = GO(STATE_STOP_SIGKILL) },
    [STATE_EXITED] = { [EVENT_STOP] = GO(STATE_STOP),
                       [EVENT_RELOAD] = GO(STATE_RELOAD),
                       [EVENT_WATCHDOG] = GO(STATE_STOP_WATCHDOG) },
    [STATE_RELOAD] = { RELOADING, SAYS_RELOADING,
                       SAYS_STOPPING, [EVENT_RELOAD_SIGNAL] = GO(STATE_RELOAD_SIGNAL) },
    [STATE_RELOAD_SIGNAL] = { RELOADING, SAYS_RELOADING, SAYS_STOPPING },
    [STATE_RELOAD_NOTIFY] = { RELOADING, SAYS_STOPPING },

    /* Who stops is not watched any more, unless it says so. */
    [STATE_STOP] = { [EVENT_LIST_DONE] = GO(STATE_STOP_SIGTERM),
                     [EVENT_LIST_FAILED] = GO(STATE_STOP_SIGTERM),
                     [EVENT_WATCHDOG] = GO(STATE_STOP_WATCHDOG),
                     DEADLINES(STATE_STOP_SIGTERM, STATE_STOP_WATCHDOG, STATE_STOP_SIGKILL) },
    [STATE_STOP_WATCHDOG] = { GONE(STATE_STOP_POST), [EVENT_DEADLINE] = GO(STATE_STOP_SIGKILL),
                              [EVENT_STOP] = GO(STATE_STOP_SIGTERM) },
    [STATE_STOP_SIGTERM] = { GONE(STATE_STOP_POST), [EVENT_DEADLINE] = GO(STATE_STOP_SIGKILL),
                             [EVENT_DEADLINE_ABORT] = GO(STATE_STOP_WATCHDOG),
                             [EVENT_WATCHDOG] = GO(STATE_STOP_WATCHDOG) },
    [STATE_STOP_SIGKILL] = { GONE(STATE_STOP_POST), [EVENT_DEADLINE] = GO(STATE_STOP_POST) },
    [STATE_STOP_POST] = { [EVENT_LIST_DONE] = GO(STATE_FINAL_SIGTERM),
                          [EVENT_LIST_FAILED] = GO(STATE_FINAL_SIGTERM),
                          DEADLINES(STATE_FINAL_SIGTERM, STATE_FINAL_WATCHDOG,
                                    STATE_FINAL_SIGKILL) },
    /* Here it is the strays that count: the last signal goes to whoever is left. */
    [STATE_FINAL_WATCHDOG] = { [EVENT_GONE] = STAY,
                               [EVENT_EMPTY] = GO(STATE_FINAL_SIGKILL),
                               [EVENT_DEADLINE] = GO(STATE_FINAL_SIGKILL) },
    [STATE_FINAL_SIGTERM] = { [EVENT_GONE] = STAY,
                              [EVENT_EMPTY] = GO(STATE_FINAL_SIGKILL),
                              [EVENT_DEADLINE] = GO(STATE_FINAL_SIGKILL),
                              [EVENT_DEADLINE_ABORT] = GO(STATE_FINAL_WATCHDOG) },
    [STATE_FINAL_SIGKILL] = { [EVENT_GONE] = STAY,
                              [EVENT_END_DEAD] = GO(STATE_DEAD),
                              [EVENT_END_FAILED] = GO(STATE_FAILED),
                              [EVENT_END_RESTART] = GO(STATE_AUTO_RESTART),
                              [EVENT_END_DEAD_RESTART] = GO(STATE_DEAD_BEFORE_AUTO_RESTART),
                              [EVENT_END_FAILED_RESTART] = GO(STATE_FAILED_BEFORE_AUTO_RESTART) },
};

const struct state_info *unit_state_info(enum unit_state state)
{
    return &infos[state];
}

struct unit_move unit_move(enum unit_state state, enum unit_event event)
{
    return moves[state][event];
}

const char *unit_event_name(enum unit_event event)
{
    static const char *const names[EVENT_COUNT] = {
        [EVENT_START] = "start",
        [EVENT_REACH] = "reach",
        [EVENT_WATCH] = "watch",
        [EVENT_TRIGGER] = "trigger",
        [EVENT_STOP] = "stop",
        [EVENT_RELOAD] = "reload",
        [EVENT_READY] = "ready",
        [EVENT_SKIP] = "skip",
        [EVENT_LIST_DONE] = "list-done",
        [EVENT_LIST_FAILED] = "list-failed",
        [EVENT_UP] = "up",
        [EVENT_MAIN_DONE] = "main-done",
        [EVENT_MAIN_REMAINS] = "main-remains",
        [EVENT_MAIN_FAILED] = "main-failed",
        [EVENT_RELOAD_SIGNAL] = "reload-signal",
        [EVENT_RELOADING] = "reloading",
        [EVENT_STOPPING] = "stopping",
        [EVENT_WATCHDOG] = "watchdog",
        [EVENT_GONE] = "gone",
        [EVENT_EMPTY] = "empty",
        [EVENT_DEADLINE] = "deadline",
        [EVENT_DEADLINE_ABORT] = "deadline-abort",
        [EVENT_DEADLINE_KILL] = "deadline-kill",
        [EVENT_END_DEAD] = "end-dead",
        [EVENT_END_FAILED] = "end-failed",
        [EVENT_END_RESTART] = "end-restart",
        [EVENT_END_DEAD_RESTART] = "end-dead-restart",
        [EVENT_END_FAILED_RESTART] = "end-failed-restart",
        [EVENT_REFUSED] = "refused",
    };

    return names[event];
}

const char *active_state_name(enum active_state active)
{
    static const char *const names[] = {
        [ACTIVE_INACTIVE] = "inactive", [ACTIVE_ACTIVATING] = "activating",
        [ACTIVE_ACTIVE] = "active",     [ACTIVE_DEACTIVATING] = "deactivating",
        [ACTIVE_FAILED] = "failed",     [ACTIVE_RELOADING] = "reloading",
    };

    return names[active];
}
