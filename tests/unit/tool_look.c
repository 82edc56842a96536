/*
 * What a hostile service without a sandbox could do to a process of its own user: takes its
 * descriptor 3, reads its environment, and attaches to it. Prints the ways that are open.
 *
 *   tool_look PID
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WANTED_FD = 3 };

static int may_take_descriptor(pid_t pid)
{
    long pidfd = syscall(SYS_pidfd_open, pid, 0);

    return pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, WANTED_FD, 0) >= 0;
}

static int may_read_environment(pid_t pid)
{
    char path[64], byte;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, &byte, 1) >= 0;
}

int main(int argc, char **argv)
{
    pid_t pid = argc == 2 ? (pid_t)strtol(argv[1], NULL, 10) : 0;

    if (pid <= 0) {
        fputs("usage: tool_look PID\n", stderr);
        return EXIT_FAILURE;
    }
    printf("%s%s%s\n", may_take_descriptor(pid) ? " descriptor" : "",
           may_read_environment(pid) ? " environment" : "",
           ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? " trace" : "");
    return EXIT_SUCCESS;
}
