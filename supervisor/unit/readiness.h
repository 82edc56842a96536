#ifndef REEVE_UNIT_READINESS_H
#define REEVE_UNIT_READINESS_H

/*
 * What can be told to be ready. A service that others are started after, and of which nobody can
 * tell when it is ready, is a race that shows on a slow day: Type=simple, exec and idle say only
 * that there is a process. systemd allows it, and so does reeve; `reevectl verify --strict` does
 * not. Pure.
 */

#include "supervisor/unit/problem.h"
#include "supervisor/unit/unit_set.h"

/* Type=notify, notify-reload, dbus, oneshot and forking are ready when they say so or are through;
 * any other is with HealthGate=yes. */
bool unit_tells_readiness(const struct unit_spec *spec);

/* An error for each of the first `count` units that a service among them waits for in vain. */
void readiness_check(const struct unit_set *set, size_t count, struct problem_sink *sink);

#endif
