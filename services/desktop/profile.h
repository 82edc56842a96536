/*
 * Chromium's places on disk: a home below the state directory, and the lock of its profile.
 *
 * The lock is a symbolic link SingletonLock -> HOSTNAME-PID in the profile. A container that comes
 * back has another host name or small pids that are taken again, and a headful Chromium then asks a
 * person what to do ("The profile appears to be in use by another process ... on another
 * computer"), which hangs a robot. So the launcher decides: the lock is live only when that pid
 * exists here, is not ourselves and runs with this very profile.
 */
#ifndef SERVICES_DESKTOP_PROFILE_H
#define SERVICES_DESKTOP_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Makes STATE/home, STATE/profile and STATE/run (0700) and points HOME, XDG_CONFIG_HOME,
 * XDG_CACHE_HOME, XDG_DATA_HOME and XDG_RUNTIME_DIR there. With `fresh` home and profile are
 * emptied first; the caller has checked that no one uses them. Returns 0 or a negative errno, and
 * then the path that failed in `failed`.
 */
int profile_prepare(const char *state, bool fresh, char *failed, size_t failed_size)
    __attribute__((warn_unused_result));

/* The pid of a live browser that holds this profile, or 0. Reads /proc; an unreadable lock is not
 * live. */
pid_t profile_owner(const char *profile);

/*
 * Removes a lock that nobody holds, with its socket below /tmp. Returns 1 when there was one (its
 * text, such as "oldhost-17", in `text`), 0 when not, or a negative errno.
 */
int profile_unlock(const char *profile, char *text, size_t size)
    __attribute__((warn_unused_result));

#endif
