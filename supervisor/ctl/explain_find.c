/* Where the evidence is when nobody says so: what reeve-log writes to, when that is a file, and the
 * kernel's log, as far as we may read them. */
#include "supervisor/ctl/explain.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TAIL_SIZE = 1024 * 1024, /* of a log, from its end */
    LINES_MAX = 200,         /* of the unit, the last ones */
    DESCRIPTORS = 16,        /* of reeve-log that are looked at */
    LINK_SIZE = 128,
    KLOG_READ_ALL = 3, /* syslog(2) */
    KLOG_SIZE = 10,
    BEFORE_SEC = 2, /* of the end of a process, by which the kernel has told of it */
};

/* --- the log of the pod --- */

/* The end of a file, from the beginning of a line on. False: it cannot be read. */
static bool read_tail(int fd, char text[TAIL_SIZE + 1])
{
    off_t end = lseek(fd, 0, SEEK_END), start = end > TAIL_SIZE ? end - TAIL_SIZE : 0;
    ssize_t length = end >= 0 ? pread(fd, text, TAIL_SIZE, start) : -1;
    char *line;

    if (length < 0)
        return false;
    text[length] = '\0';
    line = start > 0 ? strchr(text, '\n') : NULL;
    if (line)
        memmove(text, line + 1, strlen(line + 1) + 1);
    return true;
}

/* Of all that it said; before, it may have run with other directives. */
static size_t take_last_lines(struct explain *explain, const char *name, char *text)
{
    const char *last[LINES_MAX];
    size_t count = 0;
    char *line, *rest = text;

    while ((line = strsep(&rest, "\n")))
        if (explain_is_line_of(line, name))
            last[count++ % LINES_MAX] = line;
    for (size_t i = count > LINES_MAX ? count - LINES_MAX : 0; i < count; i++)
        explain_take_line(explain, name, last[i % LINES_MAX]);
    return count;
}

/* How many lines of the unit there are; -1: it is no file, or not for us. */
static int take_file(struct explain *explain, const char *name, const char *link)
{
    static char text[TAIL_SIZE + 1];
    struct stat status;
    cleanup_fd int fd = -1;

    if (stat(link, &status) < 0 || !S_ISREG(status.st_mode))
        return -1;
    fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return fd >= 0 && read_tail(fd, text) ? (int)take_last_lines(explain, name, text) : -1;
}

/* Its standard output is the pod's; --file= of reeve-log is another descriptor. */
static bool find_log(struct explain *explain, const char *name, const struct explain_search *search)
{
    bool is_found = false;

    for (int fd = STDOUT_FILENO; fd < DESCRIPTORS; fd++) {
        char link[LINK_SIZE];
        int lines;

        snprintf(link, sizeof(link), "%s/%d/fd/%d", search->proc, (int)search->logger, fd);
        lines = take_file(explain, name, link);
        is_found |= lines >= 0;
        if (lines > 0) /* another file would have the same ones */
            break;
    }
    return is_found;
}

/* --- the kernel's --- */

/* "audit(1700000000.123:45): … pid=123 …": about the time at which the process ended. The pid is
 * that of the host: where we count in another way, none will be found. */
static bool is_of_process(const char *line, const struct explain_search *search)
{
    const char *time = strstr(line, "audit("), *pid = strstr(line, " pid=");
    uint64_t at = time ? strtoull(time + strlen("audit("), NULL, 10) : 0;
    uint64_t end = search->killed_us / USEC_PER_SEC;

    return at + BEFORE_SEC >= end && at <= end + 1 && pid &&
           strtol(pid + strlen(" pid="), NULL, 10) == search->killed;
}

static void take_kernel(struct explain *explain, const char *name,
                        const struct explain_search *search, char *text)
{
    char *line, *rest = text;

    while ((line = strsep(&rest, "\n")))
        if (is_of_process(line, search))
            explain_take_line(explain, name, line);
}

static void find_kernel(struct explain *explain, const char *name,
                        const struct explain_search *search)
{
    int size = klogctl(KLOG_SIZE, NULL, 0), length;
    char *text = size > 0 ? malloc((size_t)size + 1) : NULL;

    length = text ? klogctl(KLOG_READ_ALL, text, size) : -1;
    if (length >= 0) {
        text[length] = '\0';
        take_kernel(explain, name, search, text);
    }
    free(text);
}

bool explain_find(struct explain *explain, const char *name, const struct explain_search *search)
{
    if (search->killed > 0)
        find_kernel(explain, name, search);
    return search->proc && search->logger > 0 && find_log(explain, name, search);
}
