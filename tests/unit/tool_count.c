/*
 * A service whose lines can be counted: writes "NAME 1", "NAME 2" …, BURST at once and then a pause
 * of PAUSE milliseconds, until SIGUSR1; then "NAME end N", and stays. The halves of every seventh
 * line are written apart.
 *
 *   tool_count NAME BURST PAUSE
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 256, BURST_MAX = 1000, HALVES = 7, FILL = 60 };

static volatile sig_atomic_t is_over;

static void finish(int signal)
{
    (void)signal;
    is_over = 1;
}

static void put(const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, text, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            _exit(EXIT_FAILURE);
        text += written;
        length -= (size_t)written;
    }
}

/* Long enough that the reader sees the first half alone, mostly. */
static const struct timespec between = { .tv_nsec = 3000000 };

static void burst(const char *name, unsigned long first, int count)
{
    static char block[BURST_MAX * LINE];
    size_t used = 0;

    for (int i = 0; i < count; i++) {
        unsigned long number = first + (unsigned long)i;
        int length =
            snprintf(block + used, LINE, "%s %lu %.*s\n", name, number, (int)(number % FILL),
                     "............................................................");

        if (number % HALVES == 0) {
            put(block, used + (size_t)length / 2);
            (void)nanosleep(&between, NULL);
            put(block + used + length / 2, (size_t)length - (size_t)length / 2);
            used = 0;
        } else {
            used += (size_t)length;
        }
    }
    put(block, used);
}

int main(int argc, char **argv)
{
    struct sigaction action = { .sa_handler = finish };
    int count = argc == 4 ? atoi(argv[2]) : 0; /* a tool: what is no number is refused below */
    long pause_ms = argc == 4 ? atol(argv[3]) : 0;
    struct timespec wait = { .tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000 };
    unsigned long number = 1;
    char line[LINE];

    if (count < 1 || count > BURST_MAX)
        return 2;
    (void)sigaction(SIGUSR1, &action, NULL);
    for (; !is_over; number += (unsigned long)count) {
        burst(argv[1], number, count);
        (void)nanosleep(&wait, NULL);
    }
    put(line, (size_t)snprintf(line, sizeof(line), "%s end %lu\n", argv[1], number - 1));
    for (;;)
        (void)pause();
}
