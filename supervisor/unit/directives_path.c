#include "supervisor/unit/directives.h"
#include "supervisor/unit/paths.h"
#include "supervisor/unit/unit_name.h"

#include <errno.h>
#include <string.h>

/* [Path] (systemd.path(5)). All kinds of paths stand in one list, the last one of the file first:
 * that is the order in which systemd looks at them. */

static int append(struct reading *reading, const char *path)
{
    struct path_spec *spec = reading->spec->path;
    struct path_item *item;

    if (spec->count == PATH_ITEMS_MAX) {
        reading_error(reading, reading->value_offset, NULL, "a unit has at most %d paths",
                      PATH_ITEMS_MAX);
        return 0;
    }
    item = arena_get(reading->arena, sizeof(*item));
    if (!item)
        return -ENOMEM;
    item->kind = (enum path_kind)reading->directive->argument;
    item->path = path;
    item->next = spec->items;
    spec->items = item;
    spec->count++;
    return 0;
}

/* An empty value drops those of all kinds, as in systemd. */
int directive_path(struct reading *reading)
{
    char *path;
    int error;

    if (reading->value[0] == '\0') {
        reading->spec->path->items = NULL;
        reading->spec->path->count = 0;
        return 0;
    }
    error = reading_expand_value(reading, &path);
    if (error < 0 || !path)
        return error;
    if (*path != '/' || !path_simplify(path)) {
        reading_error(reading, reading->value_offset, NULL, "%s=%s is not an absolute path%s",
                      reading->key, reading->value, *path == '/' ? " without '..'" : "");
        return 0;
    }
    return append(reading, path);
}

/* The first one counts, as in systemd. */
int directive_path_unit(struct reading *reading)
{
    struct path_spec *spec = reading->spec->path;
    char *name;
    int error = reading_expand_value(reading, &name);

    if (error < 0 || !name)
        return error;
    if (!unit_name_is_valid(name) || unit_name_is_template(name)) {
        reading_error(reading, reading->value_offset, "like 'NAME.service'",
                      "%s=%s is not the name of a unit", reading->key, reading->value);
    } else if (strcmp(name, reading->spec->name) == 0) {
        reading_error(reading, reading->value_offset, NULL, "a unit cannot trigger itself");
    } else if (spec->unit) {
        reading_warning(reading, reading->value_offset, NULL,
                        "%s=%s is ignored: '%s' is what the unit triggers", reading->key,
                        reading->value, spec->unit);
    } else {
        spec->unit = name;
        spec->unit_place = reading_place(reading, reading->value_offset);
    }
    return 0;
}
