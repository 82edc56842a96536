#ifndef REEVE_CTL_VERIFY_PROBES_H
#define REEVE_CTL_VERIFY_PROBES_H

/*
 * What HealthCmd= says, judged before reeve-health has to: by its own parser (health/address.h). A
 * probe that nobody understands makes its unit unhealthy for good.
 */

#include "supervisor/unit/unit_set.h"

/*
 * Of the first `count` units of the set. `own_directory` is that of programs_find(), for probes
 * that are commands; NULL: whether their programs are here does not matter. 0 or -ENOMEM.
 */
int verify_probes(const struct unit_set *set, size_t count, const char *own_directory,
                  struct problem_sink *sink) MUST_CHECK;

#endif
