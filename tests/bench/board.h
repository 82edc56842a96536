#ifndef REEVE_BENCH_BOARD_H
#define REEVE_BENCH_BOARD_H

/*
 * The board: a file in memory that every service of a run maps and writes to, so that what is
 * measured is when a service really ran, not when its supervisor believed so. Times are
 * CLOCK_MONOTONIC nanoseconds, which all namespaces share.
 */

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { BOARD_SLOTS = 1024 };

struct board_slot {
    _Atomic int64_t begun_ns; /* the service's last start */
    _Atomic pid_t pid;        /* in its own namespace */
};

struct board {
    _Atomic uint32_t begun;   /* starts of services so far; a futex */
    _Atomic uint32_t awaited; /* who waits for so many starts is woken then */
    _Atomic uint32_t told;    /* services that got SIGTERM */
    _Atomic uint32_t stormed; /* storms of orphans that are over */
    _Atomic int64_t exec_ns;  /* just before the exec of PID 1 */
    _Atomic int64_t storm_ns; /* the last storm began */
    _Atomic int64_t killed_ns;
    struct board_slot slots[BOARD_SLOTS];
};

static inline int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline struct board *board_map(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *board = MAP_FAILED;

    if (fd >= 0)
        board = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    return board == MAP_FAILED ? NULL : board;
}

static inline void board_wake(struct board *board)
{
    (void)syscall(SYS_futex, &board->begun, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

#endif
