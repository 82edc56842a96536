#include "supervisor/init/launch_pad.h"

#include "supervisor/init/pod.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The deepest child reads directories for Landlock; below the stack is a page that nobody may
 * touch. */
enum { STACK_SIZE = 128 * 1024, GUARD_SIZE = 4096 };
enum { WAIT_NS = 10 * 1000 * 1000, WAITS_MAX = 500 };

/* Nothing is closed: an old kernel does not know the call, and some engines' filters refuse it. */
static bool can_unshare_descriptors(void)
{
    return syscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE) == 0;
}

static char *stack_new(void)
{
    char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

    if (stack == MAP_FAILED)
        return NULL;
    (void)mprotect(stack, GUARD_SIZE, PROT_NONE);
    return stack;
}

static void include(struct launch_pad *pad, int fd)
{
    if ((unsigned)fd >= pad->first_closed)
        pad->first_closed = (unsigned)fd + 1;
}

int launch_pad_open(struct pod *pod)
{
    struct launch_pad *pad = &pod->launch_pad;

    *pad = (struct launch_pad){ .null_fd = pod->null_fd };
    for (size_t i = 0; i < LAUNCH_SLOTS; i++) {
        pad->slots[i] = fcntl(pod->null_fd, F_DUPFD_CLOEXEC, 0);
        if (pad->slots[i] < 0)
            return -errno;
        include(pad, pad->slots[i]);
    }
    include(pad, pod->null_fd);
    include(pad, pod->report_write);
    if (can_unshare_descriptors())
        pad->stack = stack_new();
    return 0;
}

bool launch_pad_is_usable(const struct launch_pad *pad)
{
    return pad->stack && pad->borrowers == 0;
}

int launch_pad_put(const struct launch_pad *pad, enum launch_slot slot, int fd)
{
    return dup3(fd < 0 ? pad->null_fd : fd, pad->slots[slot], O_CLOEXEC) < 0 ? -errno : 0;
}

/* While the child runs, errno is one for both: nothing may fail here but the wait itself, and that
 * only when the child does nothing. */
static void wait_for_exec(struct launch_pad *pad)
{
    const struct timespec limit = { .tv_nsec = WAIT_NS };

    (void)syscall(SYS_futex, &pad->borrowers, FUTEX_WAIT, 1, &limit, NULL, 0);
}

static void see_off(struct launch_pad *pad, pid_t pid)
{
    for (int i = 0; i < WAITS_MAX && pad->borrowers != 0; i++) {
        wait_for_exec(pad);
        if (pad->borrowers != 0)
            (void)kill(pid, SIGCONT);
    }
    if (pad->borrowers == 0)
        return;
    /* It runs no line of ours any more; where even this does not end it, the pad stays taken. */
    (void)kill(pid, SIGKILL);
    wait_for_exec(pad);
}

pid_t launch_pad_clone(struct launch_pad *pad, int (*child_main)(void *), void *context)
{
    pid_t pid;

    /* The kernel clears it, and wakes us, when the child gives our memory back: by exec or end. */
    pad->borrowers = 1;
    pid = clone(child_main, pad->stack + STACK_SIZE,
                CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID | SIGCHLD, context, NULL, NULL,
                &pad->borrowers);
    if (pid < 0) {
        pad->borrowers = 0;
        return -errno;
    }
    see_off(pad, pid);
    return pid;
}

int launch_pad_leave(const struct launch_pad *pad)
{
    return syscall(SYS_close_range, pad->first_closed, ~0U, CLOSE_RANGE_UNSHARE) < 0 ? -errno : 0;
}
