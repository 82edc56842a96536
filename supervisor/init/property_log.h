#ifndef REEVE_INIT_PROPERTY_LOG_H
#define REEVE_INIT_PROPERTY_LOG_H

/* The properties about standard input and output and log lines, with systemd's names and words. */

#include "supervisor/init/property_table.h"

void put_standard_input(const struct subject *subject, struct property_text *text);
void put_standard_output(const struct subject *subject, struct property_text *text);
void put_standard_error(const struct subject *subject, struct property_text *text);
void put_syslog_identifier(const struct subject *subject, struct property_text *text);
void put_log_fields(const struct subject *subject, struct property_text *text);
void put_log_patterns(const struct subject *subject, struct property_text *text);
void put_log_overflow(const struct subject *subject, struct property_text *text);
void put_log_file(const struct subject *subject, struct property_text *text);
uint64_t syslog_priority(const struct subject *subject);
uint64_t syslog_facility(const struct subject *subject);
uint64_t syslog_level(const struct subject *subject);
uint64_t syslog_level_prefix(const struct subject *subject);
uint64_t log_level_max(const struct subject *subject);
uint64_t log_rate_interval_us(const struct subject *subject);
uint64_t log_rate_burst(const struct subject *subject);

#endif
