#include "supervisor/ctl/learn.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

enum { NAME_SIZE = 16 /* TASK_COMM_LEN */, PROC_PATH_SIZE = 40 };

static void read_name(pid_t pid, char name[NAME_SIZE])
{
    char path[PROC_PATH_SIZE];
    cleanup_fd int fd = -1;
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read(fd, name, NAME_SIZE - 1);
    name[length > 0 ? length : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
}

static bool is_control(char byte)
{
    return (unsigned char)byte < ' ' || byte == 0x7f;
}

void learn_note(struct learn_evidence *evidence, pid_t pid, const char *format, ...)
{
    char name[NAME_SIZE];
    va_list arguments;
    int used;

    if (evidence->count++ > 0)
        return;
    read_name(pid, name);
    used = snprintf(evidence->first, sizeof(evidence->first), "%s: ", name);
    va_start(arguments, format);
    vsnprintf(evidence->first + used, sizeof(evidence->first) - (size_t)used, format, arguments);
    va_end(arguments);
    /* It becomes a comment: a name with a newline must not become a setting. */
    for (char *at = evidence->first; *at; at++)
        if (is_control(*at))
            *at = '?';
}

void learn_note_written(struct learn_facts *facts, pid_t pid, const char *path, const char *what)
{
    struct learn_path *entry;
    size_t i = 0;

    for (const char *at = path; *at; at++)
        if (is_control(*at)) {
            learn_note(&facts->facts[LEARN_BLIND_NAME], pid, "%s", path);
            return;
        }
    while (i < facts->written_count && strcmp(facts->written[i].path, path) != 0)
        i++;
    entry = &facts->written[i];
    if (i == facts->written_count) {
        const char *copy = i < LEARN_PATHS_MAX ? arena_string(&facts->arena, path) : NULL;

        if (!copy) {
            learn_note(&facts->facts[LEARN_BLIND_MANY], pid, "%s", path);
            return;
        }
        entry->path = copy;
        facts->written_count++;
    }
    learn_note(&entry->evidence, pid, "%s", what);
}

void learn_note_port(struct learn_facts *facts, pid_t pid, uint16_t port,
                     enum learn_protocol protocol)
{
    struct learn_ports *ports = &facts->ports[protocol];
    struct learn_evidence *evidence = &ports->any;
    size_t i = 0;

    while (i < ports->count && ports->list[i].port != port)
        i++;
    if (port != 0 && i == ports->count && i < LEARN_PORTS_MAX)
        ports->list[ports->count++].port = port;
    if (i < ports->count)
        evidence = &ports->list[i].evidence;
    learn_note(evidence, pid, "bind(port %u)", port);
}
