/*
 * Calls that change the machine. All arguments are wrong on purpose: that the kernel finds fault
 * with them shows that it was asked, which is what the directive forbids.
 */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static int asked(long result)
{
    if (result >= 0)
        return 0;
    return errno == EPERM || errno == EACCES || errno == ENOSYS ? -errno : 0;
}

static int ask(const struct world *world, long number)
{
    (void)world;
    return asked(syscall(number, -1L, -1L, -1L, -1L, -1L, -1L));
}

static int ask_with_zeros(const struct world *world, long number)
{
    (void)world;
    return asked(syscall(number, 0L, 0L, 0L, 0L, 0L, 0L));
}

static int ask32(const struct world *world, long number)
{
    long r = call32(number, -1, -1, -1, -1);

    (void)world;
    return r == -EPERM || r == -EACCES || r == -ENOSYS ? (int)r : 0;
}

/* --- one by one, where wrong arguments would say nothing --- */

static int read_clock_state(const struct world *world, long by_clock_adjtime)
{
    struct timex state = { 0 };

    (void)world;
    return denied(by_clock_adjtime ? syscall(SYS_clock_adjtime, CLOCK_REALTIME, &state)
                                   : syscall(SYS_adjtimex, &state));
}

/* No time: there are no so many nanoseconds in a second. */
static int set_no_time(const struct world *world, long argument)
{
    struct timespec none = { .tv_nsec = -1 };

    (void)world;
    (void)argument;
    return asked(syscall(SYS_clock_settime, CLOCK_REALTIME, &none));
}

static int name_host(const struct world *world, long domain)
{
    enum { SETHOSTNAME32 = 74 };
    char name[65] = "";
    long r;

    (void)world;
    if (gethostname(name, sizeof(name)) < 0)
        return -errno;
    if (domain == SETHOSTNAME32) {
        r = call32(SETHOSTNAME32, low(name, sizeof(name)), (long)strlen(name), 0, 0);
        return r < 0 ? (int)r : 0;
    }
    return denied(domain ? setdomainname("(none)", 6) : sethostname(name, strlen(name)));
}

static int ask_for_log(const struct world *world, long argument)
{
    enum { SIZE_BUFFER = 10 };

    (void)world;
    (void)argument;
    return denied(syscall(SYS_syslog, SIZE_BUFFER, NULL, 0));
}

static int change_personality(const struct world *world, long persona)
{
    enum { PERSONALITY32 = 136 };
    long r;

    (void)world;
    if (persona == PERSONALITY32) {
        r = call32(PERSONALITY32, ADDR_NO_RANDOMIZE, 0, 0, 0);
        return r < 0 ? (int)r : 0;
    }
    return denied(personality((unsigned long)persona));
}

/* A policy of real time needs a priority: without one it is EINVAL, if anybody asks. */
static int ask_for_realtime(const struct world *world, long policy)
{
    struct sched_param none = { 0 };

    (void)world;
    return asked(sched_setscheduler(0, (int)policy, &none));
}

static int get_realtime(const struct world *world, long policy)
{
    struct {
        unsigned size, policy;
        unsigned long flags;
        int nice;
        unsigned priority;
        unsigned long runtime, deadline, period;
    } attributes = { .size = 48, .policy = (unsigned)policy, .priority = 1 };

    (void)world;
    return denied(syscall(SYS_sched_setattr, 0, &attributes, 0));
}

/* --- set-user-id --- */

