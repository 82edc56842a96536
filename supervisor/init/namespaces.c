#include "supervisor/init/namespaces.h"

#include "sandbox/mounts.h"
#include "sandbox/network.h"
#include "sandbox/plan.h"
#include "sandbox/seal.h"
#include "sandbox/userns.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ROOM_MS = 1000,
    SLICE_MS = 20,
    WAIT_US = 1000000,
    WAIT_EACH_US = 2000,
    TRIES = 2,
    TEXT_SIZE = 32
};

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
        (void)poll(&room, 1, ROOM_MS);
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

/* The kernel keeps the soft limits of whoever makes a user namespace as its ceiling for all in
 * there: it shall be no lower than what a unit may have by LimitNPROC= and the like. */
static void raise_ceilings(void)
{
    static const int counted[] = { RLIMIT_NPROC, RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING,
                                   RLIMIT_MEMLOCK };

    for (size_t i = 0; i < ARRAY_SIZE(counted); i++) {
        struct rlimit limit;

        if (getrlimit(counted[i], &limit) < 0)
            continue;
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(counted[i], &limit);
    }
}

int namespaces_maker(char **argv)
{
    raise_ceilings();
    /* Where nobody may enter them there is no use for them: EBADF says that one may. */
    if (setns(-1, CLONE_NEWUSER) == 0 || errno != EBADF)
        return EXIT_FAILURE;
    for (char **wanted = argv + 1; *wanted; wanted++)
        if (make_apart(*wanted) < 0)
            return EXIT_FAILURE;
    return EXIT_SUCCESS;
}

/* --- PID 1 --- */

/* A number that neither a unit has nor PID 1's own lines: what the control socket refuses. */
static void seal(const struct pod *pod)
{
    (void)!seal_apply(seal_make(pod->seal_nonce, UINT32_MAX - 1), pod->seal_key);
}

/* It is open to services of our user, as it has to be. So it has nothing of ours: neither where we
 * write to, nor our name at the control socket. */
