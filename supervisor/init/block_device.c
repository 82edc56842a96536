#include "supervisor/init/block_device.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { SYS_PATH_SIZE = 64, NUMBER_SIZE = 32 };

/* A partition lies below its disk in /sys. */
static dev_t whole_disk(dev_t device)
{
    char path[SYS_PATH_SIZE], text[NUMBER_SIZE] = "";
    cleanup_fd int fd = -1;
    unsigned disk_major, disk_minor;

    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(device), minor(device));
    if (access(path, F_OK) < 0)
        return device;
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(device), minor(device));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 ||
        sscanf(text, "%u:%u", &disk_major, &disk_minor) != 2)
        return device;
    return makedev(disk_major, disk_minor);
}

int block_device_of(const char *path, dev_t *ret_device)
{
    struct stat status;
    dev_t device;

    if (stat(path, &status) < 0)
        return -errno;
    device = S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
    if (major(device) == 0) /* a file system without a disk, or with several */
        return -ENODEV;
    *ret_device = whole_disk(device);
    return 0;
}
