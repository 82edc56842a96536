/*
 * For log.sh. `lines write COUNT FILE` writes so many numbered lines of 100 bytes, 40 with each
 * write(2), notes in FILE how many seconds that took, and waits to be killed. `lines read COUNT
 * FILE [BYTES_PER_MS]` reads what came of them, with anything in front of each line, until all have
 * come or are said to be missing; notes how many came, how many were told to be missing and how
 * many were out of order; then goes on reading.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 100, BATCH = 40, DIGITS = 10, BUFFER = 1 << 20 };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void note(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        exit(EXIT_FAILURE);
}

static void put_number(char *line, unsigned long number)
{
    for (int i = DIGITS; i-- > 0; number /= 10)
        line[i] = (char)('0' + number % 10);
}

static void write_all(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);

        if (written < 0)
            exit(EXIT_FAILURE);
        bytes += written;
        length -= (size_t)written;
    }
}

static _Noreturn void write_lines(unsigned long count, const char *path)
{
    static char batch[BATCH * LINE];
    double start = now();
    char text[64];

    memset(batch, 'x', sizeof(batch));
    for (unsigned long i = 0; i < count;) {
        size_t used = 0;

        for (; used < sizeof(batch) && i < count; used += LINE, i++) {
            put_number(batch + used, i);
            batch[used + DIGITS] = ' ';
            batch[used + LINE - 1] = '\n';
        }
        write_all(batch, used);
    }
    snprintf(text, sizeof(text), "%.3f\n", now() - start);
    note(path, text);
    for (;;)
        pause();
}

struct tally {
    unsigned long seen, told, disorder, next;
};

/* Without its newline. */
static void take(struct tally *tally, const char *line, size_t length)
{
    const char *end = line + length - (LINE - 1), *colon;
    unsigned long number;

    if (length > 1 && line[length - 1] == '}') /* JSON: a quote and a brace behind it */
        end -= 2;
    if (length >= LINE - 1 && end >= line && end[DIGITS] == ' ' && end[DIGITS + 1] == 'x') {
        number = strtoul(end, NULL, 10);
        tally->disorder += number < tally->next;
        tally->next = number + 1;
        tally->seen++;
    } else if (memmem(line, length, "dropped here", 12) &&
               (colon = memmem(line, length, ": ", 2))) {
        tally->told += strtoul(colon + 2, NULL, 10);
    }
}

static size_t take_all(struct tally *tally, char *buffer, size_t used)
{
    char *line = buffer, *end;

    while ((end = memchr(line, '\n', used - (size_t)(line - buffer)))) {
        take(tally, line, (size_t)(end - line));
        line = end + 1;
    }
    used -= (size_t)(line - buffer);
    memmove(buffer, line, used);
    return used;
}

static int read_lines(unsigned long count, const char *path, size_t bytes_per_ms)
{
    static char buffer[BUFFER];
    const struct timespec pause_time = { .tv_nsec = 1000000 };
    struct tally tally = { 0 };
    size_t used = 0;
    bool is_noted = false;
    ssize_t got;

    while ((got = read(STDIN_FILENO, buffer + used,
                       bytes_per_ms ? bytes_per_ms : sizeof(buffer) - used)) > 0) {
        char text[128];

        used = take_all(&tally, buffer, used + (size_t)got);
        if (bytes_per_ms)
            nanosleep(&pause_time, NULL);
        if (is_noted || tally.seen + tally.told < count)
            continue;
        is_noted = true;
        snprintf(text, sizeof(text), "%lu %lu %lu\n", tally.seen, tally.told, tally.disorder);
        note(path, text);
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "write") == 0)
        write_lines(strtoul(argv[2], NULL, 10), argv[3]);
    if (argc >= 4 && strcmp(argv[1], "read") == 0)
        return read_lines(strtoul(argv[2], NULL, 10), argv[3],
                          argc > 4 ? strtoul(argv[4], NULL, 10) : 0);
    return 2;
}
