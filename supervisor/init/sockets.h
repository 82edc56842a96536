#ifndef REEVE_INIT_SOCKETS_H
#define REEVE_INIT_SOCKETS_H

/* The two sockets that PID 1 binds, and what they have in common. */

#include "supervisor/unit/macro.h"

/*
 * A non-blocking socket of the given type, bound to `path` with mode 0600; one that a dead reeve
 * left behind is replaced. -EADDRINUSE: another reeve answers there. -ENAMETOOLONG and others as
 * from socket(2), bind(2).
 */
int socket_bind_path(int type, const char *path, int *ret_fd) MUST_CHECK;

/*
 * From now on nobody can pass descriptors to this socket. Kernels before 6.16 cannot say that.
 */
void socket_refuse_descriptors(int fd);

#endif
