#include "supervisor/unit/machine.h"

static const struct state_info infos[STATE_COUNT] = {
    [STATE_DEAD] = { "dead", ACTIVE_INACTIVE, LIST_NONE, KILL_STAGE_NONE, DEADLINE_NONE },
    [STATE_START_PRE] = { "start-pre", ACTIVE_ACTIVATING, LIST_START_PRE, KILL_STAGE_NONE,
                          DEADLINE_START },
    [STATE_START] = { "start", ACTIVE_ACTIVATING, LIST_START, KILL_STAGE_NONE, DEADLINE_START },
    [STATE_START_POST] = { "start-post", ACTIVE_ACTIVATING, LIST_START_POST, KILL_STAGE_NONE,
                           DEADLINE_START },
    [STATE_RUNNING] = { "running", ACTIVE_ACTIVE, LIST_NONE, KILL_STAGE_NONE, DEADLINE_NONE },
    [STATE_EXITED] = { "exited", ACTIVE_ACTIVE, LIST_NONE, KILL_STAGE_NONE, DEADLINE_NONE },
    [STATE_STOP] = { "stop", ACTIVE_DEACTIVATING, LIST_STOP, KILL_STAGE_NONE, DEADLINE_STOP },
    [STATE_STOP_SIGTERM] = { "stop-sigterm", ACTIVE_DEACTIVATING, LIST_NONE, KILL_STAGE_TERM,
                             DEADLINE_STOP },
    [STATE_STOP_SIGKILL] = { "stop-sigkill", ACTIVE_DEACTIVATING, LIST_NONE, KILL_STAGE_FINAL,
                             DEADLINE_STOP },
    [STATE_STOP_POST] = { "stop-post", ACTIVE_DEACTIVATING, LIST_STOP_POST, KILL_STAGE_NONE,
                          DEADLINE_STOP },
    [STATE_FINAL_SIGTERM] = { "final-sigterm", ACTIVE_DEACTIVATING, LIST_NONE, KILL_STAGE_TERM,
                              DEADLINE_STOP },
    [STATE_FINAL_SIGKILL] = { "final-sigkill", ACTIVE_DEACTIVATING, LIST_NONE, KILL_STAGE_FINAL,
                              DEADLINE_STOP },
    [STATE_FAILED] = { "failed", ACTIVE_FAILED, LIST_NONE, KILL_STAGE_NONE, DEADLINE_NONE },
    [STATE_AUTO_RESTART] = { "auto-restart", ACTIVE_ACTIVATING, LIST_NONE, KILL_STAGE_NONE,
                             DEADLINE_RESTART },
    [STATE_AUTO_RESTART_QUEUED] = { "auto-restart-queued", ACTIVE_ACTIVATING, LIST_NONE,
                                    KILL_STAGE_NONE, DEADLINE_NONE },
    [STATE_ACTIVE] = { "active", ACTIVE_ACTIVE, LIST_NONE, KILL_STAGE_NONE, DEADLINE_NONE },
};

#define GO(state)                                                                                  \
    {                                                                                              \
        .decided = true, .next = (state)                                                           \
    }
#define STAY                                                                                       \
    {                                                                                              \
        .decided = true, .stay = true                                                              \
    }

/* News about processes that may still come in after all has been decided: an exit reaped late,
 * strays. */
#define LATE_NEWS [EVENT_GONE] = STAY, [EVENT_EMPTY] = STAY

/* Where nothing of the unit runs: a job can begin, everything else is late. */
#define AT_REST(start)                                                                             \
    LATE_NEWS, [EVENT_READY] = STAY, [EVENT_START] = GO(start), [EVENT_REACH] = GO(STATE_ACTIVE),  \
               [EVENT_REFUSED] = GO(STATE_FAILED)

/*
 * The one table. An empty cell means: cannot happen; if it does, it is counted, told and survived.
 * In the starting states a stop or a failure goes straight to signals: ExecStop= is for services
 * that had come up (systemd.service(5), ExecStop=).
 */
