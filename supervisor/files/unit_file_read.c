#include "supervisor/files/unit_file_read.h"

#include "supervisor/files/unit_files.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void break_off(struct unit_file *file, struct problem_sink *sink, const char *why)
{
    struct problem_place place = { .path = file->path };

    file->state = UNIT_FILE_BROKEN;
    problem_report(sink, PROBLEM_ERROR, &place, NULL, "%s", why);
}

/* Linux Documentation/admin-guide/devices.txt: 1:3 is /dev/null wherever it is mounted. */
static bool is_null_device(const struct stat *status)
{
    return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/* The size at fstat() is a guess only: the file may grow meanwhile. */
static ssize_t read_all(int fd, char *buffer, size_t room)
{
    size_t length = 0;

    while (length < room) {
        ssize_t count = read(fd, buffer + length, room - length);

        if (count == 0)
            break;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        length += (size_t)count;
    }
    return (ssize_t)length;
}

static int read_text(struct unit_file *file, int fd, size_t size, struct arena *arena)
{
    char *buffer = arena_get(arena, size + 1);
    ssize_t length;

    if (!buffer)
        return -ENOMEM;
    length = read_all(fd, buffer, size);
    if (length < 0)
        return (int)length;
    file->text = (struct unit_text){ .path = file->path, .text = buffer, .size = (size_t)length };
    file->state = length == 0 ? UNIT_FILE_MASK : UNIT_FILE_TEXT;
    return 0;
}

int unit_file_read(struct unit_file *file, struct arena *arena, struct problem_sink *sink)
{
    /* O_NONBLOCK: opening a fifo must not wait for its writer. */
    cleanup_fd int fd =
        openat(file->directory_fd, file->name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    int error;

    if (fd < 0 || fstat(fd, &status) < 0) {
        break_off(file, sink, strerror(errno));
        return 0;
    }
    file->text = (struct unit_text){ .path = file->path, .text = "" };
    if (is_null_device(&status)) {
        file->state = UNIT_FILE_MASK;
        return 0;
    }
    if (!S_ISREG(status.st_mode)) {
        break_off(file, sink, "Not a regular file");
        return 0;
    }
    if (status.st_size > UNIT_FILE_SIZE_MAX) {
        break_off(file, sink, "Larger than 1 MiB (UNIT_FILE_SIZE_MAX)");
        return 0;
    }
    error = read_text(file, fd, (size_t)status.st_size, arena);
    if (error < 0 && error != -ENOMEM)
        break_off(file, sink, strerror(-error));
    return error == -ENOMEM ? error : 0;
}
