#ifndef REEVE_INIT_PROPERTY_PATH_H
#define REEVE_INIT_PROPERTY_PATH_H

/* The properties of path units, with systemd's names and words. */

#include "supervisor/init/property_table.h"

void put_path_unit(const struct subject *subject, struct property_text *text);
void put_paths(const struct subject *subject, struct property_text *text);
void put_path_mode(const struct subject *subject, struct property_text *text);
uint64_t path_makes_directory(const struct subject *subject);
uint64_t path_limit_interval_us(const struct subject *subject);
uint64_t path_limit_burst(const struct subject *subject);

#endif
