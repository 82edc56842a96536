#ifndef REEVE_HEALTH_GUARD_H
#define REEVE_HEALTH_GUARD_H

/*
 * Who may ask, and whether in secret: a bearer token (RFC 6750), and a certificate and its key for
 * TLS, each out of a file.
 *
 * With a token everything wants it but what an orchestrator asks without one, /livez, /readyz and
 * /startupz, which then say no more than whether they pass, and what is the same for everybody: the
 * page and the description.
 */

#include "supervisor/unit/macro.h"

enum { GUARD_TOKEN_MAX = 4096, GUARD_FILE_MAX = 256 * 1024 };

/* Paths; NULL: there is none. */
struct guard_paths {
    const char *token, *certificate, *key;
};

struct guard {
    char *token;             /* NULL: everybody may ask */
    char *certificate, *key; /* PEM; NULL: no TLS */
};

/* Where a sentence for a person goes. */
struct guard_sentence {
    char text[256];
};

/* 0, or a negative errno with a sentence. */
int guard_load(const struct guard_paths *paths, struct guard *ret_guard,
               struct guard_sentence *ret_sentence) MUST_CHECK;
void guard_release(struct guard *guard);

#endif
