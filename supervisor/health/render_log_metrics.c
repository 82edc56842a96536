#include "supervisor/health/metric.h"
#include "supervisor/health/render.h"

#include <inttypes.h>
#include <string.h>

/* One counter of each unit, by a label. What is zero is left out but where a first increase must
 * not be missed: most units have one priority, and one stream. */
struct family {
    const char *name, *help, *label;
    size_t first, count; /* in the totals, as numbers of 64 bits */
    unsigned zeros;      /* bits: of these a zero is told */
    bool are_zeros_ours; /* but of reeve-log alone */
    const char *(*value)(unsigned index);
};

static const char *drop_word(unsigned index)
{
    return log_drop_string((enum log_drop)index);
}

static const char *target_word(unsigned index)
{
    return log_target_string((enum log_target)index);
}

#define MEMBER(name)                                                                               \
    .first = offsetof(struct log_totals, name) / sizeof(uint64_t),                                 \
    .count = sizeof(((struct log_totals *)0)->name) / sizeof(uint64_t)

static const struct family families[] = {
    { "reeve_log_lines_total", "Lines that the unit has logged", "priority", MEMBER(lines),
      .zeros = 1U << 3 | 1U << 4 | 1U << 6, .value = log_priority_string },
    { "reeve_log_bytes_total", "Bytes of these lines", "stream", MEMBER(bytes),
      .value = log_stream_string },
    { "reeve_log_dropped_lines_total", "Lines that its own settings have dropped", "reason",
      MEMBER(dropped), .zeros = 1U << LOG_DROP_RATE | 1U << LOG_DROP_OVERFLOW, .value = drop_word },
    { "reeve_log_unwritten_lines_total", "Lines that an output did not take", "output",
      MEMBER(unwritten), .zeros = 1U << LOG_TARGET_STDOUT, .are_zeros_ours = true,
      .value = target_word },
    { "reeve_log_write_errors_total", "Writes of log lines that failed", "output", MEMBER(errors),
      .zeros = 1U << LOG_TARGET_STDOUT, .are_zeros_ours = true, .value = target_word },
};

static void put_unit(const struct family *family, const struct unit_totals *unit, struct text *out)
{
    const uint64_t *numbers = (const uint64_t *)(const void *)&unit->totals;
    bool is_ours = strcmp(unit->unit, "reeve-log.service") == 0;
    unsigned zeros = family->are_zeros_ours && !is_ours ? 0 : family->zeros;

    for (size_t i = 0; i < family->count; i++) {
        if (numbers[family->first + i] == 0 && !(zeros & 1U << i))
            continue;
        text_printf(out, "%s{name=\"", family->name);
        text_put_label(out, unit->unit);
        text_printf(out, "\",%s=\"%s\"} %" PRIu64 "\n", family->label, family->value((unsigned)i),
                    numbers[family->first + i]);
    }
}

void render_log_metrics(const struct unit_totals_list *list, struct text *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(families) && list; i++) {
        metric_head(out, families[i].name, "counter", families[i].help);
        for (size_t k = 0; k < list->count; k++)
            put_unit(&families[i], &list->units[k], out);
    }
}
