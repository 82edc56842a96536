/*
 * What a cgroup of the unit's own holds: using more than it is given, leaving it, changing it. What
 * gives something, or only a share of it, is looked at in the files of the cgroup.
 */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Each below what any place has without reeve, above what directives.txt asks. */
enum {
    MEMORY = 48 << 20,
    MEMORY_MS = 5000, /* for so much; throttled, it takes minutes */
    TASKS = 24,
    CPU_US = 60000,
    BLOCK = 64 << 10,
    BLOCKS = 64,
    DISK_MS = 1500, /* for all of them: 4 MiB at 1 MiB/s, or 64 operations at 20/s, take longer */
    NODE = 1,
    BIND = 2, /* linux/mempolicy.h */
    FILE_SIZE = 128,
    PATH_SIZE = 512,
};

static int64_t now_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* --- using more --- */

static int use_memory(const struct world *world, long is_at_once)
{
    volatile char *memory =
        mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | (is_at_once ? MAP_POPULATE : 0), -1, 0);

    (void)world;
    if (memory == MAP_FAILED)
        return -errno;
    for (long at = 0; at < MEMORY; at += 4096) /* MAP_POPULATE does not tell where it gave up */
        memory[at] = 1;
    return 0;
}

/*
 * Nobody is killed above MemoryHigh=, but held up: so a child does it, and we look how far it gets.
 * Page by page: whoever fills all by one call, with huge pages, is held up once, at the end of it,
 * below systemd as well.
 */
static int use_memory_in_time(const struct world *world, long argument)
{
    pid_t child = fork();
    struct pollfd wait = { .events = POLLIN };
    int status = -1, r;

    if (child == 0)
        _exit(use_memory(world, argument) < 0);
    if (child < 0)
        return -errno;
    wait.fd = (int)syscall(SYS_pidfd_open, child, 0);
    if (wait.fd < 0)
        return -errno;
    r = poll(&wait, 1, MEMORY_MS);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(wait.fd);
    return r > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EBUSY;
}

static int be_many(const struct world *world, long argument)
{
    int hold[2], count = 0;

    (void)world;
    (void)argument;
    if (pipe2(hold, O_CLOEXEC) < 0)
        return -errno;
    for (; count < TASKS; count++) {
        pid_t child = fork();
        char byte;

        if (child == 0) {
            close(hold[1]);
            _exit(read(hold[0], &byte, 1) < 0);
        }
        if (child < 0)
            return -errno; /* who waits is let go by our end */
    }
    return 0;
}

/* A tenth of a processor takes ten times as long, and a busy machine longer as well. */
static int use_processor(const struct world *world, long argument)
{
    int64_t began = now_us(CLOCK_MONOTONIC);

    (void)world;
    (void)argument;
    while (now_us(CLOCK_PROCESS_CPUTIME_ID) < CPU_US)
        ;
    return now_us(CLOCK_MONOTONIC) - began < 5LL * CPU_US ? 0 : -EBUSY;
}

/* Unlike CPUAffinity=, it cannot be taken back. */
static int use_processors(const struct world *world, long argument)
{
    cpu_set_t set;

    (void)world;
    (void)argument;
    memset(&set, 0xff, sizeof(set));
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return -NOT_HERE;
    if (sched_setaffinity(0, sizeof(set), &set) < 0 || sched_getaffinity(0, sizeof(set), &set) < 0)
        return -errno;
    return CPU_COUNT(&set) > 1 ? 0 : -EACCES;
}

/* Memory from the second node, where there is one. */
static int use_node(const struct world *world, long argument)
{
    unsigned long nodes = 1UL << NODE;

    (void)world;
    (void)argument;
    if (access("/sys/devices/system/node/node1", F_OK) < 0)
        return -NOT_HERE;
    return denied(syscall(SYS_set_mempolicy, BIND, &nodes, 8 * sizeof(nodes)));
}

/* Past the cache, which no limit is for. The machine of tests/machine/limits.sh has a disk. */
static int use_disk(const struct world *world, long flags)
{
    static char block[BLOCK] __attribute__((aligned(4096)));
    bool has_disk = access("/dev/ram0", R_OK | W_OK) == 0;
    const char *path = has_disk ? "/dev/ram0" : in_work(world, "open/large");
    int fd = open(path, O_CREAT | O_RDWR | O_DIRECT | O_CLOEXEC, 0600), r = 0;
    int64_t began = now_us(CLOCK_MONOTONIC);

    if (fd < 0) /* a file system that knows only its cache */
        return errno == EINVAL ? -NOT_HERE : -errno;
    if (!has_disk && ftruncate(fd, (off_t)BLOCK * BLOCKS) < 0)
        r = -errno;
    for (off_t at = 0; r == 0 && at < (off_t)BLOCK * BLOCKS; at += BLOCK)
        if ((flags == O_RDONLY ? pread(fd, block, BLOCK, at) : pwrite(fd, block, BLOCK, at)) < 0)
            r = -errno;
    close(fd);
    if (!has_disk)
        unlink(path);
    return r < 0 ? r : now_us(CLOCK_MONOTONIC) - began < 1000LL * DISK_MS ? 0 : -EBUSY;
}

