/* What /proc, /sys and /dev let one do to the machine, the container and its other processes. */

#include "tests/escape/escape.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What of another process is a secret. */
static const char *const files[] = {
    "environ", "mem",   "maps", "auxv",    "root",        "cwd",     "exe",   "fd/0",
    "limits",  "stack", "io",   "syscall", "personality", "pagemap", "smaps", "fd/1",
};

static int open_of_process(pid_t pid, long index, int flags)
{
    char buffer[64];
    const char *path = of_process(pid, files[index]);
    int fd;

    if (strcmp(files[index], "root") == 0 || strcmp(files[index], "cwd") == 0 ||
        strcmp(files[index], "exe") == 0)
        return denied(readlink(path, buffer, sizeof(buffer)));
    fd = open(path, flags);
    if (fd < 0)
        return -errno;
    /* Some open and then say nothing. */
    if (flags == O_RDONLY && strcmp(files[index], "mem") != 0 &&
        strcmp(files[index], "fd/0") != 0 && read(fd, buffer, sizeof(buffer)) <= 0)
        return errno ? -errno : -EACCES;
    return 0;
}

/* Anyone may open this directory; what is in it is for those who may trace. */
static int list_maps(const struct world *world, long is_init)
{
    DIR *directory = opendir(of_process(is_init ? world->init : world->sibling, "map_files"));
    const struct dirent *entry;

    if (!directory)
        return -errno;
    errno = 0;
    while ((entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            return 0;
    return errno ? -errno : -ENOENT;
}

static int of_sibling(const struct world *world, long index)
{
    return open_of_process(world->sibling, index, O_RDONLY);
}

static int of_init(const struct world *world, long index)
{
    return open_of_process(world->init, index, O_RDONLY);
}

static int change_sibling(const struct world *world, long index)
{
    return open_of_process(world->sibling, index, O_RDWR);
}

static int change_init(const struct world *world, long index)
{
    return open_of_process(world->init, index, O_RDWR);
}

static int see_process(const struct world *world, long is_init)
{
    return can_read(of_process(is_init ? world->init : world->sibling, "status"));
}

/* --- the kernel's own files: opened, never written to --- */

static const char *const kernel_files[] = {
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sysrq-trigger",
    "/proc/irq/default_smp_affinity",
    "/sys/kernel/uevent_helper",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/power/state",
    "/proc/kallsyms",
    "/proc/kcore",
    "/proc/kmsg",
    "/dev/kmsg",
    "/proc/cpuinfo",
    "/proc/self/attr/current",
    "/proc/mtrr",
    "/dev/mem",
    "/dev/rtc0",
};

static int open_kernel_file(const char *path, int flags)
{
    int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT || errno == ENXIO || errno == ENODEV ? -NOT_HERE : -errno;
    return 0;
}

static int write_kernel_file(const struct world *world, long index)
{
    (void)world;
    return open_kernel_file(kernel_files[index], O_WRONLY);
}

static int read_kernel_file(const struct world *world, long index)
{
    (void)world;
    if (access(kernel_files[index], F_OK) < 0)
        return -ENOENT;
    return open_kernel_file(kernel_files[index], O_RDONLY);
}

/* --- control groups --- */

static int find_in(const char *directory, const char *name, char *path, size_t size)
{
    DIR *all = opendir(directory);
    const struct dirent *entry;

    while (all && (entry = readdir(all))) {
        snprintf(path, size, "%s/%.32s/%s", directory, entry->d_name, name);
        if (entry->d_name[0] != '.' && access(path, F_OK) == 0)
            return 0;
    }
    return -NOT_HERE;
}

static int write_release_agent(const struct world *world, long argument)
{
    char path[2 * WORLD_PATH];
    int r = find_in("/sys/fs/cgroup", "release_agent", path, sizeof(path));

    (void)world;
    (void)argument;
    return r < 0 ? r : denied(open(path, O_WRONLY));
}

static int make_control_group(const struct world *world, long argument)
{
    char path[2 * WORLD_PATH];
    int r = find_in("/sys/fs/cgroup", "cgroup.procs", path, sizeof(path));
    char *name = strrchr(path, '/');

    (void)world;
    (void)argument;
    if (r < 0)
        return r;
    snprintf(name, 16, "/escape-test");
    return mkdir(path, 0755) < 0 ? -errno : denied(rmdir(path));
}

static int join_control_group(const struct world *world, long argument)
{
    char path[2 * WORLD_PATH];
    int r = find_in("/sys/fs/cgroup", "cgroup.procs", path, sizeof(path));

    (void)world;
    (void)argument;
    return r < 0 ? r : denied(open(path, O_WRONLY));
}

/* --- devices --- */

static bool is_harmless(const char *name)
{
    static const char *const names[] = { "null", "zero", "full",    "random", "urandom",
                                         "tty",  "ptmx", "console", "fuse" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* One that is of a machine. It is not opened: to be found is enough. */
static int find_device(const struct world *world, long argument)
{
    DIR *all = opendir("/dev");
    const struct dirent *entry;

    (void)world;
    (void)argument;
    while (all && (entry = readdir(all)))
        if ((entry->d_type == DT_CHR || entry->d_type == DT_BLK) && !is_harmless(entry->d_name))
            return 0;
    return -ENOENT;
}

/* The null device: that it can be made shows that any could. */
static int make_device(const struct world *world, long type)
{
    const char *path = in_work(world, "open/device");
    int fd;

    unlink(path);
    if (mknod(path, (mode_t)type | 0600, makedev(1, 3)) < 0)
        return -errno;
    fd = type == S_IFCHR ? open(path, O_WRONLY) : 0;
    unlink(path);
    return denied(fd);
}

static int type_into_console(const struct world *world, long argument)
{
    static const char *const consoles[] = { "/dev/console", "/dev/tty" };
    int fd = open(consoles[argument], O_RDWR | O_NOCTTY | O_NONBLOCK);
    char letter = '\n';

    (void)world;
    if (fd < 0)
        return errno == ENXIO || errno == ENOENT ? -NOT_HERE : -errno;
    return denied(ioctl(fd, TIOCSTI, &letter));
}

/* The terminal of whoever started the pod, had it been handed on. */
static int type_into_stream(const struct world *world, long argument)
{
    char letter = '\n';
    int r = -ENOTTY;

    (void)world;
    (void)argument;
    for (int fd = 0; fd <= 2 && r < 0; fd++)
        r = denied(ioctl(fd, TIOCSTI, &letter));
    return r;
}

static int lower_oom_score(const struct world *world, long of_init)
{
    int fd = open(of_init ? of_process(world->init, "oom_score_adj")
                          : of_process(world->sibling, "oom_score_adj"),
                  O_WRONLY);

    return fd < 0 ? -errno : 0;
}

const struct attempt attempts_proc[] = {
    { "environ-of-sibling", "Services", of_sibling, 0 },
    { "mem-of-sibling", "Services", of_sibling, 1 },
    { "mem-of-sibling-for-writing", "Services", change_sibling, 1 },
    { "maps-of-sibling", "Services", of_sibling, 2 },
    { "auxv-of-sibling", "Services", of_sibling, 3 },
    { "root-of-sibling", "Services", of_sibling, 4 },
    { "cwd-of-sibling", "Services", of_sibling, 5 },
    { "exe-of-sibling", "Services", of_sibling, 6 },
    { "stdin-of-sibling", "Services", of_sibling, 7 },
    { "map_files-of-sibling", "Services", list_maps, 0 },
    { "io-of-sibling", "Services", of_sibling, 10 },
    { "syscall-of-sibling", "Services", of_sibling, 11 },
    { "personality-of-sibling", "Services", of_sibling, 12 },
    { "pagemap-of-sibling", "Services", of_sibling, 13 },
    { "smaps-of-sibling", "Services", of_sibling, 14 },
    { "log-of-sibling", "Services", change_sibling, 15 },
    { "oom_score_adj-of-sibling", "ReadOnlyProc", lower_oom_score, 0 },
    { "environ-of-init", "Init", of_init, 0 },
    { "mem-of-init", "Init", of_init, 1 },
    { "mem-of-init-for-writing", "Init", change_init, 1 },
    { "maps-of-init", "Init", of_init, 2 },
    { "root-of-init", "Init", of_init, 4 },
    { "cwd-of-init", "Init", of_init, 5 },
    { "stdin-of-init", "Init", of_init, 7 },
    { "map_files-of-init", "Init", list_maps, 1 },
    { "pagemap-of-init", "Init", of_init, 13 },
    { "oom_score_adj-of-init", "Init", lower_oom_score, 1 },
    { "see-sibling", "ProtectProc", see_process, 0, AS_SYSTEMD },
    { "see-init", "ProtectProc", see_process, 1 },
    { "see-cpuinfo", "ProcSubset HiddenProc", read_kernel_file, 15 },
    { "write-core_pattern", "ProtectKernelTunables", write_kernel_file, 0 },
    { "write-hostname-file", "ProtectKernelTunables ProtectHostname", write_kernel_file, 1 },
    { "write-modprobe", "ProtectKernelTunables", write_kernel_file, 2 },
    { "write-overcommit", "ProtectKernelTunables", write_kernel_file, 3 },
    { "write-ip_forward", "ProtectKernelTunables", write_kernel_file, 4 },
    { "write-ns_last_pid", "ProtectKernelTunables", write_kernel_file, 5 },
    { "write-sysrq-trigger", "ProtectKernelTunables", write_kernel_file, 6 },
    { "write-irq-affinity", "ProtectKernelTunables", write_kernel_file, 7 },
    { "write-uevent_helper", "ProtectKernelTunables", write_kernel_file, 8 },
    { "write-huge-pages", "ProtectKernelTunables", write_kernel_file, 9 },
    { "write-power-state", "ProtectKernelTunables", write_kernel_file, 10 },
    { "read-kallsyms", "ProtectKernelTunables", read_kernel_file, 11, PAST_PARTIAL },
    { "read-kmsg-of-proc", "ProtectKernelLogs", read_kernel_file, 13 },
    { "read-kmsg-of-dev", "ProtectKernelLogs", read_kernel_file, 14 },
    { "write-kmsg-of-dev", "ProtectKernelLogs PrivateDevices", write_kernel_file, 14 },
    { "read-rtc", "ProtectClock PrivateDevices", read_kernel_file, 19 },
    { "write-release_agent", "ProtectControlGroups", write_release_agent },
    { "make-control-group", "ProtectControlGroups", make_control_group },
    { "join-control-group", "ProtectControlGroups", join_control_group },
    { "find-device", "PrivateDevices", find_device },
    { "make-character-device", "PrivateDevices CapabilityBoundingSet", make_device, S_IFCHR },
    { "make-block-device", "PrivateDevices CapabilityBoundingSet", make_device, S_IFBLK },
    { "type-into-streams", "Init", type_into_stream },
    { "type-into-console", "PrivateDevices", type_into_console, 0 },
    { "type-into-tty", "PrivateDevices", type_into_console, 1 },
    { 0 },
};
