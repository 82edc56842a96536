#include "supervisor/ctl/why.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void why_release(struct why *why)
{
    free(why->history.trouble.entries);
    model_release(&why->model);
    *why = (struct why){ 0 };
}

static int add_entry(struct history *history, const struct history_entry *entry)
{
    struct history_ring *ring = &history->trouble;

    if (ring->count == ring->size) {
        uint32_t size = ring->size ? 2 * ring->size : 256;
        struct history_entry *grown = reallocarray(ring->entries, size, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        ring->entries = grown;
        ring->size = size;
    }
    /* Numbers are PID 1's; whoever sends them out of order is no reeve, and harms nobody. */
    ring->entries[ring->count++] = *entry;
    return 0;
}

int why_message(void *context, const union wire_message *message)
{
    struct why *why = context;
    int error = 0;

    if (message->header.type == WIRE_HELLO)
        why->history.trouble.count = 0; /* units have other numbers from here on */
    if (message->header.type == WIRE_WORDS) {
        why->history.words = why->words;
        history_add_words(&why->history, &message->words.words);
        return 1;
    }
    if (message->header.type == WIRE_VERDICT) {
        why->verdict = message->verdict;
        return 1;
    }
    if (message->header.type != WIRE_HISTORY)
        return model_message(&why->model, message);
    for (uint32_t i = 0; i < message->history.count && error == 0; i++)
        error = add_entry(&why->history, &message->history.entries[i]);
    return error < 0 ? error : 1;
}

/* --- what is amiss --- */

static bool is_sub(const struct model_unit *unit, const char *sub)
{
    return strcmp(unit->state.sub, sub) == 0;
}

bool why_is_amiss(const struct why *why, const struct model_unit *unit)
{
    struct cause cause;

    if (unit->state.active == WIRE_FAILED || unit->state.health == WIRE_HEALTH_UNHEALTHY ||
        is_sub(unit, "auto-restart") || is_sub(unit, "auto-restart-queued"))
        return true;
    if (unit->state.active != WIRE_INACTIVE || !unit->state.is_wanted)
        return false;
    /* It should run and does not: because it was blocked, or it has done its work. */
    cause_find(&why->pod, unit->unit.id, &cause);
    return cause.count > 0 && (cause.links[0].what->kind == NOTE_DEPENDENCY ||
                               cause.links[0].what->kind == NOTE_START_LIMIT);
}

/* How many units' chains end at this one. */
static unsigned count_blamed(const struct why *why, unit_id root)
{
    unsigned count = 0;

    for (size_t i = 0; i < why->model.count; i++) {
        struct cause cause;

        if (!why_is_amiss(why, &why->model.units[i]))
            continue;
        cause_find(&why->pod, why->model.units[i].unit.id, &cause);
        count += cause_root(&cause) == root;
    }
    return count;
}

/* The one that explains most of what is amiss. */
static const struct model_unit *find_root(const struct why *why)
{
    const struct model_unit *best = NULL;
    unsigned most = 0;

    for (size_t i = 0; i < why->model.count; i++) {
        const struct model_unit *unit = &why->model.units[i], *root;
        struct cause cause;
        unsigned blamed;

        if (!why_is_amiss(why, unit))
            continue;
        cause_find(&why->pod, unit->unit.id, &cause);
        root = model_find_id(&why->model, cause_root(&cause));
        root = root ? root : unit;
        blamed = count_blamed(why, root->unit.id);
        if (!best || blamed > most) {
            best = root;
            most = blamed;
        }
    }
    return best;
}

const struct model_unit *why_root(const struct why *why)
{
    if (!why_has_verdict(why))
        return find_root(why);
    return why->verdict.root[0] ? model_find(&why->model, why->verdict.root) : NULL;
}

/* --- how it is --- */

/* The first unit that it requires and that is not up; NULL. */
static const struct model_unit *awaited(const struct why *why, const struct model_unit *unit)
{
    for (size_t i = 0; i < why->model.count; i++) {
        const struct model_unit *other = &why->model.units[i];

        if (other->state.active != WIRE_ACTIVE && other->state.active != WIRE_RELOADING &&
            why->pod.requires(why->pod.context, unit->unit.id, other->unit.id))
            return other;
    }
    return NULL;
}

static const char *inactive_words(const struct model_unit *unit)
{
    if (unit->state.job == 1 || unit->state.job == 3)
        return "waits for its turn to start";
    return unit->state.is_wanted ? "is not running, although it should" : "is stopped";
}

static const char *state_words(const struct model_unit *unit)
{
    switch ((enum wire_active)unit->state.active) {
    case WIRE_INACTIVE:
        return unit->unit.is_service ? inactive_words(unit) : "is not reached";
    case WIRE_ACTIVATING:
        return is_sub(unit, "auto-restart")          ? "is waiting to be restarted"
               : is_sub(unit, "auto-restart-queued") ? "is waiting for what it requires"
                                                     : "is starting";
    case WIRE_ACTIVE:
        if (!unit->unit.is_service)
            return "is reached";
        return unit->state.health == WIRE_HEALTH_UNHEALTHY ? "is running, but unhealthy"
               : is_sub(unit, "exited")                    ? "has done its work"
                                                           : "is running";
    case WIRE_DEACTIVATING:
        return "is stopping";
    case WIRE_FAILED:
        return "has failed";
    case WIRE_RELOADING:
        return "is reloading";
    }
    return "is in a state that this reevectl does not know";
}

void why_state(const struct why *why, const struct model_unit *unit, char text[CAUSE_TEXT])
{
    const struct model_unit *other =
        unit->state.job == 1 && unit->state.active != WIRE_ACTIVE ? awaited(why, unit) : NULL;
    bool has_result = unit->state.active == WIRE_FAILED && unit->state.result[0];

    snprintf(text, CAUSE_TEXT, "%s %s%s%s%s%s%s", unit->unit.name, state_words(unit),
             has_result ? " (" : "", has_result ? unit->state.result : "", has_result ? ")" : "",
             other ? "; it waits for " : "", other ? other->unit.name : "");
}
