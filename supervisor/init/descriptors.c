#include "supervisor/init/descriptors.h"

#include "sandbox/clone.h"
#include "supervisor/init/notify.h"
#include "supervisor/init/pod.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

int descriptors_init(struct descriptors *descriptors)
{
    void *shared = mmap(NULL, DISCARDS_MAX * sizeof(*descriptors->waiting), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return -errno;
    descriptors->waiting = shared; /* zeroes: 0 is our own standard input */
    return 0;
}

/* A pipe's close never waits, and a barrier of sd_notify(3) is a pipe: its sender waits for this
 * close. Not fstat(): a file of FUSE answers when its server likes. */
static bool is_pipe(int fd)
{
    return fcntl(fd, F_GETPIPE_SZ) >= 0;
}

void descriptors_discard(struct pod *pod, const int *fds, size_t count)
{
    struct descriptors *descriptors = &pod->descriptors;
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_pipe(fds[i])) {
            fd_close(fds[i]);
            continue;
        }
        while (at < DISCARDS_MAX && atomic_load(&descriptors->waiting[at]) != 0)
            at++;
        if (at == DISCARDS_MAX)
            continue; /* it stays open: to leak is better than to wait */
        atomic_store(&descriptors->waiting[at], fds[i]);
        if (descriptors->end <= at)
            descriptors->end = at + 1;
    }
}

static size_t count_waiting(struct descriptors *descriptors)
{
    size_t count = 0;

    for (size_t i = 0; i < descriptors->end; i++)
        count += atomic_load(&descriptors->waiting[i]) != 0;
    if (count == 0)
        descriptors->end = 0;
    return count;
}

/* By trying: other things than these take room in the table, too. */
static bool has_room(int any_fd)
{
    int fds[DESCRIPTORS_MAX];
    size_t count = 0;

    while (count < DESCRIPTORS_MAX && (fds[count] = fcntl(any_fd, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    for (size_t i = 0; i < count; i++)
        fd_close(fds[i]);
    return count == DESCRIPTORS_MAX;
}

bool descriptors_may_come(struct pod *pod)
{
    struct descriptors *descriptors = &pod->descriptors;
    size_t waiting = count_waiting(descriptors);

    if (descriptors->has_to_drop || waiting > DESCRIPTORS_MAX)
        return false;
    if (has_room(pod->null_fd))
        return true;
    descriptors->has_to_drop = waiting == 0; /* else there may be room when they are gone */
    return false;
}

/* In the child. Whoever is killed in the middle leaves the others to the next one, and what it has
 * taken out to nobody: its number may be another descriptor by then. */
static void close_all(struct descriptors *descriptors)
{
    static const struct linger none;

    for (size_t i = 0; i < descriptors->end; i++) {
        int fd = atomic_exchange(&descriptors->waiting[i], 0);

        if (fd == 0)
            continue;
        /* Not what keeps us safe, since its owner can say it again; but it spares all others the
         * time that a closer is given. */
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
        fd_close(fd);
    }
}

static void start_closer(struct pod *pod)
{
    struct descriptors *descriptors = &pod->descriptors;
    /* Like fork(), but with one descriptor table for both: what the child closes is closed for us,
     * too. */
    pid_t pid = clone_self(CLONE_FILES);

    if (pid == 0) {
        if (descriptors->has_to_drop)
            (void)recv(pod->notify_fd, NULL, 0, MSG_DONTWAIT);
        close_all(descriptors);
        _exit(0);
    }
    descriptors->closer = pid > 0 ? pid : 0; /* without one: later */
}

void descriptors_reaped(struct pod *pod, pid_t pid)
{
    if (pid != pod->descriptors.closer)
        return;
    pod->descriptors.closer = 0;
    pod->descriptors.patience_us = 0;
    pod->descriptors.has_to_drop = false;
}

uint64_t descriptors_settle(struct pod *pod, uint64_t deadline_us)
{
    struct descriptors *descriptors = &pod->descriptors;
    bool has_work = count_waiting(descriptors) > 0 || descriptors->has_to_drop;
    uint64_t now_us;

    if (descriptors->closer == 0 && !has_work) {
        notify_listen_again(pod);
        return deadline_us;
    }
    now_us = clock_monotonic_us();
    /* The kernel does not let one die that waits for a server of FUSE: it is left alone. */
    if (descriptors->closer > 0 && now_us >= descriptors->patience_us) {
        (void)kill(descriptors->closer, SIGKILL);
        descriptors_reaped(pod, descriptors->closer);
    }
    if (descriptors->closer == 0 && has_work && now_us >= descriptors->patience_us) {
        start_closer(pod);
        descriptors->patience_us = now_us + CLOSER_TIME_US;
    }
    return descriptors->patience_us < deadline_us ? descriptors->patience_us : deadline_us;
}
