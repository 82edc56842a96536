#include "supervisor/files/programs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *programs_own_directory(char *buffer)
{
    ssize_t length = readlink("/proc/self/exe", buffer, PATH_MAX - 1);
    char *slash;

    if (length < 0)
        return "/usr/bin";
    buffer[length] = '\0';
    slash = strrchr(buffer, '/');
    if (slash && slash != buffer)
        *slash = '\0';
    return buffer;
}

static int check_program(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EACCES;
    return access(path, X_OK) < 0 ? -errno : 0;
}

int programs_find(const char *own_directory, const char *name, char *ret_path)
{
    const char *const directories[] = {
        own_directory, "",         "/usr/local/sbin", "/usr/local/bin",
        "/usr/sbin",   "/usr/bin", "/sbin",           "/bin",
    };
    int error = -ENOENT;

    if (name[0] == '/') {
        snprintf(ret_path, PATH_MAX, "%s", name);
        return check_program(ret_path);
    }
    for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
        int result;

        if (directories[i][0] == '\0')
            snprintf(ret_path, PATH_MAX, "%s/../libexec/reeve/%s", own_directory, name);
        else
            snprintf(ret_path, PATH_MAX, "%s/%s", directories[i], name);
        result = check_program(ret_path);
        if (result == 0)
            return 0;
        if (result != -ENOENT && result != -ENOTDIR)
            error = result;
    }
    return error;
}

/* Cut off, it is not there. */
static int check_in(const char *root, const char *path)
{
    char outside[PATH_MAX];
    struct stat status;

    snprintf(outside, sizeof(outside), "%s%s", root, path);
    if (lstat(outside, &status) < 0)
        return -errno;
    return S_ISREG(status.st_mode) || S_ISLNK(status.st_mode) ? 0 : -EACCES;
}

static int find_in(const char *root, const char *name, char *ret_path)
{
    static const char *const directories[] = {
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    };

    if (name[0] == '/') {
        snprintf(ret_path, PATH_MAX, "%s", name);
        return check_in(root, ret_path);
    }
    for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
        snprintf(ret_path, PATH_MAX, "%s/%s", directories[i], name);
        if (check_in(root, ret_path) == 0)
            return 0;
    }
    return -ENOENT;
}

int programs_find_command(const struct exec_spec *exec, const struct exec_command *command,
                          const char *own_directory, char *ret_path)
{
    if (exec->root_directory && !(command->flags & EXEC_PRIVILEGED))
        return find_in(exec->root_directory, command->path, ret_path);
    return programs_find(own_directory, command->path, ret_path);
}
