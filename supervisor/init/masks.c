#include "supervisor/init/masks.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* Linux 5.1 */
#endif

int masks_open(struct masks *masks)
{
    cleanup_fd int fd = -1;
    uint64_t random[3];
    void *map;

    if (masks->table)
        return 0;
    fd = memfd_create("masks", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, sizeof(struct mask_table)) < 0)
        return -errno;
    if (getrandom(random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
        return -EAGAIN;
    map = mmap(NULL, sizeof(struct mask_table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return -errno;
    /* From now on others can only look. */
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE) < 0) {
        (void)munmap(map, sizeof(struct mask_table));
        return -errno;
    }
    mask_table_init(map, random);
    masks->fd = take_fd(&fd);
    masks->table = map;
    return 0;
}
