#include "supervisor/health/picture.h"

#include "supervisor/wire/fd.h"
#include "supervisor/wire/wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file is known by, and which of two is newer. */
struct candidate {
    char name[NAME_MAX + 1];
    struct stat status;
};

static bool is_picture_name(const char *name)
{
    const char *ending = strrchr(name, '.');

    /* What is being written has a dot in front until it is whole. */
    return name[0] != '.' && ending && strcmp(ending, ".png") == 0;
}

static bool is_newer(const struct candidate *one, const struct candidate *other)
{
    const struct timespec *a = &one->status.st_mtim, *b = &other->status.st_mtim;

    if (a->tv_sec != b->tv_sec)
        return a->tv_sec > b->tv_sec;
    if (a->tv_nsec != b->tv_nsec)
        return a->tv_nsec > b->tv_nsec;
    return strcmp(one->name, other->name) > 0;
}

static void look_at(int directory, const char *name, struct candidate *newest)
{
    struct candidate candidate;

    if (!is_picture_name(name))
        return;
    wire_copy(candidate.name, sizeof(candidate.name), name);
    if (fstatat(directory, name, &candidate.status, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISREG(candidate.status.st_mode) || candidate.status.st_size > PICTURE_MAX)
        return;
    if (!newest->name[0] || is_newer(&candidate, newest))
        *newest = candidate;
}

static int find_newest(const char *path, int *ret_directory, struct candidate *newest)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;
    int error = 0, directory;

    if (!stream)
        return -errno;
    for (unsigned i = 0; i < PICTURE_FILES_MAX && (entry = readdir(stream)); i++)
        look_at(dirfd(stream), entry->d_name, newest);
    directory = fcntl(dirfd(stream), F_DUPFD_CLOEXEC, 3);
    if (directory < 0)
        error = -errno;
    closedir(stream);
    if (error == 0)
        *ret_directory = directory;
    return error;
}

/* FNV-1a over what tells one picture from another. */
static uint64_t tag_of(const struct candidate *candidate)
{
    const uint64_t parts[] = { candidate->status.st_ino, (uint64_t)candidate->status.st_size,
                               (uint64_t)candidate->status.st_mtim.tv_sec,
                               (uint64_t)candidate->status.st_mtim.tv_nsec };
    uint64_t tag = 14695981039346656037u;

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        tag = (tag ^ parts[i]) * 1099511628211u;
    return tag ? tag : 1;
}

static int read_all(int fd, struct text *bytes)
{
    static const char signature[8] = "\x89PNG\r\n\x1a\n";
    char block[16 * 1024];
    ssize_t length;

    text_clear(bytes);
    while ((length = read(fd, block, sizeof(block))) > 0) {
        text_append(bytes, block, (size_t)length);
        if (bytes->length > PICTURE_MAX)
            return -EFBIG;
    }
    if (length < 0)
        return -errno;
    if (bytes->has_failed)
        return -ENOMEM;
    if (bytes->length < sizeof(signature) ||
        memcmp(bytes->bytes, signature, sizeof(signature)) != 0)
        return -EBADMSG;
    return 0;
}

static int read_picture(int directory, const char *name, struct picture *picture)
{
    /* It may have become something else since we looked. */
    cleanup_fd int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    return S_ISREG(status.st_mode) ? read_all(fd, &picture->bytes) : -EBADMSG;
}

int picture_refresh(struct picture *picture, const char *path)
{
    struct candidate newest = { .name = "" };
    cleanup_fd int directory = -1;
    int error = find_newest(path, &directory, &newest);
    uint64_t tag = newest.name[0] ? tag_of(&newest) : 0;

    if (error == 0 && tag == 0)
        error = -ENOENT;
    if (error == 0 && tag == picture->tag)
        return 0;
    if (error == 0)
        error = read_picture(directory, newest.name, picture);
    if (error < 0) {
        picture_release(picture);
        return error;
    }
    picture->tag = tag;
    picture->realtime_us = (uint64_t)newest.status.st_mtim.tv_sec * USEC_PER_SEC +
                           (uint64_t)newest.status.st_mtim.tv_nsec / 1000;
    return 0;
}

void picture_release(struct picture *picture)
{
    text_release(&picture->bytes);
    *picture = (struct picture){ .tag = 0 };
}
