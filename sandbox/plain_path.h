#ifndef REEVE_SANDBOX_PLAIN_PATH_H
#define REEVE_SANDBOX_PLAIN_PATH_H

/*
 * Opens an absolute path that was resolved before: a symbolic link on it was put there since, by
 * somebody who must not decide where it leads. `flags` as for open(2); close-on-exec. A descriptor
 * or a negative errno. No allocation: this runs between fork and exec.
 *
 * By openat2(2), or step by step where that is not implemented, as below RestrictSUIDSGID= of
 * systemd, whose filter cannot look into its argument.
 */

#include "supervisor/unit/macro.h"

int plain_path_open(const char *path, int flags) MUST_CHECK;

#endif
