#include "supervisor/init/watchdog.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

static bool read_number(const char *text, uint64_t *ret_number)
{
    unsigned long long number;
    char *end = NULL;

    if (!text || !isdigit((unsigned char)*text))
        return false;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || number == 0)
        return false;
    *ret_number = number;
    return true;
}

struct watchdog watchdog_read(const char *span, const char *pid, pid_t self)
{
    uint64_t span_us, meant;

    if (!read_number(span, &span_us) || span_us == UINT64_MAX)
        return (struct watchdog){ 0 };
    if (pid && (!read_number(pid, &meant) || meant != (uint64_t)self))
        return (struct watchdog){ 0 };
    return (struct watchdog){ .interval_us = span_us / 2 > 0 ? span_us / 2 : 1 };
}

bool watchdog_is_due(struct watchdog *watchdog, uint64_t now_us)
{
    if (watchdog->interval_us == 0 || now_us < watchdog->due_us)
        return false;
    watchdog->due_us = now_us + watchdog->interval_us;
    return true;
}
