#ifndef REEVE_INIT_REPORT_H
#define REEVE_INIT_REPORT_H

/* Words for what the engine notes: the lines that PID 1 itself writes into the log. */

#include "supervisor/init/pod.h"

void report_note(struct pod *pod, const struct unit_action *action);

/*
 * Writes what pod_log() has kept back. The lines of a turn of the loop go out together: when many
 * units stop at once, a system call for each would be a good part of what that costs.
 */
void report_flush(struct pod *pod);

/* Whatever still lies in the log pipes when reeve-log has gone: written to our own stdout. */
void report_drain(struct pod *pod);

/* A line at the very end, after that, newline included; false: nobody reads. */
bool report_last_line(const char *prefix, const char *line, size_t length);

#endif
