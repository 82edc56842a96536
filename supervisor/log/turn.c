#include "supervisor/log/turn.h"

#include "supervisor/log/file.h"
#include "supervisor/log/source.h"
#include "supervisor/wire/fd.h"
#include "supervisor/wire/wire.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void set_open(struct turn *turn, bool is_open)
{
    __atomic_store_n(&turn->is_open, is_open, __ATOMIC_SEQ_CST);
}

void turn_begin(struct turn *turn, const struct source *source, const struct log_file *file,
                char first)
{
    turn->pipe_device = source->device;
    turn->pipe_inode = source->inode;
    turn->written = turn->kept = 0;
    turn->device = file ? file->device : 0;
    turn->inode = file ? file->inode : 0;
    turn->before = file ? file->size : 0;
    turn->after = 0;
    turn->first = first;
    turn->bytes[0] = (char)~first;
    wire_copy(turn->name, sizeof(turn->name), file ? file->name : "");
    set_open(turn, true);
}

void turn_written(struct turn *turn, const struct log_file *file)
{
    __atomic_store_n(&turn->after, file->size, __ATOMIC_SEQ_CST);
}

void turn_end(struct turn *turn)
{
    set_open(turn, false);
}

/* Whether nobody but the turn has written to the file since it began. */
static bool is_its_end(const struct turn *turn, const struct stat *status)
{
    uint64_t size = (uint64_t)status->st_size;

    return S_ISREG(status->st_mode) && status->st_dev == turn->device &&
           status->st_ino == turn->inode && size > turn->before &&
           (turn->after == 0 || size == turn->after);
}

static void recover(const struct turn *turn, int directory)
{
    cleanup_fd int fd = -1;
    struct stat status;

    if (turn->bytes[0] == turn->first || !file_name_is_valid(turn->name))
        return;
    fd = openat(directory, turn->name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &status) == 0 && is_its_end(turn, &status))
        (void)!ftruncate(fd, (off_t)turn->before);
}

/* Units that do not wait for standard output are told of elsewhere what they have missed there. */
struct turn_rest turns_rest(const struct turns *turns)
{
    const struct turn *turn = &turns->list[0];

    if (!turn->is_open || turn->bytes[0] == turn->first)
        return (struct turn_rest){ 0 };
    return (struct turn_rest){
        .device = turn->pipe_device,
        .inode = turn->pipe_inode,
        .written = turn->written,
        .kept = turn->kept,
    };
}

void turns_recover(struct turns *turns, int directory)
{
    for (size_t i = 0; i < TURNS; i++) {
        struct turn *turn = &turns->list[i];

        if (!turn->is_open)
            continue;
        turn->name[sizeof(turn->name) - 1] = '\0';
        if (directory >= 0)
            recover(turn, directory);
        set_open(turn, false);
    }
}