static int set_id(const struct world *world, long way)
{
    const char *path = in_work(world, "open/set-id");
    mode_t mode = S_ISUID | S_ISGID | 0755;
    struct stat status;
    int fd, r = 0;

    unlink(path);
    rmdir(path);
    umask(0);
    fd = way < 5 ? open(path, O_WRONLY | O_CREAT, 0755) : -1;
    if (way < 5 && fd < 0)
        return -errno;
    switch (way) {
    case 0:
        r = chmod(path, mode);
        break;
    case 1:
        r = fchmod(fd, mode);
        break;
    case 2:
        r = fchmodat(AT_FDCWD, path, mode, 0);
        break;
    case 3:
        r = (int)syscall(SYS_fchmodat2, AT_FDCWD, path, mode, 0);
        break;
    case 4: {
        long name = low(path, strlen(path) + 1), result = call32(15, name, mode, 0, 0);

        errno = (int)-result;
        r = result < 0 ? -1 : 0;
        break;
    }
    case 5:
        r = open(path, O_WRONLY | O_CREAT, mode);
        break;
    case 6:
        r = creat(path, mode);
        break;
    case 7:
        r = mknod(path, S_IFREG | mode, 0);
        break;
    case 8:
        r = mkdir(path, mode);
        break;
    case 9: {
        unsigned long how[3] = { O_WRONLY | O_CREAT, mode, 0 };

        r = (int)syscall(SYS_openat2, AT_FDCWD, path, how, sizeof(how));
        break;
    }
    default: {
        char name[64];

        fd = open(in_work(world, "open"), O_TMPFILE | O_WRONLY, mode);
        snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
        r = fd < 0 ? -1 : linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
    }
    }
    r = r < 0 ? -errno : 0;
    /* Of directories the kernel itself takes the bits away. */
    if (r == 0 && way != 8 && (stat(path, &status) < 0 || !(status.st_mode & (S_ISUID | S_ISGID))))
        r = -EPERM;
    unlink(path);
    rmdir(path);
    return r;
}

