#include "supervisor/unit/unit_set.h"

#include "supervisor/unit/graph.h"
#include "supervisor/unit/unit_load.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* systemd.unit(5): letters, digits and ":-_.\" around at most one "@". */
bool unit_name_parse(const char *name, enum unit_kind *ret_kind)
{
    static const struct {
        const char *suffix;
        enum unit_kind kind;
    } kinds[] = { { ".service", UNIT_SERVICE }, { ".target", UNIT_TARGET } };
    const char *dot = strrchr(name, '.'), *at = strchr(name, '@');

    if (!dot || dot == name || strlen(name) > UNIT_NAME_MAX)
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(":-_.\\", *c) && !(*c == '@' && c != name))
            return false;
    /* "foo@.service" is a template: not a unit until it gets an instance. */
    if (at && at + 1 == dot)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(dot, kinds[i].suffix) == 0) {
            *ret_kind = kinds[i].kind;
            return true;
        }
    return false;
}

static int copy_text(struct arena *arena, const char **text)
{
    *text = arena_string(arena, *text);
    return *text ? 0 : -ENOMEM;
}

int unit_set_init(struct unit_set *set, const struct unit_roots *roots)
{
    const char **texts[] = {
        &set->roots.tmp,        &set->roots.var_tmp,      &set->roots.user,
        &set->roots.group,      &set->roots.home,         &set->roots.shell,
        &set->roots.hostname,   &set->roots.architecture, &set->roots.kernel_release,
        &set->roots.machine_id, &set->roots.boot_id,
    };
    int error = 0;

    *set = (struct unit_set){ .roots = *roots };
    arena_init(&set->arena);
    for (int kind = 0; kind < DIRECTORY_KIND_COUNT && error == 0; kind++)
        error = copy_text(&set->arena, &set->roots.directory[kind]);

    for (size_t i = 0; i < ARRAY_SIZE(texts) && error == 0; i++)
        error = copy_text(&set->arena, texts[i]);
    if (error < 0)
        unit_set_release(set);
    return error;
}

void unit_set_release(struct unit_set *set)
{
    free(set->specs);
    free(set->by_name);
    arena_release(&set->arena);
    set->specs = NULL;
    set->by_name = NULL;
    set->edges = NULL;
    set->count = set->capacity = 0;
}

/* Where the name stands in by_name, or would. */
static size_t find_position(const struct unit_set *set, const char *name)
{
    size_t low = 0, high = set->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(set->specs[set->by_name[middle]]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

unit_id unit_set_find(const struct unit_set *set, const char *name)
{
    size_t position = find_position(set, name);

    if (position < set->count && strcmp(set->specs[set->by_name[position]]->name, name) == 0)
        return set->by_name[position];
    return UNIT_NONE;
}

static int reserve(struct unit_set *set)
{
    size_t capacity = set->capacity ? set->capacity * 2 : 16;
    struct unit_spec **specs;
    unit_id *by_name;

    if (set->count < set->capacity)
        return 0;
    specs = realloc(set->specs, capacity * sizeof(*specs));
    if (!specs)
        return -ENOMEM;
    set->specs = specs;
    by_name = realloc(set->by_name, capacity * sizeof(*by_name));
    if (!by_name)
        return -ENOMEM;
    set->by_name = by_name;
    set->capacity = capacity;
    return 0;
}

int unit_set_add(struct unit_set *set, const struct unit_source *source, struct problem_sink *sink)
{
    size_t position = find_position(set, source->name);
    struct unit_spec *spec;
    enum unit_kind kind;
    int error;

    if (!unit_name_parse(source->name, &kind)) {
        struct problem_place place = { .path = source->part_count > 0 ? source->parts[0].path
                                                                      : source->name };

        problem_report(sink, PROBLEM_ERROR, &place, "like 'NAME.service' or 'NAME.target'",
                       "'%s' is not a name for a unit", source->name);
        return -EBADMSG;
    }
    if (unit_set_find(set, source->name) != UNIT_NONE)
        return -EEXIST;
    error = reserve(set);
    if (error == 0)
        error = unit_load(set, source, sink, &spec);
    if (error < 0)
        return error;
    memmove(set->by_name + position + 1, set->by_name + position,
            (set->count - position) * sizeof(*set->by_name));
    set->by_name[position] = (unit_id)set->count;
    set->specs[set->count++] = spec;
    return 0;
}

int unit_set_resolve(struct unit_set *set, struct problem_sink *sink)
{
    unsigned errors = sink->errors;
    int error = graph_build(set, sink);

    if (error == 0)
        error = graph_find_cycles(set, sink);
    if (error < 0)
        return error;
    return sink->errors > errors ? -EBADMSG : 0;
}
