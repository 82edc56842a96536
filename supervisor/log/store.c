#include "supervisor/log/store.h"

#include "supervisor/wire/fd.h"
#include "supervisor/wire/wire.h"

#include <fcntl.h>
#include <string.h>
#include <systemd/sd-daemon.h>

/* By hand, since sd_listen_fds(3) would take the wire for the first one. */
static long number(const char *name)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : 0;
}

int store_take(void)
{
    enum { FIRST = WIRE_FD + 1 };
    long count = number("LISTEN_PID") == getpid() ? number("LISTEN_FDS") : 0;

    for (long i = 1; i < count && i < 64; i++)
        fd_close(FIRST + (int)i);
    return count > 0 && fcntl(FIRST, F_SETFD, FD_CLOEXEC) == 0 ? FIRST : -1;
}

void store_keep(int fd)
{
    (void)sd_notify(0, "FDSTOREREMOVE=1\nFDNAME=ring");
    (void)sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=ring", &fd, 1);
}
