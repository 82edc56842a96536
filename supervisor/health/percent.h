#ifndef REEVE_HEALTH_PERCENT_H
#define REEVE_HEALTH_PERCENT_H

/* %XX becomes a byte, other than NUL (RFC 3986). */

#include "supervisor/unit/macro.h"

#include <stddef.h>

/* Of `length` bytes; *ret_text is to be freed. 0; -EINVAL: malformed; -ENOMEM. */
int percent_decode(const char *text, size_t length, char **ret_text) MUST_CHECK;

#endif
