/* Apart from seal.c, so that helpers can read seals without libseccomp. */
#include "sandbox/seal.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * 64 bits: the two highest are 01 (so that the value is finite and has no effect: some 146,000
 * years), then 30 bits of nonce, then the unit's number.
 */
#define SEAL_MARK       UINT64_C(0x4000000000000000)
#define SEAL_MARK_MASK  UINT64_C(0xc000000000000000)
#define SEAL_NONCE_MASK UINT32_C(0x3fffffff)

enum {
    SEAL_NUMBER_BITS = 32,
    LIMITS_TEXT_SIZE = 4096, /* /proc/PID/limits has 17 lines of 80 bytes */
    PROC_PATH_SIZE = 40,
};

uint64_t seal_make(uint32_t nonce, uint32_t number)
{
    return SEAL_MARK | (uint64_t)(nonce & SEAL_NONCE_MASK) << SEAL_NUMBER_BITS | number;
}

bool seal_split(uint64_t value, uint32_t nonce, uint32_t *ret_number)
{
    if ((value & SEAL_MARK_MASK) != SEAL_MARK)
        return false;
    if (((value >> SEAL_NUMBER_BITS) & SEAL_NONCE_MASK) != (nonce & SEAL_NONCE_MASK))
        return false;
    *ret_number = (uint32_t)value;
    return true;
}

/* "Max realtime timeout      SOFT      HARD      us" */
static int value_from_limits(const char *text, uint64_t *ret_value)
{
    static const char title[] = "Max realtime timeout";
    const char *line = strstr(text, title);
    char *end = NULL;
    unsigned long long value;

    if (!line)
        return -EBADMSG;
    line += sizeof(title) - 1;
    line += strspn(line, " ");
    if (strncmp(line, "unlimited", strlen("unlimited")) == 0)
        return -ENODATA;
    errno = 0;
    value = strtoull(line, &end, 10);
    if (errno != 0 || end == line)
        return -EBADMSG;
    *ret_value = value;
    return 0;
}

/* For processes of another user, where prlimit() is refused but /proc is open to everybody. */
static int read_from_proc(pid_t pid, uint64_t *ret_value)
{
    char path[PROC_PATH_SIZE], text[LIMITS_TEXT_SIZE];
    cleanup_fd int fd = -1;
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%ld/limits", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ESRCH : -errno;
    length = read(fd, text, sizeof(text) - 1);
    if (length < 0)
        return -errno;
    if (length == 0)
        return -ESRCH; /* gone between open and read */
    text[length] = '\0';
    return value_from_limits(text, ret_value);
}

int seal_read(pid_t pid, uint64_t *ret_value)
{
    struct rlimit limit;

    if (pid <= 0)
        return -ESRCH; /* 0 would mean ourselves to prlimit() */
    if (prlimit(pid, RLIMIT_RTTIME, NULL, &limit) < 0) {
        /* ENOSYS, too: an engine's filter may not know prlimit64. */
        if (errno == EPERM || errno == ENOSYS)
            return read_from_proc(pid, ret_value);
        return -errno;
    }
    if (limit.rlim_max == RLIM_INFINITY)
        return -ENODATA;
    *ret_value = limit.rlim_max;
    return 0;
}
