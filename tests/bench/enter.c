#include "tests/bench/enter.h"

#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { DESCRIPTORS = 20000, CANNOT_ENTER = 126 };

/* podman's default; docker has a few more. CAP_SYS_TIME is in neither. */
static const int kept[] = { CAP_CHOWN,      CAP_DAC_OVERRIDE,     CAP_FOWNER, CAP_FSETID,
                            CAP_KILL,       CAP_SETGID,           CAP_SETUID, CAP_SETPCAP,
                            CAP_SYS_CHROOT, CAP_NET_BIND_SERVICE, CAP_SETFCAP };

static int is_kept(int capability)
{
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (kept[i] == capability)
            return 1;
    return 0;
}

/* The exec gives root what the bounding set holds, and no more. */
static void drop_capabilities(void)
{
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        if (!is_kept(capability) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
            _exit(CANNOT_ENTER);
}

static void bring_loopback_up(void)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)ioctl(fd, SIOCSIFFLAGS, &request);
    (void)close(fd);
}

static void redirect(const char *log_path)
{
    int null_fd = open("/dev/null", O_RDONLY), log_fd;

    log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (null_fd < 0 || log_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
        dup2(log_fd, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0)
        _exit(CANNOT_ENTER);
    (void)close(null_fd);
    (void)close(log_fd);
}

static _Noreturn void child(char **argv, const char *log_path, struct board *board)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setsid() < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        _exit(CANNOT_ENTER);
    bring_loopback_up();
    redirect(log_path);
    drop_capabilities();
    board->exec_ns = now_ns();
    (void)execv(argv[0], argv);
    _exit(CANNOT_ENTER);
}

pid_t enter_container(char **argv, const char *log_path, struct board *board)
{
    unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | SIGCHLD;
    /* Without a stack of its own it is a fork; the C library has no word for namespaces. */
    pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);

    if (pid == 0)
        child(argv, log_path, board);
    return pid < 0 ? -errno : pid;
}

void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    if (limit.rlim_max < DESCRIPTORS)
        limit.rlim_max = DESCRIPTORS;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        perror("bench: the limit of descriptors cannot be raised");
}
