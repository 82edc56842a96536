#include "supervisor/init/log_sources.h"

#include "supervisor/unit/log_spec.h"
#include "supervisor/wire/channel.h"

#include <limits.h>

enum { RATE_BURST_DEFAULT = 10000 };
#define RATE_INTERVAL_DEFAULT_US (30 * USEC_PER_SEC) /* both as journald.conf(5) has them */

void log_sources_fill(const struct pod *pod, unit_id id, union wire_message *ret_message)
{
    wire_begin(ret_message, WIRE_SOURCE);
    ret_message->source.id = id;
    ret_message->source.stream = 1;
    ret_message->source.seal = id == UNIT_NONE ? UINT32_MAX : pod->members[id].seal_number;
    ret_message->source.has_rules =
        id != UNIT_NONE && log_spec_has_rules(log_spec_of(pod->set.specs[id]));
    wire_copy(ret_message->source.name, sizeof(ret_message->source.name),
              id == UNIT_NONE ? "reeve" : pod_unit_name(pod, id));
}

static unsigned count_items(string_list list)
{
    unsigned count = 0;

    while (list && list[count])
        count++;
    return count;
}

/* One of the two alone has journald's default for the other; none: no limit. */
static void fill_rate(const struct log_spec *log, struct wire_rules *rules)
{
    bool has_interval = log->rate_interval_us != USEC_INFINITY;
    bool has_burst = log->rate_burst != UINT_MAX;

    if (!has_interval && !has_burst)
        return;
    rules->rate_interval_us = has_interval ? log->rate_interval_us : RATE_INTERVAL_DEFAULT_US;
    rules->rate_burst = has_burst ? log->rate_burst : RATE_BURST_DEFAULT;
    if (rules->rate_burst == 0)
        rules->rate_interval_us = 0;
}

static void fill_file(const struct log_file_spec *file, struct wire_rules *rules)
{
    if (!file->name)
        return;
    rules->rule_count++;
    rules->file_format = (uint8_t)file->format;
    rules->file_is_compressed = file->compression > 0;
    rules->file_count_max = file->count_max;
    rules->file_size_max = file->size_max == UINT64_MAX ? 0 : file->size_max;
    rules->file_age_us = file->age_us;
}

static int send_rules(int channel, unit_id id, const struct log_spec *log)
{
    union wire_message message;

    wire_begin(&message, WIRE_RULES);
    message.rules.id = id;
    message.rules.level = (uint8_t)log->level;
    message.rules.level_max = (uint8_t)log->level_max;
    message.rules.facility = (uint8_t)log->facility;
    message.rules.has_level_prefix = log->has_level_prefix;
    message.rules.overflow = (uint8_t)log->overflow;
    message.rules.joins_lines = log->joins_lines;
    message.rules.rule_count =
        (uint16_t)(count_items(log->extra_fields) + count_items(log->patterns));
    fill_rate(log, &message.rules);
    fill_file(&log->file, &message.rules);
    if (log->identifier)
        wire_copy(message.rules.identifier, sizeof(message.rules.identifier), log->identifier);
    return channel_send(channel, &message, -1);
}

static int send_list(int channel, unit_id id, string_list list, enum wire_rule_kind kind)
{
    union wire_message message;
    int error = 0;

    for (; list && *list && error == 0; list++) {
        wire_begin(&message, WIRE_RULE);
        message.rule.id = id;
        message.rule.kind = (uint8_t)kind;
        wire_copy(message.rule.text, sizeof(message.rule.text), *list);
        error = channel_send(channel, &message, -1);
    }
    return error;
}

int log_sources_send(const struct pod *pod, int channel, unit_id id)
{
    const struct log_spec *log = log_spec_of(pod->set.specs[id]);
    char *const file[] = { (char *)log->file.name, NULL };
    const struct member *member = &pod->members[id];
    union wire_message message;
    int error;

    log_sources_fill(pod, id, &message);
    error = channel_send(channel, &message, member->log_read);
    if (error == 0 && member->log_error_read >= 0) {
        message.source.stream = 2;
        error = channel_send(channel, &message, member->log_error_read);
    }
    if (error == 0 && message.source.has_rules) {
        error = send_rules(channel, id, log);
        if (error == 0)
            error = send_list(channel, id, log->extra_fields, WIRE_RULE_FIELD);
        if (error == 0)
            error = send_list(channel, id, log->patterns, WIRE_RULE_PATTERN);
        if (error == 0)
            error = send_list(channel, id, file, WIRE_RULE_FILE);
    }
    return error;
}
