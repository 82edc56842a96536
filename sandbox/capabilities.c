#include "sandbox/capabilities.h"

#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_effective(cap_value_t capability)
{
    cap_t set = cap_get_proc();
    cap_flag_value_t value = CAP_CLEAR;

    if (!set)
        return false;
    if (cap_get_flag(set, capability, CAP_EFFECTIVE, &value) < 0)
        value = CAP_CLEAR;
    cap_free(set);
    return value == CAP_SET;
}

bool capabilities_may_set_bounding(void)
{
    return is_effective(CAP_SETPCAP);
}

bool capabilities_may_raise_limits(void)
{
    return is_effective(CAP_SYS_RESOURCE);
}

bool capabilities_may_raise_nice(void)
{
    return is_effective(CAP_SYS_NICE);
}

bool capabilities_may_become(void)
{
    /* Whoever starts processes of another user must be able to end them. */
    return is_effective(CAP_SETUID) && is_effective(CAP_SETGID) && is_effective(CAP_KILL);
}

uint64_t capabilities_permitted(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

    if (syscall(SYS_capget, &header, data) < 0)
        return 0;
    return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

uint64_t capabilities_bounding(void)
{
    uint64_t set = 0;

    for (cap_value_t i = 0; i < (cap_value_t)cap_max_bits(); i++) {
        if (cap_get_bound(i) == 1)
            set |= UINT64_C(1) << i;
    }
    return set;
}

int capabilities_limit(uint64_t keep)
{
    for (unsigned long i = 0; keep != CAPABILITIES_ALL && i < 64; i++) {
        if ((keep >> i & 1) || prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
            continue;
        /* EINVAL: past the kernel's last one. EPERM: none of them can be dropped, or gained. */
        return errno == EPERM || (errno == EINVAL && i > 0) ? 0 : -errno;
    }
    return 0;
}

static bool is_empty(const struct __user_cap_data_struct data[])
{
    uint32_t any = 0;

    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        any |= data[i].effective | data[i].permitted | data[i].inheritable;
    return any == 0;
}

static int mask_sets(struct __user_cap_data_struct data[], uint64_t keep, uint64_t ambient)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        uint32_t mask = (uint32_t)(keep >> (32 * i));

        data[i].effective &= mask;
        data[i].permitted &= mask;
        data[i].inheritable &= mask;
        data[i].inheritable |= (uint32_t)(ambient >> (32 * i)); /* a condition of the ambient set */
    }
    return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int raise_ambient(uint64_t ambient)
{
    for (unsigned long i = 0; ambient >> i != 0; i++) {
        if ((ambient >> i & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
            return -errno;
    }
    return 0;
}

int capabilities_settle(uint64_t keep, uint64_t ambient)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    int r;

    if (syscall(SYS_capget, &header, data) < 0)
        return -errno;
    /* The ambient set is a part of the others: capabilities(7). */
    if (ambient == 0 && is_empty(data))
        return 0;
    /* EINVAL: a kernel without ambient capabilities (before 4.3). */
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
        return -errno;
    if (keep == CAPABILITIES_ALL && ambient == 0)
        return 0;
    r = mask_sets(data, keep, ambient);
    return r < 0 ? r : raise_ambient(ambient);
}
