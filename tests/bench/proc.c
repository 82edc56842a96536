#include "tests/bench/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sum of the numbers behind the lines that begin with `title`; -1: there is none. */
static long field(pid_t pid, const char *file, const char *title)
{
    char path[64], line[256];
    size_t length = strlen(title);
    long sum = -1;
    FILE *stream;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    stream = fopen(path, "re");
    if (!stream)
        return -1;
    while (fgets(line, sizeof(line), stream))
        if (strncmp(line, title, length) == 0)
            sum = (sum < 0 ? 0 : sum) + atol(line + length);
    (void)fclose(stream);
    return sum;
}

struct proc_figures proc_figures(pid_t pid)
{
    long voluntary = field(pid, "status", "voluntary_ctxt_switches:");
    long forced = field(pid, "status", "nonvoluntary_ctxt_switches:");

    return (struct proc_figures){
        .pss_kb = field(pid, "smaps_rollup", "Pss:"),
        .switches = voluntary < 0 || forced < 0 ? -1 : voluntary + forced,
    };
}

static bool link_of(const char *pid, const char *name, char *ret_text)
{
    char path[64];
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, name);
    length = readlink(path, ret_text, PATH_MAX - 1);
    if (length < 0)
        return false;
    ret_text[length] = '\0';
    return true;
}

static bool is_counted(const char *pid, const char *namespace, const char *const *except)
{
    char text[PATH_MAX];
    const char *name;

    if (!isdigit((unsigned char)*pid) || !link_of(pid, "ns/pid", text) ||
        strcmp(text, namespace) != 0 || !link_of(pid, "exe", text))
        return false;
    name = strrchr(text, '/');
    for (; *except; except++)
        if (name && strcmp(name + 1, *except) == 0)
            return false;
    return true;
}

struct proc_figures proc_namespace_figures(pid_t pid1, const char *const *except)
{
    struct proc_figures sum = { 0 }, one;
    char namespace[PATH_MAX], text[16];
    const struct dirent *entry;
    DIR *proc = opendir("/proc");

    snprintf(text, sizeof(text), "%d", (int)pid1);
    if (!proc || !link_of(text, "ns/pid", namespace))
        return (struct proc_figures){ -1, -1 };
    while ((entry = readdir(proc))) {
        if (!is_counted(entry->d_name, namespace, except))
            continue;
        one = proc_figures((pid_t)atol(entry->d_name));
        if (one.pss_kb < 0 || one.switches < 0)
            continue; /* it has just ended */
        sum.pss_kb += one.pss_kb;
        sum.switches += one.switches;
    }
    (void)closedir(proc);
    return sum;
}

long proc_children(pid_t pid)
{
    char path[64];
    long count = 0;
    FILE *stream;
    int character;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    stream = fopen(path, "re");
    if (!stream)
        return -1;
    while ((character = getc(stream)) != EOF)
        count += character == ' ';
    (void)fclose(stream);
    return count;
}
