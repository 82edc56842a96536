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
 * For PID 1, whose children cannot do it: until their exec their files in /proc are root's, as its
 * own are once it has closed its memory (supervisor/adr/0031). But fork(2) hands the score down, so
 * PID 1 takes it for that moment.
 */
int oom_score_open(void); /* before that; a descriptor, or -1 */

enum { OOM_SCORE_SIZE = 16 };

struct oom_score_loan {
    int fd;                      /* -1: there is none */
    char before[OOM_SCORE_SIZE]; /* what PID 1 gets back */
};

/* `fd`: of oom_score_open(), which stays the caller's. A refusal is ignored, as above. */
void oom_score_lend(struct oom_score_loan *loan, int fd, const char *text);
void oom_score_return(const struct oom_score_loan *loan);

#endif
