#include "supervisor/unit/engine_private.h"

/* What happens when nothing happened for too long. */

void unit_bark(struct engine *engine, unit_id id, uint64_t limit_us, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    unit->watchdog_deadline_us = USEC_INFINITY;
    if (!unit_is_watched(unit))
        return;
    engine_note(engine, id, NOTE_WATCHDOG, (int64_t)(limit_us / USEC_PER_MSEC), 0);
    unit_blame(unit, RESULT_WATCHDOG);
    unit_raise(engine, id, EVENT_WATCHDOG, now_us);
}

static enum unit_event deadline_event(struct engine *engine, unit_id id)
{
    const struct service_spec *service = &spec_of(engine, id)->service;
    const struct unit *unit = &engine->units[id];
    enum timeout_mode mode = service->timeout_stop_mode;

    switch ((enum unit_state)unit->state) {
    case STATE_CONDITION:
    case STATE_START_PRE:
    case STATE_START:
    case STATE_START_POST:
        mode = service->timeout_start_mode;
        break;
    case STATE_STOP:
    case STATE_STOP_POST:
        break;
    case STATE_STOP_SIGTERM:
    case STATE_FINAL_SIGTERM:
        return mode == TIMEOUT_ABORT ? EVENT_DEADLINE_ABORT : EVENT_DEADLINE;
    default:
        return EVENT_DEADLINE;
    }
    if (mode == TIMEOUT_ABORT)
        return EVENT_DEADLINE_ABORT;
    return mode == TIMEOUT_KILL ? EVENT_DEADLINE_KILL : EVENT_DEADLINE;
}

static void reload_timed_out(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (unit->control_pid > 0)
        engine_kill_control(engine, id);
    unit->control_pid = 0;                  /* how it ends says nothing about the service */
    unit->notify_state = NOTIFY_STATE_NONE; /* else it would go on reloading */
    unit_reload_done(engine, id, RESULT_TIMEOUT, now_us);
}

static void expire(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    unit->deadline_us = USEC_INFINITY;
    if (unit->state == STATE_AUTO_RESTART) {
        unit_raise(engine, id, EVENT_DEADLINE, now_us);
        return;
    }
    if (unit->is_idling) {
        unit_end_idling(engine, id, now_us);
        return;
    }
    engine_note(engine, id, NOTE_TIMEOUT, unit->state, 0);
    if (unit_is_reloading(unit)) {
        reload_timed_out(engine, id, now_us);
        return;
    }
    unit_blame(unit, RESULT_TIMEOUT);
    if (unit->state >= STATE_STOP_POST && !spec_of(engine, id)->kill.send_sigkill)
        unit->forbids_restart = true; /* somebody is left who may not be killed */
    if (unit->state == STATE_FINAL_SIGKILL)
        unit_nobody_left(engine, id, now_us); /* even SIGKILL did not help: give them up */
    else
        unit_raise(engine, id, deadline_event(engine, id), now_us);
}

void engine_tick(struct engine *engine, uint64_t now_us)
{
    for (size_t i = 0; i < engine->set->count; i++) {
        struct unit *unit = &engine->units[i];

        if (unit->deadline_us <= now_us)
            expire(engine, (unit_id)i, now_us);
        if (unit->watchdog_deadline_us <= now_us)
            unit_bark(engine, (unit_id)i, unit->watchdog_us, now_us);
        if (unit->job_deadline_us <= now_us)
            job_expire(engine, (unit_id)i, now_us);
        if (unit->steady_deadline_us <= now_us) {
            unit->steady_deadline_us = USEC_INFINITY;
            engine->jobs_changed = true;
        }
    }
    jobs_settle(engine, now_us);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t engine_deadline(const struct engine *engine)
{
    uint64_t earliest_us = USEC_INFINITY;

    for (size_t i = 0; i < engine->set->count; i++) {
        const struct unit *unit = &engine->units[i];

        earliest_us = earlier(
            earliest_us, earlier(earlier(unit->deadline_us, unit->job_deadline_us),
                                 earlier(unit->watchdog_deadline_us, unit->steady_deadline_us)));
    }
    return earliest_us;
}

void engine_hurry(struct engine *engine, uint64_t now_us)
{
    for (size_t i = 0; i < engine->set->count; i++)
        if (unit_active_state(&engine->units[i]) == ACTIVE_DEACTIVATING &&
            !spec_of(engine, (unit_id)i)->is_internal)
            expire(engine, (unit_id)i, now_us);
    jobs_settle(engine, now_us);
}
