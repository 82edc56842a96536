#ifndef REEVE_CTL_LOG_FIELDS_H
#define REEVE_CTL_LOG_FIELDS_H

/* The shapes of log_print.h that show a line's fields one by one; those of --output-fields=, where
 * it is given. Pure. */

#include "supervisor/ctl/log_print.h"

/* `time`: the head of the entry. */
void log_print_verbose(const struct log_packet *packet, const struct log_style *style,
                       const char *time, FILE *out);
/* json, json-pretty, json-sse, json-seq. */
void log_print_json(const struct log_packet *packet, const struct log_style *style, FILE *out);
/* The Journal Export Format of systemd. */
void log_print_export(const struct log_packet *packet, const struct log_style *style, FILE *out);
/* --output=cat --output-fields=: the values, each on a line. */
void log_print_values(const struct log_packet *packet, const struct log_style *style, FILE *out);

/* Of a text as a person may see it (--all: as it is). */
void log_print_text(const char *text, size_t length, const struct log_style *style, FILE *out);

#endif
