#include "supervisor/init/sockets.h"

#include "sandbox/clone.h"
#include "supervisor/init/limits.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

void socket_refuse_descriptors(int fd)
{
    int off = 0;

    (void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off));
}

static bool is_answered(int type, const struct sockaddr_un *address)
{
    cleanup_fd int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
                       errno == EAGAIN);
}

/* A pipe's close never waits, and a barrier of sd_notify(3) is a pipe: its sender waits for this
 * close. */
static size_t close_pipes(const int *fds, size_t count, int *ret_rest)
{
    size_t rest = 0;

    for (size_t i = 0; i < count; i++) {
        /* Not fstat(): a file of FUSE answers when its server likes. */
        if (fcntl(fds[i], F_GETPIPE_SZ) >= 0)
            fd_close(fds[i]);
        else
            ret_rest[rest++] = fds[i];
    }
    return rest;
}

void descriptors_discard(const int *fds, size_t count)
{
    int rest[DESCRIPTORS_MAX];
    size_t kept;
    pid_t pid;

    if (count > DESCRIPTORS_MAX)
        count = DESCRIPTORS_MAX;
    kept = close_pipes(fds, count, rest);
    if (kept == 0)
        return;
    /* Like fork(), but with one descriptor table for both: what the child closes is closed for us,
     * too. */
    pid = clone_self(CLONE_FILES);
    if (pid > 0)
        return;
    for (size_t i = 0; i < kept; i++)
        fd_close(rest[i]); /* without a child: better wait than leak */
    if (pid == 0)
        _exit(0);
}

int socket_bind_path(int type, const char *path, int *ret_fd)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    cleanup_fd int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    if (is_answered(type, &address))
        return -EADDRINUSE;
    (void)unlink(path);
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0600) < 0)
        return -errno;
    *ret_fd = take_fd(&fd);
    return 0;
}
