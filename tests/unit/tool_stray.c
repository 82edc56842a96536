/*
 * Services that try to leave something behind, for tests/shell/tracking.sh:
 *
 *   tool_stray daemon         double fork, setsid, and the parent goes on
 *   tool_stray strays COUNT   that many orphans, and the parent goes on
 *   tool_stray storm COUNT    that many chains of processes that each fork the next and end, deaf
 *                             to SIGTERM and SIGHUP; says "storming" when it is under way
 *   tool_stray shed           tries to change the seal in every way, says how that went ("shed" or
 *                             "kept") on standard output, leaves a stray, and goes on
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void stay(void)
{
    for (;;)
        pause();
}

/* An orphan in a session of its own. */
static void leave_one(void)
{
    pid_t pid = fork();

    if (pid > 0) {
        (void)waitpid(pid, NULL, 0);
        return;
    }
    if (setsid() < 0 || fork() != 0)
        _exit(0);
    stay();
}

/* However it goes, nobody is left after half a minute, nor where the machine has no process to
 * spare: it is not ours alone. */
enum { CHAIN_SECONDS = 30, HOP_NS = 500000, TOLD_HOPS = 100 };

static void leave_chain(void)
{
    struct timespec hop = { .tv_nsec = HOP_NS }, now;
    time_t end;

    if (fork() != 0)
        return;
    (void)setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    clock_gettime(CLOCK_MONOTONIC, &now);
    end = now.tv_sec + CHAIN_SECONDS;
    for (int hops = 1; now.tv_sec < end && fork() == 0; hops++) {
        if (hops == TOLD_HOPS)
            (void)!write(STDOUT_FILENO, "storming\n", strlen("storming\n"));
        nanosleep(&hop, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
    }
    _exit(0);
}

static int is_shed(void)
{
    struct rlimit limit, before, lower = { 1000000, 1000000 },
                                 none = { RLIM_INFINITY, RLIM_INFINITY };
    struct {
        uint64_t soft, hard;
    } raw = { 1, 1 };

    if (getrlimit(RLIMIT_RTTIME, &before) < 0)
        return 1;
    (void)setrlimit(RLIMIT_RTTIME, &none);
    (void)setrlimit(RLIMIT_RTTIME, &lower);
    (void)prlimit(getpid(), RLIMIT_RTTIME, &lower, NULL);
    (void)prlimit(getppid(), RLIMIT_RTTIME, &lower, NULL);
    (void)syscall(SYS_setrlimit, RLIMIT_RTTIME, &raw);
    (void)syscall(SYS_prlimit64, 0, RLIMIT_RTTIME, &raw, NULL);
    (void)syscall(SYS_prlimit64, 0, RLIMIT_RTTIME | 0x100000000UL, &raw, NULL);
    return getrlimit(RLIMIT_RTTIME, &limit) < 0 || memcmp(&limit, &before, sizeof(limit)) != 0 ||
           before.rlim_cur == RLIM_INFINITY;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;

    signal(SIGCHLD, SIG_DFL);
    if (strcmp(mode, "shed") == 0) {
        puts(is_shed() ? "shed" : "kept");
        fflush(stdout);
    }
    for (; count > 0; count--)
        if (strcmp(mode, "storm") == 0)
            leave_chain();
        else
            leave_one();
    stay();
}
