#ifndef REEVE_SANDBOX_FILTER_RULES_H
#define REEVE_SANDBOX_FILTER_RULES_H

/*
 * From what a unit asks to what becomes of each system call of one architecture: a verdict by
 * number, and rules for the numbers whose arguments matter.
 *
 * Verdicts are SECCOMP_RET_…, with the errno.
 */

#include "sandbox/filter.h"
#include "sandbox/filter_numbers.h"

enum {
    FILTER_NUMBERS = 640, /* above the last number of each architecture */
    FILTER_RULES_MAX = 160,
    FILTER_CONDITIONS_MAX = 2,
};

/* The kernel takes the low half of the arguments that we look at, so that is what is compared. */
enum filter_comparison {
    FILTER_EQUAL, /* to value, after the mask */
    FILTER_NOT_EQUAL,
    FILTER_ABOVE,
    FILTER_ANY_BIT,    /* of value */
    FILTER_NOT_NULL,   /* a pointer: all 64 bits */
    FILTER_HIGH_EQUAL, /* the half that the kernel does not take; without a mask */
};

struct filter_condition {
    enum filter_comparison comparison;
    unsigned argument;
    uint32_t mask; /* 0: all bits */
    uint32_t value;
};

struct filter_rule {
    int number;
    uint32_t verdict;                                          /* when all conditions hold */
    struct filter_condition conditions[FILTER_CONDITIONS_MAX]; /* none: always */
    unsigned count;
};

struct filter_rules {
    const struct filter_architecture *architecture;
    uint32_t fallback;                          /* for numbers from FILTER_NUMBERS on */
    uint32_t verdicts[FILTER_NUMBERS];          /* when no rule of the number holds */
    struct filter_rule rules[FILTER_RULES_MAX]; /* the first one that holds decides */
    size_t count;
    bool is_full; /* there were more */
};

void filter_rules_make(const struct filter_request *request,
                       const struct filter_architecture *architecture, struct filter_rules *rules);

/* SystemCallArchitectures= lets programs of this architecture run. */
bool filter_allows_architecture(const struct filter_request *request,
                                const struct filter_architecture *architecture);

#endif
