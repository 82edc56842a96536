#ifndef REEVE_HEALTH_SQUEEZE_H
#define REEVE_HEALTH_SQUEEZE_H

/* gzip (RFC 1952), with a window of 4 KiB: an answer is small, and so is what it takes to make it.
 */

#include "supervisor/health/text.h"

/* Replaces what is in `out`. False: there was no memory for it. */
bool squeeze(const struct text *plain, struct text *out) MUST_CHECK;

#endif
