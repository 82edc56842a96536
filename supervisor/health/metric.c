#include "supervisor/health/metric.h"

#include <inttypes.h>
#include <string.h>

void metric_head(struct text *out, const char *name, const char *type, const char *help)
{
    text_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metric_of_unit(struct text *out, const char *metric, const struct row *row)
{
    text_printf(out, "%s{name=\"", metric);
    text_put_label(out, row->unit.name);
    text_put(out, "\"");
}

void metric_seconds(struct text *out, uint64_t time_us)
{
    text_printf(out, "%" PRIu64 ".%06u", time_us / USEC_PER_SEC,
                (unsigned)(time_us % USEC_PER_SEC));
}

/* "# TYPE name type", "# HELP name text" */
static void put_comment(struct text *out, const char *line, size_t length)
{
    static const char total[] = "_total";
    static const size_t name_at = sizeof("# TYPE ") - 1;
    const char *end = memchr(line + name_at, ' ', length - name_at);
    size_t name_end = end ? (size_t)(end - line) : length;

    if (name_end >= name_at + strlen(total) &&
        memcmp(line + name_end - strlen(total), total, strlen(total)) == 0) {
        text_append(out, line, name_end - strlen(total));
        text_append(out, line + name_end, length - name_end);
    } else {
        text_append(out, line, length);
    }
}

void metric_open(const struct text *plain, struct text *out)
{
    const char *end = plain->bytes + plain->length;

    text_clear(out);
    for (const char *line = plain->bytes; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = newline ? (size_t)(newline + 1 - line) : (size_t)(end - line);

        if (length > sizeof("# TYPE ") && line[0] == '#')
            put_comment(out, line, length);
        else
            text_append(out, line, length);
        line += length;
    }
    text_put(out, "# EOF\n");
}
