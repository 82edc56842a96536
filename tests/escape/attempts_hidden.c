/* Seeing what is hidden, and executing what is not to be executed. */

#include "tests/escape/escape.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int read_secret(const struct world *world, long argument)
{
    (void)argument;
    return can_read(in_work(world, "secret/file"));
}

static int list_secret(const struct world *world, long argument)
{
    DIR *directory = opendir(in_work(world, "secret"));
    const struct dirent *entry;

    (void)argument;
    if (!directory)
        return -errno;
    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, "file") == 0)
            return 0;
    return -ENOENT;
}

static int stat_secret(const struct world *world, long argument)
{
    struct stat status;

    (void)argument;
    return denied(stat(in_work(world, "secret/file"), &status));
}

/* The cover, not what is below it, would be changed. */
static int open_door(const struct world *world, long argument)
{
    (void)argument;
    if (chmod(in_work(world, "secret"), 0755) < 0)
        return -errno;
    return can_read(in_work(world, "secret/file"));
}

static int move_secret(const struct world *world, long argument)
{
    const char *moved = in_work(world, "open/moved");
    int r;

    (void)argument;
    if (rename(in_work(world, "secret"), moved) < 0)
        return -errno;
    r = can_read(in_work(world, "open/moved/file"));
    if (rename(moved, in_work(world, "secret")) < 0)
        return -errno;
    return r;
}

static int link_secret(const struct world *world, long soft)
{
    const char *path = in_work(world, "open/secret"), *file = in_work(world, "secret/file");
    int r = soft ? symlink(file, path) : link(file, path);

    if (r < 0)
        return -errno;
    r = can_read(path);
    unlink(path);
    return r;
}

static int secret_in_root_of(const struct world *world, long which)
{
    char path[2 * WORLD_PATH];
    const char *root = which == 0   ? "/proc/self/root"
                       : which == 1 ? of_process(world->init, "root")
                                    : of_process(world->sibling, "root");

    snprintf(path, sizeof(path), "%s%s/secret/file", root, world->work);
    return can_read(path);
}

static int secret_in_cwd_of_sibling(const struct world *world, long argument)
{
    (void)argument;
    return can_read(of_process(world->sibling, "cwd/secret/file"));
}

static int secret_by_handle(const struct world *world, long argument)
{
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } file = { .handle.handle_bytes = MAX_HANDLE_SZ };
    int mount, at = open(in_work(world, "open"), O_RDONLY | O_DIRECTORY);

    (void)argument;
    if (name_to_handle_at(AT_FDCWD, in_work(world, "secret/file"), &file.handle, &mount, 0) < 0)
        return errno == EOPNOTSUPP ? -NOT_HERE : -errno;
    return denied(open_by_handle_at(at, &file.handle, O_RDONLY));
}

static int secret_by_uring(const struct world *world, long argument)
{
    (void)argument;
    return uring_open(in_work(world, "secret/file"), O_RDONLY);
}

static int run_secret(const struct world *world, long argument)
{
    char *argv[] = { (char *)in_work(world, "secret/program"), "nothing", NULL };

    (void)argument;
    return run_program(argv);
}

/* --- PrivateTmp=, ProtectHome=, ProtectKernelModules= --- */

static int see_tmp(const struct world *world, long directory)
{
    static const char *const directories[] = { "/tmp", "/var/tmp" };
    char path[2 * WORLD_PATH];

    snprintf(path, sizeof(path), "%s/escape%s", directories[directory],
             strrchr(world->work, '/') + 1);
    return can_read(path);
}

static int see_tmp_of_sibling(const struct world *world, long argument)
{
    char path[2 * WORLD_PATH];

    (void)argument;
    snprintf(path, sizeof(path), "root/tmp/escape%s", strrchr(world->work, '/') + 1);
    return can_read(of_process(world->sibling, path));
}

