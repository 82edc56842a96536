#ifndef REEVE_LOG_PATTERN_H
#define REEVE_LOG_PATTERN_H

/* LogFilterPatterns= of a unit. The one place that knows the library: POSIX extended expressions.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

struct pattern;

/* `text` as in the unit file: "~" in front takes away what matches. One that is no expression is
 * passed over: PID 1 has looked at it. 0 or -ENOMEM. */
int pattern_add(struct pattern **list, const char *text) MUST_CHECK;
void pattern_free(struct pattern **list);

/* As systemd: no pattern with "~" matches, and one without does, if there is any. */
bool pattern_admits(const struct pattern *list, const char *text, size_t length);

#endif
