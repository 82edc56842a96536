#include "supervisor/init/main_pids.h"

#include "supervisor/init/pod.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* Linux 5.1 */
#endif

enum { LEAST = 1024 }; /* a page of them, so that a reload finds room */

void main_pids_open(struct pod *pod)
{
    size_t count = 2 * pod->set.count > LEAST ? 2 * pod->set.count : LEAST;
    cleanup_fd int fd = memfd_create("main-pids", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *map;

    pod->main_pids = (struct main_pids){ .fd = -1 };
    if (fd < 0 || ftruncate(fd, (off_t)(count * sizeof(pid_t))) < 0)
        return;
    map = mmap(NULL, count * sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return;
    /* From now on others can only look. */
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE) < 0) {
        (void)munmap(map, count * sizeof(pid_t));
        return;
    }
    pod->main_pids = (struct main_pids){ .fd = take_fd(&fd), .map = map, .count = count };
}

void main_pids_tell(struct pod *pod, unit_id id)
{
    pid_t pid = pod->engine.units[id].main_pid;

    /* What a process has left in its pipe is read when it is gone. */
    if ((size_t)id < pod->main_pids.count && pid > 0)
        pod->main_pids.map[id] = pid;
}

void main_pids_renew(struct pod *pod)
{
    if (pod->main_pids.count > 0)
        memset(pod->main_pids.map, 0, pod->main_pids.count * sizeof(pid_t));
    for (size_t i = 0; i < pod->set.count; i++)
        main_pids_tell(pod, (unit_id)i);
}
