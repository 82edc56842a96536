#ifndef REEVE_UNIT_SIMULATE_SCENARIO_H
#define REEVE_UNIT_SIMULATE_SCENARIO_H

/*
 * A scenario: what the services do and what people ask, so that a policy can be played through
 * without running anything. One statement a line, `#` begins a comment, times as in
 * systemd.time(7); reevectl(1) has the grammar. What no line speaks of is at its best: a service is
 * ready at once and runs for ever, a oneshot and every other command succeeds at once, SIGTERM ends
 * a process at once, probes and conditions are good.
 */

#include "supervisor/unit/engine.h"
#include "supervisor/unit/problem.h"

/* "2s", or "2s..5s": anything between, by the seed. */
struct duration {
    uint64_t least_us, most_us;
};

enum rule_kind {
    RULE_END,        /* the main process ends by itself: `exit` after `after` */
    RULE_READY,      /* it is ready after `after`; USEC_INFINITY: never */
    RULE_STOP,       /* what it makes of a signal that asks it to end */
    RULE_COMMAND,    /* what the commands of `list` do */
    RULE_CANNOT_RUN, /* `exit.code` 0: no process can be made, else the program is not there */
    RULE_PROBE,      /* the first `count` probes fail */
    RULE_CHECK,      /* `check` is what comes of the unit's conditions */
};

/* How a unit behaves, in each run or in one. Of several that fit, one for the run wins over one for
 * all, and the last line over those before it. */
struct scenario_rule {
    enum rule_kind kind;
    unit_id id;
    unsigned run; /* 0: each */
    enum command_list list;
    struct process_exit exit; /* code 0: as the signal says, or not at all */
    struct duration after;
    unsigned count;
    unsigned check; /* RULE_CHECK: 1: a condition is not met, 2: an assert */
};

enum scenario_what {
    HAPPENS_EXIT,      /* `exit` of the main process */
    HAPPENS_READY,     /* READY=1 */
    HAPPENS_RELOADING, /* RELOADING=1 */
    HAPPENS_STOPPING,  /* STOPPING=1 */
    HAPPENS_HANG,      /* answers nothing from now on, until it is killed */
    HAPPENS_UNHEALTHY, /* its probes say so */
    HAPPENS_REQUEST,   /* `job`, as by a person */
    HAPPENS_RESET,     /* reset-failed */
    HAPPENS_SHUTDOWN,
};

/* Something that happens once, at its time. */
struct scenario_event {
    uint64_t at_us;
    enum scenario_what what;
    unit_id id;
    enum job_kind job;
    struct process_exit exit;
    const char *text; /* the line without its time */
};

struct scenario {
    struct arena arena; /* of the text */
    struct scenario_rule *rules;
    struct scenario_event *events; /* in the order of their times, then of the lines */
    size_t rule_count, event_count;
};

/*
 * Problems go to the sink, with line and column; all of them, not just the first. 0, -EBADMSG when
 * there were errors, -ENOMEM. `text` may be NULL: everything at its best.
 */
int scenario_parse(struct scenario *ret_scenario, const struct unit_set *set, const char *path,
                   const char *text, size_t size, struct problem_sink *sink) MUST_CHECK;
/* Accepts an empty (zeroed) scenario. */
void scenario_release(struct scenario *scenario);

/* The rule of that kind for this run of the unit; NULL: none. `list` counts for RULE_COMMAND. */
const struct scenario_rule *scenario_rule(const struct scenario *scenario, enum rule_kind kind,
                                          unit_id id, enum command_list list, unsigned run);

/* "redis" is "redis.service"; UNIT_NONE and, if there is one, the name that is nearest. */
unit_id scenario_unit(const struct unit_set *set, const char *name, const char **ret_nearest);

#endif
