#include "tests/model/model.h"

#include "supervisor/unit/engine_private.h"

/* What everybody does when everybody is good. */

static const struct service_spec *service_of(const struct model *model, unit_id id)
{
    return &model->pod.set.specs[id]->service;
}

/* The parent of Type=forking leaves its service behind. */
static bool obey_as_control(struct model *model, unit_id id)
{
    if (model->units[id].control == 0)
        return false;
    if (model->pod.engine.units[id].state == STATE_START)
        (void)model_happen(model, id, HAPPENS_FORK);
    return model_happen(model, id, HAPPENS_CONTROL_OK);
}

static bool obey_as_main(struct model *model, unit_id id)
{
    const struct unit *unit = &model->pod.engine.units[id];
    bool is_oneshot = service_of(model, id)->type == TYPE_ONESHOT && unit->state == STATE_START;

    if (model->units[id].main == 0)
        return false;
    if (unit_is_killing(unit) && model->pod.set.specs[id]->kill.mode != KILL_NONE)
        return model_happen(model, id, HAPPENS_MAIN_TERM);
    return is_oneshot && model_happen(model, id, HAPPENS_MAIN_OK);
}

static bool is_told_to_end(const struct model *model, unit_id id)
{
    const struct unit *unit = &model->pod.engine.units[id];
    enum kill_mode mode = model->pod.set.specs[id]->kill.mode;
    bool is_final = unit_state_info((enum unit_state)unit->state)->kill == KILL_STAGE_FINAL;

    return unit_is_killing(unit) &&
           (mode == KILL_CONTROL_GROUP || (mode == KILL_MIXED && is_final));
}

/* Who was killed goes, and who is all that is left of a service that did not come up. */
static bool obey_as_stray(struct model *model, unit_id id)
{
    const struct unit *unit = &model->pod.engine.units[id];
    bool is_useless = unit->state == STATE_START && unit->main_pid == 0 && unit->control_pid == 0;

    return (is_told_to_end(model, id) || model->units[id].strays_are_killed || is_useless) &&
           model_happen(model, id, HAPPENS_STRAYS_GONE);
}

static bool answer(struct model *model, unit_id id)
{
    const struct unit *unit = &model->pod.engine.units[id];

    if (unit->is_seeking_main)
        return model_happen(model, id, HAPPENS_FOUND) || model_happen(model, id, HAPPENS_NOT_FOUND);
    if (unit->state == STATE_START && (unit->awaiting & AWAIT_EXEC))
        return model_happen(model, id, HAPPENS_EXEC);
    if (unit->state == STATE_START && (unit->awaiting & AWAIT_PROBE))
        return model_happen(model, id, HAPPENS_PROBE);
    if (unit->state == STATE_START && (unit->awaiting & AWAIT_NOTIFY))
        return model_happen(model, id, HAPPENS_READY);
    if (unit->state == STATE_RELOAD_SIGNAL)
        return model_happen(model, id, HAPPENS_RELOADING);
    if (unit->state == STATE_RELOAD_NOTIFY)
        return model_happen(model, id, HAPPENS_READY);
    return false;
}

static bool is_moving(const struct model *model, unit_id id)
{
    const struct unit *unit = &model->pod.engine.units[id];
    enum active_state active = unit_state_info((enum unit_state)unit->state)->active;

    return unit->job != JOB_NONE || active == ACTIVE_ACTIVATING || active == ACTIVE_DEACTIVATING ||
           active == ACTIVE_RELOADING;
}

/* Time passes; whoever is watched has said that he is well. */
static bool wait_well(struct model *model)
{
    uint64_t deadline_us = engine_deadline(&model->pod.engine);

    for (size_t i = 0; i < model->pod.set.count; i++) {
        struct unit *unit = &model->pod.engine.units[i];

        if (deadline_us != USEC_INFINITY && unit->watchdog_deadline_us <= deadline_us &&
            model->units[i].main > 0)
            unit->watchdog_deadline_us = usec_add(deadline_us, unit->watchdog_us);
    }
    return model_wait(model);
}

bool model_be_good(struct model *model, int rounds)
{
    for (int round = 0; round < rounds && !model->has_exited; round++) {
        bool has_acted = false, moves = false;

        for (size_t i = 0; i < model->pod.set.count; i++) {
            unit_id id = (unit_id)i;

            has_acted |= obey_as_control(model, id) || answer(model, id) ||
                         obey_as_main(model, id) || obey_as_stray(model, id);
            moves |= is_moving(model, id);
        }
        if (!has_acted && (!moves || !wait_well(model)))
            return !moves;
    }
    return model->has_exited;
}
