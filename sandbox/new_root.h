#ifndef REEVE_SANDBOX_NEW_ROOT_H
#define REEVE_SANDBOX_NEW_ROOT_H

/* The root of a service of its own (RootDirectory=), for the child. */

#include "supervisor/unit/macro.h"

/* Makes `tree`, a copy of what is at `path`, the root and the working directory; all else is gone
 * from the namespace. 0 or a negative errno. */
int new_root_enter(int tree, const char *path) MUST_CHECK;

#endif
