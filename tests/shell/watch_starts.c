/*
 * watch_starts MILLISECONDS PROGRAM: what a service without a sandbox sees of its neighbours while
 * they start, if it is quick. Looks at each process as it appears, and says how often it could look
 * into the memory of one that ran PROGRAM, and how often into others.
 */

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { AHEAD = 4, LOOKS = 40 };

static long long now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* The last one that was given, at the end of the line. */
static int last_pid(void)
{
    char text[128];
    int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    close(fd);
    text[length < 0 ? 0 : length] = '\0';
    return strrchr(text, ' ') ? atoi(strrchr(text, ' ') + 1) : 0;
}

static bool is_readable(int pid)
{
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/mem", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* What it runs is a link that only who may look into it can follow. */
static bool find_program(int pid, char *program, size_t size)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/exe", pid);
    for (int i = 0; i < LOOKS; i++) {
        ssize_t length = readlink(path, program, size - 1);

        if (length > 0) {
            program[length] = '\0';
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    long long end = now_ms() + (argc == 3 ? atoi(argv[1]) : 0);
    long watched = 0, others = 0;
    char program[4096];

    while (argc == 3 && now_ms() < end) {
        int last = last_pid();

        for (int pid = last - 1; pid <= last + AHEAD; pid++) {
            if (pid == getpid() || !find_program(pid, program, sizeof(program)) ||
                !is_readable(pid))
                continue;
            if (strcmp(program, argv[2]) == 0)
                watched++;
            else
                others++;
        }
    }
    printf("%ld %ld\n", watched, others);
    return argc != 3;
}
