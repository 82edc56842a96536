#include "supervisor/init/log_pipes.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { PIPES_PER_POLL = 64 };

int log_pipes_open(struct member *member)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    member->log_read = ends[0];
    member->log_write = ends[1];
    return 0;
}

/* Nothing is started any more when the pod stops. */
static bool is_over(const struct pod *pod, size_t i)
{
    enum active_state active = unit_active_state(&pod->engine.units[i]);

    return pod->engine.is_stopping && pod->engine.units[i].job == JOB_NONE &&
           (active == ACTIVE_INACTIVE || active == ACTIVE_FAILED);
}

/*
 * The write ends of those who are over, and the read ends at whose other end is nobody, and which
 * are empty. A few pipes at a time: so mostly reeve-log, which is told of each end, is the last to
 * let go, and the kernel frees the pipe on its time.
 */
static void finish_some(struct pod *pod, size_t first, size_t count)
{
    struct member *members = pod->members + first;
    struct pollfd polled[PIPES_PER_POLL];

    for (size_t i = 0; i < count; i++) {
        if (members[i].log_write >= 0 && is_over(pod, first + i))
            members[i].log_write = fd_close(members[i].log_write);
        polled[i] = (struct pollfd){
            .fd = members[i].log_write < 0 ? members[i].log_read : -1,
            .events = POLLIN,
        };
    }
    if (poll(polled, count, 0) <= 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (polled[i].revents == POLLHUP)
            members[i].log_read = fd_close(members[i].log_read);
}

void log_pipes_finish(struct pod *pod)
{
    for (size_t i = 0; i < pod->set.count; i += PIPES_PER_POLL) {
        size_t left = pod->set.count - i;

        finish_some(pod, i, left < PIPES_PER_POLL ? left : PIPES_PER_POLL);
    }
}
