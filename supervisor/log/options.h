#ifndef REEVE_LOG_OPTIONS_H
#define REEVE_LOG_OPTIONS_H

/* What reeve-log is told by its command line, and by the environment of reeve. */

#include "supervisor/log/format.h"
#include "supervisor/log/ring.h"

enum { EXIT_USAGE = 2 };

struct settings {
    enum log_format format;
    const char *file; /* NULL: none */
    struct ring_limits ring;
};

/* -1: go on; otherwise the exit status: something has been printed. */
int options_read(int argc, char **argv, struct settings *ret_settings) MUST_CHECK;

#endif
