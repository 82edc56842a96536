#ifndef REEVE_INIT_FD_STORE_H
#define REEVE_INIT_FD_STORE_H

/*
 * The file descriptor store of a unit (FileDescriptorStoreMax=): descriptors that a service has
 * given to us by sd_pid_notify_with_fds(3) and gets again when it is started the next time, as if
 * by socket activation. Sized when the units are loaded; later nothing is allocated. One whose
 * other end is gone (EPOLLHUP, EPOLLERR) is dropped unless FDPOLL=0 came with it.
 */

#include "supervisor/unit/unit_spec.h"

#include <stdbool.h>

struct pod;

enum { FD_STORE_NAME_SIZE = 256 };

struct stored_fd {
    int fd;
    bool is_polled;
    uint64_t serial; /* what the poll set knows it by: positions change */
    char name[FD_STORE_NAME_SIZE];
};

struct fd_store {
    struct stored_fd *list; /* in the order in which they came */
    size_t count, size;
};

/* Room for so many; 0 or -ENOMEM. */
int fd_store_init(struct fd_store *store, size_t size) MUST_CHECK;
/* Frees the table; what is in it must have been taken out. */
void fd_store_release(struct fd_store *store);

/* The poll set of all stores; its descriptor is for the loop, with fd_store_hangup(). */
int fd_store_open(struct pod *pod) MUST_CHECK;
void fd_store_hangup(void *pod, uint32_t events);

/*
 * FDSTORE=1: takes over all the descriptors. Those that the store has already are closed, and those
 * for which there is no room. Returns how many found no room.
 */
size_t fd_store_add(struct pod *pod, struct fd_store *store, const int *fds, size_t count,
                    const struct stored_fd *how) MUST_CHECK;
/* FDSTOREREMOVE=1. */
void fd_store_remove(struct pod *pod, struct fd_store *store, const char *name);
void fd_store_clear(struct pod *pod, struct fd_store *store);
/* For a reload: moves everything from one store to the other, as far as there is room. */
void fd_store_move(struct pod *pod, struct fd_store *to, struct fd_store *from);

#endif
