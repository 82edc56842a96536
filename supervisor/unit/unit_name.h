#ifndef REEVE_UNIT_UNIT_NAME_H
#define REEVE_UNIT_UNIT_NAME_H

/*
 * Names of units: systemd.unit(5). "foo.service" is plain, "foo@bar.service" an instance and
 * "foo@.service" the template that it is made of. A buffer has room for UNIT_NAME_MAX + 1.
 */

#include "supervisor/unit/unit_spec.h"

/* Whether the name is one for a unit of a kind that reeve runs, and no template; the kind goes to
 * *ret_kind. */
bool unit_name_parse(const char *name, enum unit_kind *ret_kind);

/* A name of any kind that systemd has, templates included: what a dependency may be on. */
bool unit_name_is_valid(const char *name);

bool unit_name_is_template(const char *name);

/* The template of an instance; false when the name is none. */
bool unit_name_to_template(const char *name, char *buffer);

/*
 * The instance of a template that `user` means by naming the template: with its own instance, else
 * with its prefix. False when that is no name.
 */
bool unit_name_instantiate(const char *template, const char *user, char *buffer);

#endif
