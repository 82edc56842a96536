#include "supervisor/log/pids.h"

#include "supervisor/wire/fd.h"

#include <sys/mman.h>
#include <sys/stat.h>

void pids_release(struct pids *pids)
{
    if (pids->map)
        (void)munmap((void *)pids->map, pids->count * sizeof(pid_t));
    *pids = (struct pids){ 0 };
}

void pids_take(struct pids *pids, const struct wire_hello *hello, int fd)
{
    cleanup_fd int mine = fd;
    struct stat status;
    void *map;

    pids_release(pids);
    pids->init = hello->pid;
    if (mine < 0 || fstat(mine, &status) < 0 || status.st_size < (off_t)sizeof(pid_t))
        return;
    map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, mine, 0);
    if (map == MAP_FAILED)
        return;
    pids->map = map;
    pids->count = (size_t)status.st_size / sizeof(pid_t);
}

pid_t pids_of(const struct pids *pids, int32_t id)
{
    if (id < 0)
        return pids->init;
    return (size_t)id < pids->count ? __atomic_load_n(&pids->map[id], __ATOMIC_RELAXED) : 0;
}

int32_t pids_find(const struct pids *pids, pid_t pid)
{
    for (size_t i = 0; i < pids->count; i++)
        if (__atomic_load_n(&pids->map[i], __ATOMIC_RELAXED) == pid)
            return (int32_t)i;
    return -2;
}
