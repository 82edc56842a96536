#include "supervisor/log/file.h"

#include "supervisor/log/clock.h"
#include "supervisor/log/rotated.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = FILE_NAME_MAX_BYTES + STAMP_SIZE + sizeof(ROTATED_UNFINISHED),
    TAIL_SIZE = 4096,
};

bool file_name_is_valid(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length <= FILE_NAME_MAX_BYTES && name[0] != '.' && !strchr(name, '/');
}

/* --- opening --- */

/* Behind the last newline before `end`; 0: there is none. */
static off_t last_line_end(int fd, off_t end)
{
    char tail[TAIL_SIZE];

    while (end > 0) {
        off_t start = end > TAIL_SIZE ? end - TAIL_SIZE : 0;
        ssize_t length = pread(fd, tail, (size_t)(end - start), start);
        const char *newline = length > 0 ? memrchr(tail, '\n', (size_t)length) : NULL;

        if (length != end - start)
            return -1; /* whatever that is, nothing is cut */
        if (newline)
            return start + (newline - tail) + 1;
        end = start;
    }
    return 0;
}

/* A line that was being written when we were killed comes again, or was never whole. */
static void cut_torn_line(int fd, struct stat *status)
{
    off_t end = last_line_end(fd, status->st_size);

    if (end >= 0 && end < status->st_size && ftruncate(fd, end) == 0)
        status->st_size = end;
}

