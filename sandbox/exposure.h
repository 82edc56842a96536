#ifndef REEVE_SANDBOX_EXPOSURE_H
#define REEVE_SANDBOX_EXPOSURE_H

/*
 * How exposed a service is, in one number, counted as systemd-analyze(1) counts it ("security"):
 * each item of a table has a weight and a badness from 0 to its range; the level is the weighted
 * part that is bad, from 0 to 100, written 0.0 to 10.0. Items, weights and ranges are those that
 * systemd 257 prints; tests/security/recorded.txt has them, and what they come to for many units.
 *
 * What counts is what holds: a directive that this place does not enforce counts as not set, one
 * that is held in part as set. Three settings have another default here than in systemd, which is
 * counted: NoNewPrivileges=yes, always; User= is that of the pod; and KeyringMode=inherit, so
 * that services share the keyring that the container engine gave.
 *
 * Allocates nothing: PID 1 is asked for it while it runs.
 */

#include "sandbox/plan.h"

enum {
    EXPOSURE_ITEMS_MAX = 96,
    EXPOSURE_EXEMPT = UINT8_MAX, /* badness of what means nothing for the unit: not counted */
    EXPOSURE_LEVEL_MAX = 100,
};

struct exposure_item {
    const char *name; /* as systemd-analyze prints it: "CapabilityBoundingSet=~CAP_SYS_ADMIN" */
    const char *directive; /* whose verdict decides */
    uint16_t weight;
    uint8_t range;
    bool is_known; /* false: reeve has no such directive, so it counts as not set */
};

struct exposure {
    uint8_t badness[EXPOSURE_ITEMS_MAX]; /* in the order of the items */
};

/* What a plan says of a unit. */
struct exposure_request {
    const struct unit_spec *spec;
    const struct sandbox_verdict *verdicts;
    size_t verdict_count;
    bool is_root; /* the pod is run by root: so is a unit without User= */
};

size_t exposure_item_count(void);
const struct exposure_item *exposure_item(size_t index);

void exposure_judge(const struct exposure_request *request, struct exposure *ret_exposure);

/* 0 to EXPOSURE_LEVEL_MAX, in tenths. */
unsigned exposure_level(const struct exposure *exposure);
/* What one item adds to it, rounded up. */
unsigned exposure_share(const struct exposure *exposure, size_t index);
/* "SAFE", "OK", "MEDIUM", "EXPOSED" … */
const char *exposure_word(unsigned level);

#endif
