#ifndef REEVE_INIT_OPTIONS_H
#define REEVE_INIT_OPTIONS_H

/* The command line of reeve(8). */

#include "supervisor/init/limits.h"
#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/types.h>

struct options {
    bool isolate;
    const char *units[UNIT_DIRECTORIES_MAX + 1]; /* NULL-terminated */
    const char *target;                          /* NULL: default.target, else every service */
    const char *state;                           /* NULL: by default */
    bool has_user;
    uid_t uid;
    gid_t gid;
    char **command; /* what follows "--"; NULL: none */
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/* OPTIONS_DONE: --help or --version was printed. OPTIONS_WRONG: a message is on stderr. */
enum options_result options_parse(int argc, char **argv, struct options *ret_options) MUST_CHECK;

#endif
