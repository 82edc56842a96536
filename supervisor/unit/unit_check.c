#include "supervisor/unit/directives.h"
#include "supervisor/unit/dynamic_user.h"
#include "supervisor/unit/unit_load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The rules of systemd's service_add_extras() and service_verify(), and its words for what it
 * refuses. */

static void refuse(struct reading *reading, const struct spec_place *place, const char *hint,
                   const char *text)
{
    struct spec_place whole = { .path = reading->specifiers.fragment_path };

    reading_error_at(reading, place && place->path ? place : &whole, hint, text);
}

static void apply_defaults(struct reading *reading)
{
    struct service_spec *service = &reading->spec->service;
    bool needs_socket;

    if (!reading->has_type)
        service->type = service->exec_start ? TYPE_SIMPLE : TYPE_ONESHOT;
    if (service->type == TYPE_ONESHOT && !reading->has_timeout_start)
        service->timeout_start_us = USEC_INFINITY;
    if (!reading->has_timeout_abort)
        service->timeout_abort_us = service->timeout_stop_us;
    needs_socket = service->type == TYPE_NOTIFY || service->type == TYPE_NOTIFY_RELOAD ||
                   service->watchdog_us > 0 || service->fd_store_max > 0;
    if (needs_socket && service->notify_access == NOTIFY_NONE)
        service->notify_access = NOTIFY_MAIN;
}

/*
 * unit_patch_contexts() of systemd: nothing of such a user shall be left behind, so it can write
 * only where the unit says. RemoveIPC= is implied there as well (adr/0019).
 */
static int imply_dynamic_user(struct reading *reading)
{
    struct exec_spec *exec = &reading->spec->exec;
    char name[DYNAMIC_NAME_SIZE];

    if (!exec->dynamic_user)
        return 0;
    dynamic_user_name(reading->spec->name, name);
    if (!exec->user)
        exec->user = arena_string(reading->arena, name);
    if (!exec->group)
        exec->group = exec->user;
    if (exec->private_tmp == PRIVATE_TMP_NO)
        exec->private_tmp = PRIVATE_TMP_DISCONNECTED;
    if (exec->protect_home == PROTECT_HOME_NO)
        exec->protect_home = PROTECT_HOME_READ_ONLY;
    exec->protect_system = PROTECT_SYSTEM_STRICT;
    exec->restrict_suid_sgid = true;
    return exec->user ? 0 : -ENOMEM;
}

static void check_commands(struct reading *reading)
{
    const struct unit_spec *spec = reading->spec;
    const struct service_spec *service = &spec->service;
    bool has_action = spec->success_action != EMERGENCY_NONE;

    if (!service->exec_start && !service->exec_stop && !has_action)
        refuse(reading, NULL, NULL,
               "Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing");
    else if (service->type != TYPE_ONESHOT && !service->exec_start)
        refuse(reading, &reading->type_place, NULL,
               "Service has no ExecStart= setting, which is only allowed for Type=oneshot "
               "services. Refusing");
    else if (!service->remain_after_exit && !service->exec_start && !has_action)
        refuse(reading, NULL, NULL,
               "Service has no ExecStart= and no SuccessAction= settings and does not have "
               "RemainAfterExit=yes set. Refusing");
    if (service->type != TYPE_ONESHOT && service->exec_start && service->exec_start->next)
        refuse(reading, &service->exec_start->next->place,
               "an empty 'ExecStart=' drops those before",
               "Service has more than one ExecStart= setting, which is only allowed for "
               "Type=oneshot services. Refusing");
}

/* Who goes on in the background lives as long as the first process of its namespace. */
static void check_private_pids(struct reading *reading)
{
    const struct unit_spec *spec = reading->spec;

    if (spec->exec.private_pids && spec->service.type == TYPE_FORKING)
        refuse(reading, &reading->type_place, NULL,
               "Service of Type=forking does not support PrivatePIDs=yes. Refusing");
}

static void check_restart(struct reading *reading)
{
    struct service_spec *service = &reading->spec->service;
    struct problem_place place = { reading->restart_place.path, reading->restart_place.line,
                                   reading->restart_place.column, "RestartMaxDelaySec" };

    if (!place.path)
        place.path = reading->specifiers.fragment_path;
    if (service->type == TYPE_ONESHOT &&
        (service->restart == RESTART_ALWAYS || service->restart == RESTART_ON_SUCCESS))
        refuse(reading, &reading->restart_place, "Restart=on-failure is allowed",
               "Service has Restart= set to either always or on-success, which isn't allowed for "
               "Type=oneshot services. Refusing");
    if (service->restart_max_delay_us < service->restart_us) {
        problem_report(reading->sink, PROBLEM_ADVICE, &place, NULL,
                       "RestartMaxDelaySec= is smaller than RestartSec=, taking it for both");
        service->restart_us = service->restart_max_delay_us;
    }
    if (service->restart_steps == 0 && service->restart_max_delay_us != USEC_INFINITY)
        problem_report(reading->sink, PROBLEM_INERT, &place, "say in how many steps it grows",
                       "RestartMaxDelaySec= has no effect without RestartSteps=");
    place.key = "RestartSteps";
    if (service->restart_steps > 0 && service->restart_max_delay_us == USEC_INFINITY)
        problem_report(reading->sink, PROBLEM_INERT, &place, "say how far the delay may grow",
                       "RestartSteps= has no effect without RestartMaxDelaySec=");
}

