#include "supervisor/init/view.h"

#include "supervisor/unit/exit_status.h"

#include <signal.h>
#include <string.h>
#include <time.h>

void view_duration(uint64_t duration_us, char text[VIEW_DURATION_SIZE])
{
    uint64_t seconds = duration_us / USEC_PER_SEC;

    if (seconds < 60)
        snprintf(text, VIEW_DURATION_SIZE, "%u.%u s", (unsigned)seconds,
                 (unsigned)(duration_us % USEC_PER_SEC / (100 * USEC_PER_MSEC)));
    else if (seconds < 3600)
        snprintf(text, VIEW_DURATION_SIZE, "%u min %u s", (unsigned)(seconds / 60),
                 (unsigned)(seconds % 60));
    else
        snprintf(text, VIEW_DURATION_SIZE, "%llu h %u min", (unsigned long long)(seconds / 3600),
                 (unsigned)(seconds / 60 % 60));
}

static void reason_of_exit(const struct wire_state *state, char text[VIEW_REASON_SIZE])
{
    const char *name, *dumped;

    switch (state->exit_code) {
    case CLD_EXITED:
        /* 1 and 0 need no name: "exit code 1/FAILURE" says no more. */
        name = state->exit_status > 1 ? exit_status_name(state->exit_status) : NULL;
        snprintf(text, VIEW_REASON_SIZE, "exit code %d%s%s", state->exit_status, name ? "/" : "",
                 name ? name : "");
        break;
    case CLD_KILLED:
    case CLD_DUMPED:
        name = sigabbrev_np(state->exit_status);
        dumped = state->exit_code == CLD_DUMPED ? ", core dumped" : "";
        if (name)
            snprintf(text, VIEW_REASON_SIZE, "signal: %s%s", name, dumped);
        else
            snprintf(text, VIEW_REASON_SIZE, "signal: %d%s", state->exit_status, dumped);
        break;
    default:
        text[0] = '\0';
    }
}

void view_reason(const struct wire_state *state, char text[VIEW_REASON_SIZE])
{
    static const char *const told_by_exit[] = { "", "success", "exit-code", "signal", "core-dump" };

    for (size_t i = 0; i < ARRAY_SIZE(told_by_exit); i++)
        if (strcmp(state->result, told_by_exit[i]) == 0) {
            reason_of_exit(state, text);
            return;
        }
    snprintf(text, VIEW_REASON_SIZE, "%s", state->result);
    for (char *dash = text; (dash = strchr(dash, '-'));)
        *dash = ' ';
}

/* " (signal: KILL)" or "". */
static void bracketed_reason(const struct wire_state *state, char text[VIEW_REASON_SIZE + 4])
{
    char reason[VIEW_REASON_SIZE];

    view_reason(state, reason);
    snprintf(text, VIEW_REASON_SIZE + 4, reason[0] ? " (%s)" : "%s", reason);
}

static void describe_loss(struct view_unit *unit, char *text, size_t size)
{
    const struct wire_state *state = &unit->state;
    bool was_clean = view_is_restarting(state) && strcmp(state->result, "success") == 0;
    char reason[VIEW_REASON_SIZE + 4];

    bracketed_reason(state, reason);
    if (unit->lost_us == 0)
        unit->lost_us = state->since_monotonic_us;
    snprintf(text, size, "%s%s%s", was_clean ? "ended" : "failed", reason,
             view_is_restarting(state) ? ", restarting" : "");
}

static void describe_return(struct view_unit *unit, char *text, size_t size)
{
    uint64_t back_us = unit->state.since_monotonic_us;
    char duration[VIEW_DURATION_SIZE];

    if (unit->lost_us > 0) {
        view_duration(back_us > unit->lost_us ? back_us - unit->lost_us : 0, duration);
        snprintf(text, size, "active again after %s", duration);
    } else {
        snprintf(text, size, "active");
    }
    unit->lost_us = 0;
}

static void describe_health(const struct wire_state *old, const struct wire_state *state,
                            char *text, size_t size)
{
    if (old->health == WIRE_HEALTH_HEALTHY && state->health == WIRE_HEALTH_UNHEALTHY)
        snprintf(text, size, "unhealthy");
    else if (old->health == WIRE_HEALTH_UNHEALTHY && state->health == WIRE_HEALTH_HEALTHY)
        snprintf(text, size, "healthy again");
}

static void describe_change(struct view_unit *unit, const struct wire_state *old, char *text,
                            size_t size)
{
    const struct wire_state *state = &unit->state;

    if (view_is_restarting(state)) {
        if (!view_is_restarting(old))
            describe_loss(unit, text, size);
    } else if (state->active == WIRE_FAILED) {
        if (old->active != WIRE_FAILED)
            describe_loss(unit, text, size);
    } else if (state->active == WIRE_ACTIVE) {
        if (old->active != WIRE_ACTIVE && old->active != WIRE_RELOADING)
            describe_return(unit, text, size);
        else
            describe_health(old, state, text, size);
    } else if (state->active == WIRE_INACTIVE && old->active != WIRE_INACTIVE) {
        unit->lost_us = 0;
        snprintf(text, size, "stopped");
    }
}

static const char *colour_of(const struct view *view, const struct wire_state *state)
{
    if (!view->style.has_colour)
        return "";
    if (state->active == WIRE_FAILED || state->health == WIRE_HEALTH_UNHEALTHY)
        return "\033[31m";
    return view_is_restarting(state) ? "\033[33m" : state->active == WIRE_ACTIVE ? "\033[32m" : "";
}

void view_describe(struct view *view, struct view_unit *unit, const struct wire_state *old,
                   const struct view_time *now)
{
    time_t second = (time_t)(now->realtime_us / USEC_PER_SEC);
    const char *colour = colour_of(view, &unit->state);
    char text[VIEW_REASON_SIZE + 64] = "", clock[16];
    struct tm parts;

    describe_change(unit, old, text, sizeof(text));
    if (!text[0])
        return;
    localtime_r(&second, &parts);
    strftime(clock, sizeof(clock), "%H:%M:%S", &parts);
    snprintf(view->event, sizeof(view->event), "%s %s: %s%s%s", clock, unit->unit.name, colour,
             text, *colour ? "\033[0m" : "");
}
