#ifndef REEVE_SANDBOX_MOUNT_OPTIONS_H
#define REEVE_SANDBOX_MOUNT_OPTIONS_H

/*
 * The options of TemporaryFileSystem=, "ro,mode=0700,size=10M": some are for the mount, the others
 * for the file system, to which they are given one by one (fsconfig(2)).
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <stddef.h>

struct mount_options {
    char *pairs; /* key and value, each with its NUL, then one more; the caller's to free */
    size_t size;
    bool is_read_only, is_no_exec;
};

/* `text` may be NULL; systemd's defaults come before it. 0 or -ENOMEM. */
int mount_options_parse(const char *text, struct mount_options *ret_options) MUST_CHECK;

#endif
