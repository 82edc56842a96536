/* System calls with paths: what they write to, and whose ground they walk on. */
#include "supervisor/ctl/learn_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum how { MADE, REMOVED, CONTENT, ATTRIBUTE };

enum { SUID_SGID = S_ISUID | S_ISGID };

/* --- whose ground --- */

static bool is_below(const char *path, const char *top)
{
    size_t length = strlen(top);

    return strncmp(path, top, length) == 0 && path[length] == '/';
}

bool learn_is_at_or_below(const char *path, const char *top)
{
    return strcmp(top, "/") == 0 || strcmp(path, top) == 0 || is_below(path, top);
}

/* Of what PrivateDevices= leaves, and what has only been looked for. */
static bool is_common_device(const char *path)
{
    static const char *const files[] = { "null", "zero",  "full",   "random", "urandom", "tty",
                                         "ptmx", "stdin", "stdout", "stderr", "log",     "fd" };
    static const char *const trees[] = { "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/hugepages",
                                         "/dev/fd" };
    const char *name = path + strlen("/dev/");

    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (strcmp(name, files[i]) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
        if (learn_is_at_or_below(path, trees[i]))
            return true;
    return false;
}

static void note_ground(const struct sighting *sighting, const char *path)
{
    if (learn_is_at_or_below(path, "/dev/kmsg") || learn_is_at_or_below(path, "/proc/kmsg"))
        sighting_note(sighting, LEARN_KERNEL_LOG, path);
    if (faccessat(AT_FDCWD, path, F_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) < 0)
        return;
    if (is_below(path, "/dev") && !is_common_device(path))
        sighting_note(sighting, LEARN_DEVICES, path);
    if (is_below(path, "/home") || is_below(path, "/root") || is_below(path, "/run/user"))
        sighting_note(sighting, LEARN_HOME, path);
    if (is_below(path, "/tmp") || is_below(path, "/var/tmp"))
        sighting_note(sighting, LEARN_TMP, path);
}

/* --- what is written --- */

/* With all rights that the service has: what is refused already needs not be allowed. */
static bool may_write(const char *path, bool is_directory)
{
    return faccessat(AT_FDCWD, path, is_directory ? W_OK | X_OK : W_OK, AT_EACCESS) == 0;
}

static bool may_change(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0 || (geteuid() != 0 && status.st_uid != geteuid()))
        return false;
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 || errno != EROFS;
}

static void note_file(const struct sighting *sighting, const char *path, const char *named,
                      bool is_possible)
{
    char what[LEARN_TEXT_SIZE];

    if (!is_possible) {
        sighting_note(sighting, LEARN_REFUSED, named);
        return;
    }
    snprintf(what, sizeof(what), "%s(%s)", call_name(sighting->call), named);
    learn_note_written(sighting->facts, sighting->pid, path, what);
}

/* The entries of its directory change. */
static void note_entry(const struct sighting *sighting, const char *path)
{
    char parent[PATH_MAX], directory[PATH_MAX];
    char *slash;

    snprintf(parent, sizeof(parent), "%s", path);
    slash = strrchr(parent, '/');
    while (slash > parent && slash[1] == '\0') { /* "mkdir a/" */
        *slash = '\0';
        slash = strrchr(parent, '/');
    }
    slash[slash == parent] = '\0';
    if (realpath(parent, directory))
        note_file(sighting, directory, path, may_write(directory, true));
}

/* The file systems of the kernel are not ProtectSystem='s. */
static bool note_kernel(const struct sighting *sighting, const char *path)
{
    bool is_tunable = is_below(path, "/proc/sys") || is_below(path, "/sys");

    if (is_below(path, "/sys/fs/cgroup") && may_write(path, false))
        sighting_note(sighting, LEARN_CONTROL_GROUPS, path);
    else if (is_tunable && may_write(path, false))
        sighting_note(sighting, LEARN_TUNABLES, path);
    return is_below(path, "/proc") || is_below(path, "/sys") || is_below(path, "/dev");
}

static void note_write(const struct sighting *sighting, const char *path, enum how how)
{
    char real[PATH_MAX];
    struct stat status;
    bool exists = fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0;

    note_ground(sighting, path);
    /* What is there cannot be made, and what is not cannot be changed: no directive is asked. */
    if (note_kernel(sighting, path) || exists == (how == MADE))
        return;
    if (how == MADE || how == REMOVED)
        note_entry(sighting, path);
    else if (realpath(path, real))
        note_file(sighting, real, path,
                  how == ATTRIBUTE ? may_change(real) : may_write(real, false));
}

/* --- the paths of a call --- */

/* A second slash, and "/./", would hide what is below what. */
static void tidy(char path[PATH_MAX])
{
    char *to = path;

    for (const char *at = path; *at; at++) {
        while (at[0] == '/' && (at[1] == '/' || (at[1] == '.' && at[2] == '/')))
            at += at[1] == '/' ? 1 : 2;
        *to++ = *at;
    }
    *to = '\0';
}

