/* Memory that is written and then executed. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIZE = 4096, MMAP2_32 = 192, MPROTECT32 = 125, OLD_MMAP32 = 90 };

static int map_both(const struct world *world, long flags)
{
    void *map =
        mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, (int)flags | MAP_ANONYMOUS, -1, 0);

    (void)world;
    return map == MAP_FAILED ? -errno : 0;
}

static int protect(const struct world *world, long call)
{
    void *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)world;
    if (map == MAP_FAILED)
        return -errno;
    memset(map, 0xc3, SIZE);
    return denied(syscall(call, map, SIZE, PROT_READ | PROT_EXEC, -1));
}

static int by_call32(const struct world *world, long number)
{
    unsigned int old[6] = {
        0, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, (unsigned)-1, 0
    };
    long r;

    (void)world;
    if (number == MPROTECT32)
        r = call32(number, low(old, sizeof(old)) & ~(SIZE - 1L), SIZE, PROT_READ | PROT_EXEC, 0);
    else if (number == OLD_MMAP32)
        r = call32(number, low(old, sizeof(old)), 0, 0, 0);
    else
        r = call32(number, 0, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS);
    return r < 0 && r > -SIZE ? (int)r : 0;
}

/* The stack, which is as old as the process. */
static int execute_stack(const struct world *world, long argument)
{
    long page = (long)&world & ~(SIZE - 1L);

    (void)argument;
    return denied(mprotect((void *)page, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC));
}

static int executable_segment(const struct world *world, long flags)
{
    int id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0700);
    void *map;
    int r;

    (void)world;
    if (id < 0)
        return -errno;
    map = shmat(id, NULL, SHM_EXEC | (int)flags);
    r = map == (void *)-1 ? -errno : 0;
    shmctl(id, IPC_RMID, NULL);
    return r;
}

/* Two mappings of one file: systemd.exec(5) says that it takes ~memfd_create besides. */
static int two_mappings(const struct world *world, long of_file)
{
    const char *path = in_work(world, "open/mapped");
    int fd = of_file ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)
                     : (int)syscall(SYS_memfd_create, "escape", 0);
    void *one, *other;

    unlink(path);
    if (fd < 0 || ftruncate(fd, SIZE) < 0)
        return -errno;
    one = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    other = mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    return one == MAP_FAILED || other == MAP_FAILED ? -errno : 0;
}

/* A program in memory alone: none of the paths that may be executed. */
static int execute_memory(const struct world *world, long argument)
{
    char *argv[] = { "/proc/self/fd/9", "nothing", NULL };
    int from = open(world->program, O_RDONLY), fd = (int)syscall(SYS_memfd_create, "escape", 0);
    char buffer[SIZE];
    ssize_t size;

    (void)argument;
    if (fd < 0 || from < 0)
        return -errno;
    while ((size = read(from, buffer, sizeof(buffer))) > 0)
        if (write(fd, buffer, (size_t)size) != size)
            return -errno;
    return dup2(fd, 9) < 0 ? -errno : run_program(argv);
}

/* --- of another service --- */

static int attach_segment(const struct world *world, long flags)
{
    return shmat(told_by_sibling(world, "sibling/segment"), NULL, (int)flags) == (void *)-1 ? -errno
                                                                                            : 0;
}

static int look_at_segment(const struct world *world, long argument)
{
    struct shmid_ds status;

    (void)argument;
    return denied(shmctl(told_by_sibling(world, "sibling/segment"), IPC_STAT, &status));
}

#define DENY "MemoryDenyWriteExecute"
const struct attempt attempts_memory[] = {
    { "mmap-write-execute", DENY, map_both, MAP_PRIVATE },
    { "mmap-write-execute-shared", DENY, map_both, MAP_SHARED },
    { "mprotect-written", DENY, protect, SYS_mprotect },
    { "pkey_mprotect-written", DENY, protect, SYS_pkey_mprotect },
    { "mprotect-stack", DENY, execute_stack },
    { "shmat-executable", DENY, executable_segment, 0 },
    { "shmat-executable-read-only", DENY, executable_segment, SHM_RDONLY },
    { "mmap2-int80", DENY, by_call32, MMAP2_32 },
    { "mmap-int80", DENY, by_call32, OLD_MMAP32 },
    { "mprotect-int80", DENY, by_call32, MPROTECT32 },
    { "read-segment-of-sibling", "PrivateIPC", attach_segment, SHM_RDONLY },
    { "write-segment-of-sibling", "PrivateIPC", attach_segment, 0 },
    { "look-at-segment-of-sibling", "PrivateIPC", look_at_segment },
    { "file-two-mappings", "MemoryDenyWriteExecute", two_mappings, 1, AS_SYSTEMD },
    { "memfd-two-mappings", "SystemCallFilter", two_mappings },
    { "memfd-execute", "SystemCallFilter", execute_memory },
    { 0 },
};
