/*
 * What a unit sets for its process: that it is so, and that the process cannot go past it. "Got
 * through" means that a line of the unit was not kept.
 */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ioprio.h>
#include <linux/securebits.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Each below what any place has without reeve, above what directives.txt asks. */
enum {
    FILES = 100,
    FILE_SIZE = 1 << 20,
    ADDRESS_SPACE = 1 << 30,
    STACK_SIZE = 4 << 20,
    NICE = 5,
    OOM_SCORE = 500,
    SCORE_WITHIN_MS = 1000,
    PORT = 81,
    ALLOWED_PORT = 18099,
    SLACK_NS = 1000000,
    GROUP = 4323,
};

/* --- Limit*= --- */

static int open_many(const struct world *world, long argument)
{
    (void)world;
    (void)argument;
    for (int i = 0; i < FILES; i++)
        if (fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) < 0)
            return -errno;
    return 0;
}

static int write_much(const struct world *world, long argument)
{
    const char *path = in_work(world, "open/large");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), r;

    (void)argument;
    if (fd < 0)
        return -errno;
    unlink(path);
    r = denied(pwrite(fd, "x", 1, FILE_SIZE));
    close(fd);
    return r;
}

static int map_much(const struct world *world, long argument)
{
    (void)world;
    (void)argument;
    return mmap(NULL, ADDRESS_SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                0) == MAP_FAILED
               ? -errno
               : 0;
}

static int lock_memory(const struct world *world, long argument)
{
    static char page[1];

    (void)world;
    (void)argument;
    return denied(mlock(page, sizeof(page)));
}

static int use_stack(const struct world *world, long argument)
{
    volatile char large[STACK_SIZE];

    (void)world;
    (void)argument;
    for (size_t i = sizeof(large); i > 0; i -= 4096)
        large[i - 1] = 'x';
    return 0;
}

static int make_queue(const struct world *world, long argument)
{
    char name[64];
    mqd_t queue;

    (void)world;
    (void)argument;
    snprintf(name, sizeof(name), "/escape-%d", getpid());
    queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
    if (queue < 0)
        return errno == ENOSYS ? -NOT_HERE : -errno;
    return denied(mq_unlink(name));
}

/* Whatever it is set to: the hard one above what it is. */
static int raise_by_call32(const struct world *world, long resource)
{
    enum { SETRLIMIT32 = 75 };
    struct rlimit limit;
    unsigned int higher[2];
    long r;

    (void)world;
    if (getrlimit((__rlimit_resource_t)resource, &limit) < 0)
        return -errno;
    if (limit.rlim_max >= 0x7fffffff)
        return -NOT_HERE;
    higher[0] = (unsigned)limit.rlim_cur;
    higher[1] = (unsigned)limit.rlim_max + 1;
    r = call32(SETRLIMIT32, resource, low(higher, sizeof(higher)), 0, 0);
    return r < 0 ? (int)r : 0;
}

/* --- Nice=, OOMScoreAdjust=, CPUAffinity=, IOSchedulingClass=, UMask= --- */

static int be_less_nice(const struct world *world, long argument)
{
    (void)world;
    (void)argument;
    (void)!setpriority(PRIO_PROCESS, 0, 0);
    return getpriority(PRIO_PROCESS, 0) < NICE ? 0 : -EACCES;
}

/* Of the unit's process, not ours: PID 1 may raise it only after the exec, and then we were forked
 * with the old one. */
static int oom_score(const struct world *world, long takes_back)
{
    char path[PATH_MAX];
    FILE *file;
    int score = 0, pauses = world->is_control ? 0 : SCORE_WITHIN_MS;

    snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)getppid());
    file = fopen(path, takes_back ? "r+e" : "re");
    if (!file)
        return -errno;
    while (fscanf(file, "%d", &score) == 1 && score < OOM_SCORE && pauses-- > 0) {
        poll(NULL, 0, 1);
        rewind(file);
    }
    if (!takes_back)
        return score < OOM_SCORE ? 0 : -EACCES;
    rewind(file);
    return fprintf(file, "%d", score - 1) < 0 || fflush(file) != 0 ? -errno : 0;
}