/* What /proc/self is to it is not what it is to us. */
static bool is_about_itself(const char *path)
{
    return learn_is_at_or_below(path, "/proc/self") ||
           learn_is_at_or_below(path, "/proc/thread-self");
}

static bool get_path(const struct sighting *sighting, bool is_second, char path[PATH_MAX])
{
    const struct watch *watch = sighting->watch;
    unsigned directory = is_second ? watch->directory_2 : watch->directory;
    uint64_t address = sighting_argument(sighting, is_second ? watch->path_2 : watch->path);
    int error;

    if (address == 0)
        return false;
    error = learn_peek_path(sighting->pid,
                            directory ? (int)sighting_argument(sighting, directory) : AT_FDCWD,
                            address, path);
    if (error == -EXDEV)
        sighting_note(sighting, LEARN_BLIND_NAMESPACE, "a path");
    else if (error == -EPERM || error == -EACCES)
        sighting_note(sighting, LEARN_BLIND_MEMORY, "a path");
    if (error < 0)
        return false;
    tidy(path);
    return !is_about_itself(path);
}

static void note_mode(const struct sighting *sighting)
{
    if (sighting_argument(sighting, sighting->watch->mode) & SUID_SGID)
        sighting_note(sighting, LEARN_SUID_SGID, "a mode with S_ISUID or S_ISGID");
}

void watch_path(const struct sighting *sighting)
{
    char path[PATH_MAX];

    if (get_path(sighting, false, path))
        note_ground(sighting, path);
}

static void open_path(const struct sighting *sighting, uint64_t flags, const char *path)
{
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
    char parent[PATH_MAX];

    note_ground(sighting, path);
    if (!(flags & O_CREAT) || access(path, F_OK) < 0) {
        if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
            note_write(sighting, path, (flags & O_CREAT) ? MADE : CONTENT);
        else if (writes)
            note_write(sighting, path, CONTENT);
        return;
    }
    /* It is there, and would be made if it were not: the directory, if that is possible. */
    snprintf(parent, sizeof(parent), "%s", path);
    *strrchr(parent, '/') = '\0';
    if (writes && !note_kernel(sighting, path) && may_write(parent[0] ? parent : "/", true))
        note_entry(sighting, path);
    else if (writes)
        note_write(sighting, path, CONTENT);
}

void watch_open(const struct sighting *sighting)
{
    uint64_t flags = sighting->call == CALL_creat
                         ? O_CREAT | O_WRONLY | O_TRUNC
                         : sighting_argument(sighting, sighting->watch->flags);
    char path[PATH_MAX];

    if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE)
        note_mode(sighting);
    if (get_path(sighting, false, path))
        open_path(sighting, flags, path);
}

void watch_openat2(const struct sighting *sighting)
{
    struct open_how how;
    char path[PATH_MAX];

    if (learn_peek(sighting->pid, sighting_argument(sighting, sighting->watch->flags), &how,
                   sizeof(how)) == sizeof(how) &&
        get_path(sighting, false, path))
        open_path(sighting, how.flags, path);
}

static void watch_as(const struct sighting *sighting, enum how how)
{
    char path[PATH_MAX];

    note_mode(sighting);
    if (get_path(sighting, false, path))
        note_write(sighting, path, how);
}

void watch_made(const struct sighting *sighting)
{
    watch_as(sighting, MADE);
}

void watch_removed(const struct sighting *sighting)
{
    watch_as(sighting, REMOVED);
}

/* The second path may be there, and be replaced. */
void watch_renamed(const struct sighting *sighting)
{
    char from[PATH_MAX], to[PATH_MAX];

    if (!get_path(sighting, false, from) || !get_path(sighting, true, to) || access(from, F_OK) < 0)
        return;
    note_write(sighting, from, REMOVED);
    note_entry(sighting, to);
}

void watch_content(const struct sighting *sighting)
{
    watch_as(sighting, CONTENT);
}

void watch_attribute(const struct sighting *sighting)
{
    watch_as(sighting, ATTRIBUTE);
}

void watch_descriptor(const struct sighting *sighting)
{
    int fd = (int)sighting_argument(sighting, sighting->watch->flags);
    char path[PATH_MAX];

    note_mode(sighting);
    if (learn_peek_descriptor(sighting->pid, fd, path) == 0 && path[0] == '/')
        note_write(sighting, path, ATTRIBUTE);
}

void watch_socket_path(const struct sighting *sighting, const char *text)
{
    char path[PATH_MAX], base[PATH_MAX] = "";

    if (text[0] == '\0' ||
        (text[0] != '/' && learn_peek_descriptor(sighting->pid, AT_FDCWD, base) < 0))
        return;
    if (snprintf(path, sizeof(path), "%s%s%s", base, base[0] ? "/" : "", text) >= PATH_MAX)
        return;
    tidy(path);
    note_write(sighting, path, MADE);
}
