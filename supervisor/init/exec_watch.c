#include "supervisor/init/exec_watch.h"

#include "sandbox/apply.h"
#include "sandbox/limits.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    SCORE_TRIES = 10, /* and the first; a program that may not be read never becomes ours, … */
    SCORE_PAUSE_NS = 1000000, /* … another one within microseconds; each pause is twice the last */
};

void exec_watch_end(struct member *member)
{
    member->exec_source = loop_source_free(member->exec_source);
    member->exec_read = fd_close(member->exec_read);
    member->score_tries = 0;
}

static unit_id id_of(const struct member *member)
{
    return (unit_id)(member - member->pod->members);
}

/* --- the OOM score --- */

/* A child of ours that was not reaped: its number is nobody else's. 0: it is gone. With
 * Type=forking, what starts the main process is a control process. */
static pid_t started_by_us(const struct member *member)
{
    const struct unit *unit = &member->pod->engine.units[id_of(member)];

    return unit->main_pid > 0 && member->main_pidfd < 0 ? unit->main_pid : unit->control_pid;
}

static void score_due(void *context, uint32_t events);

/* In the place of the pipe. */
static int try_score_later(struct member *member)
{
    const struct itimerspec pause = { .it_value.tv_nsec = SCORE_PAUSE_NS << member->score_tries };
    int error;

    if (member->exec_read < 0) {
        member->exec_read = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (member->exec_read < 0)
            return -errno;
        error = loop_add_fd(member->pod->loop, member->exec_read, score_due, member,
                            &member->exec_source);
        if (error < 0)
            return error;
    }
    member->score_tries++;
    return timerfd_settime(member->exec_read, 0, &pause, NULL) < 0 ? -errno : 0;
}

static void give_score(struct member *member)
{
    const char *score = sandbox_plan_oom_score(member->plan, SANDBOX_ALL);
    pid_t pid = started_by_us(member);

    if (!member->owes_score || !score || pid <= 0 || oom_score_give(pid, score) == 0 ||
        member->score_tries == SCORE_TRIES || try_score_later(member) < 0)
        exec_watch_end(member);
}

static void score_due(void *context, uint32_t events)
{
    (void)events;
    give_score(context);
}

/* --- the pipe --- */

static void pipe_moved(void *context, uint32_t events)
{
    struct member *member = context;
    struct pod *pod = member->pod;
    unit_id id = id_of(member);
    ssize_t length;
    char what;

    (void)events;
    while ((length = read(member->exec_read, &what, 1)) == 1)
        member->is_near_exec = what == EXEC_NEAR;
    if (length < 0 && errno == EAGAIN)
        return;
    exec_watch_end(member);
    if (!member->is_near_exec)
        return;
    give_score(member);
    if (pod->engine.units[id].main_pid > 0)
        engine_arrived(&pod->engine, id, AWAIT_EXEC, clock_monotonic_us());
}

void exec_watch_read(struct pod *pod, unit_id id)
{
    struct member *member = &pod->members[id];

    member->owes_score = false;
    if (member->score_tries > 0)
        exec_watch_end(member);
    else if (member->exec_read >= 0)
        pipe_moved(member, 0);
}

void exec_watch_adopt(struct pod *pod, unit_id id)
{
    struct member *member = &pod->members[id];
    loop_fd_callback *callback = member->score_tries > 0 ? score_due : pipe_moved;

    if (!member->exec_source)
        return;
    member->exec_source = loop_source_free(member->exec_source);
    if (loop_add_fd(pod->loop, member->exec_read, callback, member, &member->exec_source) == 0)
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
