#include "supervisor/log/rules.h"

#include <errno.h>
#include <string.h>

struct rules *rules_get(struct rules **list, const char *unit)
{
    struct rules *rules = *list;

    while (rules && strcmp(rules->unit, unit) != 0)
        rules = rules->next;
    if (rules)
        return rules;
    rules = calloc(1, sizeof(*rules));
    if (!rules)
        return NULL;
    wire_copy(rules->unit, sizeof(rules->unit), unit);
    rules->level = LOG_PRIORITY_INFO;
    rules->level_max = LOG_PRIORITY_DEBUG;
    rules->has_level_prefix = true;
    rules->next = *list;
    *list = rules;
    return rules;
}

static void clear_lists(struct rules *rules)
{
    pattern_free(&rules->patterns);
    free(take_pointer(&rules->fields));
    rules->fields_length = 0;
}

void rules_free(struct rules **list)
{
    while (*list) {
        struct rules *rules = *list;

        *list = rules->next;
        clear_lists(rules);
        free(rules);
    }
}

static int add_field(struct rules *rules, const char *text)
{
    const char *sign = strchr(text, '=');
    struct log_field field = { .name = text };

    if (!sign)
        return 0;
    if (!rules->fields)
        rules->fields = malloc(LOG_FIELDS_MAX);
    if (!rules->fields)
        return -ENOMEM;
    field.name_length = (size_t)(sign - text);
    field.value = sign + 1;
    field.length = strlen(field.value);
    rules->fields_length =
        log_wire_add_field(rules->fields, LOG_FIELDS_MAX, rules->fields_length, &field);
    return 0;
}

int rules_set(struct rules *rules, const struct wire_rules *message)
{
    static const char *const digits[] = { "0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",
                                          "8",  "9",  "10", "11", "12", "13", "14", "15",
                                          "16", "17", "18", "19", "20", "21", "22", "23" };
    char facility[32] = "SYSLOG_FACILITY=";

    clear_lists(rules);
    wire_copy(rules->identifier, sizeof(rules->identifier), message->identifier);
    rules->level = message->level & 7;
    rules->level_max = message->level_max & 7;
    rules->has_level_prefix = message->has_level_prefix;
    rules->joins_lines = message->joins_lines;
    rules->overflow = message->overflow <= OVERFLOW_DROP_NEWEST
                          ? (enum log_overflow)message->overflow
                          : OVERFLOW_BLOCK;
    rules->rate_interval_us = message->rate_interval_us;
    rules->rate_burst = message->rate_burst;
    rules->awaited = message->rule_count;
    rules->file = NULL;
    rules->file_settings = (struct log_file_settings){
        .format = message->file_format <= FORMAT_CAT ? (enum log_format)message->file_format
                                                     : FORMAT_SHORT_ISO,
        .size_max = message->file_size_max,
        .age_us = message->file_age_us,
        .count_max = message->file_count_max,
        .compresses = message->file_is_compressed,
    };
    if (message->facility == LOG_FACILITY_DAEMON || message->facility >= ARRAY_SIZE(digits))
        return 0;
    strncat(facility, digits[message->facility], sizeof(facility) - strlen(facility) - 1);
    return add_field(rules, facility);
}

int rules_add(struct rules *rules, const struct wire_rule *message)
{
    rules->awaited -= rules->awaited > 0;
    if (message->kind == WIRE_RULE_FILE)
        return 0; /* for who keeps files */
    return message->kind == WIRE_RULE_PATTERN ? pattern_add(&rules->patterns, message->text)
                                              : add_field(rules, message->text);
}

/* As journald: so many in each interval, which begins with a line. */
static bool is_within_limit(struct rules *rules, uint64_t now_us, uint64_t *ret_suppressed)
{
    if (rules->rate_interval_us == 0)
        return true;
    if (rules->window_us == 0 || usec_add(rules->window_us, rules->rate_interval_us) <= now_us) {
        *ret_suppressed = rules->suppressed;
        rules->suppressed = 0;
        rules->window_us = now_us;
        rules->in_window = 0;
    }
    if (rules->in_window < rules->rate_burst) {
        rules->in_window++;
        return true;
    }
    rules->suppressed++;
    return false;
}

bool rules_admit(struct rules *rules, const struct log_packet *line, enum log_drop *ret_reason,
                 uint64_t *ret_suppressed)
{
    *ret_suppressed = 0;
    if (!rules)
        return true;
    if (line->priority > rules->level_max)
        *ret_reason = LOG_DROP_LEVEL;
    else if (rules->patterns && !pattern_admits(rules->patterns, line->text, line->length))
        *ret_reason = LOG_DROP_FILTER;
    else if (!is_within_limit(rules, line->monotonic_us, ret_suppressed))
        *ret_reason = LOG_DROP_RATE;
    else
        return true;
    return false;
}