static int see_home(const struct world *world, long argument)
{
    static const char *const homes[] = { "/home", "/root", "/run/user" };
    DIR *directory = opendir(homes[argument]);
    const struct dirent *entry;

    (void)world;
    if (!directory)
        return errno == ENOENT ? -NOT_HERE : -errno;
    while ((entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            return 0;
    return -ENOENT;
}

static int see_modules(const struct world *world, long argument)
{
    (void)world;
    (void)argument;
    if (access("/usr/lib/modules", F_OK) < 0)
        return -NOT_HERE;
    return denied(open("/usr/lib/modules", O_RDONLY | O_DIRECTORY));
}

/* --- NoExecPaths= --- */

static int execute(const struct world *world, long argument)
{
    char *argv[] = { (char *)in_work(world, "open/program"), "nothing", NULL };

    (void)argument;
    return run_program(argv);
}

static int execute_link(const struct world *world, long argument)
{
    const char *path = in_work(world, "open/soft-program");
    char *argv[] = { (char *)path, "nothing", NULL };
    int r;

    (void)argument;
    unlink(path);
    if (symlink("program", path) < 0)
        return -errno;
    r = run_program(argv);
    unlink(path);
    return r;
}

static int execute_descriptor(const struct world *world, long argument)
{
    char path[WORLD_PATH];
    char *argv[] = { path, "nothing", NULL };
    int fd = open(in_work(world, "open/program"), argument ? O_PATH : O_RDONLY);

    if (fd < 0)
        return -errno;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return run_program(argv);
}

/* What the dynamic loader does with a program that it is given as an argument. */
static int map_program(const struct world *world, long argument)
{
    int fd = open(in_work(world, "open/program"), O_RDONLY);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

    (void)argument;
    return map == MAP_FAILED ? -errno : 0;
}

static int map_then_protect(const struct world *world, long argument)
{
    int fd = open(in_work(world, "open/program"), O_RDONLY);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);

    (void)argument;
    return map == MAP_FAILED ? -errno : denied(mprotect(map, 1, PROT_READ | PROT_EXEC));
}

static int execute_other_root(const struct world *world, long of_init)
{
    char path[2 * WORLD_PATH];
    char *argv[] = { path, "nothing", NULL };

    snprintf(path, sizeof(path), "%s%s/open/program",
             of_process(of_init ? world->init : world->sibling, "root"), world->work);
    return run_program(argv);
}

#define HIDDEN "InaccessiblePaths TemporaryFileSystem BindPaths"
const struct attempt attempts_hidden[] = {
    { "read-secret", HIDDEN, read_secret },
    { "list-secret", HIDDEN, list_secret },
    { "stat-secret", HIDDEN, stat_secret },
    { "chmod-secret", HIDDEN, open_door },
    { "rename-secret", HIDDEN, move_secret },
    { "link-to-secret", HIDDEN, link_secret, 0 },
    { "symlink-to-secret", HIDDEN, link_secret, 1 },
    { "secret-in-own-root", HIDDEN, secret_in_root_of, 0 },
    { "secret-in-root-of-init", HIDDEN " Init", secret_in_root_of, 1 },
    { "secret-in-root-of-sibling", HIDDEN " Services", secret_in_root_of, 2 },
    { "secret-in-cwd-of-sibling", HIDDEN " Services", secret_in_cwd_of_sibling },
    { "secret-by-file-handle", HIDDEN, secret_by_handle },
    { "secret-by-io_uring", HIDDEN, secret_by_uring },
    { "execute-secret", HIDDEN, run_secret },
    { "see-tmp", "PrivateTmp", see_tmp, 0, PAST_PARTIAL },
    { "see-var-tmp", "PrivateTmp", see_tmp, 1, PAST_PARTIAL },
    { "see-tmp-of-sibling", "PrivateTmp Services", see_tmp_of_sibling },
    { "see-home", "ProtectHome", see_home, 0 },
    { "see-root", "ProtectHome", see_home, 1 },
    { "see-run-user", "ProtectHome", see_home, 2 },
    { "see-modules", "ProtectKernelModules", see_modules, 0, PAST_PARTIAL },
    { "execute", "NoExecPaths ExecPaths", execute },
    { "execute-symlink", "NoExecPaths ExecPaths", execute_link },
    { "execute-descriptor", "NoExecPaths ExecPaths", execute_descriptor, 0 },
    { "execute-o_path", "NoExecPaths ExecPaths", execute_descriptor, 1 },
    { "map-executable", "NoExecPaths ExecPaths", map_program },
    { "mprotect-executable", "NoExecPaths ExecPaths", map_then_protect },
    { "execute-in-root-of-init", "NoExecPaths ExecPaths Init", execute_other_root, 1 },
    { "execute-in-root-of-sibling", "NoExecPaths ExecPaths Services", execute_other_root, 0 },
    { 0 },
};
