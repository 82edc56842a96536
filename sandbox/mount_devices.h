#ifndef REEVE_SANDBOX_MOUNT_DEVICES_H
#define REEVE_SANDBOX_MOUNT_DEVICES_H

/*
 * What PrivateDevices= leaves of /dev: the devices that are none, and the file systems there. For
 * the child. Nodes are not made but taken along, since that takes no CAP_MKNOD.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum { MOUNT_DEVICES_COUNT = 11 };

struct mount_devices {
    int trees[MOUNT_DEVICES_COUNT]; /* -1: there is none here */
    bool is_directory[MOUNT_DEVICES_COUNT];
    bool has_log; /* syslog(3) is listened to, outside of /dev */
};

void mount_devices_init(struct mount_devices *devices);

/* For the plan, in PID 1: what is in /dev, a letter for each. Nobody but root can change it, so the
 * child takes the word for it. */
void mount_devices_look(char ret_kinds[MOUNT_DEVICES_COUNT + 1]);

/* Takes hold of what is in /dev. `kinds`: from mount_devices_look(), or NULL; what was not there is
 * looked for once more. With MOUNT_NO_EXEC of the entry's flags nothing in there is to be executed.
 * 0 or a negative errno. */
int mount_devices_take(struct mount_devices *devices, const char *kinds, unsigned flags) MUST_CHECK;

/* Into a new file system that is mounted already. 0 or a negative errno. */
int mount_devices_put(const struct mount_devices *devices, int directory) MUST_CHECK;

void mount_devices_release(struct mount_devices *devices);

#endif
