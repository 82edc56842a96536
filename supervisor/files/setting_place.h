#ifndef REEVE_FILES_SETTING_PLACE_H
#define REEVE_FILES_SETTING_PLACE_H

/*
 * Where a setting of [Service] stands, looked up once it is to be complained of: the files are read
 * again, since a place for each setting would be memory for as long as PID 1 lives.
 */

#include "supervisor/unit/unit_set.h"

/*
 * The last assignment of `key`, or, for an item of a list, the last one that has `item` (NULL: no
 * list). The path in the place is the text's. False: it is not there, or cannot be read any more.
 */
bool setting_place_in(const struct unit_text *text, const char *key, const char *item,
                      struct spec_place *ret_place);

/* The same in the files of a unit, of which the later decide: its path is the spec's. */
bool setting_place_find(const struct unit_spec *spec, const char *key, const char *item,
                        struct spec_place *ret_place);

#endif
