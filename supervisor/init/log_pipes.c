#include "supervisor/init/log_pipes.h"

#include "supervisor/unit/log_spec.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { PIPES_PER_POLL = 64 };

static int open_one(int *read_end, int *write_end)
{
    int ends[2];

    if (*read_end >= 0)
        return 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int log_pipes_open(struct member *member, const struct unit_spec *spec)
{
    int error = open_one(&member->log_read, &member->log_write);

    if (error == 0 && log_spec_splits_error(log_spec_of(spec)))
        error = open_one(&member->log_error_read, &member->log_error_write);
    return error;
}

void log_pipes_close(struct member *member)
{
    member->log_read = fd_close(member->log_read);
    member->log_write = fd_close(member->log_write);
    member->log_error_read = fd_close(member->log_error_read);
    member->log_error_write = fd_close(member->log_error_write);
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
        if (members[i].log_error_write >= 0 && is_over(pod, first + i))
            members[i].log_error_write = fd_close(members[i].log_error_write);
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
