/*
 * probe: attempts, one after the other, what sandboxing directives forbid, and says what came of
 * each: "PROBE NAME RESULT", RESULT being "ok", the name of an errno, "killed", or a value. Nothing
 * is changed by an attempt that succeeds: where it could, the arguments are wrong in a way that the
 * kernel looks at last. Static, and started as the service itself (lines.sh).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { VALUE_SIZE = 128, TASKS = 6 };

/* 0 or -1 with errno, as a system call; `value`, if it is set, is the result. */
typedef long attempt(const char *argument, char value[VALUE_SIZE]);

struct probe {
    const char *name;
    attempt *attempt;
    const char *argument;
};

#define ATTEMPT(name) static long name(const char *argument, char value[VALUE_SIZE])
#define UNUSED        (void)argument, (void)value

/* --- who one is --- */

/* A dynamic user has another number each time. */
ATTEMPT(who)
{
    UNUSED;
    snprintf(value, VALUE_SIZE, "%s:%s", getuid() == 0 ? "root" : "other",
             getgid() == 0 ? "root" : "other");
    return 0;
}

ATTEMPT(mask)
{
    UNUSED;
    snprintf(value, VALUE_SIZE, "%04o", (unsigned)umask(0));
    return 0;
}

ATTEMPT(no_new_privileges)
{
    UNUSED;
    snprintf(value, VALUE_SIZE, "%d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    return 0;
}

ATTEMPT(status_field)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[VALUE_SIZE];

    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, argument, strlen(argument)) == 0)
            snprintf(value, VALUE_SIZE, "%.*s", (int)strcspn(line + strlen(argument) + 2, "\n"),
                     line + strlen(argument) + 2);
    return file ? fclose(file) : -1;
}

ATTEMPT(files_limit)
{
    struct rlimit limit;

    UNUSED;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -1;
    snprintf(value, VALUE_SIZE, "%llu:%llu", (unsigned long long)limit.rlim_cur,
             (unsigned long long)limit.rlim_max);
    return 0;
}

/* Whether the ids of others mean anything here. */
ATTEMPT(owner_of)
{
    struct stat status;

    if (stat(argument, &status) < 0)
        return -1;
    snprintf(value, VALUE_SIZE, "%u", status.st_uid);
    return 0;
}

/* --- files --- */

ATTEMPT(create)
{
    int fd = open(argument, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void)value;
    return fd < 0 ? -1 : close(fd) | unlink(argument);
}

