#include "supervisor/unit/graph.h"

#include "supervisor/unit/special.h"
#include "supervisor/unit/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One edge in one direction, before they are sorted and made unique. */
struct link {
    unit_id from, to;
    enum edge edge;
};

struct links {
    struct link *items;
    size_t count, capacity;
};

static const enum edge reverse_of[EDGE_COUNT] = {
    [EDGE_REQUIRES] = EDGE_REQUIRED_BY,
    [EDGE_REQUIRED_BY] = EDGE_REQUIRES,
    [EDGE_REQUISITE] = EDGE_REQUISITE_OF,
    [EDGE_REQUISITE_OF] = EDGE_REQUISITE,
    [EDGE_WANTS] = EDGE_WANTED_BY,
    [EDGE_WANTED_BY] = EDGE_WANTS,
    [EDGE_BINDS_TO] = EDGE_BOUND_BY,
    [EDGE_BOUND_BY] = EDGE_BINDS_TO,
    [EDGE_PART_OF] = EDGE_CONSISTS_OF,
    [EDGE_CONSISTS_OF] = EDGE_PART_OF,
    [EDGE_UPHOLDS] = EDGE_UPHELD_BY,
    [EDGE_UPHELD_BY] = EDGE_UPHOLDS,
    [EDGE_CONFLICTS] = EDGE_CONFLICTED_BY,
    [EDGE_CONFLICTED_BY] = EDGE_CONFLICTS,
    [EDGE_BEFORE] = EDGE_AFTER,
    [EDGE_AFTER] = EDGE_BEFORE,
    [EDGE_ON_FAILURE] = EDGE_ON_FAILURE_OF,
    [EDGE_ON_FAILURE_OF] = EDGE_ON_FAILURE,
    [EDGE_ON_SUCCESS] = EDGE_ON_SUCCESS_OF,
    [EDGE_ON_SUCCESS_OF] = EDGE_ON_SUCCESS,
    [EDGE_PROPAGATES_STOP_TO] = EDGE_STOP_PROPAGATED_FROM,
    [EDGE_STOP_PROPAGATED_FROM] = EDGE_PROPAGATES_STOP_TO,
    [EDGE_PROPAGATES_RELOAD_TO] = EDGE_RELOAD_PROPAGATED_FROM,
    [EDGE_RELOAD_PROPAGATED_FROM] = EDGE_PROPAGATES_RELOAD_TO,
    [EDGE_TRIGGERS] = EDGE_TRIGGERED_BY,
    [EDGE_TRIGGERED_BY] = EDGE_TRIGGERS,
};

/* Both directions at once, as systemd keeps them. */
static int links_add(struct links *links, struct link link)
{
    if (links->count + 2 > links->capacity) {
        size_t capacity = links->capacity ? links->capacity * 2 : 64;
        struct link *items = realloc(links->items, capacity * sizeof(*items));

        if (!items)
            return -ENOMEM;
        links->items = items;
        links->capacity = capacity;
    }
    links->items[links->count++] = link;
    links->items[links->count++] = (struct link){ link.to, link.from, reverse_of[link.edge] };
    return 0;
}

/* --- what the units say --- */

static void report_special(struct problem_sink *sink, const struct dependency_name *name)
{
    struct problem_place place = { name->place.path, name->place.line, name->place.column, NULL };

    problem_report(sink, PROBLEM_NOTE, &place, NULL,
                   "'%s' has no file and counts as started: a container has it from the beginning",
                   name->name);
}

static void report_missing(const struct unit_set *set, struct problem_sink *sink,
                           const struct dependency_name *name, bool is_required)
{
    struct problem_place place = { name->place.path, name->place.line, name->place.column, NULL };
    const char *dot = strrchr(name->name, '.');
    struct suggestion suggestion = { .word = name->name, .fixed = strlen(dot) };
    char hint[UNIT_NAME_MAX + 32];

    for (size_t i = 0; is_required && i < set->count; i++)
        suggestion_offer(&suggestion, set->specs[i]->name);
    if (suggestion.nearest)
        snprintf(hint, sizeof(hint), "did you mean '%s'?", suggestion.nearest);
    problem_report(sink, is_required ? PROBLEM_ERROR : PROBLEM_NOTE, &place,
                   suggestion.nearest ? hint : NULL,
                   is_required ? "There is no unit '%s', which is required here"
                               : "There is no unit '%s'; what is only wanted is passed over",
                   name->name);
}