static int processors(const struct world *world, long takes_back)
{
    cpu_set_t set;

    (void)world;
    memset(&set, 0xff, sizeof(set));
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return -NOT_HERE;
    if (takes_back && sched_setaffinity(0, sizeof(set), &set) < 0)
        return -errno;
    if (sched_getaffinity(0, sizeof(set), &set) < 0)
        return -errno;
    return CPU_COUNT(&set) > 1 ? 0 : -EACCES;
}

static int io_class(const struct world *world, long takes_back)
{
    (void)world;
    if (takes_back &&
        syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 0)) < 0)
        return -errno;
    return IOPRIO_PRIO_CLASS(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0)) != IOPRIO_CLASS_IDLE
               ? 0
               : -EACCES;
}

static int make_for_others(const struct world *world, long takes_back)
{
    const char *path = in_work(world, "open/for-others");
    struct stat status = { 0 };
    int fd;

    if (takes_back)
        umask(0);
    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    close(fd);
    unlink(path);
    return (status.st_mode & 077) != 0 ? 0 : -EACCES;
}

/* --- AmbientCapabilities=, SecureBits=: what is given is there --- */

static int lacks_port(const struct world *world, long port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)world;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? -EACCES : 0;
}

static int lacks_secure_bits(const struct world *world, long takes_back)
{
    (void)world;
    if (takes_back)
        (void)!prctl(PR_SET_SECUREBITS, 0, 0, 0, 0);
    return prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) & SECBIT_NOROOT ? -EPERM : 0;
}

/* --- CPUSchedulingPolicy=, TimerSlackNSec=, Personality= --- */

static int policy(const struct world *world, long takes_back)
{
    struct sched_param parameters = { 0 };

    (void)world;
    if (takes_back && sched_setscheduler(0, SCHED_OTHER, &parameters) < 0)
        return -errno;
    return sched_getscheduler(0) != SCHED_IDLE ? 0 : -EACCES;
}

/* Children do not inherit it: it is that of the service itself. */
static int resets_on_fork(const struct world *world, long argument)
{
    (void)world;
    (void)argument;
    return sched_getscheduler(getppid()) & SCHED_RESET_ON_FORK ? -EACCES : 0;
}

static int timer_slack(const struct world *world, long takes_back)
{
    (void)world;
    if (takes_back && prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0) < 0)
        return -errno;
    return prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) < SLACK_NS ? 0 : -EACCES;
}

/* What programs are told: it is of 32 bits. */
static int machine(const struct world *world, long takes_back)
{
    struct utsname name;

    (void)world;
    if (takes_back && personality(PER_LINUX) < 0)
        return -errno;
    if (uname(&name) < 0)
        return -errno;
    return strcmp(name.machine, "i686") == 0 ? -EACCES : 0;
}

/* --- WorkingDirectory=, Group=, SupplementaryGroups=, SystemCallErrorNumber= --- */

static int elsewhere(const struct world *world, long argument)
{
    char directory[2 * WORLD_PATH];

    (void)argument;
    if (!getcwd(directory, sizeof(directory)))
        return -errno;
    return strcmp(directory, in_work(world, "bin")) == 0 ? -EACCES : 0;
}

/* What the service makes belongs to the group that the pod's other files have. */
static int group_of_sibling(const struct world *world, long argument)
{
    struct stat status;

    (void)argument;
    if (stat(in_work(world, "sibling/pid"), &status) < 0)
        return -errno;
    return status.st_gid == getegid() ? 0 : -EACCES;
}

static int lacks_group(const struct world *world, long argument)
{
    gid_t groups[64];
    int count = getgroups(64, groups);

    (void)world;
    (void)argument;
    for (int i = 0; i < count; i++)
        if (groups[i] == GROUP)
            return -EACCES;
    return 0;
}

