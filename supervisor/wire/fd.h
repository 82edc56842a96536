#ifndef REEVE_WIRE_FD_H
#define REEVE_WIRE_FD_H

/*
 * File descriptors with an owner: `cleanup_fd int fd = -1;` closes at the end of the scope unless
 * the descriptor was given away with take_fd(). All descriptors are close-on-exec from birth.
 */

#include <errno.h>
#include <unistd.h>

/* Closes without touching errno; -1 is accepted. */
static inline int fd_close(int fd)
{
    int saved = errno;

    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}

static inline void cleanup_fd_location(int *fd)
{
    fd_close(*fd);
}
#define cleanup_fd __attribute__((cleanup(cleanup_fd_location)))

#define take_fd(location)                                                                          \
    ({                                                                                             \
        int taken_ = *(location);                                                                  \
        *(location) = -1;                                                                          \
        taken_;                                                                                    \
    })

#endif
