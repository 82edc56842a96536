#include "supervisor/init/condition_private.h"
#include "supervisor/files/first_entry.h"
#include "supervisor/files/path_glob.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { DEVICE_DEPTH = 8 }; /* device-mapper devices on top of each other */

int check_path_exists(const struct condition_context *context, const char *path)
{
    (void)context;
    return access(path, F_OK) == 0;
}

int check_path_exists_glob(const struct condition_context *context, const char *pattern)
{
    (void)context;
    return path_glob_find(pattern, NULL);
}

int check_path_is_directory(const struct condition_context *context, const char *path)
{
    struct stat status;

    (void)context;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int check_path_is_symbolic_link(const struct condition_context *context, const char *path)
{
    struct stat status;

    (void)context;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

int check_path_is_mount_point(const struct condition_context *context, const char *path)
{
    struct statx status;

    (void)context;
    if (strcmp(path, "/") == 0)
        return 1;
    return statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_TYPE, &status) == 0 &&
           (status.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Above 0: yes, or a negative errno. */
static int is_read_only(const char *path)
{
    struct statvfs status;

    if (statvfs(path, &status) < 0)
        return -errno;
    /* On NFS the flag might not be set. */
    return (status.f_flag & ST_RDONLY) || (access(path, W_OK) < 0 && errno == EROFS);
}

int check_path_is_read_write(const struct condition_context *context, const char *path)
{
    int answer = is_read_only(path);

    (void)context;
    return answer <= 0 && answer != -ENOENT;
}

int check_file_not_empty(const struct condition_context *context, const char *path)
{
    struct stat status;

    (void)context;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

int check_file_is_executable(const struct condition_context *context, const char *path)
{
    struct stat status;

    (void)context;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111);
}

/* As systemd has it, a directory that cannot be read counts as one that has something. */
int check_directory_not_empty(const struct condition_context *context, const char *path)
{
    char name[NAME_MAX + 1];
    int answer = first_entry(path, name);

    (void)context;
    return answer != 0 && answer != -ENOENT && answer != -ENOTDIR;
}

/* The device itself, or the one below it, is one of dm-crypt. */
int check_path_is_encrypted(const struct condition_context *context, const char *path)
{
    char device[PATH_MAX], file[PATH_MAX + 32], text[256], name[NAME_MAX + 1];
    struct stat status;
    size_t length;

    (void)context;
    if (stat(path, &status) < 0)
        return 0;
    snprintf(device, sizeof(device), "/sys/dev/block/%u:%u", major(status.st_dev),
             minor(status.st_dev));
    for (int depth = 0; depth < DEVICE_DEPTH; depth++) {
        snprintf(file, sizeof(file), "%s/dm/uuid", device);
        if (condition_read(file, text, sizeof(text)) > 0 && strncmp(text, "CRYPT-", 6) == 0)
            return 1;
        snprintf(file, sizeof(file), "%s/slaves", device);
        if (first_entry(file, name) <= 0)
            return 0;
        length = strlen(device);
        if (length + strlen("/slaves/") + strlen(name) >= sizeof(device))
            return 0;
        snprintf(device + length, sizeof(device) - length, "/slaves/%s", name);
    }
    return 0;
}

/* .updated may carry the time that its file system cannot: TIMESTAMP_NSEC=. */
static int is_older_than(const char *path, const struct timespec *time)
{
    static const char key[] = "TIMESTAMP_NSEC=";
    char text[4096], *line;
    uint64_t stamp;

    if (condition_read(path, text, sizeof(text)) < 0)
        return 1;
    line = strstr(text, key);
    if (!line || (line > text && line[-1] != '\n'))
        return 1;
    line += strlen(key);
    line[strcspn(line, "\n")] = '\0';
    if (value_unsigned(line, UINT64_MAX, &stamp) < 0)
        return 1;
    return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec > stamp;
}

int check_needs_update(const struct condition_context *context, const char *path)
{
    char updated[PATH_MAX];
    struct stat usr, other;

    (void)context;
    if (is_read_only(path) > 0)
        return 0;
    snprintf(updated, sizeof(updated), "%s/.updated", path);
    if (lstat(updated, &other) < 0 || lstat("/usr/", &usr) < 0)
        return 1;
    if (usr.st_mtim.tv_sec != other.st_mtim.tv_sec)
        return usr.st_mtim.tv_sec > other.st_mtim.tv_sec;
    if (usr.st_mtim.tv_nsec == 0 || other.st_mtim.tv_nsec > 0)
        return usr.st_mtim.tv_nsec > other.st_mtim.tv_nsec;
    return is_older_than(updated, &usr.st_mtim);
}
