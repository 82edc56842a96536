#ifndef REEVE_FILES_ROOTS_H
#define REEVE_FILES_ROOTS_H

/* What the specifiers of unit files stand for on this machine (%u, %h, %H, %t …), asked of the
 * kernel, /etc/passwd, /etc/machine-id and /etc/os-release; never of NSS. */

#include "supervisor/unit/unit_set.h"

/*
 * For processes of uid and gid; the directories are systemd's of the system manager (/run,
 * /var/lib …). The strings live as long as the process: nobody frees them. 0 or -ENOMEM.
 */
int roots_find(struct unit_roots *roots, uid_t uid, gid_t gid) MUST_CHECK;

#endif
