#ifndef REEVE_INIT_PROPERTY_SANDBOX_H
#define REEVE_INIT_PROPERTY_SANDBOX_H

/* What `reevectl security` learns of a unit. Internal to property_table.c. */

#include "supervisor/init/property_table.h"

/* A line per directive: `{ directive=… ; asked=… ; held-by=… ; strength=… ; reason=… }`. */
void property_put_sandbox(const struct subject *subject, struct property_text *text);

/* Of the table of sandbox/exposure.h what is not good, `NAME:BADNESS`, or `NAME:-` for what means
 * nothing. */
void property_put_exposed(const struct subject *subject, struct property_text *text);

/* SystemCallFilter= as systemctl shows it: the calls that are allowed, or behind "~" those that are
 * not, with an error of their own behind ":". */
void property_put_calls(const struct subject *subject, struct property_text *text);
/* SystemCallErrorNumber=: systemd's number for "kill" where it is not set. */
uint64_t property_call_error(const struct subject *subject);

/* The level, in tenths. */
uint64_t property_exposure(const struct subject *subject);

#endif