static int add_named(const struct unit_set *set, struct links *links, struct link link,
                     const struct dependency_name *name, struct problem_sink *sink)
{
    struct problem_place place = { name->place.path, name->place.line, name->place.column, NULL };

    link.to = unit_set_find(set, name->name);
    if (link.to == UNIT_NONE) {
        /* What its files said is no longer anybody's mistake. */
        bool is_asked_for =
            !unit_set_is_gone(set, link.from) &&
            (link.edge == EDGE_REQUIRES || link.edge == EDGE_BINDS_TO || link.edge == EDGE_WANTS);

        if (is_asked_for && special_is_there(name->name))
            report_special(sink, name);
        else if (is_asked_for)
            report_missing(set, sink, name, link.edge != EDGE_WANTS);
        return 0;
    }
    if (link.to == link.from) {
        problem_report(sink, PROBLEM_WARNING, &place, NULL,
                       "A dependency of '%s' on itself is dropped", name->name);
        return 0;
    }
    return links_add(links, link);
}

static int add_explicit(const struct unit_set *set, struct links *links, unit_id id,
                        struct problem_sink *sink)
{
    static const enum edge edge_of[DEPENDENCY_COUNT] = {
        [DEPENDENCY_REQUIRES] = EDGE_REQUIRES,
        [DEPENDENCY_REQUISITE] = EDGE_REQUISITE,
        [DEPENDENCY_WANTS] = EDGE_WANTS,
        [DEPENDENCY_BINDS_TO] = EDGE_BINDS_TO,
        [DEPENDENCY_PART_OF] = EDGE_PART_OF,
        [DEPENDENCY_UPHOLDS] = EDGE_UPHOLDS,
        [DEPENDENCY_CONFLICTS] = EDGE_CONFLICTS,
        [DEPENDENCY_BEFORE] = EDGE_BEFORE,
        [DEPENDENCY_AFTER] = EDGE_AFTER,
        [DEPENDENCY_ON_FAILURE] = EDGE_ON_FAILURE,
        [DEPENDENCY_ON_SUCCESS] = EDGE_ON_SUCCESS,
        [DEPENDENCY_PROPAGATES_STOP_TO] = EDGE_PROPAGATES_STOP_TO,
        [DEPENDENCY_STOP_PROPAGATED_FROM] = EDGE_STOP_PROPAGATED_FROM,
        [DEPENDENCY_PROPAGATES_RELOAD_TO] = EDGE_PROPAGATES_RELOAD_TO,
        [DEPENDENCY_RELOAD_PROPAGATED_FROM] = EDGE_RELOAD_PROPAGATED_FROM,
    };
    int error = 0;

    for (int kind = 0; kind < DEPENDENCY_COUNT; kind++)
        for (const struct dependency_name *name = set->specs[id]->dependencies[kind];
             name && error == 0; name = name->next) {
            struct link link = { .from = id, .edge = edge_of[kind] };

            error = add_named(set, links, link, name, sink);
        }
    return error;
}

/* Worth a warning and no more, since systemd has it so: the path unit cannot be started then. */
static void report_no_trigger(const struct unit_spec *spec, struct problem_sink *sink)
{
    const struct spec_place *said = &spec->path->unit_place;
    struct problem_place place = { said->path ? said->path : spec->fragment_path, said->line,
                                   said->column, NULL };

    problem_report(sink, PROBLEM_WARNING, &place, NULL,
                   "There is no unit '%s' to trigger: '%s' cannot be started", spec->path->unit,
                   spec->name);
}

/* systemd.path(5), IMPLICIT and DEFAULT DEPENDENCIES. */
static int add_path(const struct unit_set *set, struct links *links, unit_id id,
                    struct problem_sink *sink)
{
    const struct unit_spec *spec = set->specs[id];
    unit_id trigger = unit_set_find(set, spec->path->unit);
    unit_id target = unit_set_find(set, "paths.target");
    int error = 0;

    if (trigger == UNIT_NONE || trigger == id) {
        if (!unit_set_is_gone(set, id))
            report_no_trigger(spec, sink);
    } else {
        error = links_add(links, (struct link){ id, trigger, EDGE_TRIGGERS });
        if (error == 0)
            error = links_add(links, (struct link){ id, trigger, EDGE_BEFORE });
    }
    if (error == 0 && target != UNIT_NONE && spec->default_dependencies)
        error = links_add(links, (struct link){ id, target, EDGE_BEFORE });
    return error;
}

/* --- sorted and unique, in the arena --- */

