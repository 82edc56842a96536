#ifndef REEVE_SANDBOX_LANDLOCK_H
#define REEVE_SANDBOX_LANDLOCK_H

/*
 * What a Landlock domain is to hold, and making it so in the child. Facts are those of the kernel's
 * Documentation/userspace-api/landlock.rst; constants are ours, because Debian 12's headers are
 * older than the kernels that it runs on.
 *
 * Only rights that change something are handled, so reading and executing need no rules. Landlock
 * knows "allowed below" but no "except": a tree with a read-only part in it is *spread*, that is,
 * the rule is given to each of its entries that does not lead to a mark, when the child starts.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum {
    LANDLOCK_ABI_REFER = 2,    /* rename and link between directories */
    LANDLOCK_ABI_TRUNCATE = 3, /* truncate(), O_TRUNC */
    LANDLOCK_ABI_TCP = 4,      /* bind() of TCP sockets */
    LANDLOCK_ABI_SCOPE = 6,    /* signals and abstract UNIX sockets stay in the domain */
};

enum mark_kind {
    MARK_WRITABLE,
    MARK_READ_ONLY,
    MARK_SPREAD, /* writable, but for the marks below it */
};

struct landlock_mark {
    char *path; /* absolute, no "/" at the end but for the root; owned */
    enum mark_kind kind;
    bool is_optional; /* may be missing when the service starts */
};

struct landlock_ports {
    uint16_t first, last;
};

struct landlock_plan {
    int abi;
    bool holds_files, holds_ports, holds_signals, holds_abstract_sockets;
    struct landlock_mark *marks;
    size_t mark_count;
    struct landlock_ports *ports; /* that may be bound */
    size_t port_count;
};

/* The ABI, or a negative errno: -ENOSYS (kernel without), -EOPNOTSUPP (switched off), -EPERM
 * (filtered). */
int landlock_abi(void);

/* Is there anything to do? */
bool landlock_is_used(const struct landlock_plan *plan);

/* Whether `path` is `ancestor` or lies below it. */
bool landlock_path_is_below(const char *path, const char *ancestor);

/* For the child; needs no_new_privs. 0, or a negative errno, then with the index of the mark in
 * *ret_mark if it was at one. */
int landlock_enter(const struct landlock_plan *plan, int *ret_mark) MUST_CHECK;

/* Frees what the plan owns, not the plan. */
void landlock_release(struct landlock_plan *plan);

#endif
