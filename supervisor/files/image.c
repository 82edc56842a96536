#include "supervisor/files/image.h"

#include "supervisor/files/environment_file.h"
#include "supervisor/files/path_glob.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

extern char **environ;

/* --- environment --- */

static size_t name_length(const char *assignment)
{
    return strcspn(assignment, "=");
}

static char **find_variable(struct image *image, const char *name, size_t length)
{
    for (size_t i = 0; i < image->envc; i++)
        if (image->envp[i][0] == name[0] && strncmp(image->envp[i], name, length) == 0 &&
            image->envp[i][length] == '=')
            return &image->envp[i];
    return NULL;
}

const char *image_value(struct image *image, const char *name, size_t length)
{
    char **place = find_variable(image, name, length);

    return place ? *place + length + 1 : "";
}

void image_clear(struct image *image)
{
    image->argc = image->envc = image->pid_count = image->used = 0;
    image->bad_file = NULL;
    image->argv[0] = image->envp[0] = NULL;
}

int image_put(struct image *image, char *assignment)
{
    char **place;

    if (!assignment)
        return -E2BIG;
    place = find_variable(image, assignment, name_length(assignment));
    if (place) {
        *place = assignment;
        return 0;
    }
    if (image->envc + 1 >= ARRAY_SIZE(image->envp))
        return -E2BIG;
    image->envp[image->envc++] = assignment;
    image->envp[image->envc] = NULL;
    return 0;
}

void image_drop(struct image *image, const char *name)
{
    char **place = find_variable(image, name, strlen(name));

    if (!place)
        return;
    *place = image->envp[--image->envc];
    image->envp[image->envc] = NULL;
}

PRINTF_LIKE(2, 0) static int vappend(struct image *image, const char *format, va_list arguments)
{
    size_t room = sizeof(image->bytes) - image->used;
    int length = vsnprintf(image->bytes + image->used, room, format, arguments);

    if (length < 0 || (size_t)length >= room)
        return -E2BIG;
    image->used += (size_t)length + 1;
    return 0;
}

int image_append(struct image *image, const char *format, ...)
{
    va_list arguments;
    int error;

    va_start(arguments, format);
    error = vappend(image, format, arguments);
    va_end(arguments);
    return error;
}

int image_putf(struct image *image, const char *format, ...)
{
    char *text = image->bytes + image->used;
    va_list arguments;
    int error;

    va_start(arguments, format);
    error = vappend(image, format, arguments);
    va_end(arguments);
    return error < 0 ? error : image_put(image, text);
}

bool image_has(struct image *image, const char *name)
{
    return find_variable(image, name, strlen(name)) != NULL;
}

int image_put_pid(struct image *image, const char *name)
{
    static const char room[] = "0000000000"; /* an int has at most ten digits */
    int error = image_putf(image, "%s=%s", name, room);

    if (error == 0 && image->pid_count < ARRAY_SIZE(image->pid_texts))
        image->pid_texts[image->pid_count++] = image->bytes + image->used - sizeof(room);
    return error;
}

void image_set_pid(struct image *image, pid_t pid)
{
    for (size_t i = 0; i < image->pid_count; i++) {
        char digits[12], *text = image->pid_texts[i];
        size_t count = 0;

        for (pid_t rest = pid; rest > 0; rest /= 10)
            digits[count++] = (char)('0' + rest % 10);
        while (count > 0)
            *text++ = digits[--count];
        *text = '\0';
    }
}

/* What concerns reeve itself and would mislead a service. */
static bool is_private(const char *assignment)
{
    static const char *const names[] = {
        "NOTIFY_SOCKET",  "WATCHDOG_USEC",    "WATCHDOG_PID",   "LISTEN_FDS", "LISTEN_PID",
        "LISTEN_FDNAMES", "INVOCATION_ID",    "JOURNAL_STREAM", "MAINPID",    "PIDFILE",
        "MANAGERPID",     "SYSTEMD_EXEC_PID", "SERVICE_RESULT", "EXIT_CODE",  "EXIT_STATUS",
        "MAKEFLAGS",      "MFLAGS",           "MAKELEVEL",
    };

    size_t length = name_length(assignment);

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (assignment[0] == names[i][0] && strlen(names[i]) == length &&
            strncmp(assignment, names[i], length) == 0)
            return true;
    return false;
}

static bool list_has_name(string_list list, const char *assignment)
{
    for (; list && *list; list++)
        if (strlen(*list) == name_length(assignment) &&
            strncmp(*list, assignment, name_length(assignment)) == 0)
            return true;
    return false;
}

