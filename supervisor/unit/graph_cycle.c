#include "supervisor/unit/graph.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A walk along After= in depth, with a stack of its own: a thousand units in a row are not a
 * problem. */
struct walk {
    struct unit_set *set;
    struct problem_sink *sink;
    uint8_t *colours; /* enum colour */
    struct step {
        unit_id id;
        size_t next; /* edge to look at */
    } * stack;
    size_t depth;
    unsigned cycles;
};

enum colour { WHITE, GREY, BLACK }; /* not seen, on the stack, done */

static const struct dependency_name *find_name(const struct unit_set *set, unit_id from,
                                               enum dependency kind, unit_id to)
{
    const struct dependency_name *name = set->specs[from]->dependencies[kind];

    while (name && unit_set_find(set, name->name) != to)
        name = name->next;
    return name;
}

/* Where it is written that `later` comes after `earlier`. */
static struct problem_place edge_place(const struct walk *walk, unit_id later, unit_id earlier,
                                       const char **ret_text)
{
    const struct unit_spec *spec = walk->set->specs[later];
    const struct dependency_name *name = find_name(walk->set, later, DEPENDENCY_AFTER, earlier);

    *ret_text = "'%s' is ordered after '%s' here";
    if (!name) {
        name = find_name(walk->set, earlier, DEPENDENCY_BEFORE, later);
        *ret_text = "'%s' comes after '%s', which says here that it is before";
    }
    if (!name) {
        name = find_name(walk->set, later, DEPENDENCY_REQUIRES, earlier);
        *ret_text = "'%s' comes after '%s': a target is ordered after what it requires";
    }
    if (!name) {
        name = find_name(walk->set, later, DEPENDENCY_WANTS, earlier);
        *ret_text = "'%s' comes after '%s': a target is ordered after what it wants";
    }
    if (!name) {
        *ret_text = "'%s' comes after '%s', as every unit comes after reeve's helpers";
        return (struct problem_place){ .path =
                                           spec->fragment_path ? spec->fragment_path : spec->name };
    }
    return (struct problem_place){ name->place.path, name->place.line, name->place.column, NULL };
}

static const char *name_at(const struct walk *walk, size_t step)
{
    return walk->set->specs[walk->stack[step].id]->name;
}

/* Without a helper of its own reeve does not run: that cycle cannot be broken. */
static bool has_helper(const struct walk *walk, size_t first)
{
    for (size_t i = first; i < walk->depth; i++)
        if (walk->set->specs[walk->stack[i].id]->is_internal)
            return true;
    return false;
}

/* Whether some unit fails when this one does not start: systemd then drops another job. */
static bool is_required(const struct unit_set *set, unit_id id)
{
    return set->edges[id][EDGE_REQUIRED_BY].count > 0 || set->edges[id][EDGE_BOUND_BY].count > 0 ||
           set->edges[id][EDGE_REQUISITE_OF].count > 0;
}

/*
 * What becomes of the cycle: whoever starts all of it loses the start of one that nobody requires.
 * With more than one of those it depends on where the search begins.
 */
static void advise(const struct walk *walk, size_t first, char *hint, size_t size)
{
    const char *only = NULL;
    size_t count = 0;

    for (size_t i = first; i < walk->depth; i++)
        if (!is_required(walk->set, walk->stack[i].id)) {
            only = name_at(walk, i);
            count++;
        }
    if (count == 0)
        snprintf(hint, size,
                 "take out one edge: what requires these cannot "
                 "start");
    else if (count == 1)
        snprintf(hint, size,
                 "take out one edge, else '%s' is not started "
                 "with them",
                 only);
    else
        snprintf(hint, size, "take out one edge, else one of them is not started");
}

/*
 * The cycle is stack[first] … stack[depth - 1] and back to first; each one waits for the next. It
 * is named in one line as far as that fits; the notes name all of it.
 */
static void report_cycle(const struct walk *walk, size_t first)
{
    char text[200], hint[160];
    size_t length = 0;
    const char *format;
    struct problem_place place =
        edge_place(walk, walk->stack[first].id,
                   walk->stack[first + 1 < walk->depth ? first + 1 : first].id, &format);

    for (size_t i = walk->depth; i > first && length < sizeof(text); i--)
        length +=
            (size_t)snprintf(text + length, sizeof(text) - length, "%s <- ", name_at(walk, i - 1));
    if (length + strlen(name_at(walk, walk->depth - 1)) < sizeof(text))
        snprintf(text + length, sizeof(text) - length, "%s", name_at(walk, walk->depth - 1));
    else
        memcpy(text + sizeof(text) - sizeof("…"), "…", sizeof("…"));
    advise(walk, first, hint, sizeof(hint));
    problem_report(walk->sink, has_helper(walk, first) ? PROBLEM_ERROR : PROBLEM_WARNING, &place,
                   hint, "Ordering cycle of %zu units: %s", walk->depth - first, text);
    for (size_t i = first; i < walk->depth; i++) {
        size_t next = i + 1 < walk->depth ? i + 1 : first;

        place = edge_place(walk, walk->stack[i].id, walk->stack[next].id, &format);
        problem_report(walk->sink, PROBLEM_NOTE, &place, NULL, format, name_at(walk, i),
                       name_at(walk, next));
    }
}

static void push(struct walk *walk, unit_id id)
{
    walk->colours[id] = GREY;
    walk->stack[walk->depth++] = (struct step){ .id = id };
}

/* `id` is on the stack: everything above it is a cycle. */
static void close_cycle(struct walk *walk, unit_id id)
{
    size_t first = walk->depth - 1;

    while (walk->stack[first].id != id)
        first--;
    if (walk->cycles++ < GRAPH_CYCLES_MAX)
        report_cycle(walk, first);
}

static void walk_from(struct walk *walk, unit_id id)
{
    push(walk, id);
    while (walk->depth > 0) {
        struct step *step = &walk->stack[walk->depth - 1];
        const struct unit_edges *after = &walk->set->edges[step->id][EDGE_AFTER];
        unit_id next;

        if (step->next == after->count) {
            walk->colours[step->id] = BLACK;
            walk->depth--;
            continue;
        }
        next = after->to[step->next++];
        if (walk->colours[next] == WHITE)
            push(walk, next);
        else if (walk->colours[next] == GREY)
            close_cycle(walk, next);
    }
}

int graph_find_cycles(struct unit_set *set, struct problem_sink *sink)
{
    struct walk walk = { .set = set, .sink = sink };
    int error = 0;

    walk.colours = calloc(set->count + 1, sizeof(*walk.colours));
    walk.stack = calloc(set->count + 1, sizeof(*walk.stack));
    if (!walk.colours || !walk.stack)
        error = -ENOMEM;
    for (size_t i = 0; i < set->count && error == 0; i++)
        if (walk.colours[i] == WHITE)
            walk_from(&walk, (unit_id)i);
    free(walk.colours);
    free(walk.stack);
    return error;
}