static int link_compare(const void *a, const void *b)
{
    const struct link *left = a, *right = b;

    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    if (left->edge != right->edge)
        return left->edge < right->edge ? -1 : 1;
    return (left->to > right->to) - (left->to < right->to);
}

static void links_sort(struct links *links)
{
    size_t kept = 0;

    if (links->count > 0)
        qsort(links->items, links->count, sizeof(*links->items), link_compare);
    for (size_t i = 0; i < links->count; i++)
        if (kept == 0 || link_compare(&links->items[kept - 1], &links->items[i]) != 0)
            links->items[kept++] = links->items[i];
    links->count = kept;
}

static bool is_same_row(const struct unit_edges *a, const struct unit_edges *b)
{
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (a[edge].count != b[edge].count ||
            (a[edge].count > 0 &&
             memcmp(a[edge].to, b[edge].to, a[edge].count * sizeof(*a[edge].to)) != 0))
            return false;
    return true;
}

/* The links of unit `id`, which begin at *at. */
static const struct unit_edges *store_row(struct unit_set *set, const struct links *links,
                                          size_t id, size_t *at)
{
    struct unit_edges row[EDGE_COUNT] = { 0 };
    struct unit_edges *stored;
    size_t end = *at;
    unit_id *to;

    while (end < links->count && (size_t)links->items[end].from == id)
        end++;
    to = arena_get(&set->arena, (end - *at + 1) * sizeof(*to));
    if (!to)
        return NULL;
    for (; *at < end; *at += 1, to++) {
        struct unit_edges *edges = &row[links->items[*at].edge];

        *to = links->items[*at].to;
        if (edges->count++ == 0)
            edges->to = to;
    }
    if (id > 0 && is_same_row(row, set->edges[id - 1]))
        return set->edges[id - 1];
    stored = arena_get(&set->arena, sizeof(row));
    return stored ? memcpy(stored, row, sizeof(row)) : NULL;
}

static int store(struct unit_set *set, const struct links *links)
{
    size_t at = 0;

    set->edges = arena_get(&set->arena, (set->count + 1) * sizeof(*set->edges));
    if (!set->edges)
        return -ENOMEM;
    for (size_t id = 0; id < set->count; id++) {
        set->edges[id] = store_row(set, links, id, &at);
        if (!set->edges[id])
            return -ENOMEM;
    }
    return 0;
}

static bool links_have(const struct links *links, struct link link)
{
    return links->count > 0 &&
           bsearch(&link, links->items, links->count, sizeof(link), link_compare);
}

/* --- what follows from it --- */

/* systemd.target(5), DEFAULT DEPENDENCIES: after what it pulls in, unless that wants to be later.
 */
static int add_target_order(const struct unit_set *set, const struct links *sorted,
                            struct links *links)
{
    for (size_t i = 0; i < sorted->count; i++) {
        struct link link = sorted->items[i];
        const struct unit_spec *target = set->specs[link.from], *other = set->specs[link.to];

        if ((link.edge != EDGE_REQUIRES && link.edge != EDGE_WANTS) ||
            target->kind != UNIT_TARGET || !target->default_dependencies ||
            !other->default_dependencies)
            continue;
        link.edge = EDGE_BEFORE;
        if (links_have(sorted, link))
            continue;
        link.edge = EDGE_AFTER;
        if (links_add(links, link) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Helpers of reeve are up before anything else starts, and go last. */
static int add_internal_order(const struct unit_set *set, struct links *links)
{
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; set->specs[i]->is_internal && j < set->count; j++) {
            struct link link = { (unit_id)j, (unit_id)i, EDGE_AFTER };

            if (!set->specs[j]->is_internal && links_add(links, link) < 0)
                return -ENOMEM;
        }
    return 0;
}

int graph_build(struct unit_set *set, struct problem_sink *sink)
{
    struct links links = { 0 }, implied = { 0 };
    int error = 0;

    for (size_t i = 0; i < set->count && error == 0; i++) {
        error = add_explicit(set, &links, (unit_id)i, sink);
        if (error == 0 && set->specs[i]->kind == UNIT_PATH)
            error = add_path(set, &links, (unit_id)i, sink);
    }
    links_sort(&links);
    if (error == 0)
        error = add_target_order(set, &links, &implied);
    if (error == 0)
        error = add_internal_order(set, &implied);
    for (size_t i = 0; i < implied.count && error == 0; i += 2)
        error = links_add(&links, implied.items[i]);
    links_sort(&links);
    if (error == 0)
        error = store(set, &links);
    free(links.items);
    free(implied.items);
    return error;
}
