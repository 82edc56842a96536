#include "supervisor/init/unit_message.h"

#include "supervisor/init/pod.h"

#include <string.h>

/* What a unit cannot be without. */
static const enum edge required_edges[] = { EDGE_REQUIRES, EDGE_REQUISITE, EDGE_BINDS_TO };

/* Walks over the names of what a unit requires. */
struct required {
    const struct pod *pod;
    const struct unit_edges *edges; /* of the unit, by enum edge */
    size_t list, index;             /* of the next name */
};

static const char *next_name(struct required *required)
{
    for (; required->list < ARRAY_SIZE(required_edges); required->list++, required->index = 0) {
        const struct unit_edges *edges = &required->edges[required_edges[required->list]];

        if (required->index < edges->count)
            return pod_unit_name(required->pod, edges->to[required->index++]);
    }
    return NULL;
}

/* As many names as fit whole; the others are left for the next call. Returns the bytes used. */
static size_t put_names(struct required *required, char *text, size_t size)
{
    size_t used = 0;

    for (;;) {
        struct required before = *required;
        const char *name = next_name(required);
        size_t length = name ? strlen(name) : 0;

        if (!name || used + length + 2 > size) {
            *required = before;
            return used;
        }
        if (used)
            text[used++] = ' ';
        memcpy(text + used, name, length);
        used += length;
    }
}

static void count_directives(const struct sandbox_plan *plan, uint8_t ret_counts[WIRE_STRENGTHS])
{
    size_t count = 0;
    const struct sandbox_verdict *verdicts = plan ? sandbox_plan_verdicts(plan, &count) : NULL;

    for (size_t i = 0; i < count; i++)
        ret_counts[verdicts[i].strength]++;
}

static void fill_unit(const struct pod *pod, unit_id id, struct wire_unit *unit)
{
    const struct unit_spec *spec = pod->set.specs[id];

    unit->id = id;
    unit->is_internal = spec->is_internal;
    unit->is_gone = unit_set_is_gone(&pod->set, id);
    unit->is_service = spec->kind == UNIT_SERVICE;
    unit->health_gate = spec->health.gate;
    unit->health_impact = (uint8_t)spec->health.impact;
    count_directives(pod->members[id].plan, unit->directives);
    unit->health_retries = spec->health.retries;
    unit->health_successes = spec->health.successes;
    unit->health_interval_us = spec->health.interval_us;
    unit->health_timeout_us = spec->health.timeout_us;
    unit->health_start_period_us = spec->health.start_period_us;
    unit->health_start_interval_us = spec->health.start_interval_us;
    wire_copy(unit->name, sizeof(unit->name), spec->name);
    wire_copy(unit->description, sizeof(unit->description), spec->description);
    if (spec->health.probes)
        wire_copy(unit->health_command, sizeof(unit->health_command), spec->health.probes->command);
}

/* What is still to be told of a unit. */
struct rest {
    struct required required;
    const struct health_probe *probe;
};

static bool next_more(struct rest *rest, struct wire_more *more)
{
    more->kind = WIRE_MORE_REQUIRED;
    if (put_names(&rest->required, more->text, sizeof(more->text)) > 0)
        return true;
    if (!rest->probe)
        return false;
    more->kind = WIRE_MORE_PROBE;
    wire_copy(more->text, sizeof(more->text), rest->probe->command);
    rest->probe = rest->probe->next;
    return true;
}

bool unit_message(const struct pod *pod, unit_id id, unsigned part, union wire_message *ret_message)
{
    const struct health_probe *first = pod->set.specs[id]->health.probes;
    struct rest rest = { .required = { .pod = pod, .edges = pod->set.edges[id] },
                         .probe = first ? first->next : NULL };
    union wire_message message;

    wire_begin(&message, WIRE_UNIT);
    fill_unit(pod, id, &message.unit);
    (void)put_names(&rest.required, message.unit.required, sizeof(message.unit.required));
    for (unsigned i = 0; i < part; i++) {
        wire_begin(&message, WIRE_MORE);
        message.more.id = id;
        if (!next_more(&rest, &message.more))
            return false;
    }
    *ret_message = message;
    return true;
}
