/* Ways into the kernel that filters must know: the 32-bit ABI and io_uring. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOW_SIZE = 4096, OP_OPENAT = 18, OP_SOCKET = 45 };

long low(const void *data, size_t size)
{
    static char *memory;
    static size_t used;
    char *copy;

    if (!memory)
        memory = mmap(NULL, LOW_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (memory == MAP_FAILED || used + size > LOW_SIZE)
        return -1;
    copy = memcpy(memory + used, data, size);
    used += (size + sizeof(long)) & ~(sizeof(long) - 1);
    return (long)copy;
}

long call_x32(long number, long a, long b, long c)
{
#ifdef __x86_64__
    long r = syscall(0x40000000 | number, a, b, c);

    return r < 0 ? -errno : r;
#else
    (void)(number + a + b + c);
    return -NOT_HERE;
#endif
}

long call32(long number, long a, long b, long c, long d)
{
#ifdef __x86_64__
    long result;

    /* The kernel clears these registers on this way. */
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(-1L)
                     : "r8", "r9", "r10", "r11", "memory");
    return (int)result;
#else
    (void)number, (void)a, (void)b, (void)c, (void)d;
    return -NOT_HERE;
#endif
}

/* --- one entry through a ring --- */

static int submit(const struct io_uring_sqe *wanted)
{
    struct io_uring_params params = { 0 };
    int ring = (int)syscall(SYS_io_uring_setup, 1, &params);
    char *sq, *cq;
    struct io_uring_sqe *entries;

    if (ring < 0)
        return -errno;
    sq = mmap(NULL, params.sq_off.array + sizeof(unsigned), PROT_READ | PROT_WRITE,
              MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    cq = mmap(NULL, params.cq_off.cqes + 2 * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
              MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_CQ_RING);
    entries = mmap(NULL, sizeof(*entries), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
                   IORING_OFF_SQES);
    if (sq == MAP_FAILED || cq == MAP_FAILED || entries == MAP_FAILED)
        return -errno;
    entries[0] = *wanted;
    *(unsigned *)(sq + params.sq_off.array) = 0;
    __atomic_store_n((unsigned *)(sq + params.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
        return -errno;
    return ((struct io_uring_cqe *)(cq + params.cq_off.cqes))->res;
}

int uring_open(const char *path, int flags)
{
    struct io_uring_sqe entry = { .opcode = OP_OPENAT,
                                  .fd = AT_FDCWD,
                                  .addr = (unsigned long)path,
                                  .open_flags = (unsigned)flags };
    int r = submit(&entry);

    return r < 0 ? r : 0;
}

int uring_socket(int family, int type)
{
    struct io_uring_sqe entry = { .opcode = OP_SOCKET, .fd = family, .off = (unsigned)type };
    int r = submit(&entry);

    return r < 0 ? r : 0;
}
