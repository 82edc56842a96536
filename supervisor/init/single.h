#ifndef REEVE_INIT_SINGLE_H
#define REEVE_INIT_SINGLE_H

#include "supervisor/init/options.h"

/*
 * `reeve -- command`: a small init for one command, as tini or dumb-init are. Forwards signals,
 * reaps everything, ends with the command's exit status (128 + N when signal N killed it, 127 when
 * there is no such program, 126 when it cannot be executed). With --user the
 * command runs as that user, without privileges.
 */

int single_run(const struct options *options);

#endif
