#include "supervisor/init/oom.h"

#include "supervisor/init/cgroup_place.h"
#include "supervisor/unit/macro.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = 4096 };

/* What the beginning of the file says, with a NUL behind it; "" when it cannot be read. */
static void read_text(int fd, char *text)
{
    ssize_t length = fd < 0 ? -1 : pread(fd, text, TEXT_SIZE - 1, 0);

    text[length < 0 ? 0 : length] = '\0';
}

/* Both files have the same line: "oom_kill N". */
static bool read_kills(int fd, uint64_t *ret_kills)
{
    char text[TEXT_SIZE];
    const char *line;

    read_text(fd, text);
    line =
        strncmp(text, "oom_kill ", strlen("oom_kill ")) == 0 ? text : strstr(text, "\noom_kill ");
    if (!line)
        return false;
    *ret_kills = strtoull(strchr(line, ' '), NULL, 10);
    return true;
}

void oom_open(struct oom_watch *watch)
{
    static const struct {
        const char *controller, *mount, *file;
    } places[] = {
        { "", "/sys/fs/cgroup", "memory.events" },
        { "memory", "/sys/fs/cgroup/memory", "memory.oom_control" },
    };

    for (size_t i = 0; i < 2 * ARRAY_SIZE(places); i++) {
        char cgroup[PATH_MAX], path[2 * PATH_MAX];
        bool is_below = i % 2 == 0; /* else: in a container the mount is what we are in */
        cleanup_fd int fd = -1;

        cgroup_find_own(places[i / 2].controller, cgroup);
        snprintf(path, sizeof(path), "%s%s/%s", places[i / 2].mount, is_below ? cgroup : "",
                 places[i / 2].file);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (!read_kills(fd, &watch->kills))
            continue;
        watch->fd = take_fd(&fd);
        return;
    }
    watch->fd = -1;
}

uint64_t oom_count(struct oom_watch *watch)
{
    uint64_t before = watch->kills;

    if (watch->fd < 0 || !read_kills(watch->fd, &watch->kills))
        return 0;
    return watch->kills - before;
}
