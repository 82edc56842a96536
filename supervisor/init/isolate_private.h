#ifndef REEVE_INIT_ISOLATE_PRIVATE_H
#define REEVE_INIT_ISOLATE_PRIVATE_H

/* Shared by isolate.c, isolate_mounts.c, isolate_paths.c and isolate_drop.c only. */

#include "supervisor/init/isolate.h"

#include <limits.h>

enum {
    ISOLATE_PATHS_MAX = 32, /* reachable paths, and directories that are covered */
    ISOLATE_OPTIONS_SIZE = 96,
    ISOLATE_RUN_MEGABYTES = 64,
};

/* What the pod may fill before it gets ENOSPC. Chromium alone wants more /dev/shm than the engines'
 * 64 MB. */
#define ISOLATE_TMP_OPTIONS "mode=1777,size=1024m"
#define ISOLATE_SHM_OPTIONS "mode=1777,size=512m"

/*
 * Fills *failure with the text and the errno in words; returns `error`, which is negative. The text
 * ends with the advice, if there is one.
 */
struct isolate_reason {
    int error, exit_status;
    const char *advice; /* may be NULL */
};
int isolate_fail(struct isolate_failure *failure, const struct isolate_reason *reason,
                 const char *format, ...) PRINTF_LIKE(3, 4);

/* What to tell somebody who was refused a namespace or a mount. Never NULL; a constant. */
const char *isolate_advice(int error);

/* --- isolate_paths.c --- */

/* Something that must stay visible at its path although a directory above it is covered. */
struct isolate_kept {
    char path[PATH_MAX];
    int tree; /* a detached copy of the mounts there, or -1 */
};

/* A directory that is hidden under a tmpfs. */
struct isolate_cover {
    char path[PATH_MAX];
    const char *options; /* NULL: a way to something below, read-only in the end */
    unsigned flags;
};

struct isolate_view {
    uid_t uid;
    gid_t gid;
    char state[PATH_MAX];
    int state_tree;
    struct isolate_kept kept[ISOLATE_PATHS_MAX];
    struct isolate_cover covers[ISOLATE_PATHS_MAX];
    size_t kept_count, cover_count;
    char run_options[ISOLATE_OPTIONS_SIZE];
};

/* Whether `path` is `ancestor` or lies below it. */
bool isolate_is_below(const char *path, const char *ancestor);

/* Makes the state directory and sees to it that `uid` can write there. */
int isolate_make_state(struct isolate_view *view, const char *path,
                       struct isolate_failure *failure) MUST_CHECK;

/* Decides what is covered and what must be kept, and takes hold of the latter. */
int isolate_collect(struct isolate_view *view, const struct isolate_layout *layout,
                    struct isolate_failure *failure) MUST_CHECK;

/* Makes the directories up to `path`, and `path` itself as a place to mount a directory or file on.
 */
int isolate_make_way(const char *path, bool is_directory) MUST_CHECK;

#endif
