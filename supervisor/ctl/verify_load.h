#ifndef REEVE_CTL_VERIFY_LOAD_H
#define REEVE_CTL_VERIFY_LOAD_H

/* The part of `reevectl verify` that reads files and looks around. */

#include "supervisor/ctl/verify.h"

struct verify_request {
    const char *const *directories; /* NULL-terminated */
    const char *const *wanted;      /* instances that shall be loaded though nobody names them */
    const char *const *names;       /* whose verdict is asked for; none: all that is there */
    size_t name_count;
    bool is_strict;  /* readiness.h */
    bool only_files; /* neither programs, directories nor the sandbox of this place */
};

/* 0, or a negative errno: -ENOENT and the like have been reported to the struct verify. */
int verify_load(struct verify *verify, const struct verify_request *request) MUST_CHECK;

#endif
