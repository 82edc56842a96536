#include "supervisor/health/seals.h"

#include "sandbox/seal.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

enum { FIRST_ROOM = 64 };

/* The room is a power of two, full when the count is one. */
static bool add(struct seals *seals, const struct sealed_process *process)
{
    bool is_full = seals->count == 0 ||
                   (seals->count >= FIRST_ROOM && (seals->count & (seals->count - 1)) == 0);

    if (is_full) {
        size_t room = seals->count == 0 ? FIRST_ROOM : seals->count * 2;
        struct sealed_process *more =
            reallocarray(seals->processes, room, sizeof(*seals->processes));

        if (!more)
            return false;
        seals->processes = more;
    }
    seals->processes[seals->count++] = *process;
    return true;
}

static void read_seal(struct sealed_process *process, const struct sealed_process *former)
{
    bool is_same = former->pid == process->pid && former->inode == process->inode;

    int r;

    if (is_same && former->is_settled) {
        *process = *former;
        return;
    }
    r = seal_read(process->pid, &process->seal);
    if (r < 0)
        process->seal = 0;
    /* Another error than that it has none may be gone at the next look. */
    if (is_same && process->seal == former->seal && (r == 0 || r == -ENODATA)) {
        process->is_settled = process->since_us - former->since_us >= SEALS_SETTLED_US;
        process->since_us = former->since_us;
    }
}

/* The kernel lists processes by their number, so that both lists are gone through side by side. */
void seals_look(struct seals *seals, uint64_t now_us)
{
    static const struct sealed_process none;
    DIR *directory = opendir("/proc");
    struct seals fresh = { 0 };
    bool has_room = true;
    size_t at = 0;

    for (struct dirent *entry = directory ? readdir(directory) : NULL; entry && has_room;
         entry = readdir(directory)) {
        struct sealed_process process = { .pid = (pid_t)strtol(entry->d_name, NULL, 10),
                                          .inode = entry->d_ino,
                                          .since_us = now_us };

        if (process.pid <= 0)
            continue; /* it is none */
        while (at < seals->count && seals->processes[at].pid < process.pid)
            at++;
        read_seal(&process, at < seals->count ? &seals->processes[at] : &none);
        has_room = add(&fresh, &process);
    }
    if (directory)
        closedir(directory);
    if (!has_room)
        seals_release(&fresh);
    seals_release(seals);
    *seals = fresh;
}

void seals_release(struct seals *seals)
{
    free(seals->processes);
    *seals = (struct seals){ 0 };
}
