#include "supervisor/init/private_tmp.h"

#include "supervisor/files/identity.h"
#include "supervisor/init/rubbish.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MODE_TMP = 01777, FINISH_MS = 1000 };

void private_tmp_find(struct pod *pod)
{
    char *path;

    if (access("/tmp", W_OK | X_OK) == 0 &&
        asprintf(&path, "/tmp/reeve-private-%08x", (unsigned)pod->seal_nonce) >= 0)
        pod->place.private_directory = path; /* lives as long as the process */
}

static int join(char path[PATH_MAX], const struct pod *pod, unit_id id, const char *name)
{
    int length = snprintf(path, PATH_MAX, "%s/%s%s", pod->place.private_directory,
                          pod_unit_name(pod, id), name);

    return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Others may prepare a trap in /tmp: it must be ours. Users of units go through it, to their own.
 */
static int make_common(const struct pod *pod)
{
    const char *path = pod->place.private_directory;
    mode_t mode = pod->abilities.identity ? 0711 : 0700;
    struct stat status;

    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return -errno;
    if (lstat(path, &status) < 0)
        return -errno;
    return S_ISDIR(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 07777) == mode
               ? 0
               : -EPERM;
}

static int make_one(const struct pod *pod, unit_id id, const char *name)
{
    char path[PATH_MAX];
    int r = join(path, pod, id, name);

    if (r == 0 && (mkdir(path, MODE_TMP) < 0 || chmod(path, MODE_TMP) < 0))
        r = -errno;
    return r;
}

/* Only then is it given to the user: what he could put there we must not follow. */
static int hand_over(const struct pod *pod, unit_id id, const char *path)
{
    const struct identity *identity = pod->members[id].identity;

    if (!identity || !identity->ids.has_uid)
        return 0;
    return lchown(path, identity->ids.uid, (gid_t)-1) < 0 ? -errno : 0;
}

int private_tmp_make(struct pod *pod, unit_id id)
{
    char path[PATH_MAX];
    int r = join(path, pod, id, "");

    if (pod->members[id].has_private_tmp)
        return r;
    if (r == 0)
        r = make_common(pod);
    pod->members[id].has_private_tmp = r == 0;
    if (r == 0 && mkdir(path, 0700) < 0)
        return errno == EEXIST ? 0 : -errno;
    if (r == 0)
        r = make_one(pod, id, "/tmp");
    if (r == 0)
        r = make_one(pod, id, "/var-tmp");
    return r < 0 ? r : hand_over(pod, id, path);
}

void private_tmp_remove(struct pod *pod, unit_id id)
{
    char path[PATH_MAX];
    int error = join(path, pod, id, "");

    if (error == 0)
        error = rubbish_take(pod, path, pod->place.private_directory);
    if (error < 0 && error != -ENOENT)
        pod_log(pod, 4, "%s: cannot remove its directory '%s': %s", pod_unit_name(pod, id), path,
                strerror(-error));
}

void private_tmp_finish(struct pod *pod)
{
    struct pollfd end = { .events = POLLIN };
    pid_t pid;

    if (!pod->place.private_directory)
        return;
    pid = fork();
    if (pid == 0) {
        /* Another child may still be at it: what is gone is gone. */
        rubbish_clear(pod->place.private_directory);
        _exit(0);
    }
    end.fd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    if (end.fd >= 0)
        (void)poll(&end, 1, FINISH_MS);
    fd_close(end.fd);
}
