#include "sandbox/seal.h"

#include "sandbox/filter.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * 64 bits: the two highest are 01 (so that the value is finite and has no effect: some 146,000
 * years), then 30 bits of nonce, then the unit's number.
 */
#define SEAL_MARK       UINT64_C(0x4000000000000000)
#define SEAL_MARK_MASK  UINT64_C(0xc000000000000000)
#define SEAL_NONCE_MASK UINT32_C(0x3fffffff)
#define KEY_HIGH        UINT64_C(0xffffffff00000000)

enum {
    SEAL_NUMBER_BITS = 32,
    KEY_HALF_BITS = 32,
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

/*
 * The key is in the upper halves of the process and of the limit, which the kernel takes as 32 bits
 * and a filter sees as 64.
 */
static int set_with_key(const struct rlimit *limit, uint64_t key)
{
    long process = (long)(key & KEY_HIGH), resource = (long)(key << KEY_HALF_BITS | RLIMIT_RTTIME);

    return syscall(SYS_prlimit64, process, resource, limit, NULL) < 0 ? -errno : 0;
}

int seal_apply(uint64_t seal, uint64_t key)
{
    struct rlimit limit = { .rlim_cur = seal, .rlim_max = seal };

    if (key != 0)
        return set_with_key(&limit, key);
    return setrlimit(RLIMIT_RTTIME, &limit) < 0 ? -errno : 0;
}

int seal_guard(uint64_t *ret_key)
{
    struct filter_request request = { .supervisor = getpid() };
    struct filter *filter = NULL;
    int error;

    if (sizeof(long) < sizeof(uint64_t))
        return -ENOTSUP;
    if (getrandom(&request.seal_key, sizeof(request.seal_key), GRND_NONBLOCK) !=
            sizeof(request.seal_key) ||
        request.seal_key == 0)
        return -EAGAIN;
    error = filter_new(&request, &filter);
    if (error == 0)
        error = filter_install(filter);
    filter_unref(filter);
    if (error == 0)
        *ret_key = request.seal_key;
    explicit_bzero(&request, sizeof(request));
    return error;
}
