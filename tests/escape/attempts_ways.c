/* Other ways to files that are not to be changed: links, /proc, handles, other calls, races. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RACES = 2000 };

static int through_symlink(const struct world *world, long argument)
{
    const char *path = in_work(world, "open/soft");
    int r;

    unlink(path);
    if (symlink(argument ? "../protected/file" : in_work(world, "protected/file"), path) < 0)
        return -errno;
    r = write_to(path, O_WRONLY);
    unlink(path);
    return r;
}

static int through_proc_root(const struct world *world, long argument)
{
    char path[2 * WORLD_PATH];

    snprintf(path, sizeof(path), "/proc/%s/root%s/protected/file",
             argument ? "thread-self" : "self", world->work);
    return write_to(path, O_WRONLY);
}

static int through_proc_cwd(const struct world *world, long argument)
{
    (void)argument;
    if (chdir(in_work(world, "protected")) < 0)
        return -errno;
    return write_to("/proc/self/cwd/file", O_WRONLY);
}

static int reopen(const struct world *world, long flags)
{
    char path[WORLD_PATH];
    int fd = open(in_work(world, "protected/file"), (int)flags);

    if (fd < 0)
        return -errno;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return write_to(path, O_RDWR);
}

static int through_root_of(const struct world *world, long of_init)
{
    char path[2 * WORLD_PATH];
    pid_t pid = of_init ? world->init : world->sibling;

    snprintf(path, sizeof(path), "%s%s/protected/file", of_process(pid, "root"), world->work);
    return write_to(path, O_WRONLY);
}

static int through_cwd_of_sibling(const struct world *world, long argument)
{
    (void)argument;
    return write_to(of_process(world->sibling, "cwd/protected/file"), O_WRONLY);
}

/* The sibling has it open for reading and writing. */
static int through_descriptor_of_sibling(const struct world *world, long number)
{
    char name[WORLD_PATH];

    snprintf(name, sizeof(name), "fd/%ld", number);
    return write_to(of_process(world->sibling, name), O_WRONLY);
}

/* A handle is of a file system, not of a mount: which mount it is opened on is for us to say. */
static int through_handle(const struct world *world, long argument)
{
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } file = { .handle.handle_bytes = MAX_HANDLE_SZ };
    int mount, at = open(in_work(world, "open"), O_RDONLY | O_DIRECTORY);

    (void)argument;
    if (name_to_handle_at(AT_FDCWD, in_work(world, "protected/file"), &file.handle, &mount, 0) < 0)
        return errno == EOPNOTSUPP ? -NOT_HERE : -errno;
    return denied(open_by_handle_at(at, &file.handle, O_WRONLY));
}

static int temporary_file(const struct world *world, long argument)
{
    int fd = open(in_work(world, "protected"), O_TMPFILE | O_WRONLY, 0600);

    (void)argument;
    return denied(fd);
}

static int by_uring(const struct world *world, long argument)
{
    (void)argument;
    return uring_open(in_work(world, "protected/file"), O_WRONLY);
}

static int by_call32(const struct world *world, long argument)
{
    enum { OPEN32 = 5, CHMOD32 = 15, UNLINK32 = 10 };
    const char *path = in_work(world, "protected/file");
    long name = low(path, strlen(path) + 1), r;

    if (argument == CHMOD32)
        r = call32(CHMOD32, name, 0640, 0, 0);
    else
        r = call32(OPEN32, name, O_WRONLY, 0, 0);
    return r < 0 ? (int)r : 0;
}

static int by_x32(const struct world *world, long argument)
{
    long r = call_x32(SYS_open, (long)in_work(world, "protected/file"), O_WRONLY, 0);

    (void)argument;
    return r < 0 ? (int)r : 0;
}

