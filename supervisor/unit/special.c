#include "supervisor/unit/special.h"

#include "supervisor/unit/macro.h"

#include <stddef.h>
#include <string.h>

bool special_is_there(const char *name)
{
    static const char *const names[] = {
        "basic.target",
        "local-fs.target",
        "local-fs-pre.target",
        "network.target",
        "network-online.target",
        "network-pre.target",
        "nss-lookup.target",
        "nss-user-lookup.target",
        "paths.target",
        "remote-fs.target",
        "remote-fs-pre.target",
        "slices.target",
        "sockets.target",
        "swap.target",
        "sysinit.target",
        "time-set.target",
        "time-sync.target",
        "timers.target",
        /* systemd's journal passes messages on through this one. Here nobody does, and a syslog
         * daemon opens /dev/log itself. */
        "syslog.socket",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}
