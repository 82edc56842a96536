#ifndef REEVE_SANDBOX_FILTER_H
#define REEVE_SANDBOX_FILTER_H

/*
 * System call filters: compiled once in the parent, installed in the child. All that a unit asks of
 * its filter is one program, whose verdict on each call is that of systemd's programs for the same
 * unit together: the gravest, and of several error numbers that of SystemCallFilter=
 * (tests/filters). Every filter guards the seal besides.
 *
 * From a request to a program: filter_rules.h (what becomes of each number of an architecture, the
 * numbers from filter_numbers.h, the only one that knows libseccomp) and filter_code.h.
 */

#include "supervisor/unit/call_table.h"
#include "supervisor/unit/unit_spec.h"

#include <sys/types.h>

enum filter_flag {
    FILTER_PERSONALITY = 1 << 0, /* LockPersonality=yes */
    FILTER_TCP_ONLY = 1 << 1,    /* no stream socket that Landlock's TCP rules do not see */
    FILTER_REALTIME = 1 << 2,    /* RestrictRealtime=yes */
    FILTER_SUID_SGID = 1 << 3,   /* RestrictSUIDSGID=yes */
    FILTER_MEMORY = 1 << 4,    /* MemoryDenyWriteExecute=yes, where the kernel has no PR_SET_MDWE */
    FILTER_CLOCK = 1 << 5,     /* ProtectClock=yes */
    FILTER_HOSTNAME = 1 << 6,  /* ProtectHostname=yes */
    FILTER_LOGS = 1 << 7,      /* ProtectKernelLogs=yes */
    FILTER_MODULES = 1 << 8,   /* ProtectKernelModules=yes */
    FILTER_DEVICES = 1 << 9,   /* PrivateDevices=yes: no calls to the hardware behind its back */
    FILTER_SEGMENTS = 1 << 10, /* MemoryDenyWriteExecute=yes: what PR_SET_MDWE lets pass, segments
                                  of shared memory that are mapped to be executed */
    FILTER_OTHERS = 1 << 11,   /* SignalScope: nobody else's limits, one of which kills */
    FILTER_FLAGS_ALL = (1 << 12) - 1,
};

/* Borrows the lists. All zero: nothing but the guard of the seal. `supervisor` is for whoever has
 * no guard above him. */
struct filter_request {
    uint64_t seal_key;      /* who knows it may set a seal (seal.h); 0: nobody */
    pid_t supervisor;       /* whose limits nobody sets; 0: nobody's in particular */
    unsigned flags;         /* enum filter_flag */
    uint32_t namespaces;    /* enum namespace_flag: those that may not be had */
    uint32_t architectures; /* bit per enum call_architecture; 0: all of this machine */
    uint32_t personality;   /* FILTER_PERSONALITY: that of Personality=, … */
    bool has_personality;   /* … or else what the process has */
    struct address_families families;
    int error_number;                     /* for what the filter refuses; 0: kill the process */
    const struct call_list *filter, *log; /* NULL: none */
};

struct filter;

bool filter_request_is_equal(const struct filter_request *a, const struct filter_request *b);

/* Compiles: 0 with a filter that has one reference, or a negative errno; -E2BIG when the kernel
 * would not take so long a program. */
int filter_new(const struct filter_request *request, struct filter **ret_filter) MUST_CHECK;

struct filter *filter_ref(struct filter *filter);

/* Accepts NULL; returns NULL. */
struct filter *filter_unref(struct filter *filter);

/* For the child; needs no_new_privs. 0 or a negative errno. */
int filter_install(const struct filter *filter) MUST_CHECK;

/* The program, for tests and for `reevectl security`: struct sock_filter[]. */
const void *filter_code(const struct filter *filter, size_t *ret_count);

#endif