/* The kernel writes it, in our name. */
static int core_dump(const struct world *world, long argument)
{
    struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
    pid_t child;

    (void)argument;
    if (getrlimit(RLIMIT_CORE, &all) == 0)
        all.rlim_cur = all.rlim_max;
    setrlimit(RLIMIT_CORE, &all);
    if (chdir(in_work(world, "protected")) < 0)
        return -errno;
    child = fork();
    if (child == 0)
        abort();
    waitpid(child, NULL, 0);
    if (access("core", F_OK) == 0)
        return denied(unlink("core"));
    return all.rlim_cur == 0 ? -NOT_HERE : -EACCES;
}

/* --- races --- */

static void *flip(void *context)
{
    const struct world *world = context;
    char path[2 * WORLD_PATH], spare[2 * WORLD_PATH];

    snprintf(path, sizeof(path), "%s/open/flip", world->work);
    snprintf(spare, sizeof(spare), "%s/open/spare", world->work);
    for (int i = 0; i < RACES; i++)
        syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, spare, RENAME_EXCHANGE);
    return NULL;
}

/* A name that is now a file that may be written, now a link to one that may not. Which one was
 * opened is told by the inode. */
static int flip_link(const struct world *world, long argument)
{
    const char *path = in_work(world, "open/flip"), *spare = in_work(world, "open/spare");
    struct stat wanted, got;
    pthread_t thread;
    int result = -EACCES;

    (void)argument;
    unlink(spare);
    if (write_to(path, O_WRONLY | O_CREAT) < 0 ||
        symlink(in_work(world, "protected/file"), spare) < 0 ||
        stat(in_work(world, "protected/file"), &wanted) < 0)
        return -errno;
    if (pthread_create(&thread, NULL, flip, (void *)world) != 0)
        return -EAGAIN;
    for (int i = 0; i < RACES && result != 0; i++) {
        int fd = open(path, O_WRONLY);

        if (fd >= 0 && fstat(fd, &got) == 0 && got.st_ino == wanted.st_ino &&
            got.st_dev == wanted.st_dev)
            result = 0;
        close(fd);
    }
    pthread_join(thread, NULL);
    return result;
}

/* directives.txt has ExecStartPre= replace open/sub, which the unit may write to, by a link: what
 * is made for the next process must not be made where it leads. */
static int replaced_path(const struct world *world, long argument)
{
    (void)argument;
    return write_to(in_work(world, "open/sub/file"), O_WRONLY);
}

#define WRITES "ProtectSystem ReadOnlyPaths BindReadOnlyPaths"
const struct attempt attempts_ways[] = {
    { "write-through-symlink", WRITES, through_symlink, 0 },
    { "write-through-relative-symlink", WRITES, through_symlink, 1 },
    { "write-through-proc-self-root", WRITES, through_proc_root, 0 },
    { "write-through-proc-thread-self-root", WRITES, through_proc_root, 1 },
    { "write-through-proc-self-cwd", WRITES, through_proc_cwd },
    { "reopen-read-only", WRITES, reopen, O_RDONLY },
    { "reopen-o_path", WRITES, reopen, O_PATH },
    { "write-through-root-of-init", WRITES " Init", through_root_of, 1 },
    { "write-through-root-of-sibling", WRITES " Services", through_root_of, 0 },
    { "write-through-cwd-of-sibling", WRITES " Services", through_cwd_of_sibling },
    { "write-through-fd-of-sibling", WRITES " Services", through_descriptor_of_sibling, 9 },
    { "write-through-file-handle", WRITES, through_handle },
    { "o_tmpfile", WRITES, temporary_file },
    { "write-io_uring", WRITES, by_uring },
    { "write-int80", WRITES, by_call32, 5 },
    { "write-x32", WRITES, by_x32 },
    { "chmod-int80", WRITES, by_call32, 15, PAST_PARTIAL },
    { "core-dump", WRITES, core_dump },
    { "race-of-link", WRITES, flip_link },
    { "path-became-link", "ReadWritePaths", replaced_path },
    { 0 },
};
