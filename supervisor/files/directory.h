#ifndef REEVE_FILES_DIRECTORY_H
#define REEVE_FILES_DIRECTORY_H

/*
 * One directory of StateDirectory= and the like, as it is to be before a process starts.
 *
 * Below one directory of a service there may be another, and what lies between belongs to the
 * service: a link there could lead us, who may be root, anywhere. On the way to a directory a link
 * is followed only where nobody but us and root could have put it; else it is -ELOOP.
 */

#include "sandbox/identity.h"

/* The directory that `path` is in, and its name there: a descriptor (O_PATH) or a negative errno.
 */
int directory_open_parent(const char *path, const char **ret_name) MUST_CHECK;

/* mkdir -p: parents get 0755, the last one `mode`. It can be written to then. 0 or a negative
 * errno. */
int directory_make(const char *path, mode_t mode) MUST_CHECK;

/*
 * Owner (NULL: we ourselves) and mode are what the unit says at each start, whoever made the
 * directory. What lies in it stays as it is: a walk through somebody's data would hold PID 1 up. So
 * does what a link leads to, which may be a trap that the owner of the parent has set.
 */
int directory_hand_over(const char *path, mode_t mode,
                        const struct sandbox_identity *owner) MUST_CHECK;

#endif
