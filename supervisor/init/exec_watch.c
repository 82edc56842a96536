#include "supervisor/init/exec_watch.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void exec_watch_end(struct member *member)
{
    member->exec_source = loop_source_free(member->exec_source);
    member->exec_read = fd_close(member->exec_read);
}

static void pipe_moved(void *context, uint32_t events)
{
    struct member *member = context;
    struct pod *pod = member->pod;
    unit_id id = (unit_id)(member - pod->members);
    ssize_t length;
    char what;

    (void)events;
    while ((length = read(member->exec_read, &what, 1)) == 1)
        member->is_near_exec = what == EXEC_NEAR;
    if (length < 0 && errno == EAGAIN)
        return;
    exec_watch_end(member);
    if (member->is_near_exec && pod->engine.units[id].main_pid > 0)
        engine_arrived(&pod->engine, id, AWAIT_EXEC, clock_monotonic_us());
}

void exec_watch_read(struct pod *pod, unit_id id)
{
    if (pod->members[id].exec_read >= 0)
        pipe_moved(&pod->members[id], 0);
}

void exec_watch_adopt(struct pod *pod, unit_id id)
{
    struct member *member = &pod->members[id];

    if (!member->exec_source)
        return;
    member->exec_source = loop_source_free(member->exec_source);
    if (loop_add_fd(pod->loop, member->exec_read, pipe_moved, member, &member->exec_source) == 0)
        return;
    /* Nobody would ever tell: the start counts as done, and its end as one. */
    exec_watch_end(member);
    engine_arrived(&pod->engine, id, AWAIT_EXEC, clock_monotonic_us());
}

int exec_watch_begin(struct member *member, int *ret_write)
{
    cleanup_fd int read_end = -1, write_end = -1;
    int ends[2], error;

    exec_watch_end(member);
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    read_end = ends[0];
    write_end = ends[1];
    error = loop_add_fd(member->pod->loop, read_end, pipe_moved, member, &member->exec_source);
    if (error < 0)
        return error;
    member->is_near_exec = false;
    member->exec_read = take_fd(&read_end);
    *ret_write = take_fd(&write_end);
    return 0;
}