static void check_run_time(struct reading *reading)
{
    const struct service_spec *service = &reading->spec->service;
    struct problem_place place = { .path = reading->specifiers.fragment_path,
                                   .key = "RuntimeMaxSec" };

    if (service->type == TYPE_ONESHOT && service->exit_type == EXIT_TYPE_CGROUP)
        refuse(reading, NULL, NULL,
               "Service has ExitType=cgroup set, which isn't allowed for Type=oneshot services. "
               "Refusing");
    if (service->type == TYPE_ONESHOT && service->runtime_max_us != USEC_INFINITY)
        problem_report(reading->sink, PROBLEM_INERT, &place,
                       "TimeoutStartSec= bounds how long it may take",
                       "RuntimeMaxSec= has no effect with Type=oneshot");
    place.key = "RuntimeRandomizedExtraSec";
    if (service->runtime_max_us == USEC_INFINITY && service->runtime_random_extra_us > 0)
        problem_report(reading->sink, PROBLEM_INERT, &place, NULL,
                       "RuntimeRandomizedExtraSec= has no effect without RuntimeMaxSec=");
}

/* For the verdicts of the sandbox; the refusal is in the arena of the set, as the spec is. */
static void keep_unheld(struct refusal *refusal, const struct unheld_directive ***end)
{
    const struct known_group *group = known_find("Service", refusal->key);

    if (!group)
        return;
    refusal->unheld = (struct unheld_directive){ .name = known_name(group, refusal->key),
                                                 .reason = refusal->reason };
    **end = &refusal->unheld;
    *end = &refusal->unheld.next;
}

/* Deferred until here, since a drop-in may take the directive back and SandboxPolicy= may stand
 * last. */
static void report_refusals(struct reading *reading)
{
    const struct unheld_directive **end = &reading->spec->exec.unheld;
    bool is_lenient = reading->is_lenient || reading->spec->sandbox_policy == SANDBOX_DEGRADE;

    for (struct refusal *at = reading->refusals; at; at = at->next) {
        struct problem_place place = { at->place.path, at->place.line, at->place.column, NULL };
        bool is_degraded = at->is_sandbox && is_lenient;

        if (is_degraded)
            keep_unheld(at, &end);
        problem_report(reading->sink, is_degraded ? PROBLEM_INERT : PROBLEM_REFUSED, &place,
                       at->is_sandbox && !is_degraded
                           ? "SandboxPolicy=degrade in [X-Reeve] lets the unit run without it"
                           : NULL,
                       is_degraded ? "%s= is not enforced: %s" : "%s= cannot be honoured: %s",
                       at->key, at->reason);
    }
}

static void check_service(struct reading *reading)
{
    const struct health_spec *health = &reading->spec->health;

    apply_defaults(reading);
    if (!reading->has_unread_commands)
        check_commands(reading);
    check_private_pids(reading);
    check_restart(reading);
    check_run_time(reading);
    if (health->gate && !health->probes)
        refuse(reading, &reading->gate_place, "add HealthCmd=, which says when the unit is ready",
               "HealthGate=yes waits for a probe, and there is none");
}

/* path_verify() and path_add_trigger_dependencies() of systemd. */
static int check_path_unit(struct reading *reading)
{
    struct path_spec *path = reading->spec->path;
    char service[UNIT_NAME_MAX + 1];
    int length;

    if (!path->items)
        refuse(reading, NULL, "PathExists=, PathChanged= or another of systemd.path(5)",
               "Path unit lacks path setting. Refusing");
    if (path->unit)
        return 0;
    length = snprintf(service, sizeof(service), "%.*s.service",
                      (int)(strrchr(reading->spec->name, '.') - reading->spec->name),
                      reading->spec->name);
    if (length > UNIT_NAME_MAX)
        refuse(reading, NULL, "say Unit=", "There is no room for '.service' in the unit's name");
    path->unit = arena_string(reading->arena, service);
    return path->unit ? 0 : -ENOMEM;
}

int unit_check(struct reading *reading)
{
    if (reading->spec->kind == UNIT_PATH)
        return check_path_unit(reading);
    if (reading->spec->kind == UNIT_SERVICE)
        check_service(reading);
    report_refusals(reading);
    return imply_dynamic_user(reading);
}
