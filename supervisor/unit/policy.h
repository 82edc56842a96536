#ifndef REEVE_UNIT_POLICY_H
#define REEVE_UNIT_POLICY_H

/* The rules that need no state: what an exit means, whether and when to restart, what the pod ends
 * with. */

#include "supervisor/unit/unit_spec.h"

/* systemd's Result property of a service. */
enum unit_result {
    RESULT_SUCCESS,
    RESULT_RESOURCES, /* we could not even fork */
    RESULT_PROTOCOL,  /* ended before it was ready */
    RESULT_TIMEOUT,
    RESULT_EXIT_CODE,
    RESULT_SIGNAL,
    RESULT_CORE_DUMP,
    RESULT_WATCHDOG,
    RESULT_START_LIMIT_HIT,
    RESULT_OOM_KILL,
    RESULT_UNHEALTHY,            /* reeve's own: HealthOnFailure= ended it */
    RESULT_EXEC_CONDITION,       /* ExecCondition= said no: no failure */
    RESULT_TRIGGER_LIMIT_HIT,    /* of a path unit: TriggerLimitBurst= */
    RESULT_UNIT_START_LIMIT_HIT, /* likewise: what it triggers has hit its start limit */
    RESULT_COUNT,
};

/* How a process ended: CLD_EXITED with a status, CLD_KILLED or CLD_DUMPED with a signal. code 0:
 * not at all. */
struct process_exit {
    int code, status;
};

const char *unit_result_name(enum unit_result result);

/* Neither a success nor a skip. */
bool unit_result_is_failure(enum unit_result result);

/*
 * RESULT_SUCCESS when the end is clean: status 0, SuccessExitStatus=, and for a long-running
 * process (not a oneshot, not a control command) also SIGHUP, SIGINT, SIGTERM, SIGPIPE
 * (systemd.service(5), Restart=).
 */
enum unit_result process_exit_result(struct process_exit exit,
                                     const struct exit_status_set *success, bool is_daemon);

/* NULL is the empty set. */
bool exit_status_set_has(const struct exit_status_set *set, struct process_exit exit);

/* The Restart= table of systemd.service(5), with RestartPreventExitStatus= and
 * RestartForceExitStatus=. */
bool restart_wanted(const struct service_spec *service, enum unit_result result,
                    struct process_exit main_exit);

/*
 * The delay before restart number `count` (1 is the first): RestartSec= growing to
 * RestartMaxDelaySec= in RestartSteps= geometric steps (systemd.service(5), RestartSteps=).
 */
uint64_t restart_delay_us(const struct service_spec *service, unsigned count);

/* "exit" and "exit-force" end the pod with a status of the unit's, all others with 0. */
bool emergency_has_status(enum emergency_action action);
/* -force and -immediate: the other units are not stopped first. */
bool emergency_is_forced(enum emergency_action action);

/*
 * The exit status of the container when this unit ends it: the service's own status, 128 + signal,
 * and for what has neither: 124 time-out, 76 protocol (EX_PROTOCOL), 71 resources (EX_OSERR), 69
 * unhealthy (EX_UNAVAILABLE), 1 otherwise.
 */
int pod_exit_status(enum unit_result result, struct process_exit main_exit);

#endif
