#ifndef REEVE_SANDBOX_FILTER_H
#define REEVE_SANDBOX_FILTER_H

/*
 * System call filters: compiled once in the parent (filter.c is the only file that knows
 * libseccomp), installed in the child. Every filter guards the seal; the rest is asked for by
 * flags, so that there are only FILTER_KINDS different programs and units share them.
 *
 * Default is "allowed": the filters take away single things and never need to know all system
 * calls.
 */

#include "supervisor/unit/macro.h"

enum filter_flag {
    FILTER_NAMESPACES = 1 << 0,  /* RestrictNamespaces=yes */
    FILTER_PERSONALITY = 1 << 1, /* LockPersonality=yes */
    FILTER_NATIVE = 1 << 2,      /* SystemCallArchitectures=native */
    FILTER_TCP_ONLY = 1 << 3,    /* no stream socket that Landlock's TCP rules do not see */
    FILTER_KINDS = 1 << 4,
};

struct filter;

/* Compiles: 0 with a filter that has one reference, or a negative errno. */
int filter_new(unsigned flags, struct filter **ret_filter) MUST_CHECK;

struct filter *filter_ref(struct filter *filter);

/* Accepts NULL; returns NULL. */
struct filter *filter_unref(struct filter *filter);

/* For the child; needs no_new_privs. 0 or a negative errno. */
int filter_install(const struct filter *filter) MUST_CHECK;

/* The program, for tests and for `reevectl security`: struct sock_filter[]. */
const void *filter_code(const struct filter *filter, size_t *ret_count);

#endif
