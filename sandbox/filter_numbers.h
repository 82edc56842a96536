#ifndef REEVE_SANDBOX_FILTER_NUMBERS_H
#define REEVE_SANDBOX_FILTER_NUMBERS_H

/*
 * The numbers of system calls. filter_numbers.c is the only file that knows libseccomp, whose
 * tables it asks; calls that are newer than the libseccomp at hand it knows itself.
 */

#include "supervisor/unit/call_table.h"
#include "supervisor/unit/unit_spec.h"

/* An architecture whose programs this machine's kernel runs. */
struct filter_architecture {
    uint32_t token;             /* libseccomp's */
    uint32_t audit;             /* AUDIT_ARCH_…, which a filter sees */
    uint32_t base;              /* added to each number: x32 is a part of x86-64's */
    enum call_architecture bit; /* its name in SystemCallArchitectures= */
    bool has_old_mmap;          /* mmap() has its arguments in memory, mmap2() has not */
    bool has_swapped_clone;     /* flags are clone()'s second argument */
};

/* The native one comes first; those of one audit value are neighbours. */
const struct filter_architecture *filter_architectures(size_t *ret_count);

/* Older architectures have one call for many, whose first argument says which. */
struct filter_multiplexed {
    enum call call; /* CALL_socketcall or CALL_ipc */
    uint32_t index; /* the first argument's value */
};

/* Without `base`; -ENOENT when the architecture has no such call of its own. */
int filter_number(const struct filter_architecture *architecture, enum call call) MUST_CHECK;

/* Where `call` is also to be had in an architecture that has socketcall() or ipc(). */
bool filter_is_multiplexed(enum call call, struct filter_multiplexed *ret_multiplexed);

#endif
