/* Where the evidence is when nobody says so: the lines that reeve-log keeps, and the kernel's log,
 * where we may read it. */
#include "supervisor/ctl/explain.h"
#include "supervisor/ctl/log_reader.h"

#include <string.h>
#include <sys/klog.h>

enum {
    LINES_MAX = 200,   /* of the unit, the last ones */
    KLOG_READ_ALL = 3, /* syslog(2) */
    KLOG_SIZE = 10,
    BEFORE_SEC = 2, /* of the end of a process, by which the kernel has told of it */
};

/* --- what reeve-log keeps --- */

/* Of all that the unit said the last lines; before, it may have run with other directives. */
static bool take_kept(struct explain *explain, const struct explain_search *search)
{
    static struct log_reader reader;
    static char text[LOG_TEXT_MAX + 1];
    struct log_request request = log_wire_request(explain->unit->name);
    struct log_packet packet = { 0 };
    int error = log_reader_open(&reader, search->client, true);

    if (error < 0)
        return false;
    request.lines = LINES_MAX;
    error = log_reader_ask(&reader, &request);
    while (error == 0 && packet.kind != LOG_END && packet.kind != LOG_REFUSED) {
        error = log_reader_next(&reader, search->client->timeout_ms, &packet);
        if (error < 0 || packet.kind != LOG_LINE)
            continue;
        snprintf(text, sizeof(text), "%.*s", (int)packet.length, packet.text);
        explain_take_text(explain, text);
    }
    log_reader_close(&reader);
    return error == 0 && packet.kind == LOG_END;
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
    return take_kept(explain, search);
}
