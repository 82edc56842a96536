#include "supervisor/log/owner.h"

#include "sandbox/seal.h"

#include <errno.h>

/* Numbers of processes come again, but not that soon. journald trusts what it knows for as long. */
#define FRESH_US    (100 * USEC_PER_MSEC) /* not looked at again */
#define REMEMBER_US (5 * USEC_PER_SEC)    /* of one that is gone */

uint32_t owners_find(struct owners *owners, pid_t pid, uint64_t now_us)
{
    struct owner *known = &owners->known[(unsigned)pid % OWNERS_KNOWN];
    uint64_t age_us = now_us - known->looked_us, value;
    bool is_known = pid > 0 && known->pid == pid;
    uint32_t seal = OWNER_NOBODY;
    int error;

    if (is_known && age_us < FRESH_US)
        return known->seal;
    error = seal_read(pid, &value);
    if (error == -ESRCH)
        return is_known && age_us < REMEMBER_US ? known->seal : OWNER_NOBODY;
    if (error < 0 || !seal_split(value, owners->nonce, &seal))
        seal = OWNER_NOBODY;
    *known = (struct owner){ .pid = pid, .seal = seal, .looked_us = now_us };
    return seal;
}
