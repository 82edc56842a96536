#include "sandbox/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Asks only for the number of the one that we are in. */
int keyring_probe(void)
{
    long r = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);

    return r < 0 && (errno == ENOSYS || errno == EPERM || errno == EACCES) ? -errno : 0;
}

int keyring_enter(bool links_user)
{
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) < 0)
        return -errno;
    return links_user && syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING,
                                 KEY_SPEC_SESSION_KEYRING, 0, 0) < 0
               ? -errno
               : 0;
}
