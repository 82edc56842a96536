#ifndef REEVE_UNIT_SIMULATE_ASSERT_H
#define REEVE_UNIT_SIMULATE_ASSERT_H

/*
 * What a user says of a simulation, to be true or not:
 *
 *   redis restarts <= 5      also starts, downtime, uptime, ready, exit, result
 *   pod exit == 0            also end: when it ends
 *   datahub active at 10s    an ActiveState or SubState; with "not" in front; without "at": at the
 * end pod running at 1min      or ended
 */

#include "supervisor/unit/simulate.h"

enum assertion_about {
    ABOUT_RESTARTS,
    ABOUT_STARTS,
    ABOUT_DOWNTIME,
    ABOUT_UPTIME,
    ABOUT_READY, /* when it became active first */
    ABOUT_EXIT,
    ABOUT_RESULT,
    ABOUT_END,
    ABOUT_STATE,
};

enum comparison { IS_LESS, IS_LESS_OR_EQUAL, IS_EQUAL, IS_NOT_EQUAL, IS_MORE_OR_EQUAL, IS_MORE };

enum { ASSERTION_GOT = 96 };

struct assertion {
    const char *text; /* as given */
    unit_id id;       /* UNIT_NONE: the pod */
    enum assertion_about about;
    enum comparison comparison;
    uint64_t wanted;   /* number, microseconds, enum unit_result */
    const char *state; /* ABOUT_STATE; borrowed from a table */
    bool is_negated;
    uint64_t at_us; /* ABOUT_STATE; USEC_INFINITY: at the end */
    bool holds;
    char got[ASSERTION_GOT]; /* what it was instead, in words */
};

/* 0, or -EINVAL with the problem reported. `text` is borrowed. */
int assertion_parse(struct assertion *ret_assertion, const struct unit_set *set, const char *text,
                    struct problem_sink *sink) MUST_CHECK;

/* Judges by the present state of the simulation: at its time, or once the simulation is over. */
void assertion_judge(struct assertion *assertion, const struct simulation *simulation);

/* "1min 30s", "250ms", "0s"; "never" for USEC_INFINITY. */
void time_format(uint64_t us, char *buffer, size_t size);

/* What the pod would give for the exit of a process: a status, or 128 + signal; -1: none yet. */
int exit_number(struct process_exit exit);

#endif