static int open_it(struct log_file *file)
{
    cleanup_fd int fd =
        openat(file->directory, file->name,
               O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EINVAL;
    cut_torn_line(fd, &status);
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->base = file->size = (uint64_t)status.st_size;
    file->out.written = 0;
    file->out.fd = take_fd(&fd);
    return 0;
}

static void open_or_complain(struct log_file *file)
{
    int error = open_it(file);

    if (error == 0)
        return;
    if (file->retry_us == 0) /* not again and again */
        fprintf(stderr, "reeve-log: Cannot open the log file '%s', retrying: %s\n", file->name,
                strerror(-error));
    file->retry_us = clock_monotonic_us() + FILE_RETRY_US;
    if (file->out.totals)
        file->out.totals->errors[file->out.kind]++;
}

struct log_file *file_new(int directory, const char *name, const char *unit)
{
    struct log_file *file = calloc(1, sizeof(*file));

    if (!file)
        return NULL;
    file->directory = directory;
    file->name = strdup(name);
    file->unit = strdup(unit);
    if (!file->name || !file->unit || output_init(&file->out, -1, FORMAT_SHORT_ISO) < 0)
        return file_free(file);
    file->out.kind = LOG_TARGET_FILE;
    return file;
}

struct log_file *file_free(struct log_file *file)
{
    if (!file)
        return NULL;
    fd_close(file->out.fd);
    output_release(&file->out);
    free(file->name);
    free(file->unit);
    free(file);
    return NULL;
}

/* --- writing --- */

/* After a failure part of the lines that are counted as lost may be in the file. */
static void settle(struct log_file *file)
{
    if (file->out.error == 0) {
        file->size = file->base + file->out.written;
    } else {
        (void)!ftruncate(file->out.fd, (off_t)file->size);
        file->out.written = file->size - file->base;
    }
}

static bool is_open(struct log_file *file)
{
    if (file->out.fd < 0 && file->retry_us <= clock_monotonic_us())
        open_or_complain(file);
    return file->out.fd >= 0;
}

void file_prepare(struct log_file *file)
{
    (void)is_open(file);
}

void file_line(struct log_file *file, const struct log_packet *line)
{
    if (!is_open(file)) {
        output_count_dropped(&file->out, 1);
        return;
    }
    file->is_dirty = true;
    output_line(&file->out, line);
    settle(file);
}

void file_flush(struct log_file *file)
{
    if (file->is_dirty && file->out.fd >= 0) {
        output_flush(&file->out);
        settle(file);
    }
    file->is_dirty = false;
}

/* --- rotation --- */

bool file_is_full(const struct log_file *file)
{
    return file->settings.size_max > 0 && file->size >= file->settings.size_max &&
           file->out.fd >= 0 && file->out.used == 0 && file->retry_us <= clock_monotonic_us();
}

static void path_of(char path[PATH_SIZE], const struct log_file *file, const char *stamp,
                    const char *suffix)
{
    snprintf(path, PATH_SIZE, "%s.%s%s", file->name, stamp, suffix);
}

/* Behind all that there are, also when the clock was set back. */
static int choose_stamp(const struct log_file *file, uint64_t realtime_us, char stamp[STAMP_SIZE])
{
    cleanup_free struct rotated *list = NULL;
    size_t count = 0;
    int error = rotated_list(file->directory, file->name, &list, &count);

    if (error < 0)
        return error;
    rotated_stamp(stamp, realtime_us);
    if (count > 0 && strcmp(stamp, list[count - 1].stamp) <= 0)
        error = rotated_after(stamp, list[count - 1].stamp);
    return error;
}

int file_rotate(struct log_file *file, uint64_t realtime_us)
{
    char stamp[STAMP_SIZE], path[PATH_SIZE];
    int error = choose_stamp(file, realtime_us, stamp);

    if (error == 0) {
        path_of(path, file, stamp, "");
        error = renameat(file->directory, file->name, file->directory, path) < 0 ? -errno : 0;
    }
    if (error < 0) {
        file->retry_us = clock_monotonic_us() + FILE_RETRY_US;
        return error;
    }
    file->out.fd = fd_close(file->out.fd);
    file->retry_us = 0;
    open_or_complain(file);
    return 0;
}

void file_look(struct log_file *file, uint64_t now_us)
{
    struct stat status;

    if (file->out.fd < 0 || now_us < file->look_us || file->out.used > 0)
        return;
    file->look_us = now_us + USEC_PER_SEC;
    if (fstatat(file->directory, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        status.st_dev == file->device && status.st_ino == file->inode)
        return;
    file->out.fd = fd_close(file->out.fd);
    file->retry_us = 0;
    open_or_complain(file);
}

/* --- older files --- */

static void drop(const struct log_file *file, const char *stamp, const char *suffix)
{
    char path[PATH_SIZE];

    path_of(path, file, stamp, suffix);
    (void)unlinkat(file->directory, path, 0);
}

static bool is_beyond(const struct log_file *file, const struct rotated *item, size_t from_newest,
                      uint64_t realtime_us)
{
    const struct log_file_settings *settings = &file->settings;
    char oldest[STAMP_SIZE];

    if (settings->count_max > 0 && from_newest > settings->count_max)
        return true;
    if (settings->age_us == USEC_INFINITY || settings->age_us >= realtime_us)
        return false;
    rotated_stamp(oldest, realtime_us - settings->age_us);
    return strcmp(item->stamp, oldest) < 0;
}

bool file_tidy(const struct log_file *file, uint64_t realtime_us, const char *busy,
               char ret_stamp[])
{
    cleanup_free struct rotated *list = NULL;
    size_t count = 0;
    bool is_found = false;

    if (rotated_list(file->directory, file->name, &list, &count) < 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct rotated *item = &list[i];
        bool is_beyond_limits = is_beyond(file, item, count - i, realtime_us);

        if (item->is_unfinished && !(busy && strcmp(busy, item->stamp) == 0))
            drop(file, item->stamp, ROTATED_UNFINISHED);
        if (item->is_plain && (item->is_compressed || is_beyond_limits))
            drop(file, item->stamp, "");
        if (item->is_compressed && is_beyond_limits)
            drop(file, item->stamp, ROTATED_COMPRESSED);
        if (item->is_plain && !item->is_compressed && !is_beyond_limits && !is_found &&
            file->settings.compresses) {
            memcpy(ret_stamp, item->stamp, STAMP_SIZE);
            is_found = true;
        }
    }
    return is_found;
}
