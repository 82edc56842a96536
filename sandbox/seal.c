#include "sandbox/seal.h"

#include "sandbox/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEY_HIGH UINT64_C(0xffffffff00000000)

enum { KEY_HALF_BITS = 32 };

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

/* The key is in there in two halves. */
static void forget(const struct filter *filter)
{
    size_t count;
    const void *code = filter ? filter_code(filter, &count) : NULL;

    if (code)
        explicit_bzero((void *)code, count * sizeof(struct sock_filter));
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
    forget(filter);
    filter_unref(filter);
    if (error == 0)
        *ret_key = request.seal_key;
    explicit_bzero(&request, sizeof(request));
    return error;
}