ATTEMPT(read_file)
{
    int fd = open(argument, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    (void)value;
    return fd < 0 ? -1 : close(fd);
}

ATTEMPT(open_to_write)
{
    int fd = open(argument, O_WRONLY | O_CLOEXEC | O_NONBLOCK);

    (void)value;
    return fd < 0 ? -1 : close(fd);
}

ATTEMPT(list)
{
    DIR *directory = opendir(argument);
    long count = 0;

    while (directory && readdir(directory))
        count++;
    if (!directory)
        return -1;
    snprintf(value, VALUE_SIZE, "%s", count > 2 ? "ok" : "empty");
    return closedir(directory);
}

ATTEMPT(make_device)
{
    UNUSED;
    return mknod(argument, S_IFCHR | 0600, makedev(1, 3)) < 0 ? -1 : unlink(argument);
}

ATTEMPT(make_directory)
{
    UNUSED;
    return mkdir(argument, 0700) < 0 ? -1 : rmdir(argument);
}

/* A filter looks at the mode, and only the kernel at the path. */
ATTEMPT(set_user_id)
{
    UNUSED;
    return chmod("/missing", 04755) < 0 && errno == ENOENT ? 0 : -1;
}

ATTEMPT(run)
{
    (void)value;
    execl(argument, argument, NULL);
    return -1; /* "ok" is what status 0 says, as /bin/true has it */
}

/* --- memory, personality, scheduling --- */

ATTEMPT(map_writable_code)
{
    UNUSED;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? -1
               : 0;
}

ATTEMPT(make_executable)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    UNUSED;
    return page == MAP_FAILED ? -1 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

ATTEMPT(other_personality)
{
    UNUSED;
    return personality(PER_LINUX32) < 0 ? -1 : 0;
}

ATTEMPT(real_time)
{
    struct sched_param parameters = { .sched_priority = 1 };

    UNUSED;
    return sched_setscheduler(0, SCHED_FIFO, &parameters);
}

ATTEMPT(call_of_i386)
{
    long result;

    UNUSED;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory"); /* getpid */
    errno = result < 0 ? (int)-result : 0;
    return result < 0 ? -1 : 0;
}

/* --- the network --- */

ATTEMPT(make_socket)
{
    int family = atoi(argument), fd;

    (void)value;
    fd = socket(family, (strchr(argument, 'r') ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    /* vsock, alg: the kernel may have no such datagrams */
    if (fd < 0 && (errno == ESOCKTNOSUPPORT || errno == EPROTONOSUPPORT || errno == ENODEV))
        return 0;
    return fd < 0 ? -1 : close(fd);
}

ATTEMPT(reach_loopback)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(9),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    UNUSED;
    if (fd < 0)
        return -1;
    return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != ECONNREFUSED
               ? -1
               : 0;
}

/* setup.sh has written down which network is that of PID 1. */
ATTEMPT(see_network)
{
    char own[VALUE_SIZE] = "", outside[VALUE_SIZE] = "";
    FILE *file = fopen(argument, "re");

    if (!file || !fgets(outside, sizeof(outside), file) ||
        readlink("/proc/self/ns/net", own, sizeof(own) - 1) < 0)
        return -1;
    outside[strcspn(outside, "\n")] = '\0';
    snprintf(value, VALUE_SIZE, "%s", strcmp(own, outside) == 0 ? "of-all" : "of-its-own");
    return fclose(file);
}

ATTEMPT(speak_to)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)value;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", argument);
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&address, sizeof(address));
}

/* --- processes and namespaces --- */

ATTEMPT(leave)
{
    (void)value;
    return unshare((int)strtol(argument, NULL, 16));
}

ATTEMPT(clone_into_user_namespace)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

    UNUSED;
    if (pid == 0)
        _exit(0);
    return pid < 0 ? -1 : (waitpid((pid_t)pid, NULL, 0), 0);
}

ATTEMPT(many_tasks)
{
    pid_t pids[TASKS];
    int count = 0;

    UNUSED;
    for (; count < TASKS && (pids[count] = fork()) >= 0; count++)
        if (pids[count] == 0)
            for (;;)
                pause();
    for (int i = 0; i < count; i++)
        kill(pids[i], SIGKILL), waitpid(pids[i], NULL, 0);
    errno = EAGAIN;
    return count < TASKS ? -1 : 0;
}

/* --- what takes a privilege, with arguments that let nothing happen --- */

ATTEMPT(set_clock)
{
    struct timespec wrong = { .tv_nsec = -1 };

    UNUSED;
    return clock_settime(CLOCK_REALTIME, &wrong);
}

ATTEMPT(read_clock_state)
{
    struct timex nothing = { 0 };

    UNUSED;
    return adjtimex(&nothing) < 0 ? -1 : 0;
}

ATTEMPT(set_name)
{
    char name[80] = "";

    UNUSED;
    return sethostname(name, sizeof(name));
}

/* "NUMBER FIRST": everything else is 0. */
ATTEMPT(call)
{
    char *rest;
    long number = strtol(argument, &rest, 10), first = strtol(rest, NULL, 10);

    (void)value;
    return syscall(number, first, 0, 0, 0, 0, 0) < 0 ? -1 : 0;
}

#define TEXT_(number) #number
#define TEXT(number)  TEXT_(number)

