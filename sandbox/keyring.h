#ifndef REEVE_SANDBOX_KEYRING_H
#define REEVE_SANDBOX_KEYRING_H

/* KeyringMode=: a session keyring of the service's own, instead of the one that an engine gave the
 * whole container. */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

/* 0, or why there is none: -ENOSYS, -EPERM (filtered, as by Docker's profile). */
int keyring_probe(void) MUST_CHECK;

/* For the child, as the user that it will be; with links_user the keys of that user are seen in
 * it. 0 or a negative errno. */
int keyring_enter(bool links_user) MUST_CHECK;

#endif
