#include "supervisor/init/launcher_log.h"

#include "supervisor/unit/macro.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

enum { TAIL_BYTES = 128 * 1024 };

/* The end of the file, as a string; NULL when there is nothing. */
static char *read_tail(const char *path, off_t from)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    cleanup_free char *text = NULL;
    struct stat info;
    ssize_t length;

    if (fd < 0 || fstat(fd, &info) < 0 || info.st_size <= from)
        return NULL;
    if (info.st_size - from > TAIL_BYTES)
        from = info.st_size - TAIL_BYTES;
    text = malloc(TAIL_BYTES + 1);
    length = text ? pread(fd, text, TAIL_BYTES, from) : -1;
    if (length <= 0)
        return NULL;
    text[length] = '\0';
    return take_pointer(&text);
}

/* Whether a short-iso line "TIME NAME: text" is this unit's; `name` is without ".service". */
static bool is_of_unit(const char *line, const char *name, size_t length)
{
    const char *found = strchr(line, ' ');

    return found && strncmp(found + 1, name, length) == 0 && found[1 + length] == ':';
}

static unsigned print_lines(char *text, const char *name, size_t length, FILE *out)
{
    const char *last[LAUNCHER_LOG_LINES];
    unsigned count = 0, first;
    char *line;

    while ((line = strsep(&text, "\n")))
        if (*line && (!name || is_of_unit(line, name, length)))
            last[count++ % LAUNCHER_LOG_LINES] = line;
    first = count > LAUNCHER_LOG_LINES ? count - LAUNCHER_LOG_LINES : 0;
    for (unsigned i = first; i < count; i++)
        fprintf(out, "  %s\n", last[i % LAUNCHER_LOG_LINES]);
    return count - first;
}

unsigned launcher_log_tail(const char *path, off_t from, const char *unit, FILE *out)
{
    cleanup_free char *text = read_tail(path, from);
    cleanup_free char *copy = text ? strdup(text) : NULL;
    const char *suffix = unit ? strstr(unit, ".service") : NULL;
    size_t length = suffix ? (size_t)(suffix - unit) : unit ? strlen(unit) : 0;
    unsigned count = 0;

    if (!text || !copy)
        return 0;
    if (unit)
        count = print_lines(copy, unit, length, out);
    return count ? count : print_lines(text, NULL, 0, out);
}
