#include "supervisor/init/fd_store.h"

#include "supervisor/init/pod.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY (1024 + 3) /* Linux 6.10 */
#endif

int fd_store_init(struct fd_store *store, size_t size)
{
    *store = (struct fd_store){ .size = size };
    if (size == 0)
        return 0;
    store->list = calloc(size, sizeof(*store->list));
    return store->list ? 0 : -ENOMEM;
}

void fd_store_release(struct fd_store *store)
{
    free(take_pointer(&store->list));
    store->count = store->size = 0;
}

int fd_store_open(struct pod *pod)
{
    pod->fd_store_poll = epoll_create1(EPOLL_CLOEXEC);
    return pod->fd_store_poll < 0 ? -errno : 0;
}

/* --- comparing --- */

/*
 * Asks the kernel alone: fstat() of a file whose server is in user space (FUSE) would wait for that
 * server.
 */
static bool read_status(int fd, struct statx *ret_status)
{
    return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, ret_status) ==
           0;
}

/* The same open file, by what the kernel says of both: inode, access mode and flags. Two opens of
 * one device may be two different things. */
static bool looks_same(int a, int b)
{
    struct statx first, second;

    if (!read_status(a, &first) || !read_status(b, &second))
        return false;
    if (first.stx_dev_major != second.stx_dev_major ||
        first.stx_dev_minor != second.stx_dev_minor || first.stx_ino != second.stx_ino ||
        S_ISCHR(first.stx_mode) || S_ISBLK(first.stx_mode))
        return false;
    return fcntl(a, F_GETFL) == fcntl(b, F_GETFL);
}

static bool is_same(int a, int b)
{
    int answer = fcntl(a, F_DUPFD_QUERY, b);
    long order;

    if (answer >= 0)
        return answer > 0;
    order = syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, (long)a, (long)b);
    return order >= 0 ? order == 0 : looks_same(a, b);
}

static bool has(const struct fd_store *store, int fd)
{
    for (size_t i = 0; i < store->count; i++)
        if (is_same(store->list[i].fd, fd))
            return true;
    return false;
}

/* --- taking out --- */

/* A descriptor that somebody else holds, too, stays in the poll set when we close ours: it must be
 * taken out by hand. */
static void forget(int poll_fd, const struct stored_fd *entry)
{
    if (entry->is_polled)
        (void)epoll_ctl(poll_fd, EPOLL_CTL_DEL, entry->fd, NULL);
}

static void drop(struct pod *pod, struct fd_store *store, size_t at)
{
    forget(pod->fd_store_poll, &store->list[at]);
    descriptors_discard(pod, &store->list[at].fd, 1);
    store->count--;
    memmove(&store->list[at], &store->list[at + 1], (store->count - at) * sizeof(store->list[0]));
}

void fd_store_remove(struct pod *pod, struct fd_store *store, const char *name)
{
    for (size_t i = store->count; i-- > 0;)
        if (strcmp(store->list[i].name, name) == 0)
            drop(pod, store, i);
}

void fd_store_clear(struct pod *pod, struct fd_store *store)
{
    while (store->count > 0)
        drop(pod, store, store->count - 1);
}

void fd_store_hangup(void *context, uint32_t events)
{
    struct pod *pod = context;
    struct epoll_event event;

    (void)events;
    /* One per round, each is looked up anew: there may be several of the same name or unit. */
    while (epoll_wait(pod->fd_store_poll, &event, 1, 0) == 1) {
        bool is_found = false;

        for (size_t i = 0; i < pod->set.count && !is_found; i++) {
            struct fd_store *store = &pod->members[i].fd_store;

            for (size_t k = 0; k < store->count && !is_found; k++) {
                is_found = store->list[k].serial == event.data.u64;
                if (is_found)
                    drop(pod, store, k);
            }
        }
        if (!is_found)
            return; /* cannot be; an event that stays must not keep us here */
    }
}

/* --- putting in --- */

/* A plain file never hangs up, and to poll one may wait for its server in user space. */
static bool may_hang_up(int fd)
{
    struct statx status;

    return read_status(fd, &status) && !S_ISREG(status.stx_mode) && !S_ISDIR(status.stx_mode);
}

static void watch(struct pod *pod, struct stored_fd *entry)
{
    struct epoll_event event = { .events = 0, .data.u64 = entry->serial };

    /* What cannot be polled is kept all the same. */
    entry->is_polled = entry->is_polled && may_hang_up(entry->fd) &&
                       epoll_ctl(pod->fd_store_poll, EPOLL_CTL_ADD, entry->fd, &event) == 0;
}

size_t fd_store_add(struct pod *pod, struct fd_store *store, const int *fds, size_t count,
                    const struct stored_fd *how)
{
    int rest[DESCRIPTORS_MAX];
    size_t closed = 0, refused = 0;

    for (size_t i = 0; i < count && i < DESCRIPTORS_MAX; i++) {
        bool is_double = has(store, fds[i]);

        if (!is_double && store->count < store->size) {
            struct stored_fd *entry = &store->list[store->count++];

            *entry = *how;
            entry->fd = fds[i];
            entry->serial = ++pod->last_stored;
            watch(pod, entry);
            continue;
        }
        refused += !is_double;
        rest[closed++] = fds[i];
    }
    descriptors_discard(pod, rest, closed);
    return refused;
}

void fd_store_move(struct pod *pod, struct fd_store *to, struct fd_store *from)
{
    size_t count = from->count < to->size ? from->count : to->size;

    for (size_t i = 0; i < count; i++)
        to->list[i] = from->list[i];
    to->count = count;
    for (size_t i = count; i < from->count; i++) {
        forget(pod->fd_store_poll, &from->list[i]);
        descriptors_discard(pod, &from->list[i].fd, 1);
    }
    from->count = 0;
}
