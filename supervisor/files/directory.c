#include "supervisor/files/directory.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int directory_make(char *path, mode_t mode)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        int result;

        *slash = '\0';
        result = mkdir(path, 0755);
        *slash = '/';
        if (result < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
            return -errno;
    }
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return -errno;
    return access(path, W_OK | X_OK) < 0 ? -errno : 0;
}

int directory_hand_over(const char *path, mode_t mode, const struct sandbox_identity *owner)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    uid_t uid = owner && owner->has_uid ? owner->uid : geteuid();
    gid_t gid = owner && owner->has_gid ? owner->gid : getegid();
    struct stat status;

    if (fd < 0)
        return errno == ENOTDIR ? 0 : -errno;
    if (fstat(fd, &status) < 0)
        return -errno;
    if ((status.st_uid != uid || status.st_gid != gid) && fchown(fd, uid, gid) < 0)
        return -errno;
    return (status.st_mode & 07777) != mode && fchmod(fd, mode) < 0 ? -errno : 0;
}