int image_inherit(struct image *image, const struct unit_spec *spec)
{
    int error = 0;

    for (char **at = environ; *at && error == 0; at++)
        if (!is_private(*at) &&
            (!spec->exec.pass_environment || list_has_name(spec->exec.pass_environment, *at)))
            error = image_put(image, *at);
    if (error == 0 && !image_has(image, "PATH"))
        error =
            image_putf(image, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    return error;
}

/* What the user of a unit has none of, it does not inherit from us either. */
int image_put_user(struct image *image, const struct unit_roots *roots,
                   const struct identity *identity)
{
    bool is_other = identity && identity->user;
    const char *user = is_other ? identity->user : roots->user;
    const char *home = is_other ? identity->home : roots->home;
    const char *shell = is_other ? identity->shell : roots->shell;
    int error = image_putf(image, "USER=%s", user);

    if (error == 0)
        error = image_putf(image, "LOGNAME=%s", user);
    if (error == 0 && home)
        error = image_putf(image, "HOME=%s", home);
    if (error == 0 && shell)
        error = image_putf(image, "SHELL=%s", shell);
    if (!home)
        image_drop(image, "HOME");
    if (!shell)
        image_drop(image, "SHELL");
    return error;
}

int image_put_directories(struct image *image, const struct unit_roots *roots,
                          const struct unit_spec *spec)
{
    static const char *const names[DIRECTORY_KIND_COUNT] = {
        [DIRECTORY_RUNTIME] = "RUNTIME_DIRECTORY",
        [DIRECTORY_STATE] = "STATE_DIRECTORY",
        [DIRECTORY_CACHE] = "CACHE_DIRECTORY",
        [DIRECTORY_LOGS] = "LOGS_DIRECTORY",
        [DIRECTORY_CONFIGURATION] = "CONFIGURATION_DIRECTORY",
    };
    int error = 0;

    for (int kind = 0; kind < DIRECTORY_KIND_COUNT && error == 0; kind++) {
        const char *root = roots->directory[kind];
        string_list name = spec->exec.directories[kind].names;
        char *text = image->bytes + image->used;

        if (!name)
            continue;
        error = image_append(image, "%s=%s/%s", names[kind], root, *name);
        while (error == 0 && *++name) {
            image->used--; /* over the NUL */
            error = image_append(image, ":%s/%s", root, *name);
        }
        if (error == 0)
            error = image_put(image, text);
    }
    return error;
}

/* --- EnvironmentFile= --- */

static int put_from_file(void *context, char *assignment)
{
    return image_put(context, assignment);
}

static int put_file(struct image *image, const char *path)
{
    /* O_NONBLOCK: a fifo must not hold up PID 1. */
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    size_t room = sizeof(image->bytes) - image->used;
    char *text = image->bytes + image->used;
    ssize_t length;

    if (fd < 0)
        return -errno;
    length = read(fd, text, room - 1);
    if (length < 0)
        return -errno;
    if ((size_t)length == room - 1)
        return -E2BIG;
    image->used += (size_t)length + 1;
    return environment_file_parse(text, (size_t)length, put_from_file, image);
}

/* The path may be a pattern, as in a shell. */
static int put_matching_files(struct image *image, const char *pattern)
{
    char path[PATH_MAX] = "";
    unsigned count = 0;
    int error = 0;

    while (error == 0 && count < ENVIRONMENT_FILES_MAX && path_glob_next(pattern, path)) {
        error = put_file(image, path);
        count++;
    }
    return error == 0 && count == 0 ? -ENOENT : error;
}

int image_put_files(struct image *image, const struct unit_spec *spec)
{
    for (const struct environment_file *file = spec->exec.environment_files; file;
         file = file->next) {
        int error = put_matching_files(image, file->path);

        if (error == 0 || (file->is_optional && error != -E2BIG))
            continue;
        image->bad_file = file->path;
        return error;
    }
    return 0;
}

/* UnsetEnvironment= takes names, and names with the one value that is meant. */
static bool is_unset(string_list list, const char *assignment)
{
    for (; list && *list; list++)
        if (strcmp(*list, assignment) == 0)
            return true;
    return false;
}

void image_unset(struct image *image, const struct unit_spec *spec)
{
    size_t kept = 0;

    for (size_t i = 0; i < image->envc; i++)
        if (!list_has_name(spec->exec.unset_environment, image->envp[i]) &&
            !is_unset(spec->exec.unset_environment, image->envp[i]))
            image->envp[kept++] = image->envp[i];
    image->envc = kept;
    image->envp[kept] = NULL;
}
