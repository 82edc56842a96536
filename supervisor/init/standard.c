#include "supervisor/init/standard.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int put(int fd, int as)
{
    return dup2(fd, as) < 0 ? -errno : 0;
}

static int put_away(int fd, int as)
{
    cleanup_fd int mine = fd;

    return fd < 0 ? fd : put(mine, as);
}

/* A path can also be that of a socket that somebody listens on. */
static int connect_path(const char *path, int flags)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return errno == EINVAL ? -ENXIO : -errno;
    if ((flags & O_ACCMODE) == O_RDONLY)
        (void)shutdown(fd, SHUT_WR);
    else if ((flags & O_ACCMODE) == O_WRONLY)
        (void)shutdown(fd, SHUT_RD);
    return take_fd(&fd);
}

static int open_path(const struct standard *standard, const char *path, int flags)
{
    bool may_make = (flags & O_ACCMODE) != O_RDONLY;
    int fd;

    umask(0);
    fd = open(path, flags | O_NOCTTY | O_CLOEXEC | (may_make ? O_CREAT : 0),
              0666 & ~standard->umask);
    return fd >= 0 ? fd : errno == ENXIO ? connect_path(path, flags) : -errno;
}

/* --- input --- */

/* Read-only, as from a file that nobody else has. */
static int make_data(const struct log_spec *log)
{
    cleanup_fd int fd = memfd_create("reeve-input", MFD_CLOEXEC);
    char path[32];
    int reader;

    if (fd < 0)
        return -errno;
    for (size_t done = 0; done < log->input_length;) {
        ssize_t written = write(fd, log->input_data + done, log->input_length - done);

        if (written < 0 && errno != EINTR)
            return -errno;
        done += written > 0 ? (size_t)written : 0;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    reader = open(path, O_RDONLY | O_CLOEXEC);
    if (reader >= 0)
        return reader;
    /* Without /proc it can be written to, too. */
    return lseek(fd, 0, SEEK_SET) < 0 ? -errno : take_fd(&fd);
}

static bool is_input(const struct log_spec *log, const struct output_spec *output)
{
    return log->input == INPUT_FILE && output->kind == OUTPUT_FILE &&
           strcmp(log->input_path, output->path) == 0;
}

static enum input_kind input_of(const struct log_spec *log)
{
    return log->input == INPUT_NULL && log->input_data ? INPUT_DATA : log->input;
}

static int place_input(const struct standard *standard, const char **ret_path)
{
    const struct log_spec *log = standard->log;

    switch (input_of(log)) {
    case INPUT_NULL:
        break;
    case INPUT_FILE:
        *ret_path = log->input_path;
        return put_away(
            open_path(standard, log->input_path,
                      is_input(log, &log->out) || is_input(log, &log->error) ? O_RDWR : O_RDONLY),
            STDIN_FILENO);
    case INPUT_DATA:
        return put_away(make_data(log), STDIN_FILENO);
    }
    return put(standard->null_fd, STDIN_FILENO);
}

/* --- output --- */

static int place_journal(const struct standard *standard, int as)
{
    int fd = as == STDERR_FILENO && standard->error_fd >= 0 ? standard->error_fd : standard->log_fd;

    /* One incarnation may have made the pipe non-blocking; the next one expects it as it was. */
    (void)fcntl(fd, F_SETFL, 0);
    return put(fd, as);
}

static int place_file(const struct standard *standard, const struct output_spec *output, int as,
                      const char **ret_path)
{
    int flags = O_WRONLY;

    if (is_input(standard->log, output))
        return put(STDIN_FILENO, as);
    if (output->kind == OUTPUT_APPEND)
        flags |= O_APPEND;
    else if (output->kind == OUTPUT_TRUNCATE)
        flags |= O_TRUNC;
    *ret_path = output->path;
    return put_away(open_path(standard, output->path, flags), as);
}

static int place_output(const struct standard *standard, const struct output_spec *output, int as,
                        const char **ret_path)
{
    switch (output->kind) {
    case OUTPUT_INHERIT: /* only standard error does, see shares_output() */
        return put(STDOUT_FILENO, as);
    case OUTPUT_NULL:
        return put(standard->null_fd, as);
    case OUTPUT_JOURNAL:
        return place_journal(standard, as);
    case OUTPUT_FILE:
    case OUTPUT_APPEND:
    case OUTPUT_TRUNCATE:
        return place_file(standard, output, as, ret_path);
    }
    return -EINVAL;
}

/* Two opens of one file would write over each other. */
static bool shares_output(const struct log_spec *log)
{
    const struct output_spec *out = &log->out, *error = &log->error;

    if (error->kind == OUTPUT_INHERIT)
        return true;
    return error->kind == out->kind && error->kind >= OUTPUT_FILE &&
           strcmp(out->path, error->path) == 0;
}

int standard_place(const struct standard *standard, enum stage *ret_stage, const char **ret_path)
{
    const struct log_spec *log = standard->log;
    int error;

    *ret_path = NULL;
    *ret_stage = STAGE_STDIN;
    error = place_input(standard, ret_path);
    if (error < 0)
        return error;
    *ret_path = NULL;
    *ret_stage = STAGE_STDOUT;
    error = place_output(standard, &log->out, STDOUT_FILENO, ret_path);
    if (error < 0)
        return error;
    *ret_path = NULL;
    *ret_stage = STAGE_STDERR;
    if (shares_output(log))
        return put(STDOUT_FILENO, STDERR_FILENO);
    return place_output(standard, &log->error, STDERR_FILENO, ret_path);
}
