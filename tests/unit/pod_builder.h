#ifndef TESTS_UNIT_POD_BUILDER_H
#define TESTS_UNIT_POD_BUILDER_H

/*
 * A pod for tests: units from texts, the engine over them, a clock that is a number, and a trace of
 * what the engine asked for, one line an action: "spawn redis.service", "signal redis.service
 * term", "exit 0". Spawned processes get the pids 101, 102, …; who obeys a signal is said by the
 * test.
 */

#include "supervisor/unit/engine.h"

struct pod_builder {
    struct unit_set set;
    struct engine engine;
    uint64_t now_us;
    pid_t next_pid;
    bool obeys;               /* a signalled unit loses all its processes at once */
    bool is_immortal;         /* else SIGKILL ends them: not even that helps */
    bool has_strays;          /* a unit that is signalled has processes beside main and control */
    bool tells_all;           /* the trace has the signals to nobody, too: "signal U term nobody" */
    enum check_result check;  /* of every unit's conditions */
    enum path_news path_news; /* of every path unit that looks */
    char trace[8192];
};

/* Texts by name, ended by a NULL name. Fails the running test when they do not load. */
void pod_builder_init(struct pod_builder *pod, const char *const (*units)[2]);
/* The same with another place for what there is to say about the texts. */
void pod_builder_load(struct pod_builder *pod, const char *const (*units)[2],
                      struct problem_sink *sink);
void pod_builder_release(struct pod_builder *pod);

/* Performs all actions; afterwards pod->trace holds what happened since the last call. */
const char *pod_builder_run(struct pod_builder *pod);
void pod_builder_advance(struct pod_builder *pod, uint64_t by_us);

unit_id pod_builder_id(const struct pod_builder *pod, const char *name);
struct unit *pod_builder_unit(struct pod_builder *pod, const char *name);
void pod_builder_exit(struct pod_builder *pod, const char *name, int code, int status);
void pod_builder_request(struct pod_builder *pod, const char *name, enum job_kind kind);

/*
 * One step, then everything that follows, compared with what is expected of the trace (NULL:
 * anything):
 *
 *   start|stop|restart|reload|try-restart U     a request
 *   exit U N, die U SIGNAL                      the main process ends
 *   control-exit U N                            the control process ends
 *   ready|reloading|stopping|ping|trigger U     one word of sd_notify(3)
 *   main U PID, extend U SECONDS                MAINPID=, EXTEND_TIMEOUT_USEC=
 *   found U PID                                 the search for the main process is over
 *   replaced U PID                              it ends, and this one has taken its place
 *   empty U                                     its last process has gone
 *   unhealthy U                                 its probes say so
 *   after SECONDS                               time passes
 */
void pod_builder_step(struct pod_builder *pod, const char *step, const char *expected);
/* The unit's sub-state and result. */
void pod_builder_expect(struct pod_builder *pod, const char *name, const char *sub,
                        const char *result);

#endif
