/* The session keyring, which an engine gives to the pod as a whole: another's keys are in it. */

#include "tests/escape/escape.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static long keyctl(long operation, long a, long b, long c, long d)
{
    return syscall(SYS_keyctl, operation, a, b, c, d);
}

static int is_keyring_of_sibling(const struct world *world, long argument)
{
    long own = keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);
    int other = told_by_sibling(world, "sibling/keyring");

    (void)argument;
    if (own < 0)
        return -errno;
    return other <= 0 ? -NOT_HERE : own == other ? 0 : -EACCES;
}

static int find_key(const struct world *world, long argument)
{
    (void)world;
    (void)argument;
    return denied(keyctl(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, (long)"user", (long)"escape", 0));
}

static int read_key(const struct world *world, long is_found)
{
    char secret[16];
    long key = is_found ? syscall(SYS_request_key, "user", "escape", NULL, 0)
                        : told_by_sibling(world, "sibling/key");

    if (is_found && key < 0)
        return -errno;
    if (key <= 0)
        return -NOT_HERE;
    return denied(keyctl(KEYCTL_READ, key, (long)secret, sizeof(secret), 0));
}

/* Another's is nobody's who has not got it. */
static int link_keyring(const struct world *world, long argument)
{
    int other = told_by_sibling(world, "sibling/keyring");

    (void)argument;
    if (other <= 0)
        return -NOT_HERE;
    if (keyctl(KEYCTL_LINK, other, KEY_SPEC_PROCESS_KEYRING, 0, 0) < 0)
        return -errno;
    return read_key(world, 0);
}

#define RING "KeyringMode"
const struct attempt attempts_keyring[] = {
    { "keyring-of-sibling", RING, is_keyring_of_sibling },
    { "find-key-of-sibling", RING, find_key },
    { "read-key-of-sibling", RING, read_key, 0 },
    { "request-key-of-sibling", RING, read_key, 1 },
    { "link-keyring-of-sibling", RING, link_keyring },
    { 0 },
};