static const struct probe probes[] = {
    { "user", who, NULL },
    { "umask", mask, NULL },
    { "no-new-privileges", no_new_privileges, NULL },
    { "capabilities-effective", status_field, "CapEff" },
    { "capabilities-bounding", status_field, "CapBnd" },
    { "capabilities-ambient", status_field, "CapAmb" },
    { "limit-files", files_limit, NULL },
    { "owner-of-others", owner_of, "/srv/foreign" },
    { "write-usr", create, "/usr/open/.probe" },
    { "write-etc", create, "/etc/open/.probe" },
    { "write-srv", create, "/srv/open/.probe" },
    { "write-var-lib", create, "/var/lib/open/.probe" },
    { "write-state", create, "/var/lib/redis/.probe" },
    { "write-log", create, "/var/log/redis/.probe" },
    { "write-run", create, "/run/redis/.probe" },
    { "write-configuration", create, "/etc/redis/.probe" },
    { "write-tmp", create, "/tmp/.probe" },
    { "write-shm", create, "/dev/shm/.probe" },
    { "see-tmp-of-others", read_file, "/tmp/outside" },
    { "see-var-tmp-of-others", read_file, "/var/tmp/outside" },
    { "see-home", read_file, "/home/outside" },
    { "list-home", list, "/home" },
    { "list-root", list, "/root" },
    { "list-run-user", list, "/run/user" },
    { "device-null", open_to_write, "/dev/null" },
    { "device-other", open_to_write, "/dev/outside" },
    { "device-new", make_device, "/dev/shm/.node" },
    { "kernel-log-device", read_file, "/dev/kmsg" },
    { "kernel-log-proc", read_file, "/proc/kmsg" },
    { "kernel-log-call", call, TEXT(SYS_syslog) " 10" },
    { "modules-files", list, "/usr/lib/modules" },
    { "modules-init", call, TEXT(SYS_init_module) },
    { "modules-delete", call, TEXT(SYS_delete_module) },
    { "tunable-write", open_to_write, "/proc/sys/kernel/domainname" },
    { "tunable-sysrq", open_to_write, "/proc/sysrq-trigger" },
    { "tunable-sys", open_to_write, "/sys/kernel/mm/ksm/run" },
    { "tunable-symbols", read_file, "/proc/kallsyms" },
    { "control-group", make_directory, "/sys/fs/cgroup/probe" },
    { "proc-of-others", read_file, "/proc/1/status" },
    { "proc-other-files", read_file, "/proc/cpuinfo" },
    { "set-user-id", set_user_id, NULL },
    { "run-true", run, "/usr/bin/true" },
    { "memory-writable-code", map_writable_code, NULL },
    { "memory-make-executable", make_executable, NULL },
    { "personality", other_personality, NULL },
    { "real-time", real_time, NULL },
    { "call-of-i386", call_of_i386, NULL },
    { "call-of-x32", call, "1073741863" }, /* getpid */
    { "family-unix", make_socket, TEXT(AF_UNIX) },
    { "family-inet", make_socket, TEXT(AF_INET) },
    { "family-inet6", make_socket, TEXT(AF_INET6) },
    { "family-inet-raw", make_socket, "2 r" },
    { "family-netlink", make_socket, "16 r" },
    { "family-packet", make_socket, "17 r" },
    { "family-alg", make_socket, "38" },
    { "family-vsock", make_socket, "40" },
    { "family-bluetooth", make_socket, "31 r" },
    { "network-loopback", reach_loopback, NULL },
    { "network", see_network, "/srv/network" },
    { "log-socket", speak_to, "/dev/log" },
    { "journal-socket", speak_to, "/run/systemd/journal/socket" },
    { "machine-id", read_file, "/etc/machine-id" },
    { "machine-id-write", open_to_write, "/etc/machine-id" },
    { "resolver", read_file, "/etc/resolv.conf" },
    { "namespace-user", leave, "10000000" },
    { "namespace-mnt", leave, "20000" },
    { "namespace-pid", leave, "20000000" },
    { "namespace-net", leave, "40000000" },
    { "namespace-uts", leave, "4000000" },
    { "namespace-ipc", leave, "8000000" },
    { "namespace-cgroup", leave, "2000000" },
    { "namespace-clone", clone_into_user_namespace, NULL },
    { "namespace-clone3", call, TEXT(SYS_clone3) },
    { "namespace-setns", call, TEXT(SYS_setns) " -1" },
    { "clock-set", set_clock, NULL },
    { "clock-adjust", read_clock_state, NULL },
    { "clock-device", read_file, "/dev/rtc" },
    { "hostname", set_name, NULL },
    { "tasks", many_tasks, NULL },
    { "call-swapon", call, TEXT(SYS_swapon) },
    { "call-reboot", call, TEXT(SYS_reboot) },
    { "call-mount", call, TEXT(SYS_mount) },
    { "call-umount", call, TEXT(SYS_umount2) },
    { "call-pivot-root", call, TEXT(SYS_pivot_root) },
    { "call-open-tree", call, TEXT(SYS_open_tree) " -1" },
    { "call-chroot", call, TEXT(SYS_chroot) },
    { "call-setuid", call, TEXT(SYS_setuid) " 4242" },
    { "call-capset", call, TEXT(SYS_capset) },
    { "call-ptrace", call, TEXT(SYS_ptrace) },
    { "call-process-vm", call, TEXT(SYS_process_vm_readv) },
    { "call-bpf", call, TEXT(SYS_bpf) " -1" },
    { "call-perf", call, TEXT(SYS_perf_event_open) },
    { "call-io-uring", call, TEXT(SYS_io_uring_setup) },
    { "call-userfaultfd", call, TEXT(SYS_userfaultfd) " -1" },
    { "call-keyctl", call, TEXT(SYS_keyctl) " 99" },
    { "call-ioperm", call, TEXT(SYS_ioperm) },
    { "call-iopl", call, TEXT(SYS_iopl) },
    { "call-kexec", call, TEXT(SYS_kexec_load) },
    { "call-quotactl", call, TEXT(SYS_quotactl) " -1" },
    { "call-acct", call, TEXT(SYS_acct) " 1" },
    { "call-open-by-handle", call, TEXT(SYS_open_by_handle_at) " -1" },
    { "call-setpriority", call, TEXT(SYS_setpriority) },
    { "call-affinity", call, TEXT(SYS_sched_setaffinity) },
    { "call-mempolicy", call, TEXT(SYS_set_mempolicy) },
    { "call-uselib", call, TEXT(SYS_uselib) },
    { "call-landlock", call, TEXT(SYS_landlock_create_ruleset) },
    { "call-seccomp", call, TEXT(SYS_seccomp) " 99" },
    { "call-unknown", call, "1999" },
};

/* A child for each, so that one that is killed does not end the others; it tells by a pipe. */
static void try_one(const struct probe *probe)
{
    char value[VALUE_SIZE] = "";
    int pair[2], status = 0;
    ssize_t size;
    pid_t pid;

    if (pipe2(pair, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        printf("PROBE %s cannot-be-tried\n", probe->name);
        return;
    }
    if (pid == 0) {
        long result = probe->attempt(probe->argument, value);

        if (result < 0)
            snprintf(value, sizeof(value), "%s", strerrorname_np(errno));
        (void)!write(pair[1], value[0] ? value : "ok", value[0] ? strlen(value) : 2);
        _exit(0);
    }
    close(pair[1]);
    size = read(pair[0], value, sizeof(value) - 1);
    close(pair[0]);
    waitpid(pid, &status, 0);
    value[size > 0 ? size : 0] = '\0';
    if (WIFSIGNALED(status))
        snprintf(value, sizeof(value), "killed-%s", sigabbrev_np(WTERMSIG(status)));
    printf("PROBE %s %s\n", probe->name, value[0] ? value : "ok");
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
        try_one(&probes[i]);
    puts("PROBE end end");
    return 0;
}
