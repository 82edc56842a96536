#include "supervisor/init/isolate_private.h"

#include "sandbox/capabilities.h"
#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>

enum { STATUS_TEXT_SIZE = 8192 };

static const char advice_start_as_user[] =
    "start the container as that user instead of root (--user 1001:1001)";

static int refuse(struct isolate_failure *failure, int error, int exit_status, const char *what)
{
    return isolate_fail(failure, &(struct isolate_reason){ error, exit_status, NULL }, "cannot %s",
                        what);
}

/* uid 0 and set-uid programs mean nothing any more, for us and for all that we start. */
static int lock_securebits(struct isolate_failure *failure)
{
    unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                         SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                         SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

    if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0 && errno != EPERM)
        return refuse(failure, -errno, EXIT_STATUS_SECUREBITS, "lock the secure bits");
    return 0;
}

/* Only root becomes somebody else; in our own user namespace we are `uid` already. */
static int change_user(uid_t uid, gid_t gid, struct isolate_failure *failure)
{
    if (geteuid() != 0 || uid == 0)
        return 0;
    if (setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0)
        return 0;
    return isolate_fail(failure,
                        &(struct isolate_reason){ -errno, EXIT_STATUS_USER, advice_start_as_user },
                        "we are root, but cannot become uid %u", uid);
}

static int drop(struct isolate_failure *failure)
{
    int r = capabilities_limit(0);

    if (r == 0)
        r = capabilities_settle(0, 0);
    if (r < 0)
        return refuse(failure, r, EXIT_STATUS_CAPABILITIES, "give up the capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return refuse(failure, -errno, EXIT_STATUS_NO_NEW_PRIVILEGES, "set no_new_privs");
    /* Children of the same uid could read and change our memory otherwise. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return refuse(failure, -errno, EXIT_STATUS_USER, "close our memory to our children");
    return 0;
}

/* --- trust, but read --- */

static int read_status(char *text, size_t size)
{
    cleanup_fd int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

    if (length < 0)
        return -errno;
    text[length] = '\0';
    return 0;
}

/* The values of "Name:\tvalue value …", each in `base`, are all `expected`. */
static bool all_are(const char *text, const char *name, int base, unsigned long long expected)
{
    const char *at = strstr(text, name);
    char *end;

    if (!at)
        return false;
    at += strlen(name);
    while (*at == '\t' || *at == ' ') {
        unsigned long long value = strtoull(at, &end, base);

        if (end == at)
            break; /* the blank before the end of the line */
        if (value != expected)
            return false;
        at = end;
    }
    return *at == '\n' || *at == ' ' || *at == '\t';
}

struct expectation {
    const char *name, *meaning;
    unsigned long long value;
    int base;
};

static int verify(bool bounding_is_empty, struct isolate_failure *failure)
{
    const struct expectation expectations[] = {
        { .name = "\nUid:", .meaning = "the user id", .value = getuid(), .base = 10 },
        { .name = "\nGid:", .meaning = "the group id", .value = getgid(), .base = 10 },
        { .name = "\nCapInh:", .meaning = "inheritable capabilities", .value = 0, .base = 16 },
        { .name = "\nCapPrm:", .meaning = "permitted capabilities", .value = 0, .base = 16 },
        { .name = "\nCapEff:", .meaning = "effective capabilities", .value = 0, .base = 16 },
        { .name = "\nCapAmb:", .meaning = "ambient capabilities", .value = 0, .base = 16 },
        { .name = "\nNoNewPrivs:", .meaning = "no_new_privs", .value = 1, .base = 10 },
        /* The last one, because it is not always looked at. */
        { .name = "\nCapBnd:", .meaning = "the bounding set", .value = 0, .base = 16 },
    };
    size_t count = ARRAY_SIZE(expectations) - (bounding_is_empty ? 0 : 1);
    char text[STATUS_TEXT_SIZE];
    int r = read_status(text, sizeof(text));

    if (r < 0)
        return refuse(failure, r, EXIT_STATUS_CAPABILITIES, "read /proc/self/status");
    for (size_t i = 0; i < count; i++) {
        const struct expectation *expected = &expectations[i];

        if (!all_are(text, expected->name, expected->base, expected->value))
            return isolate_fail(failure,
                                &(struct isolate_reason){ -EPERM, EXIT_STATUS_CAPABILITIES, NULL },
                                "privileges are not gone: %s", expected->meaning);
    }
    /* A gid of 0 is no privilege: OpenShift gives it to its arbitrary uids. */
    if (getuid() != 0 && (setresuid(0, 0, 0) == 0 || (getgid() != 0 && setresgid(0, 0, 0) == 0)))
        return isolate_fail(failure, &(struct isolate_reason){ -EPERM, EXIT_STATUS_USER, NULL },
                            "privileges are not gone: uid 0 can be taken back");
    return 0;
}

int isolate_stay_root(gid_t gid, struct isolate_failure *failure)
{
    if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0)
        return refuse(failure, -errno, EXIT_STATUS_GROUP, "leave the groups that we were given");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return refuse(failure, -errno, EXIT_STATUS_NO_NEW_PRIVILEGES, "set no_new_privs");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return refuse(failure, -errno, EXIT_STATUS_USER, "close our memory to our children");
    return 0;
}

int isolate_drop_privileges(uid_t uid, gid_t gid, struct isolate_failure *failure)
{
    /* Without CAP_SETPCAP the bounding set stays, and no_new_privs makes it worthless. */
    bool may_empty_bounding = capabilities_may_set_bounding();
    int parent_signal = 0, r;

    if (prctl(PR_GET_PDEATHSIG, &parent_signal, 0, 0, 0) < 0)
        parent_signal = 0;
    r = lock_securebits(failure);
    if (r == 0)
        r = change_user(uid, gid, failure);
    /* The kernel forgets it whenever the user changes. A parent that dies in these microseconds is
     * missed. */
    if (r == 0 && parent_signal != 0)
        (void)prctl(PR_SET_PDEATHSIG, parent_signal, 0, 0, 0);
    if (r == 0)
        r = drop(failure);
    return r < 0 ? r : verify(may_empty_bounding, failure);
}
