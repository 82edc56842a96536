#ifndef REEVE_SANDBOX_LIMITS_H
#define REEVE_SANDBOX_LIMITS_H

/*
 * Resource limits, the out-of-memory score, and what exec_scheduling has: niceness, policies,
 * processors, timer slack, personality. The questions are for the parent at load time, the
 * *_apply() functions for the child.
 */

#include "sandbox/abilities.h"
#include "supervisor/unit/macro.h"
#include "supervisor/unit/unit_spec.h"

#include <sys/types.h>

struct limit_plan {
    uint64_t soft, hard; /* UINT64_MAX: infinity */
    uint8_t resource;
};

/* "LimitNOFILE" for RLIMIT_NOFILE; NULL when there is none. */
const char *limit_directive(int resource);

/* "MemoryMax", and the enum cgroup_ability that it takes. */
const char *resource_directive(enum resource resource);
unsigned resource_ability(enum resource resource);

/* What an ordinary user may have at most: the hard limit that we have ourselves. */
uint64_t limit_ceiling(int resource);

/* The lowest nice level that we may give to a child. */
int nice_floor(void);

/* The highest priority of SCHED_FIFO and SCHED_RR that we may; 0: none. */
int realtime_priority_ceiling(void);

/* Our own score, below which an ordinary user cannot go; 0 when it cannot be read. */
int oom_score_own(void);

/* sched_setscheduler(2), sched_setaffinity(2), and ioprio_set(2) of the caller alone; prctl(2) with
 * PR_SET_TIMERSLACK, and personality(2). */
int policy_apply(const struct exec_scheduling *scheduling) MUST_CHECK;
int cpus_apply(const struct exec_scheduling *scheduling) MUST_CHECK;
int io_apply(const struct exec_scheduling *scheduling) MUST_CHECK;
int timer_slack_apply(const struct exec_scheduling *scheduling) MUST_CHECK;
int personality_apply(const struct exec_scheduling *scheduling) MUST_CHECK;

int limit_apply(const struct limit_plan *limit) MUST_CHECK;
int nice_apply(int nice) MUST_CHECK;

/*
 * `text` is the score in digits. A refusal (EPERM, EACCES) is ignored, as systemd does: user
 * namespaces and containers forbid lowering.
 */
int oom_score_apply(const char *text) MUST_CHECK;

/*
 * Where our memory is closed to our user, our file is root's, and that of each child until its exec
 * (supervisor/adr/0031): unless we are root, it is the parent who has to write it, afterwards. 0,
 * or a negative errno while the file is not ours; a refusal of the score itself is ignored, as
 * above. `pid`: of a child that was not reaped.
 */
bool oom_score_is_ours(void);
int oom_score_give(pid_t pid, const char *text) MUST_CHECK;

#endif
