#ifndef TESTS_UNIT_WAY_H
#define TESTS_UNIT_WAY_H

/*
 * A way of one unit through its states: steps that lead somewhere, and what is seen there.
 *
 *   { WAY_NOTIFY, "start,control 0", "start-pre activating 3s: pre" }
 *
 * The steps are those of pod_builder.h with a.service (or a.target) for the unit, and three more:
 * "control N" (how its control process exits), "strays" (there are other processes of it) and
 * "empty" (now there is none at all). Nobody obeys a signal, not even SIGKILL.
 *
 * What is seen after the last of them: the SubState, the ActiveState, how long the state may last
 * (nothing: as long as it likes), "restart N" for NRestarts; and behind the colon what the last
 * step led to, in this order: the commands that were started, by their file; "hup", the signal of a
 * reload; the signals "term", "abort" and "final", in brackets when there was nobody; "good" and
 * "bad" for the units of OnSuccess= and OnFailure=.
 *
 * tests/conformance/ways.sh has the same played by systemd, and says where it does anything else.
 */

struct way {
    const char *service; /* the text of its [Service] section; WAY_TARGET: there is none */
    const char *steps, *seen;
};

/* Each kind of deadline is another one. */
#define WAY_TIMES                                                                                  \
    "TimeoutStartSec=3\nTimeoutStopSec=5\nTimeoutAbortSec=7\nRuntimeMaxSec=11\nRestartSec=13\n"
/* Each list of commands has one. */
#define WAY_MOST_LISTS                                                                             \
    "ExecCondition=/bin/condition\nExecStartPre=/bin/pre\nExecStart=/bin/main\n"                   \
    "ExecStartPost=/bin/post\nExecStop=/bin/stop\nExecStopPost=/bin/stop-post\n"
#define WAY_LISTS   WAY_MOST_LISTS "ExecReload=/bin/reload\n"
#define WAY_NOTIFY  "Type=notify\n" WAY_LISTS WAY_TIMES
#define WAY_REMAIN  WAY_NOTIFY "RemainAfterExit=yes\n"
#define WAY_ABORT   WAY_NOTIFY "TimeoutStartFailureMode=abort\nTimeoutStopFailureMode=abort\n"
#define WAY_KILL    WAY_NOTIFY "TimeoutStartFailureMode=kill\nTimeoutStopFailureMode=kill\n"
#define WAY_RESTART WAY_NOTIFY "Restart=always\n"
#define WAY_DIRECT  WAY_RESTART "RestartMode=direct\n"
#define WAY_TARGET  NULL

/* Where a service with all lists is after so many steps. */
#define TO_CONDITION  "start"
#define TO_START_PRE  TO_CONDITION ",control 0"
#define TO_START      TO_START_PRE ",control 0"
#define TO_START_POST TO_START ",ready"
#define TO_RUNNING    TO_START_POST ",control 0"
#define TO_RELOAD     TO_RUNNING ",reload"
#define TO_STOP       TO_RUNNING ",stop"
#define TO_SIGTERM    TO_STOP ",control 0"
#define TO_SIGKILL    TO_SIGTERM ",after 5"
#define TO_STOP_POST  TO_SIGTERM ",exit 0"

/* Goes each way; fails the running test where something else is seen. */
void way_go(const struct way *way);
#define WAYS_GO(ways)                                                                              \
    do {                                                                                           \
        for (size_t i = 0; i < ARRAY_SIZE(ways); i++)                                              \
            way_go(&(ways)[i]);                                                                    \
    } while (0)

#endif
