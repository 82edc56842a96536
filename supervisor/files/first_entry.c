#include "supervisor/files/first_entry.h"

#include "supervisor/unit/macro.h"
#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

/* Nobody can keep PID 1 busy with a directory full of what does not count. */
enum { ENTRIES_MAX = 100 * 1000 };

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* hidden_or_backup_file() of systemd. */
static bool is_hidden_or_backup(const char *name)
{
    static const char *const names[] = { "lost+found", "aquota.user", "aquota.group" };
    static const char *const suffixes[] = {
        "rpmnew",    "rpmsave",  "rpmorig",     "dpkg-old",    "dpkg-new", "dpkg-tmp",
        "dpkg-dist", "dpkg-bak", "dpkg-backup", "dpkg-remove", "ucf-new",  "ucf-old",
        "ucf-dist",  "swp",      "bak",         "old",         "new",
    };
    const char *dot = strrchr(name, '.');
    size_t length = strlen(name);

    return name[0] == '.' || name[length - 1] == '~' || is_one_of(name, names, ARRAY_SIZE(names)) ||
           (dot && is_one_of(dot + 1, suffixes, ARRAY_SIZE(suffixes)));
}

int first_entry(const char *path, char ret_name[NAME_MAX + 1])
{
    char entries[2048];
    cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unsigned left = ENTRIES_MAX;
    long length;

    if (fd < 0)
        return -errno;
    while ((length = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0)
        for (long at = 0; at < length; left--) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);

            if (left == 0)
                return -E2BIG;
            if (!is_hidden_or_backup(entry->d_name)) {
                memcpy(ret_name, entry->d_name, strlen(entry->d_name) + 1);
                return 1;
            }
            at += entry->d_reclen;
        }
    return length < 0 ? -errno : 0;
}
