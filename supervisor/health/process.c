#include "supervisor/health/process.h"

#include "supervisor/health/loop.h"

#include <dirent.h>
#include <stdio.h>
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
static void read_stat(struct render_moment *moment)
{
    FILE *file = fopen("/proc/self/stat", "re");
    unsigned long long start = 0, virtual_bytes = 0, pages = 0;
    long ticks = sysconf(_SC_CLK_TCK);
    struct timespec boot;

    if (!file)
        return;
    if (fscanf(file,
               "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
               "%*d %*d %*d %llu %llu %llu",
               &start, &virtual_bytes, &pages) == 3 &&
        ticks > 0) {
        clock_gettime(CLOCK_BOOTTIME, &boot);
        moment->virtual_bytes = virtual_bytes;
        moment->resident_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
        moment->started_realtime_us =
            moment->realtime_us -
            ((uint64_t)boot.tv_sec * USEC_PER_SEC + (uint64_t)boot.tv_nsec / 1000) +
            start * (USEC_PER_SEC / (uint64_t)ticks);
    }
    (void)fclose(file);
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
