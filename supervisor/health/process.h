#ifndef REEVE_HEALTH_PROCESS_H
#define REEVE_HEALTH_PROCESS_H

/* What /metrics says about this process itself, and the two clocks. */

#include "supervisor/health/render.h"

/* What /proc does not tell is 0. */
void process_measure(struct render_moment *ret_moment);

#endif