static int other_error(const struct world *world, long argument)
{
    (void)world;
    (void)argument;
    return syscall(SYS_getpriority, PRIO_PROCESS, 0) < 0 && errno == ENOTTY ? -ENOTTY : 0;
}

/* --- the credentials that are one's own --- */

static int change_credential(const struct world *world, long way)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    char path[2 * WORLD_PATH];

    if (world->is_control)
        directory = in_work(world, "open");
    if (!directory)
        return -NOT_HERE;
    snprintf(path, sizeof(path), "%s/%s", directory,
             way == O_CREAT      ? "new"
             : world->is_control ? "late"
                                 : "own");
    if (way == 0)
        return denied(chmod(path, 0644));
    return write_to(path, O_WRONLY | (int)way);
}

/* What SetCredential= says is in a file that others may read. */
static int read_unit(const struct world *world, long argument)
{
    const char *path = getenv("ESCAPE_UNIT");

    (void)argument;
    if (!path && !world->is_control)
        return -NOT_HERE;
    return can_read(path ? path : in_work(world, "open/late"));
}

const struct attempt attempts_settings[] = {
    { "limit-of-files", "Limits", open_many },
    { "limit-of-file-size", "Limits", write_much },
    { "limit-of-address-space", "Limits", map_much },
    { "limit-of-locked-memory", "Limits", lock_memory },
    { "limit-of-stack", "Limits", use_stack },
    { "limit-of-message-queues", "Limits", make_queue },
    { "raise-limit-int80", "Limits", raise_by_call32, RLIMIT_NOFILE },
    { "less-nice", "Nice", be_less_nice },
    { "oom-score", "OOMScoreAdjust", oom_score, 0 },
    { "oom-score-taken-back", "OOMScoreAdjust", oom_score, 1, AS_SYSTEMD },
    { "processors", "CPUAffinity", processors, 0 },
    { "processors-taken-back", "CPUAffinity", processors, 1, AS_SYSTEMD },
    { "io-class", "IOScheduling", io_class, 0 },
    { "io-class-taken-back", "IOScheduling", io_class, 1, AS_SYSTEMD },
    { "file-for-others", "UMask", make_for_others, 0 },
    { "file-for-others-umask", "UMask", make_for_others, 1, AS_SYSTEMD },
    { "ambient-capability-lacking", "AmbientCapabilities", lacks_port, PORT },
    { "secure-bits-lacking", "SecureBits", lacks_secure_bits, 0 },
    { "secure-bits-taken-back", "SecureBits", lacks_secure_bits, 1 },
    { "processor-policy", "CPUScheduling", policy, 0 },
    { "processor-policy-taken-back", "CPUScheduling", policy, 1, AS_SYSTEMD },
    { "reset-on-fork-lacking", "CPUScheduling", resets_on_fork },
    { "timer-slack", "TimerSlack", timer_slack, 0 },
    { "timer-slack-taken-back", "TimerSlack", timer_slack, 1, AS_SYSTEMD },
    { "machine", "Personality LockedPersonality", machine, 0 },
    { "machine-taken-back", "Personality", machine, 1, AS_SYSTEMD },
    { "machine-locked-taken-back", "LockedPersonality", machine, 1 },
    { "directory-of-others", "WorkingDirectory", elsewhere },
    { "group-of-sibling", "Group", group_of_sibling },
    { "supplementary-group-lacking", "SupplementaryGroups", lacks_group },
    { "other-error-number", "SystemCallErrorNumber", other_error },
    { "allowed-port-lacking", "SocketBindAllow", lacks_port, ALLOWED_PORT },
    { "write-own-credential", "OwnCredentials", change_credential, O_TRUNC, PAST_PARTIAL },
    { "create-credential", "OwnCredentials", change_credential, O_CREAT, PAST_PARTIAL },
    { "chmod-own-credential", "OwnCredentials", change_credential, 0, PAST_PARTIAL },
    { "credential-in-unit-file", "WrittenCredentials", read_unit, 0, PAST_PARTIAL },
    { 0 },
};