static const struct unit_move moves[STATE_COUNT][EVENT_COUNT] = {
    [STATE_DEAD] = { AT_REST(STATE_START_PRE), [EVENT_STOP] = STAY },
    [STATE_FAILED] = { AT_REST(STATE_START_PRE), [EVENT_STOP] = STAY },
    [STATE_AUTO_RESTART] = { AT_REST(STATE_START_PRE), [EVENT_STOP] = GO(STATE_DEAD),
                             [EVENT_DEADLINE] = GO(STATE_AUTO_RESTART_QUEUED) },
    [STATE_AUTO_RESTART_QUEUED] = { AT_REST(STATE_START_PRE), [EVENT_STOP] = GO(STATE_DEAD) },
    [STATE_ACTIVE] = { LATE_NEWS, [EVENT_REACH] = STAY, [EVENT_STOP] = GO(STATE_DEAD) },

    [STATE_START_PRE] = { [EVENT_START] = STAY,
                          [EVENT_STOP] = GO(STATE_STOP_SIGTERM),
                          [EVENT_READY] = STAY,
                          [EVENT_LIST_DONE] = GO(STATE_START),
                          [EVENT_LIST_FAILED] = GO(STATE_STOP_SIGTERM),
                          [EVENT_DEADLINE] = GO(STATE_STOP_SIGTERM),
                          LATE_NEWS },
    [STATE_START] = { [EVENT_START] = STAY,
                      [EVENT_STOP] = GO(STATE_STOP_SIGTERM),
                      [EVENT_READY] = GO(STATE_START_POST),
                      [EVENT_LIST_DONE] = GO(STATE_START_POST),
                      [EVENT_MAIN_FAILED] = GO(STATE_STOP_SIGTERM),
                      [EVENT_DEADLINE] = GO(STATE_STOP_SIGTERM),
                      LATE_NEWS },
    /* A main process that ends here is looked at when the commands are through. */
    [STATE_START_POST] = { [EVENT_START] = STAY,
                           [EVENT_STOP] = GO(STATE_STOP_SIGTERM),
                           [EVENT_READY] = STAY,
                           [EVENT_LIST_DONE] = GO(STATE_RUNNING),
                           [EVENT_LIST_FAILED] = GO(STATE_STOP_SIGTERM),
                           [EVENT_MAIN_DONE] = STAY,
                           [EVENT_MAIN_REMAINS] = STAY,
                           [EVENT_MAIN_FAILED] = STAY,
                           [EVENT_DEADLINE] = GO(STATE_STOP_SIGTERM),
                           LATE_NEWS },
    [STATE_RUNNING] = { [EVENT_START] = STAY,
                        [EVENT_STOP] = GO(STATE_STOP),
                        [EVENT_READY] = STAY,
                        [EVENT_MAIN_DONE] = GO(STATE_STOP),
                        [EVENT_MAIN_REMAINS] = GO(STATE_EXITED),
                        [EVENT_MAIN_FAILED] = GO(STATE_STOP_SIGTERM),
                        LATE_NEWS },
    [STATE_EXITED] = { [EVENT_START] = STAY,
                       [EVENT_STOP] = GO(STATE_STOP),
                       [EVENT_READY] = STAY,
                       LATE_NEWS },

    [STATE_STOP] = { [EVENT_STOP] = STAY,
                     [EVENT_READY] = STAY,
                     [EVENT_LIST_DONE] = GO(STATE_STOP_SIGTERM),
                     [EVENT_LIST_FAILED] = GO(STATE_STOP_SIGTERM),
                     [EVENT_MAIN_DONE] = STAY,
                     [EVENT_MAIN_REMAINS] = STAY,
                     [EVENT_MAIN_FAILED] = STAY,
                     [EVENT_DEADLINE] = GO(STATE_STOP_SIGTERM),
                     LATE_NEWS },
    [STATE_STOP_SIGTERM] = { [EVENT_STOP] = STAY,
                             [EVENT_READY] = STAY,
                             [EVENT_GONE] = GO(STATE_STOP_POST),
                             [EVENT_EMPTY] = GO(STATE_STOP_POST),
                             [EVENT_DEADLINE] = GO(STATE_STOP_SIGKILL) },
    [STATE_STOP_SIGKILL] = { [EVENT_STOP] = STAY,
                             [EVENT_READY] = STAY,
                             [EVENT_GONE] = GO(STATE_STOP_POST),
                             [EVENT_EMPTY] = GO(STATE_STOP_POST),
                             [EVENT_DEADLINE] = GO(STATE_STOP_POST) },
    [STATE_STOP_POST] = { [EVENT_STOP] = STAY,
                          [EVENT_READY] = STAY,
                          [EVENT_MAIN_DONE] = STAY,
                          [EVENT_MAIN_REMAINS] = STAY,
                          [EVENT_MAIN_FAILED] = STAY,
                          [EVENT_LIST_DONE] = GO(STATE_FINAL_SIGTERM),
                          [EVENT_LIST_FAILED] = GO(STATE_FINAL_SIGTERM),
                          [EVENT_DEADLINE] = GO(STATE_FINAL_SIGTERM),
                          LATE_NEWS },
    /* Here it is the strays that count: the last signal goes to whoever is left. */
    [STATE_FINAL_SIGTERM] = { [EVENT_STOP] = STAY,
                              [EVENT_READY] = STAY,
                              [EVENT_GONE] = STAY,
                              [EVENT_EMPTY] = GO(STATE_FINAL_SIGKILL),
                              [EVENT_DEADLINE] = GO(STATE_FINAL_SIGKILL) },
    [STATE_FINAL_SIGKILL] = { [EVENT_STOP] = STAY,
                              [EVENT_READY] = STAY,
                              [EVENT_GONE] = STAY,
                              [EVENT_END_DEAD] = GO(STATE_DEAD),
                              [EVENT_END_FAILED] = GO(STATE_FAILED),
                              [EVENT_END_RESTART] = GO(STATE_AUTO_RESTART) },
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
        [EVENT_STOP] = "stop",
        [EVENT_READY] = "ready",
        [EVENT_LIST_DONE] = "list-done",
        [EVENT_LIST_FAILED] = "list-failed",
        [EVENT_MAIN_DONE] = "main-done",
        [EVENT_MAIN_REMAINS] = "main-remains",
        [EVENT_MAIN_FAILED] = "main-failed",
        [EVENT_GONE] = "gone",
        [EVENT_EMPTY] = "empty",
        [EVENT_DEADLINE] = "deadline",
        [EVENT_END_DEAD] = "end-dead",
        [EVENT_END_FAILED] = "end-failed",
        [EVENT_END_RESTART] = "end-restart",
        [EVENT_REFUSED] = "refused",
    };

    return names[event];
}

const char *active_state_name(enum active_state active)
{
    static const char *const names[] = {
        [ACTIVE_INACTIVE] = "inactive", [ACTIVE_ACTIVATING] = "activating",
        [ACTIVE_ACTIVE] = "active",     [ACTIVE_DEACTIVATING] = "deactivating",
        [ACTIVE_FAILED] = "failed",
    };

    return names[active];
}
