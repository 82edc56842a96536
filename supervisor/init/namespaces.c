#include "supervisor/init/namespaces.h"

#include "sandbox/mounts.h"
#include "sandbox/network.h"
#include "sandbox/plan.h"
#include "sandbox/userns.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MS = 2000, TEXT_SIZE = 32 };

static char maker_name[] = "(namespaces)";

/* --- the other program --- */

bool namespaces_is_maker(char **argv)
{
    return argv[0] && strcmp(argv[0], maker_name) == 0;
}

/* Root makes them as the user whose they are to be: only he may enter them. */
static int become(uid_t uid, gid_t gid)
{
    if (geteuid() != 0)
        return 0;
    return setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 ? -errno : 0;
}

static int tell(int fd)
{
    struct pollfd room = { .fd = WIRE_FD, .events = POLLOUT };
    union wire_message message;
    int r;

    if (fd < 0)
        return fd;
    wire_begin(&message, WIRE_NAMESPACE);
    while ((r = channel_send(WIRE_FD, &message, fd)) == -EAGAIN)
        (void)poll(&room, 1, ANSWER_MS);
    return r;
}

static int make(const struct sandbox_wanted_namespaces *wanted)
{
    struct userns_maps maps;
    int r = become(wanted->uid, wanted->gid);

    userns_maps_init(&maps, wanted->uid, wanted->gid);
    if (r == 0)
        r = tell(userns_make(&maps));
    if (r == 0 && wanted->network)
        r = tell(network_make());
    return r;
}

static const char format[] = "%u:%u:%u";

/* In a process of its own: whoever has entered one is in there for good. */
static int make_apart(const char *text)
{
    struct sandbox_wanted_namespaces wanted;
    unsigned network;
    int status;
    pid_t pid;

    if (sscanf(text, format, &wanted.uid, &wanted.gid, &network) != 3)
        return -EINVAL;
    wanted.network = network != 0;
    pid = fork();
    if (pid == 0)
        _exit(make(&wanted) < 0);
    return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0 ? -ECHILD : 0;
}

int namespaces_maker(char **argv)
{
    /* Where nobody may enter them there is no use for them: EBADF says that one may. */
    if (setns(-1, CLONE_NEWUSER) == 0 || errno != EBADF)
        return EXIT_FAILURE;
    for (char **wanted = argv + 1; *wanted; wanted++)
        if (make_apart(*wanted) < 0)
            return EXIT_FAILURE;
    return EXIT_SUCCESS;
}

/* --- PID 1 --- */

static _Noreturn void become_maker(int channel, char **argv)
{
    static char *const environment[] = { NULL };

    if (dup2(channel, WIRE_FD) == WIRE_FD &&
        syscall(SYS_close_range, WIRE_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        execve("/proc/self/exe", argv, environment);
    _exit(EXIT_FAILURE);
}

/* -1: there is none. */
static int receive(int channel)
{
    struct pollfd answer = { .fd = channel, .events = POLLIN };
    union wire_message message;
    int fd = -1;

    if (poll(&answer, 1, ANSWER_MS) != 1 || channel_receive(channel, &message, &fd) < 0)
        return -1;
    return message.header.type == WIRE_NAMESPACE ? fd : fd_close(fd);
}

/* What each plan wants, in the order of the units; NULL without memory. */
static char **write_arguments(const struct unit_set *set, const struct member *members,
                              size_t *ret_count)
{
    char **argv = malloc((set->count + 2) * sizeof(*argv) + set->count * TEXT_SIZE);
    char *text = argv ? (char *)(argv + set->count + 2) : NULL;
    size_t count = 0;

    for (size_t i = 0; argv && i < set->count; i++) {
        struct sandbox_wanted_namespaces wanted;

        if (!members[i].plan || !sandbox_plan_wants_namespaces(members[i].plan, &wanted))
            continue;
        snprintf(text, TEXT_SIZE, format, wanted.uid, wanted.gid, wanted.network);
        argv[++count] = text;
        text += TEXT_SIZE;
    }
    if (argv) {
        argv[0] = maker_name;
        argv[count + 1] = NULL;
    }
    *ret_count = count;
    return argv;
}

/* Returns how many got one. */
static size_t take(int channel, const struct unit_set *set, struct member *members)
{
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++) {
        struct sandbox_wanted_namespaces wanted;
        struct made_namespaces *made;

        if (!members[i].plan || !sandbox_plan_wants_namespaces(members[i].plan, &wanted))
            continue;
        made = sandbox_plan_namespaces(members[i].plan);
        made->user = receive(channel);
        if (wanted.network && made->user >= 0)
            made->network = receive(channel);
        if (made->user < 0 || (wanted.network && made->network < 0))
            break;
        count++;
    }
    return count;
}

static size_t ask(char **argv, const struct unit_set *set, struct member *members)
{
    cleanup_fd int ours = -1;
    int ends[2];
    size_t count;
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return 0;
    ours = ends[0];
    pid = fork();
    if (pid == 0)
        become_maker(ends[1], argv);
    fd_close(ends[1]);
    if (pid < 0)
        return 0;
    count = take(ours, set, members);
    (void)kill(pid, SIGKILL); /* if it has not ended it has failed */
    (void)!waitpid(pid, NULL, 0);
    return count;
}

int namespaces_make(struct pod *pod, const struct unit_set *set, struct member *members)
{
    bool is_boot = !pod->has_asked_for_namespaces;
    size_t wanted, got = 0;
    cleanup_free char **argv = write_arguments(set, members, &wanted);

    if (!argv)
        return -ENOMEM;
    if (wanted > 0 && !pod->lacks_namespaces)
        got = ask(argv, set, members);
    pod->has_asked_for_namespaces = true;
    if (got == wanted || pod->lacks_namespaces)
        return 0;
    if (!is_boot)
        return -ECHILD;
    pod->lacks_namespaces = true;
    pod_log(pod, 4,
            "user namespaces cannot be made in advance here: while a service starts, another "
            "one without a sandbox could read PID 1's memory");
    return 0;
}
