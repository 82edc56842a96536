#include "supervisor/init/directories.h"

#include "supervisor/files/identity.h"
#include "supervisor/init/rubbish.h"
#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int directories_join(const struct pod *pod, const struct unit_spec *spec, enum directory_kind kind,
                     char *ret_text, size_t size)
{
    size_t used = 0;

    ret_text[0] = '\0';
    for (string_list at = spec->exec.directories[kind].names; at && *at; at++) {
        int length = snprintf(ret_text + used, size - used, "%s%s/%s", used ? ":" : "",
                              pod->place.roots.directory[kind], *at);

        if (length < 0 || (size_t)length >= size - used)
            return -E2BIG;
        used += (size_t)length;
    }
    return 0;
}

/* mkdir -p: parents get 0755, the last one `mode`. */
static int make_path(char *path, mode_t mode)
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

/*
 * Owner and mode are what the unit says at each start, whoever made the directory. What lies in it
 * stays as it is: a walk through somebody's data would hold PID 1 up. So does what a link leads to,
 * which may be a trap that the owner of the parent has set.
 */
static int hand_over(const char *path, mode_t mode, const struct sandbox_identity *owner)
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

static int make_directory(const struct pod *pod, unit_id id, char *path, mode_t mode)
{
    const struct identity *identity;
    int error = make_path(path, mode);

    /* An ordinary user owns what he makes, and can give nothing away. At boot it is only tried
     * whether directories can be made; whose they are is known later. */
    if (error < 0 || !pod->abilities.identity || !pod->members)
        return error;
    identity = pod->members[id].identity;
    return hand_over(path, mode, identity ? &identity->ids : NULL);
}

int directories_make(const struct pod *pod, unit_id id, int *ret_exit_status, char *ret_path)
{
    static const int statuses[DIRECTORY_KIND_COUNT] = {
        [DIRECTORY_RUNTIME] = EXIT_STATUS_RUNTIME_DIRECTORY,
        [DIRECTORY_STATE] = EXIT_STATUS_STATE_DIRECTORY,
        [DIRECTORY_CACHE] = EXIT_STATUS_CACHE_DIRECTORY,
        [DIRECTORY_LOGS] = EXIT_STATUS_LOGS_DIRECTORY,
        [DIRECTORY_CONFIGURATION] = EXIT_STATUS_CONFIGURATION_DIRECTORY,
    };

    for (int kind = 0; kind < DIRECTORY_CONFIGURATION; kind++) {
        const struct exec_directories *directories = &pod->set.specs[id]->exec.directories[kind];

        for (string_list name = directories->names; name && *name; name++) {
            int error;

            snprintf(ret_path, PATH_MAX, "%s/%s", pod->place.roots.directory[kind], *name);
            error = make_directory(pod, id, ret_path, directories->mode);
            if (error < 0) {
                *ret_exit_status = statuses[kind];
                return error;
            }
        }
    }
    return 0;
}

void directories_remove(struct pod *pod, unit_id id)
{
    for (string_list name = pod->set.specs[id]->exec.directories[DIRECTORY_RUNTIME].names;
         name && *name; name++) {
        char path[PATH_MAX];
        int error;

        snprintf(path, sizeof(path), "%s/%s", pod->place.roots.directory[DIRECTORY_RUNTIME], *name);
        error = rubbish_take(pod, path, pod->place.runtime_directory);
        if (error < 0 && error != -ENOENT)
            pod_log(pod, 4, "%s: cannot remove its directory '%s': %s", pod_unit_name(pod, id),
                    path, strerror(-error));
    }
}
