#include "supervisor/init/isolate_private.h"

#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

bool isolate_is_below(const char *path, const char *ancestor)
{
    size_t length = strlen(ancestor);

    if (length == 1)
        return true; /* the root */
    return strncmp(path, ancestor, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* Both ends have PATH_MAX bytes, or the length was looked at. */
static void copy_path(char copy[PATH_MAX], const char *path)
{
    snprintf(copy, PATH_MAX, "%s", path);
}

/* --- the state directory --- */

/* mkdir -p; says whether the last directory is new. Ancestors stay the caller's. */
static int make_directories(const char *path, bool *ret_is_new)
{
    char partial[PATH_MAX];

    if (path[0] != '/' || strlen(path) >= sizeof(partial))
        return path[0] != '/' ? -EINVAL : -ENAMETOOLONG;
    copy_path(partial, path);
    for (char *slash = partial + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(partial, 0755) < 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    *ret_is_new = mkdir(path, 0755) == 0;
    return *ret_is_new || errno == EEXIST ? 0 : -errno;
}

int isolate_make_way(const char *path, bool is_directory)
{
    char parent[PATH_MAX];
    bool is_new;
    int fd, r;

    if (is_directory)
        return make_directories(path, &is_new);
    if (strlen(path) >= sizeof(parent))
        return -ENAMETOOLONG;
    copy_path(parent, path);
    r = make_directories(dirname(parent), &is_new);
    if (r < 0)
        return r;
    fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    fd_close(fd);
    return 0;
}

/* Takes the descriptor. */
static bool is_empty(int directory)
{
    DIR *stream = fdopendir(directory);
    const struct dirent *entry;
    bool empty = stream != NULL;

    while (empty && (entry = readdir(stream)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (stream)
        closedir(stream);
    else
        fd_close(directory);
    return empty;
}

/* The permission bits that count for uid:gid; access control lists and further groups are not
 * looked at. */
static unsigned rights_of(const struct stat *status, uid_t uid, gid_t gid)
{
    if (status->st_uid == uid)
        return status->st_mode >> 6 & 7;
    if (status->st_gid == gid)
        return status->st_mode >> 3 & 7;
    return status->st_mode & 7;
}

/*
 * Only what is ours to give is given away: a directory that we made, or an empty one. Somebody's
 * files are never chowned.
 */
static int own_state(const struct isolate_view *view, bool is_new, struct isolate_failure *failure)
{
    struct isolate_reason reason = { -EACCES, EXIT_STATUS_STATE_DIRECTORY, NULL };
    cleanup_fd int fd = open(view->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0) {
        reason.error = -errno;
        return isolate_fail(failure, &reason, "cannot open the state directory '%s'", view->state);
    }
    if (rights_of(&status, view->uid, view->gid) == 7)
        return 0;
    if (geteuid() == 0 &&
        (is_new || is_empty(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC))) &&
        fchown(fd, view->uid, view->gid) == 0 && fchmod(fd, 0755) == 0)
        return 0;
    return isolate_fail(
        failure, &reason,
        "the state directory '%s' cannot be written by uid %u; give it to that user "
        "(chown -R %u:%u) or name another one in REEVE_STATE",
        view->state, view->uid, view->uid, view->gid);
}

int isolate_make_state(struct isolate_view *view, const char *path, struct isolate_failure *failure)
{
    bool is_new = false;
    int r = make_directories(path, &is_new);

    if (r == 0 && !realpath(path, view->state))
        r = -errno;
    if (r < 0)
        return isolate_fail(failure,
                            &(struct isolate_reason){ r, EXIT_STATUS_STATE_DIRECTORY,
                                                      "name another one in REEVE_STATE" },
                            "cannot make the state directory '%s'", path);
    return own_state(view, is_new, failure);
}

/* --- what is covered, what is kept --- */

static int too_many(struct isolate_failure *failure)
{
    return isolate_fail(failure, &(struct isolate_reason){ -E2BIG, EXIT_STATUS_NAMESPACE, NULL },
                        "more than %d directories to keep or to cover", ISOLATE_PATHS_MAX);
}

static int add_cover(struct isolate_view *view, const struct isolate_cover *cover,
                     struct isolate_failure *failure)
{
    for (size_t i = 0; i < view->cover_count; i++) {
        if (isolate_is_below(cover->path, view->covers[i].path))
            return 0;
    }
    if (view->cover_count == ISOLATE_PATHS_MAX)
        return too_many(failure);
    view->covers[view->cover_count++] = *cover;
    return 0;
}

/*
 * The topmost directory above `path` that the user cannot enter: true, with its name cut out of
 * `path`. As an ordinary user we are that user, and what is closed to us we could not have been
 * told to reach.
 */
static bool closed_ancestor(const struct isolate_view *view, const char *path, char *ret_ancestor)
{
    char partial[PATH_MAX];

    if (geteuid() != 0)
        return false;
    copy_path(partial, path);
    for (char *slash = partial + 1; (slash = strchr(slash, '/')); slash++) {
        struct stat status;

        *slash = '\0';
        if (stat(partial, &status) == 0 && !(rights_of(&status, view->uid, view->gid) & 1)) {
            copy_path(ret_ancestor, partial);
            return true;
        }
        *slash = '/';
    }
    return false;
}

static const struct isolate_cover *cover_of(const struct isolate_view *view, const char *path)
{
    for (size_t i = 0; i < view->cover_count; i++) {
        if (isolate_is_below(path, view->covers[i].path))
            return &view->covers[i];
    }
    return NULL;
}

static int add_kept(struct isolate_view *view, const char *path, struct isolate_failure *failure)
{
    struct isolate_kept *kept;

    if (view->kept_count == ISOLATE_PATHS_MAX)
        return too_many(failure);
    kept = &view->kept[view->kept_count++];
    kept->tree = -1;
    copy_path(kept->path, path);
    return 0;
}

/* The user must not only get there but also read it. */
static int check_reachable(const struct isolate_view *view, const char *path,
                           struct isolate_failure *failure)
{
    struct isolate_reason reason = { -EACCES, EXIT_STATUS_NAMESPACE, NULL };
    struct stat status;

    if (stat(path, &status) < 0) {
        reason.error = -errno;
        return isolate_fail(failure, &reason, "cannot look at '%s'", path);
    }
    if (rights_of(&status, view->uid, view->gid) & 4 || geteuid() != 0)
        return 0;
    return isolate_fail(failure, &reason,
                        "'%s' cannot be read by uid %u; open it with chmod -R o+rX '%s'", path,
                        view->uid, path);
}

static int collect_reachable(struct isolate_view *view, const char *asked,
                             struct isolate_failure *failure)
{
    struct isolate_cover cover = { .options = NULL };
    char path[PATH_MAX];
    int r;

    if (!realpath(asked, path))
        return isolate_fail(failure,
                            &(struct isolate_reason){ -errno, EXIT_STATUS_NAMESPACE, NULL },
                            "cannot find '%s'", asked);
    r = check_reachable(view, path, failure);
    if (r == 0 && closed_ancestor(view, path, cover.path))
        r = add_cover(view, &cover, failure);
    return r < 0 ? r : add_kept(view, path, failure);
}

/* /run is covered, and often /etc/resolv.conf is a link into it. Its directory, because it gets
 * replaced. */
static int collect_resolver(struct isolate_view *view, struct isolate_failure *failure)
{
    char path[PATH_MAX], directory[PATH_MAX];
    const struct isolate_cover *cover;

    if (!realpath("/etc/resolv.conf", path) || !(cover = cover_of(view, path)))
        return 0;
    copy_path(directory, path);
    *strrchr(directory, '/') = '\0';
    return add_kept(view, strcmp(directory, cover->path) == 0 ? path : directory, failure);
}

static int grab(struct isolate_view *view, const char *path, int *ret_tree,
                struct isolate_failure *failure)
{
    const struct isolate_cover *cover = cover_of(view, path);
    int tree;

    if (cover && strcmp(cover->path, path) == 0)
        return isolate_fail(
            failure,
            &(struct isolate_reason){ -EBUSY, EXIT_STATUS_NAMESPACE, "use a directory below it" },
            "'%s' gets a file system of its own", path);
    tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (tree < 0)
        return isolate_fail(
            failure,
            &(struct isolate_reason){ -errno, EXIT_STATUS_NAMESPACE, isolate_advice(-errno) },
            "cannot take hold of '%s'", path);
    *ret_tree = tree;
    return 0;
}

static bool is_kept_by_another(const struct isolate_view *view, size_t index)
{
    const char *path = view->kept[index].path;

    for (size_t i = 0; i < view->kept_count; i++) {
        bool is_same = strcmp(path, view->kept[i].path) == 0;

        if (i != index && isolate_is_below(path, view->kept[i].path) && (!is_same || i < index))
            return true;
    }
    return false;
}

static int collect_standard_covers(struct isolate_view *view, struct isolate_failure *failure)
{
    static const struct isolate_cover temporary = { "/tmp", ISOLATE_TMP_OPTIONS,
                                                    MS_NOSUID | MS_NODEV };
    static const struct isolate_cover shared = { "/dev/shm", ISOLATE_SHM_OPTIONS,
                                                 MS_NOSUID | MS_NODEV | MS_NOEXEC };
    struct isolate_cover run = { "/run", view->run_options, MS_NOSUID | MS_NODEV };
    int r;

    snprintf(view->run_options, sizeof(view->run_options), "mode=0755,size=%dm,uid=%u,gid=%u",
             ISOLATE_RUN_MEGABYTES, view->uid, view->gid);
    r = add_cover(view, &temporary, failure);
    if (r == 0)
        r = add_cover(view, &run, failure);
    if (r == 0 && access("/dev/shm", F_OK) == 0) /* a bare /dev of a chroot may lack it */
        r = add_cover(view, &shared, failure);
    return r;
}

int isolate_collect(struct isolate_view *view, const struct isolate_layout *layout,
                    struct isolate_failure *failure)
{
    int r = collect_standard_covers(view, failure);

    for (size_t i = 0; r == 0 && layout->reachable && layout->reachable[i]; i++)
        r = collect_reachable(view, layout->reachable[i], failure);
    if (r == 0)
        r = collect_reachable(view, view->state, failure);
    if (r == 0)
        r = collect_resolver(view, failure);
    for (size_t i = 0; r == 0 && i < view->kept_count; i++) {
        if (cover_of(view, view->kept[i].path) && !is_kept_by_another(view, i))
            r = grab(view, view->kept[i].path, &view->kept[i].tree, failure);
    }
    return r < 0 ? r : grab(view, view->state, &view->state_tree, failure);
}