#define FILTER "SystemCallFilter"
const struct attempt attempts_kernel[] = {
    { "adjtimex", "ProtectClock " FILTER, read_clock_state, 0 },
    { "clock_adjtime", "ProtectClock " FILTER, read_clock_state, 1 },
    { "clock_settime", "ProtectClock " FILTER, set_no_time },
    { "settimeofday", "ProtectClock " FILTER, ask, SYS_settimeofday },
    { "clock_settime64-int80", "ProtectClock " FILTER, ask32, 404 },
    { "clock_adjtime64-int80", "ProtectClock " FILTER, ask32, 405 },
    { "adjtimex-int80", "ProtectClock " FILTER, ask32, 124 },
    { "stime-int80", FILTER, ask32, 25 },
    { "sethostname", "ProtectHostname", name_host, 0 },
    { "setdomainname", "ProtectHostname", name_host, 1 },
    { "sethostname-int80", "ProtectHostname", name_host, 74 },
    { "init_module", "ProtectKernelModules " FILTER, ask_with_zeros, SYS_init_module },
    { "finit_module", "ProtectKernelModules " FILTER, ask, SYS_finit_module },
    { "delete_module", "ProtectKernelModules " FILTER, ask, SYS_delete_module },
    { "delete_module-int80", "ProtectKernelModules " FILTER, ask32, 129 },
    { "syslog", "ProtectKernelLogs", ask, SYS_syslog },
    { "syslog-size", "ProtectKernelLogs", ask_for_log },
    { "syslog-int80", "ProtectKernelLogs", ask32, 103 },
    { "personality-no-randomize", "LockPersonality", change_personality, ADDR_NO_RANDOMIZE },
    { "personality-linux32", "LockPersonality", change_personality, PER_LINUX32 },
    { "personality-read-implies-exec", "LockPersonality", change_personality, READ_IMPLIES_EXEC },
    { "personality-int80", "LockPersonality", change_personality, 136 },
    { "realtime-fifo", "RestrictRealtime", ask_for_realtime, SCHED_FIFO },
    { "realtime-rr", "RestrictRealtime", ask_for_realtime, SCHED_RR },
    { "realtime-deadline", "RestrictRealtime", ask_for_realtime, 6 },
    { "realtime-int80", "RestrictRealtime", ask32, 156 },
    { "realtime-sched_setattr", "RestrictRealtime", get_realtime, SCHED_FIFO, AS_SYSTEMD },
    { "set-id-chmod", "RestrictSUIDSGID", set_id, 0 },
    { "set-id-fchmod", "RestrictSUIDSGID", set_id, 1 },
    { "set-id-fchmodat", "RestrictSUIDSGID", set_id, 2 },
    { "set-id-fchmodat2", "RestrictSUIDSGID", set_id, 3 },
    { "set-id-chmod-int80", "RestrictSUIDSGID", set_id, 4 },
    { "set-id-open", "RestrictSUIDSGID", set_id, 5 },
    { "set-id-creat", "RestrictSUIDSGID", set_id, 6 },
    { "set-id-mknod", "RestrictSUIDSGID", set_id, 7 },
    { "set-id-mkdir", "RestrictSUIDSGID", set_id, 8 },
    { "set-id-openat2", "RestrictSUIDSGID", set_id, 9 },
    { "set-id-o_tmpfile", "RestrictSUIDSGID", set_id, 10 },
    { "call-mount", FILTER, ask, SYS_mount },
    { "call-umount2", FILTER, ask, SYS_umount2 },
    { "call-pivot_root", FILTER, ask, SYS_pivot_root },
    { "call-move_mount", FILTER, ask, SYS_move_mount },
    { "call-fsopen", FILTER, ask, SYS_fsopen },
    { "call-open_tree", FILTER, ask, SYS_open_tree },
    { "call-mount_setattr", FILTER, ask, SYS_mount_setattr },
    { "call-chroot", FILTER, ask, SYS_chroot },
    { "call-swapon", FILTER, ask, SYS_swapon },
    { "call-swapoff", FILTER, ask, SYS_swapoff },
    { "call-reboot", FILTER, ask, SYS_reboot },
    { "call-reboot-int80", FILTER, ask32, 88 },
    { "call-kexec_load", FILTER, ask, SYS_kexec_load },
    { "call-kexec_file_load", FILTER, ask, SYS_kexec_file_load },
    { "call-acct", FILTER, ask, SYS_acct },
    { "call-quotactl", FILTER, ask, SYS_quotactl },
    { "call-quotactl_fd", FILTER, ask, SYS_quotactl_fd },
    { "call-iopl", FILTER, ask, SYS_iopl },
    { "call-ioperm", FILTER, ask, SYS_ioperm },
    { "call-ioperm-int80", FILTER, ask32, 101 },
    { "call-modify_ldt", FILTER, ask_with_zeros, SYS_modify_ldt },
    { "call-bpf", FILTER, ask, SYS_bpf },
    { "call-perf_event_open", FILTER, ask, SYS_perf_event_open },
    { "call-ptrace", FILTER, ask, SYS_ptrace },
    { "call-process_vm_readv", FILTER, ask, SYS_process_vm_readv },
    { "call-process_vm_writev", FILTER, ask, SYS_process_vm_writev },
    { "call-pidfd_getfd", FILTER, ask, SYS_pidfd_getfd },
    { "call-kcmp", FILTER, ask, SYS_kcmp },
    { "call-userfaultfd", FILTER, ask, SYS_userfaultfd },
    { "call-io_uring_setup", FILTER, ask, SYS_io_uring_setup },
    { "call-io_uring_setup-int80", FILTER, ask32, 425 },
    { "call-keyctl", FILTER, ask, SYS_keyctl },
    { "call-add_key", FILTER, ask, SYS_add_key },
    { "call-request_key", FILTER, ask, SYS_request_key },
    { "call-memfd_create", FILTER, ask, SYS_memfd_create },
    { "call-seccomp", FILTER, ask, SYS_seccomp },
    { "call-landlock", FILTER, ask, SYS_landlock_create_ruleset },
    { "call-open_by_handle_at", FILTER, ask, SYS_open_by_handle_at },
    { "call-fanotify_init", FILTER, ask, SYS_fanotify_init },
    { "call-setns", FILTER, ask, SYS_setns },
    { "call-sysfs", FILTER, ask, SYS_sysfs },
    { "call-mbind", FILTER, ask, SYS_mbind },
    { "call-move_pages", FILTER, ask, SYS_move_pages },
    { "call-migrate_pages", FILTER, ask, SYS_migrate_pages },
    { "call-set_mempolicy", FILTER, ask, SYS_set_mempolicy },
    { "call-setrlimit", FILTER, ask, SYS_setrlimit },
    { "call-sched_setattr", FILTER, ask, SYS_sched_setattr },
    { "call-ioprio_set", FILTER, ask, SYS_ioprio_set },
    { "call-mount-int80", FILTER, ask32, 21 },
    { "call-bpf-int80", FILTER, ask32, 357 },
    { "call-int80", "SystemCallArchitectures", ask32, 20 },
    { "call-x32", "SystemCallArchitectures", ask_with_zeros, 0x40000000 | 39 },
    { 0 },
};
