#include "supervisor/unit/engine_private.h"

/* What a service says about itself: sd_notify(3), as systemd's service_notify_message() takes it.
 */

static void heard_stopping(struct engine *engine, unit_id id, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    unit->notify_state = NOTIFY_STATE_STOPPING;
    if (unit->state == STATE_RUNNING || unit->state == STATE_RELOAD_SIGNAL ||
        unit->state == STATE_RELOAD_NOTIFY)
        unit_raise(engine, id, EVENT_STOPPING, now_us);
}

/* The answer to the reload signal counts only if it was given after it. */
static bool answers_signal(const struct unit *unit, const struct notification *notification)
{
    return unit->state == STATE_RELOAD_SIGNAL && notification->reloading &&
           notification->monotonic_us != USEC_INFINITY &&
           notification->monotonic_us >= unit->reload_us;
}

static void heard_ready(struct engine *engine, unit_id id, const struct notification *notification,
                        uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    unit->notify_state = NOTIFY_STATE_READY;
    if (unit->state == STATE_RELOAD_NOTIFY || answers_signal(unit, notification))
        unit_raise(engine, id, unit_up_event(engine, id), now_us);
    else
        engine_arrived(engine, id, AWAIT_NOTIFY, now_us);
}

static void heard_reloading(struct engine *engine, unit_id id,
                            const struct notification *notification, uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    unit->notify_state = NOTIFY_STATE_RELOADING;
    if (unit->state == STATE_RUNNING) {
        unit_raise(engine, id, EVENT_RELOADING, now_us);
        react_reload(engine, id, now_us);
    } else if (answers_signal(unit, notification)) {
        unit_raise(engine, id, EVENT_RELOADING, now_us);
    }
}

static void extend(uint64_t *deadline_us, uint64_t extended_us)
{
    if (*deadline_us != USEC_INFINITY && *deadline_us < extended_us)
        *deadline_us = extended_us;
}

static void heard_times(struct engine *engine, unit_id id, const struct notification *notification,
                        uint64_t now_us)
{
    struct unit *unit = &engine->units[id];

    if (notification->extend_timeout_us > 0) {
        extend(&unit->deadline_us, usec_add(now_us, notification->extend_timeout_us));
        extend(&unit->watchdog_deadline_us, usec_add(now_us, notification->extend_timeout_us));
    }
    if (notification->watchdog_us != USEC_INFINITY)
        unit->watchdog_us = notification->watchdog_us;
    if ((notification->watchdog_us != USEC_INFINITY || notification->watchdog) &&
        unit_is_watched(unit))
        unit_pet_watchdog(unit, now_us);
    if (notification->watchdog_trigger)
        unit_bark(engine, id, 0, now_us);
}

void engine_notified(struct engine *engine, unit_id id, const struct notification *notification,
                     uint64_t now_us)
{
    struct unit *unit;

    if (!engine_knows(engine, id))
        return;
    unit = &engine->units[id];
    if (notification->main_pid > 0 && notification->main_pid != unit->main_pid &&
        unit_may_name_main(unit)) {
        unit_set_main(engine, id, notification->main_pid, now_us);
        engine_main_found(engine, id, notification->main_pid, now_us);
    }
    /* STOPPING=1 wins over the others, READY=1 over RELOADING=1 (service_notify_message()). */
    if (notification->stopping)
        heard_stopping(engine, id, now_us);
    else if (notification->ready)
        heard_ready(engine, id, notification, now_us);
    else if (notification->reloading)
        heard_reloading(engine, id, notification, now_us);
    heard_times(engine, id, notification, now_us);
    jobs_settle(engine, now_us);
}
