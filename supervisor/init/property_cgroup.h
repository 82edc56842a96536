#ifndef REEVE_INIT_PROPERTY_CGROUP_H
#define REEVE_INIT_PROPERTY_CGROUP_H

/* What the unit's cgroup counts, and the limits that it has there. Internal to property_table.c. */

#include "supervisor/init/property_table.h"

/* "[not set]" where nobody counts, as systemctl of systemd 257 shows it. */
void property_put_memory_current(const struct subject *subject, struct property_text *text);
void property_put_memory_peak(const struct subject *subject, struct property_text *text);
void property_put_tasks_current(const struct subject *subject, struct property_text *text);
void property_put_cpu_usage(const struct subject *subject, struct property_text *text);

/* "infinity" where there is no limit. */
void property_put_memory_max(const struct subject *subject, struct property_text *text);
void property_put_memory_high(const struct subject *subject, struct property_text *text);
void property_put_tasks_max(const struct subject *subject, struct property_text *text);

/* ControlGroup=: its path, "" where the unit has none. */
void property_put_control_group(const struct subject *subject, struct property_text *text);

#endif
