#include "supervisor/unit/unit_set.h"

#include "supervisor/unit/dynamic_user.h"
#include "supervisor/unit/graph.h"
#include "supervisor/unit/unit_load.h"

#include <errno.h>
#include <string.h>

static int copy_text(struct arena *arena, const char **text)
{
    *text = arena_string(arena, *text ? *text : "");
    return *text ? 0 : -ENOMEM;
}

int unit_set_init(struct unit_set *set, const struct unit_roots *roots)
{
    const char **texts[] = {
        &set->roots.tmp,        &set->roots.var_tmp,      &set->roots.user,
        &set->roots.group,      &set->roots.home,         &set->roots.shell,
        &set->roots.hostname,   &set->roots.architecture, &set->roots.kernel_release,
        &set->roots.machine_id, &set->roots.boot_id,      &set->roots.pretty_hostname,
    };
    int error = 0;

    *set = (struct unit_set){ .roots = *roots };
    arena_init(&set->arena);
    for (int kind = 0; kind < DIRECTORY_KIND_COUNT && error == 0; kind++)
        error = copy_text(&set->arena, &set->roots.directory[kind]);
    for (int field = 0; field < OS_FIELD_COUNT && error == 0; field++)
        error = copy_text(&set->arena, &set->roots.os[field]);
    for (size_t i = 0; i < ARRAY_SIZE(texts) && error == 0; i++)
        error = copy_text(&set->arena, texts[i]);
    if (error < 0)
        unit_set_release(set);
    return error;
}

void unit_set_release(struct unit_set *set)
{
    free(set->specs);
    free(set->names);
    arena_release(&set->arena);
    for (size_t i = 0; i < set->kept_count; i++)
        arena_release(&set->kept[i]);
    free(take_pointer(&set->kept));
    set->kept_count = 0;
    set->specs = NULL;
    set->names = NULL;
    set->name_count = set->name_capacity = 0;
    set->edges = NULL;
    set->count = set->capacity = set->loaded = 0;
}

/* Where the name stands among the names, or would. */
static size_t find_position(const struct unit_set *set, const char *name)
{
    size_t low = 0, high = set->name_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(set->names[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

unit_id unit_set_find(const struct unit_set *set, const char *name)
{
    size_t position = find_position(set, name);

    if (position < set->name_count && strcmp(set->names[position].name, name) == 0)
        return set->names[position].id;
    return UNIT_NONE;
}

/* The name is borrowed from the arena. */
static int add_name(struct unit_set *set, const char *name, unit_id id)
{
    size_t position = find_position(set, name);

    if (set->name_count == set->name_capacity) {
        size_t capacity = set->name_capacity ? set->name_capacity * 2 : 16;
        struct unit_name *names = realloc(set->names, capacity * sizeof(*names));

        if (!names)
            return -ENOMEM;
        set->names = names;
        set->name_capacity = capacity;
    }
    memmove(set->names + position + 1, set->names + position,
            (set->name_count - position) * sizeof(*set->names));
    set->names[position] = (struct unit_name){ name, id };
    set->name_count++;
    return 0;
}

/* Few have one, fewer have two: the list is written anew for each. */
static int append_alias(struct unit_set *set, struct unit_spec *spec, char *name)
{
    size_t count = 0;
    char **aliases;

    for (string_list at = spec->aliases; at && *at; at++)
        count++;
    aliases = arena_get(&set->arena, (count + 2) * sizeof(*aliases));
    if (!aliases)
        return -ENOMEM;
    if (count > 0)
        memcpy(aliases, spec->aliases, count * sizeof(*aliases));
    aliases[count] = name;
    spec->aliases = aliases;
    return 0;
}

int unit_set_add_alias(struct unit_set *set, unit_id id, const char *alias)
{
    unit_id found = unit_set_find(set, alias);
    char *name;
    int error;

    if (found != UNIT_NONE)
        return found == id ? 0 : -EEXIST;
    name = arena_string(&set->arena, alias);
    if (!name)
        return -ENOMEM;
    error = add_name(set, name, id);
    return error < 0 ? error : append_alias(set, set->specs[id], name);
}

static int add_aliases(struct unit_set *set, const struct unit_source *source,
                       struct problem_sink *sink)
{
    unit_id id = (unit_id)set->count - 1;
    struct problem_place place = { .path = set->specs[id]->fragment_path };

    for (const char *const *alias = source->aliases; alias && *alias; alias++) {
        int error = unit_set_add_alias(set, id, *alias);

        if (error == -EEXIST)
            problem_report(sink, PROBLEM_ERROR, &place, NULL,
                           "'%s' is an alias of it, and the name of another unit", *alias);
        else if (error < 0)
            return error;
    }
    return 0;
}

static int reserve(struct unit_set *set)
{
    size_t capacity = set->capacity ? set->capacity * 2 : 16;
    struct unit_spec **specs;

    if (set->count < set->capacity)
        return 0;
    specs = realloc(set->specs, capacity * sizeof(*specs));
    if (!specs)
        return -ENOMEM;
    set->specs = specs;
    set->capacity = capacity;
    return 0;
}

int unit_set_add(struct unit_set *set, const struct unit_source *source, struct problem_sink *sink)
{
    struct unit_spec *spec;
    enum unit_kind kind;
    int error;

    if (!unit_name_parse(source->name, &kind)) {
        struct problem_place place = { .path = source->part_count > 0 ? source->parts[0].path
                                                                      : source->name };

        problem_report(sink, PROBLEM_ERROR, &place,
                       "like 'NAME.service', 'NAME.target' or 'NAME.path'",
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
    error = add_name(set, spec->name, (unit_id)set->count);
    if (error < 0)
        return error;
    set->specs[set->count++] = spec;
    set->loaded = set->count;
    return add_aliases(set, source, sink);
}

/* Room for what unit_set_keep() will bring: that must not fail. */
static int reserve_kept(struct unit_set *set, size_t count)
{
    if (!set->kept)
        set->kept = calloc(count, sizeof(*set->kept));
    return set->kept ? 0 : -ENOMEM;
}

int unit_set_adopt(struct unit_set *set, const struct unit_set *from, unit_id id)
{
    struct unit_spec *spec = from->specs[id];
    int error;

    if (unit_set_find(set, spec->name) != UNIT_NONE)
        return -EEXIST;
    error = reserve(set);
    if (error == 0)
        error = reserve_kept(set, from->kept_count + 1);
    if (error == 0)
        error = add_name(set, spec->name, (unit_id)set->count);
    for (string_list alias = spec->aliases; alias && *alias && error == 0; alias++)
        if (unit_set_find(set, *alias) == UNIT_NONE)
            error = add_name(set, *alias, (unit_id)set->count);
    if (error == 0)
        set->specs[set->count++] = spec;
    return error;
}

static void keep_arena(struct unit_set *set, struct arena *arena)
{
    for (size_t i = set->loaded; i < set->count; i++)
        if (arena_owns(arena, set->specs[i])) {
            set->kept[set->kept_count++] = *arena;
            arena_init(arena);
            return;
        }
}

void unit_set_keep(struct unit_set *set, struct unit_set *from)
{
    keep_arena(set, &from->arena);
    for (size_t i = 0; i < from->kept_count; i++)
        keep_arena(set, &from->kept[i]);
}

int unit_set_resolve(struct unit_set *set, struct problem_sink *sink)
{
    unsigned errors = sink->errors;
    int error = graph_build(set, sink);

    dynamic_users_settle(set);
    if (error == 0)
        error = graph_find_cycles(set, sink);
    if (error < 0)
        return error;
    return sink->errors > errors ? -EBADMSG : 0;
}