static _Noreturn void become_maker(const struct pod *pod, int channel, char **argv)
{
    static char *const environment[] = { NULL };
    bool is_ready = setpgid(0, 0) == 0 && dup2(channel, WIRE_FD) == WIRE_FD;

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        is_ready &= dup2(pod->null_fd, fd) == fd;
    seal(pod);
    if (is_ready && syscall(SYS_close_range, WIRE_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        execve("/proc/self/exe", argv, environment);
    _exit(EXIT_FAILURE);
}

/* What answers, and until when. */
struct maker {
    int channel;
    pid_t pid;
    uint64_t end_us;
};

/* A service may stop it: then it is continued, as whoever is on the launch pad. */
static bool await_answer(const struct maker *maker)
{
    struct pollfd answer = { .fd = maker->channel, .events = POLLIN };

    while (poll(&answer, 1, SLICE_MS) == 0) {
        if (clock_monotonic_us() >= maker->end_us)
            return false;
        (void)kill(-maker->pid, SIGCONT);
    }
    return answer.revents & POLLIN;
}

/* -1: there is none. */
static int receive(const struct maker *maker, int type)
{
    union wire_message message;
    int fd = -1;

    if (!await_answer(maker) || channel_receive(maker->channel, &message, &fd) < 0)
        return -1;
    if (message.header.type != WIRE_NAMESPACE || ioctl(fd, NS_GET_NSTYPE) != type)
        return fd_close(fd);
    return fd;
}

/* Whether the plan still lacks something; *ret_wanted is set then. */
static bool is_lacking(const struct member *member, struct sandbox_wanted_namespaces *ret_wanted)
{
    const struct made_namespaces *made;

    if (!member->plan || !sandbox_plan_wants_namespaces(member->plan, ret_wanted))
        return false;
    made = sandbox_plan_namespaces(member->plan);
    return made->user < 0 || (ret_wanted->network && made->network < 0);
}

static bool has_lacking(const struct unit_set *set, const struct member *members)
{
    struct sandbox_wanted_namespaces wanted;

    for (size_t i = 0; i < set->count; i++)
        if (is_lacking(&members[i], &wanted))
            return true;
    return false;
}

/* What each plan lacks, in the order of the units; NULL without memory. */
static char **write_arguments(const struct unit_set *set, const struct member *members)
{
    char **argv = malloc((set->count + 2) * sizeof(*argv) + set->count * TEXT_SIZE);
    char *text = argv ? (char *)(argv + set->count + 2) : NULL;
    size_t count = 0;

    for (size_t i = 0; argv && i < set->count; i++) {
        struct sandbox_wanted_namespaces wanted;

        if (!is_lacking(&members[i], &wanted))
            continue;
        snprintf(text, TEXT_SIZE, format, wanted.uid, wanted.gid, wanted.network);
        argv[++count] = text;
        text += TEXT_SIZE;
    }
    if (argv) {
        argv[0] = maker_name;
        argv[count + 1] = NULL;
    }
    return argv;
}

/* As long as there are answers. */
static void take(const struct maker *maker, const struct unit_set *set, struct member *members)
{
    for (size_t i = 0; i < set->count; i++) {
        struct sandbox_wanted_namespaces wanted;
        struct made_namespaces made = MADE_NAMESPACES_NONE;

        if (!is_lacking(&members[i], &wanted))
            continue;
        made.user = receive(maker, CLONE_NEWUSER);
        if (made.user < 0)
            return;
        if (wanted.network)
            made.network = receive(maker, CLONE_NEWNET);
        if (wanted.network && made.network < 0) {
            fd_close(made.user);
            return;
        }
        *sandbox_plan_namespaces(members[i].plan) = made;
    }
}

static int ask(const struct pod *pod, const struct unit_set *set, struct member *members)
{
    cleanup_free char **argv = write_arguments(set, members);
    struct maker maker = { .end_us = clock_monotonic_us() + WAIT_US + set->count * WAIT_EACH_US };
    cleanup_fd int ours = -1;
    int ends[2];

    if (!argv)
        return -ENOMEM;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    ours = maker.channel = ends[0];
    maker.pid = fork();
    if (maker.pid == 0)
        become_maker(pod, ends[1], argv);
    fd_close(ends[1]);
    if (maker.pid < 0)
        return -errno;
    take(&maker, set, members);
    /* If they have not ended they have failed, or are somebody else's by now. They are reaped like
     * any other child: one that is traced could keep us waiting. */
    (void)kill(-maker.pid, SIGKILL);
    (void)kill(maker.pid, SIGKILL);
    return 0;
}

/* Units that are the same as before keep theirs: their processes are in there. */
static void keep(const struct pod *pod, const struct unit_set *set, struct member *members)
{
    for (size_t i = 0; i < set->count; i++) {
        unit_id old = unit_set_find(&pod->set, set->specs[i]->name);
        struct sandbox_wanted_namespaces wanted, had;
        struct made_namespaces *made, *from;

        if (old == UNIT_NONE || !is_lacking(&members[i], &wanted) ||
            is_lacking(&pod->members[old], &had) || !pod->members[old].plan ||
            !sandbox_plan_wants_namespaces(pod->members[old].plan, &had) || had.uid != wanted.uid ||
            had.gid != wanted.gid || had.network != wanted.network)
            continue;
        from = sandbox_plan_namespaces(pod->members[old].plan);
        made = sandbox_plan_namespaces(members[i].plan);
        made->user = fcntl(from->user, F_DUPFD_CLOEXEC, 0);
        if (wanted.network)
            made->network = fcntl(from->network, F_DUPFD_CLOEXEC, 0);
    }
}

int namespaces_make(struct pod *pod, const struct unit_set *set, struct member *members)
{
    bool is_boot = members == pod->members;
    int error = 0;

    if (!is_boot)
        keep(pod, set, members);
    /* Once more, should it only have been late. */
    for (int i = 0; i < TRIES && error == 0 && !pod->lacks_namespaces && has_lacking(set, members);
         i++)
        error = ask(pod, set, members);
    if (error == -ENOMEM || pod->lacks_namespaces || !has_lacking(set, members))
        return error == -ENOMEM ? error : 0;
    if (!is_boot)
        return -ECHILD;
    pod->lacks_namespaces = true;
    pod_log(pod, 4,
            "user namespaces cannot be made in advance here: while a service starts, another "
            "one without a sandbox could read PID 1's memory");
    return 0;
}