/* --- the cgroup itself --- */

/* In which cgroup2 we are; false: there is none. */
static bool find_own(char *directory, size_t size)
{
    char line[PATH_SIZE];
    FILE *file = fopen("/proc/self/cgroup", "re");
    bool is_found = false;

    while (file && !is_found && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        is_found = strncmp(line, "0::", 3) == 0;
    }
    if (file)
        fclose(file);
    return is_found && snprintf(directory, size, "/sys/fs/cgroup%s", line + 3) < (int)size;
}

static int read_own(const char *name, char text[FILE_SIZE])
{
    char directory[PATH_SIZE], path[PATH_SIZE + FILE_SIZE];
    ssize_t length;
    int fd;

    if (!find_own(directory, sizeof(directory)))
        return -NOT_HERE;
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? -NOT_HERE : -errno;
    length = read(fd, text, FILE_SIZE - 1);
    close(fd);
    text[length < 0 ? 0 : length] = '\0';
    return 0;
}

/* Not NEVER: whoever its cgroup belongs to may. */
static int lift_limit(const struct world *world, long argument)
{
    char directory[PATH_SIZE], path[PATH_SIZE + FILE_SIZE];

    (void)argument;
    if (world->is_control || !find_own(directory, sizeof(directory)))
        return -NOT_HERE;
    snprintf(path, sizeof(path), "%s/memory.max", directory);
    if (access(path, F_OK) < 0)
        return -NOT_HERE;
    int fd = open(path, O_WRONLY | O_CLOEXEC), r = fd < 0 ? -errno : denied(write(fd, "max", 3));

    close(fd);
    return r;
}

/* Into that of the other service, which has no limits. */
static int leave_cgroup(const struct world *world, long argument)
{
    char directory[PATH_SIZE], path[PATH_SIZE + FILE_SIZE], *slash;
    int fd, r;

    (void)argument;
    if (world->is_control || !find_own(directory, sizeof(directory)))
        return -NOT_HERE;
    slash = strrchr(directory, '/');
    *slash = '\0';
    snprintf(path, sizeof(path), "%s/sibling.service/cgroup.procs", directory);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? -NOT_HERE : -errno;
    r = denied(write(fd, "0", 1));
    close(fd);
    return r;
}

/* --- what is given is there --- */

static const struct {
    const char *file, *value; /* the line that it has to have */
} given[] = {
    { "memory.min", "4194304\n" },       { "memory.low", "4194304\n" },
    { "memory.zswap.max", "4194304\n" }, { "cpu.weight", "50\n" },
    { "io.weight", "default 50\n" },     { "io.weight", "1:0 60\n" },
    { "memory.swap.max", "4194304\n" },
};

static int lacks_given(const struct world *world, long which)
{
    char text[FILE_SIZE];
    int r;

    (void)world;
    r = read_own(given[which].file, text);
    return r < 0 ? r : strstr(text, given[which].value) ? -EACCES : 0;
}

#define LIMITS                                                                                     \
    "MemoryMax MemoryHigh MemorySwapMax TasksMax CPUQuota AllowedCPUs AllowedMemoryNodes "         \
    "IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax MemoryZSwapMax "          \
    "CPUWeight MemoryMin MemoryLow IOWeight IODeviceWeight"
const struct attempt attempts_cgroup[] = {
    { "memory", "MemoryMax MemorySwapMax", use_memory, 1 },
    { "memory-in-time", "MemoryHigh", use_memory_in_time },
    { "tasks", "TasksMax", be_many },
    { "processor-time", "CPUQuota", use_processor },
    { "processors-of-cgroup", "AllowedCPUs", use_processors },
    { "memory-of-node", "AllowedMemoryNodes", use_node },
    { "disk-read", "IOReadBandwidthMax IOReadIOPSMax", use_disk, O_RDONLY },
    { "disk-write", "IOWriteBandwidthMax IOWriteIOPSMax", use_disk, O_WRONLY },
    { "memory-min-lacking", "MemoryMin", lacks_given, 0 },
    { "memory-low-lacking", "MemoryLow", lacks_given, 1 },
    { "memory-zswap-max-lacking", "MemoryZSwapMax", lacks_given, 2 },
    { "processor-weight-lacking", "CPUWeight", lacks_given, 3 },
    { "disk-weight-lacking", "IOWeight", lacks_given, 4 },
    { "disk-weight-of-device-lacking", "IODeviceWeight", lacks_given, 5 },
    { "memory-swap-max-lacking", "MemorySwapMax", lacks_given, 6 },
    { "lift-own-limit", "MemoryMax MemoryHigh MemorySwapMax", lift_limit, 0, PAST_PARTIAL },
    { "leave-own-cgroup", LIMITS, leave_cgroup, 0, PAST_PARTIAL },
    { 0 },
};
