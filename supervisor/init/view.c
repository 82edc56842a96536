#include "supervisor/init/view.h"

#include <errno.h>
#include <string.h>

void view_init(struct view *view, struct view_style style)
{
    *view = (struct view){ .style = style };
}

void view_release(struct view *view)
{
    free(view->units);
    *view = (struct view){ 0 };
}

bool view_is_shown(const struct view_unit *unit)
{
    return unit->unit.is_service && !unit->unit.is_internal;
}

bool view_is_restarting(const struct wire_state *state)
{
    return strncmp(state->sub, "auto-restart", strlen("auto-restart")) == 0;
}

bool view_unit_is_up(const struct view_unit *unit)
{
    return unit->has_state && unit->state.active == WIRE_ACTIVE &&
           (unit->state.health == WIRE_HEALTH_NONE || unit->state.health == WIRE_HEALTH_HEALTHY);
}

/* A oneshot that has done its work is as good as one that runs. */
static bool is_settled(const struct view_unit *unit)
{
    bool is_done = unit->has_state && unit->state.active == WIRE_INACTIVE && unit->state.job == 0 &&
                   (!unit->state.is_wanted || unit->state.incarnation > 0);

    return !view_is_shown(unit) || view_unit_is_up(unit) || is_done;
}

bool view_is_up(const struct view *view)
{
    if (!view->is_synced || view->pod.phase != WIRE_POD_RUNNING)
        return false;
    for (size_t i = 0; i < view->count; i++)
        if (!is_settled(&view->units[i]))
            return false;
    return true;
}

const struct view_unit *view_failed(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->units[i].has_state && view->units[i].state.active == WIRE_FAILED)
            return &view->units[i];
    return NULL;
}

const struct view_unit *view_find(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->count; i++)
        if (strcmp(view->units[i].unit.name, name) == 0)
            return &view->units[i];
    return NULL;
}

static struct view_unit *find_id(struct view *view, int32_t id)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->units[i].unit.id == id && !view->units[i].is_stale)
            return &view->units[i];
    return NULL;
}

/* A new snapshot may number the units anew; what we remember of them goes by their names. */
static int take_unit(struct view *view, const struct wire_unit *message)
{
    struct view_unit *unit = (struct view_unit *)view_find(view, message->name);

    if (!unit && view->count == view->capacity) {
        size_t capacity = view->capacity ? 2 * view->capacity : 16;
        struct view_unit *grown = reallocarray(view->units, capacity, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        view->units = grown;
        view->capacity = capacity;
    }
    if (!unit) {
        unit = &view->units[view->count++];
        *unit = (struct view_unit){ 0 };
    }
    unit->unit = *message;
    unit->is_stale = false;
    return 0;
}

static void take_state(struct view *view, const struct wire_state *message,
                       const struct view_time *now)
{
    struct view_unit *unit = find_id(view, message->id);
    struct wire_state old;

    if (!unit)
        return;
    old = unit->state;
    unit->state = *message;
    if (unit->has_state && view_is_shown(unit))
        view_describe(view, unit, &old, now);
    unit->has_state = true;
    unit->has_been_up = unit->has_been_up || message->active == WIRE_ACTIVE;
}

static void drop_stale(struct view *view)
{
    size_t kept = 0;

    for (size_t i = 0; i < view->count; i++)
        if (!view->units[i].is_stale)
            view->units[kept++] = view->units[i];
    view->count = kept;
}

int view_message(struct view *view, const union wire_message *message, const struct view_time *now)
{
    int error = 0;

    view->event[0] = '\0';
    switch ((enum wire_type)message->header.type) {
    case WIRE_HELLO:
        view->hello = message->hello;
        for (size_t i = 0; i < view->count; i++)
            view->units[i].is_stale = true;
        break;
    case WIRE_UNIT:
        error = take_unit(view, &message->unit);
        break;
    case WIRE_STATE:
        take_state(view, &message->state, now);
        break;
    case WIRE_POD:
        view->pod = message->pod;
        break;
    case WIRE_SYNCED:
        drop_stale(view);
        view->is_synced = true;
        break;
    case WIRE_SOURCE:
    case WIRE_HEALTH:
    case WIRE_VERDICT:
    case WIRE_REQUEST:
    case WIRE_REPLY:
    case WIRE_PROPERTY:
    case WIRE_PROCESSES:
    case WIRE_MORE:
    case WIRE_RULES:
    case WIRE_RULE:
    case WIRE_READER:
    case WIRE_HISTORY:
    case WIRE_LAST_WORDS:
    case WIRE_MASKS:
    case WIRE_NAMESPACE:
    case WIRE_WORDS:
    case WIRE_JOURNAL:
        break;
    }
    if (view->up_after_us == 0 && view_is_up(view))
        view->up_after_us = now->monotonic_us - view->hello.started_monotonic_us;
    return error;
}
