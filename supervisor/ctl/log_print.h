#ifndef REEVE_CTL_LOG_PRINT_H
#define REEVE_CTL_LOG_PRINT_H

/* A log line in the shapes that journalctl(1) gives its users. Pure, but for the time zone. */

#include "supervisor/wire/log_wire.h"

#include <stdio.h>

enum log_output {
    LOG_OUTPUT_SHORT,             /* Nov 26 12:01:03 host redis[12]: text */
    LOG_OUTPUT_SHORT_PRECISE,     /* with microseconds */
    LOG_OUTPUT_SHORT_ISO,         /* 2026-11-26T12:01:03+0000 */
    LOG_OUTPUT_SHORT_ISO_PRECISE, /* with microseconds */
    LOG_OUTPUT_SHORT_FULL,        /* as --since= takes it */
    LOG_OUTPUT_SHORT_MONOTONIC,   /* [  123.456789] */
    LOG_OUTPUT_SHORT_UNIX,        /* 1795654477.123456 */
    LOG_OUTPUT_WITH_UNIT,         /* short-full with the unit's name for the identifier */
    LOG_OUTPUT_VERBOSE,           /* every field on a line of its own */
    LOG_OUTPUT_EXPORT,            /* for systemd-journal-remote(8) */
    LOG_OUTPUT_JSON,              /* one object a line */
    LOG_OUTPUT_JSON_PRETTY,       /* one field a line */
    LOG_OUTPUT_JSON_SSE,          /* server-sent events */
    LOG_OUTPUT_JSON_SEQ,          /* RFC 7464 */
    LOG_OUTPUT_CAT,               /* the text alone */
};

struct log_style {
    enum log_output output;
    bool has_colour;
    bool shows_raw; /* --all: control characters go out as they are */
    bool is_utc;
    const char *fields;  /* --output-fields=, joined by commas; NULL: all */
    const char *host;    /* NULL: --no-hostname */
    const char *boot_id; /* 32 digits; "" when it is not known */
};

/* False when there is no such shape. */
bool log_output_from_name(const char *name, enum log_output *ret_output) MUST_CHECK;

/* For programs: nothing but lines goes there. */
bool log_output_is_data(enum log_output output) MUST_CHECK;

/* A LOG_LINE or a LOG_GAP. */
void log_print(const struct log_packet *packet, const struct log_style *style, FILE *out);

#endif
