/*
 * Can Chromium's own sandbox work here? Found out by trying, never from euid, kernel version or
 * /proc/sys.
 *
 * A throw-away child walks the same system calls as Chromium's zygote does for the "namespace
 * sandbox" (sandbox/linux/services/{namespace_sandbox,credentials}.cc and zygote_main_linux.cc of
 * the Chromium sources): a new user, PID and network namespace with id maps, a second user
 * namespace inside it, a seccomp filter, chroot into /proc/self/fdinfo/ and a further PID
 * namespace. If one is refused, Chromium would end with a FATAL line ("No usable sandbox!" or a
 * failed sys_chroot check), so it must be told
 * --no-sandbox before. The answer holds for the caller's own privileges, filters and Landlock
 * domain, which exec keeps.
 */
#ifndef SERVICES_DESKTOP_SANDBOX_PROBE_H
#define SERVICES_DESKTOP_SANDBOX_PROBE_H

#include <stdbool.h>
#include <stddef.h>

enum probe_step {
    PROBE_CLONE,
    PROBE_SETGROUPS,
    PROBE_UID_MAP,
    PROBE_GID_MAP,
    PROBE_NESTED,
    PROBE_SECCOMP,
    PROBE_CHROOT,
    PROBE_NEWPID,
    PROBE_DONE,
    PROBE_STEP_COUNT,
};

/* Where the child came to an end: PROBE_DONE, or the step that failed and why. `signal` is not 0
 * when a filter killed the child instead of answering with an error. */
struct probe_verdict {
    enum probe_step step;
    int error; /* positive errno, 0 when killed or fine */
    int signal;
};

/* Tries. Returns 0 with the verdict, or a negative errno when not even a child could be made. */
int sandbox_probe(struct probe_verdict *ret_verdict) __attribute__((warn_unused_result));

/* The system call of a step as a person would name it, e.g. "chroot". */
const char *probe_step_name(enum probe_step step);

/* "chroot: EPERM, Operation not permitted" for a status line. */
void probe_verdict_describe(const struct probe_verdict *verdict, char *text, size_t size);

/* What the operator can change so that the step would succeed; one sentence without a full stop. */
const char *probe_verdict_remedy(const struct probe_verdict *verdict);

#endif
