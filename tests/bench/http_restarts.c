/*
 * `http_restarts BOARD PID1 COUNT SECONDS`: within SECONDS kills the service of slot 0 with
 * SIGKILL COUNT times, evenly, and says how long it took each time until it ran again, in
 * microseconds ("restart N"), and at the end how much processor time PID 1 had ("pid1_us N").
 */

#include "tests/bench/board.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 10000, POLL_US = 100, NS_PER_US = 1000, NS_PER_MS = 1000000 };

/* sched: nanoseconds on a processor. */
static long long cpu_ns(const char *pid)
{
    char path[64];
    long long time = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
    file = fopen(path, "re");
    if (!file || fscanf(file, "%lld", &time) != 1)
        perror(path);
    if (file)
        fclose(file);
    return time;
}

/* -1: it does not run again. */
static long long restart_us(struct board_slot *slot)
{
    int64_t begun_ns = slot->begun_ns, killed_ns = now_ns();

    if (kill(slot->pid, SIGKILL) < 0)
        return -1;
    for (int waited_us = 0; waited_us < WAIT_MS * 1000; waited_us += POLL_US) {
        if (slot->begun_ns != begun_ns)
            return (slot->begun_ns - killed_ns) / NS_PER_US;
        usleep(POLL_US);
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct board *board = argc == 5 ? board_map(argv[1]) : NULL;
    int count = argc == 5 ? atoi(argv[3]) : 0, seconds = argc == 5 ? atoi(argv[4]) : 0;
    int64_t begin_ns = now_ns();
    long long before_ns;

    if (!board || count < 1 || seconds < 1) {
        fputs("http_restarts BOARD PID1 COUNT SECONDS\n", stderr);
        return 2;
    }
    before_ns = cpu_ns(argv[2]);
    for (int i = 1; i <= count; i++) {
        int64_t due_ns = begin_ns + (int64_t)seconds * 1000 * NS_PER_MS / (count + 1) * i;
        int64_t wait_ms = (due_ns - now_ns()) / NS_PER_MS;

        if (wait_ms > 0)
            (void)poll(NULL, 0, (int)wait_ms);
        printf("restart %lld\n", restart_us(&board->slots[0]));
    }
    (void)poll(NULL, 0,
               (int)((begin_ns + (int64_t)seconds * 1000 * NS_PER_MS - now_ns()) / NS_PER_MS));
    printf("pid1_us %lld\n", (cpu_ns(argv[2]) - before_ns) / NS_PER_US);
    return 0;
}
