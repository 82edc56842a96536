#ifndef REEVE_CTL_WORDS_H
#define REEVE_CTL_WORDS_H

/* Values as systemctl writes them, and texts of services made safe for a terminal. Pure, but for
 * the time zone. */

#include "supervisor/ctl/model.h"

#include <stdio.h>

enum { WORDS_TIME_SIZE = 48, WORDS_SPAN_SIZE = 32 };

/* "Mon 2026-11-23 21:07:07 UTC"; "" for 0. */
void words_timestamp(uint64_t realtime_us, char text[WORDS_TIME_SIZE]);

/* "350ms", "5s", "2min 5s", "3h 4min", "2d 5h" (systemd.time(7)). */
void words_span(uint64_t duration_us, char text[WORDS_SPAN_SIZE]);

/* Nothing left out, as systemctl show: "1min 30.250000s", "100ms", "0", "infinity". */
enum { WORDS_EXACT_SIZE = 96 };
void words_exact_span(uint64_t duration_us, char text[WORDS_EXACT_SIZE]);

/* "exited", "killed", "dumped"; "" for 0. */
const char *words_exit_code(int code);

/* "0/SUCCESS", "9/KILL". */
void words_exit_status(int code, int status, char text[WORDS_TIME_SIZE]);

/* The pod in systemctl's words for a system: "starting", "running", "degraded", "stopping". */
const char *words_system_state(const struct model *model);

/* Without control characters, so that a service cannot drive the reader's terminal. */
void words_put_safe(FILE *out, const char *text);
/* The same of `size` bytes, which need not end in NUL. */
void words_put_safe_length(FILE *out, const char *text, size_t size);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void words_put_json(FILE *out, const char *text);
void words_put_json_bytes(FILE *out, const char *text, size_t size);

/* Whether these bytes are valid UTF-8 (RFC 3629). */
bool words_is_utf8(const char *text, size_t size);

#endif
