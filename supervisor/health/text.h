#ifndef REEVE_HEALTH_TEXT_H
#define REEVE_HEALTH_TEXT_H

/*
 * A text that grows, and the three ways in which foreign words enter an answer: cleaned, as a JSON
 * string, as the value of a Prometheus label. When memory runs out the text is marked as failed and
 * stays as it is; who builds one asks once, at the end.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

struct text {
    char *bytes; /* ends in NUL unless NULL */
    size_t length, capacity;
    bool has_failed;
};

/* Accepts an empty text. */
void text_release(struct text *text);
/* Empty again, the memory is kept. */
void text_clear(struct text *text);
void text_append(struct text *text, const char *bytes, size_t length);
void text_put(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* In quotes, escaped (RFC 8259); bytes that are not UTF-8 become U+FFFD. */
void text_put_json(struct text *text, const char *string);
/* Without quotes, escaped as the Prometheus text format 0.0.4 wants it; not UTF-8 becomes U+FFFD.
 */
void text_put_label(struct text *text, const char *string);
/* "2026-11-23T21:35:19.042Z" */
void text_put_time(struct text *text, uint64_t realtime_us);

/*
 * Copies what fits of a message that came from outside: control characters become spaces and bytes
 * that are not UTF-8 become '?', so that it can go into a log line.
 */
void text_clean(char *target, size_t size, const char *source);

#endif
