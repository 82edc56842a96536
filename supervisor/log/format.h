#ifndef REEVE_LOG_FORMAT_H
#define REEVE_LOG_FORMAT_H

/*
 * One log record as text, in the three shapes that journalctl(1) gives its users:
 *
 *   short-iso  2026-11-23T21:07:07.123456+00:00 redis: text
 *              As `-o short-iso-precise` without the host name. What could drive a terminal or
 * forge a line is shown as \xNN: control characters but TAB and colour sequences, and bytes that
 * are not UTF-8. A carriage return in front of the newline is dropped. json       One object a line
 * with __REALTIME_TIMESTAMP, __MONOTONIC_TIMESTAMP, PRIORITY, SYSLOG_IDENTIFIER, _SYSTEMD_UNIT,
 * _TRANSPORT, _PID where it is known, further fields that the line has, and MESSAGE. As with
 * journalctl all values are strings, and a MESSAGE that is not UTF-8 is an array of its bytes. cat
 * The bytes of the line and nothing else.
 *
 * Pure, but for reading the time zone. Owns nothing.
 */

#include "supervisor/wire/log_wire.h"

#include <stdbool.h>
#include <time.h>

enum log_format { FORMAT_SHORT_ISO, FORMAT_JSON, FORMAT_CAT };

/* Where the text goes, in pieces. */
struct sink {
    void (*put)(struct sink *sink, const char *bytes, size_t length);
};

struct formatter {
    enum log_format format;
    bool has_colour;
    time_t second; /* that `date` and `offset` show; they are made once a second */
    char date[24];
    char offset[8];
};

/* Returns false when `name` is none of the three. */
bool format_from_name(const char *name, enum log_format *ret_format) MUST_CHECK;

void format_record(struct formatter *formatter, const struct log_packet *line, struct sink *sink);

#endif
