#include "supervisor/unit/readiness.h"

bool unit_tells_readiness(const struct unit_spec *spec)
{
    if (spec->kind != UNIT_SERVICE || spec->health.gate)
        return true;
    switch (spec->service.type) {
    case TYPE_SIMPLE:
    case TYPE_EXEC:
    case TYPE_IDLE:
        return false;
    case TYPE_FORKING:
    case TYPE_ONESHOT:
    case TYPE_NOTIFY:
    case TYPE_NOTIFY_RELOAD:
        break;
    }
    return true;
}

/* A service that is started after this unit; NULL: none. */
static const struct unit_spec *who_waits(const struct unit_set *set, size_t count, size_t id)
{
    const struct unit_edges *after = &set->edges[id][EDGE_BEFORE];

    for (size_t i = 0; i < after->count; i++) {
        const struct unit_spec *other = set->specs[after->to[i]];

        if ((size_t)after->to[i] < count && other->kind == UNIT_SERVICE && !other->is_internal)
            return other;
    }
    return NULL;
}

void readiness_check(const struct unit_set *set, size_t count, struct problem_sink *sink)
{
    for (size_t id = 0; id < count; id++) {
        const struct unit_spec *spec = set->specs[id];
        const struct exec_command *command = spec->service.exec_start;
        const struct unit_spec *other = who_waits(set, count, id);
        struct problem_place place = { .path = spec->fragment_path };

        if (spec->is_internal || !other || unit_tells_readiness(spec))
            continue;
        if (command)
            place = (struct problem_place){ command->place.path, command->place.line,
                                            command->place.column, NULL };
        problem_report(sink, PROBLEM_ERROR, &place,
                       "use Type=notify, or HealthCmd= with HealthGate=yes in [X-Reeve]",
                       "%s is started after %s, of which nobody can tell when it is ready",
                       other->name, spec->name);
    }
}
