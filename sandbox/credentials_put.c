#include "sandbox/credentials_private.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE_FILE = 0400, MODE_DIRECTORY = 0500 };

/* systemd.exec(5): readable by the service's user and nobody else. */
static int hand_over(int fd, mode_t mode, const struct sandbox_identity *owner)
{
    uid_t uid = owner && owner->has_uid ? owner->uid : (uid_t)-1;
    gid_t gid = owner && owner->has_gid ? owner->gid : (gid_t)-1;

    if (fchmod(fd, mode) < 0)
        return -errno;
    return (uid != (uid_t)-1 || gid != (gid_t)-1) && fchown(fd, uid, gid) < 0 ? -errno : 0;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t length = write(fd, bytes, size);

        if (length < 0 && errno != EINTR)
            return -errno;
        bytes += length < 0 ? 0 : length;
        size -= length < 0 ? 0 : (size_t)length;
    }
    return 0;
}

static int put_file(int directory, const struct credential_file *file,
                    const struct sandbox_identity *owner)
{
    cleanup_fd int fd = -1;
    int r;

    /* Half a file of a process that was killed in here. */
    if (unlinkat(directory, file->name, 0) < 0 && errno != ENOENT)
        return -errno;
    fd = openat(directory, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    r = fd < 0 ? -errno : write_all(fd, file->name + file->name_size, file->size);
    return r < 0 ? r : hand_over(fd, MODE_FILE, owner);
}

int credentials_unpack(const struct credential_pack *pack, int parent, const char *name,
                       const struct sandbox_identity *owner)
{
    const struct credential_file *file = NULL;
    cleanup_fd int directory = -1;
    int r = 0;

    if (pack->count == 0)
        return 0;
    if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
        return -errno;
    directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0)
        return -errno;
    while (r == 0 && (file = credential_file_next(pack, file)))
        r = put_file(directory, file, owner);
    return r < 0 ? r : hand_over(directory, MODE_DIRECTORY, owner);
}

int credentials_publish(const struct credential_plan *plan, const struct credential_pack *pack,
                        const struct sandbox_identity *owner)
{
    cleanup_fd int parent = open(plan->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char unfinished[NAME_MAX + 1];
    int r;

    if (parent < 0)
        return -errno;
    if (pack->count == 0 || faccessat(parent, plan->unit, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    if (strlen(plan->unit) + sizeof(CREDENTIALS_UNFINISHED) > sizeof(unfinished))
        return -ENAMETOOLONG;
    stpcpy(stpcpy(unfinished, CREDENTIALS_UNFINISHED), plan->unit);
    r = credentials_unpack(pack, parent, unfinished, owner);
    if (r == 0 && renameat(parent, unfinished, parent, plan->unit) < 0)
        r = -errno;
    return r;
}
