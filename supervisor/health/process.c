#include "supervisor/health/process.h"

#include "supervisor/health/loop.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static uint64_t cpu_us(void)
{
    struct rusage usage = { 0 };

    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * USEC_PER_SEC +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static uint64_t open_fds(void)
{
    DIR *directory = opendir("/proc/self/fd");
    uint64_t count = 0;

    if (!directory)
        return 0;
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count - 1; /* the one that we look with */
}

/* proc_pid_stat(5): field 22 is the start in ticks since boot, 23 and 24 are memory in bytes and
 * pages. */
enum { STAT_AFTER_NAME = 3, STAT_START = 22 };

static void read_stat(struct render_moment *moment)
{
    char line[1024], *at = NULL;
    FILE *file = fopen("/proc/self/stat", "re");
    long ticks = sysconf(_SC_CLK_TCK), page = sysconf(_SC_PAGESIZE);
    uint64_t age_us, start;
    struct timespec boot;

    if (!file)
        return;
    if (fgets(line, sizeof(line), file))
        at = strrchr(line, ')'); /* the name before it may contain anything */
    (void)fclose(file);
    for (int field = STAT_AFTER_NAME; at && field <= STAT_START; field++)
        at = strchr(at + 1, ' ');
    if (!at || ticks <= 0 || page <= 0)
        return;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    start = strtoull(at, &at, 10) * (USEC_PER_SEC / (uint64_t)ticks);
    age_us = (uint64_t)boot.tv_sec * USEC_PER_SEC + (uint64_t)boot.tv_nsec / 1000 - start;
    moment->started_realtime_us = moment->realtime_us - age_us;
    moment->virtual_bytes = strtoull(at, &at, 10);
    moment->resident_bytes = strtoull(at, NULL, 10) * (uint64_t)page;
}

void process_measure(struct render_moment *ret_moment)
{
    *ret_moment = (struct render_moment){
        .realtime_us = clock_realtime_us(),
        .monotonic_us = clock_monotonic_us(),
        .cpu_us = cpu_us(),
        .open_fds = open_fds(),
    };
    read_stat(ret_moment);
}
