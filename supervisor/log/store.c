#include "supervisor/log/store.h"

#include "supervisor/wire/fd.h"
#include "supervisor/wire/wire.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

/* By hand, since sd_listen_fds(3) would take the wire for the first one. */
static long number(const char *name)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : 0;
}

/* The next of the names that are joined by ":"; the pointer moves on. */
static void next_name(const char **names, char *ret_name, size_t size)
{
    size_t length = strcspn(*names, ":");

    (void)snprintf(ret_name, size, "%.*s", (int)length, *names);
    *names += length + ((*names)[length] == ':');
}

void store_take(void (*take)(void *context, const char *name, int fd), void *context)
{
    enum { FIRST = WIRE_FD + 1, MOST = 512 };
    long count = number("LISTEN_PID") == getpid() ? number("LISTEN_FDS") : 0;
    const char *names = getenv("LISTEN_FDNAMES");

    for (long i = 0; i < count && i < MOST; i++) {
        int fd = FIRST + (int)i;
        char name[256] = "";

        if (names)
            next_name(&names, name, sizeof(name));
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
            take(context, name, fd);
    }
}

void store_keep(const char *name, int fd)
{
    char text[300];

    /* FDPOLL=0: what stands in a connection is wanted also when its other end has gone. */
    (void)snprintf(text, sizeof(text), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
    (void)sd_pid_notify_with_fds(0, 0, text, &fd, 1);
}

void store_drop(const char *name)
{
    (void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}
