#include "supervisor/init/property_log.h"

#include "supervisor/unit/log_spec.h"

#include <limits.h>

static const struct log_spec *log_of(const struct subject *subject)
{
    return log_spec_of(subject->spec);
}

void put_standard_input(const struct subject *subject, struct property_text *text)
{
    static const char *const words[] = {
        [INPUT_NULL] = "null", [INPUT_FILE] = "file:", [INPUT_DATA] = "data"
    };
    const struct log_spec *log = log_of(subject);

    property_put(text, log->input == INPUT_NULL && log->input_data ? "data" : words[log->input]);
    if (log->input == INPUT_FILE)
        property_put(text, log->input_path);
}

static void put_output(const struct output_spec *output, struct property_text *text)
{
    static const char *const words[] = {
        [OUTPUT_INHERIT] = "inherit", [OUTPUT_NULL] = "null",      [OUTPUT_JOURNAL] = "journal",
        [OUTPUT_FILE] = "file:",      [OUTPUT_APPEND] = "append:", [OUTPUT_TRUNCATE] = "truncate:",
    };

    property_put(text, words[output->kind]);
    if (output->kind >= OUTPUT_FILE)
        property_put(text, output->path);
}

void put_standard_output(const struct subject *subject, struct property_text *text)
{
    put_output(&log_of(subject)->out, text);
}

void put_standard_error(const struct subject *subject, struct property_text *text)
{
    put_output(&log_of(subject)->error, text);
}

void put_syslog_identifier(const struct subject *subject, struct property_text *text)
{
    if (log_of(subject)->identifier)
        property_put(text, log_of(subject)->identifier);
}

static void put_list(string_list list, struct property_text *text)
{
    for (string_list at = list; at && *at; at++) {
        if (at != list)
            property_put(text, " ");
        property_put(text, *at);
    }
}

void put_log_fields(const struct subject *subject, struct property_text *text)
{
    put_list(log_of(subject)->extra_fields, text);
}

void put_log_patterns(const struct subject *subject, struct property_text *text)
{
    put_list(log_of(subject)->patterns, text);
}

void put_log_overflow(const struct subject *subject, struct property_text *text)
{
    static const char *const words[] = {
        [OVERFLOW_BLOCK] = "block",
        [OVERFLOW_DROP_OLDEST] = "drop-oldest",
        [OVERFLOW_DROP_NEWEST] = "drop-newest",
    };

    property_put(text, words[log_of(subject)->overflow]);
}

void put_log_file(const struct subject *subject, struct property_text *text)
{
    if (log_of(subject)->file.name)
        property_put(text, log_of(subject)->file.name);
}

uint64_t syslog_facility(const struct subject *subject)
{
    return log_of(subject)->facility;
}

uint64_t syslog_level(const struct subject *subject)
{
    return log_of(subject)->level;
}

uint64_t syslog_priority(const struct subject *subject)
{
    return log_of(subject)->facility << 3 | log_of(subject)->level;
}

uint64_t syslog_level_prefix(const struct subject *subject)
{
    return log_of(subject)->has_level_prefix;
}

/* systemd shows -1 where nothing is set; the effect is that of the highest. */
uint64_t log_level_max(const struct subject *subject)
{
    return log_of(subject)->level_max;
}

uint64_t log_rate_interval_us(const struct subject *subject)
{
    uint64_t us = log_of(subject)->rate_interval_us;

    return us == USEC_INFINITY ? 0 : us;
}

uint64_t log_rate_burst(const struct subject *subject)
{
    unsigned burst = log_of(subject)->rate_burst;

    return burst == UINT_MAX ? 0 : burst;
}
