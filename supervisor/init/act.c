#include "supervisor/init/act.h"

#include "supervisor/init/cgroup.h"
#include "supervisor/init/condition.h"
#include "supervisor/init/control.h"
#include "supervisor/init/directories.h"
#include "supervisor/init/credentials.h"
#include "supervisor/init/private_tmp.h"
#include "supervisor/init/find_main.h"
#include "supervisor/init/last_words.h"
#include "supervisor/init/log_pipes.h"
#include "supervisor/init/main_process.h"
#include "supervisor/init/manager.h"
#include "supervisor/init/outlook.h"
#include "supervisor/init/path_watch.h"
#include "supervisor/init/reload.h"
#include "supervisor/init/report.h"
#include "supervisor/init/spawn.h"
#include "supervisor/init/track.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

/* The first command of a start: whatever the service said of itself was about the last run. */
static bool begins_run(const struct service_spec *service, const struct exec_command *command)
{
    const struct exec_command *first =
        service->exec_condition ? service->exec_condition : service->exec_start_pre;

    return command == (first ? first : service->exec_start);
}

/* A restart may have been too quick for perform_changed() to see the unit down. */
static void give_up_unpreserved(struct pod *pod, unit_id id)
{
    const struct unit_spec *spec = pod->set.specs[id];
    struct member *member = &pod->members[id];

    if (spec->service.fd_store_preserve == PRESERVE_NO)
        fd_store_clear(pod, &member->fd_store);
    if (member->has_directories && spec->exec.runtime_directory_preserve == PRESERVE_NO)
        directories_remove(pod, id);
}

static void begin_run(struct member *member)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char id[(sizeof(member->invocation_id) - 1) / 2] = { 0 };

    /* Never blocks: an id that is not random early at boot is better than a PID 1 that waits. */
    (void)!getrandom(id, sizeof(id), GRND_NONBLOCK);
    for (size_t i = 0; i < sizeof(id); i++) {
        member->invocation_id[2 * i] = digits[id[i] >> 4];
        member->invocation_id[2 * i + 1] = digits[id[i] & 0xf];
    }
    member->invocation_id[2 * sizeof(id)] = '\0';
    member->notify_access = -1;
    member->has_run = member->has_directories = true;
    member->status_errno = 0;
    if (member->texts)
        member->texts->status[0] = member->texts->bus_error[0] = '\0';
}

static void perform_spawn(struct pod *pod, const struct unit_action *action)
{
    struct member *member = &pod->members[action->id];
    uint64_t now_us;
    pid_t pid;

    if (begins_run(&pod->set.specs[action->id]->service, action->command) ||
        member->invocation_id[0] == '\0') {
        give_up_unpreserved(pod, action->id);
        credentials_remove(pod, action->id);
        begin_run(member);
    }
    report_flush(pod); /* "starting" before the first word of what is started */
    pid = spawn_command(pod, action->id, action->command, action->is_main);
    now_us = clock_monotonic_us();
    recorder_set_time(pod, now_us);
    if (pid < 0) {
        recorder_add(
            pod, (struct history_entry){ .unit = action->id, .kind = HISTORY_SPAWN, .a = -pid });
        pod_log(pod, 3, "%s: cannot start a process: %s", pod_unit_name(pod, action->id),
                strerror(-pid));
        engine_spawn_failed(&pod->engine, action->id, now_us);
        return;
    }
    if (pid_table_put(&pod->pids, pid, action->id) < 0)
        pod_log(pod, 3, "%s: too many processes cannot be killed; process %d is not tracked",
                pod_unit_name(pod, action->id), (int)pid);
    if (action->is_main)
        member->health =
            pod->set.specs[action->id]->health.probes ? WIRE_HEALTH_STARTING : WIRE_HEALTH_NONE;
    engine_spawned(&pod->engine, action->id, pid, now_us);
}

static void perform_signal(struct pod *pod, const struct unit_action *action)
{
    bool anybody;
    uint64_t now_us;

    /* A helper ends when its connection does: what it has not yet read stays in pipes that we hold.
     */
    if (pod->set.specs[action->id]->is_internal) {
        last_words_tell(pod, action->id);
        peers_drop_unit(pod, action->id);
    }
    if (pod->turn.walks < TURN_WALKS)
        report_flush(pod); /* … and "stopping" before the last; many at once wait for nobody */
    anybody = track_signal(pod, action->id, action->stage, action->signal);
    if (pod->set.specs[action->id]->is_internal)
        log_pipes_finish(pod);
    if (anybody && action->stage == KILL_STAGE_FINAL)
        pod_log(pod, 6, "%s: killing what is left", pod_unit_name(pod, action->id));
    now_us = clock_monotonic_us();
    recorder_set_time(pod, now_us);
    if (anybody)
        recorder_add(pod, (struct history_entry){ .unit = action->id,
                                                  .kind = HISTORY_SIGNAL,
                                                  .a = action->signal,
                                                  .b = action->stage });
    engine_signalled(&pod->engine, action->id, anybody, now_us);
}

/* Whether what is kept for the next start is given up by now. */
static bool is_forlorn(const struct unit *unit, enum preserve preserve)
{
    enum active_state active = unit_active_state(unit);
    bool is_down = active == ACTIVE_INACTIVE || active == ACTIVE_FAILED;
    bool is_waiting = unit->state == STATE_AUTO_RESTART || unit->state == STATE_AUTO_RESTART_QUEUED;

    switch (preserve) {
    case PRESERVE_YES:
        break;
    case PRESERVE_NO:
        return is_down || is_waiting;
    case PRESERVE_RESTART:
        return is_down && unit->job == JOB_NONE;
    }
    return false;
}

/* systemd.service(5), FileDescriptorStorePreserve=; systemd.exec(5), RuntimeDirectoryPreserve=. */
static void give_up_kept(struct pod *pod, unit_id id)
{
    const struct unit *unit = &pod->engine.units[id];
    const struct unit_spec *spec = pod->set.specs[id];
    struct member *member = &pod->members[id];

    if (is_forlorn(unit, spec->service.fd_store_preserve))
        fd_store_clear(pod, &member->fd_store);
    if (member->has_directories && is_forlorn(unit, spec->exec.runtime_directory_preserve)) {
        member->has_directories = false;
        directories_remove(pod, id);
    }
    if (is_forlorn(unit, PRESERVE_NO))
        credentials_remove(pod, id);
    if (member->has_cgroup && is_forlorn(unit, PRESERVE_RESTART))
        cgroup_remove(pod, id);
    if (member->has_private_tmp && is_forlorn(unit, PRESERVE_RESTART)) {
        member->has_private_tmp = false;
        private_tmp_remove(pod, id);
    }
}

static void perform_check(struct pod *pod, unit_id id)
{
    const struct condition *list = pod->set.specs[id]->conditions, *culprit = NULL;
    struct condition_context context = {
        .roots = &pod->place.roots,
        .uid = geteuid(),
        .gid = getegid(),
    };
    enum check_result result = CHECK_MET;

    if (!conditions_hold(list, false, &context, &culprit))
        result = CHECK_CONDITION_FAILED;
    else if (!conditions_hold(list, true, &context, &culprit))
        result = CHECK_ASSERT_FAILED;
    if (culprit)
        pod_log(pod, culprit->is_assert ? 4 : 6, "%s: %s%s=%s%s%s is not met",
                pod_unit_name(pod, id), culprit->is_assert ? "Assert" : "Condition", culprit->check,
                culprit->is_trigger ? "|" : "", culprit->is_negated ? "!" : "", culprit->parameter);
    engine_checked(&pod->engine, id, result, clock_monotonic_us());
}

static void perform_kill(struct pod *pod, const struct unit_action *action)
{
    const struct unit *unit = &pod->engine.units[action->id];

    if (action->kind == ACTION_RELOAD && unit->main_pid > 0) {
        (void)kill(unit->main_pid, action->signal);
        (void)kill(unit->main_pid, SIGCONT);
    } else if (action->kind == ACTION_KILL_CONTROL &&
               pid_table_find(&pod->pids, action->pid) == action->id) {
        (void)kill(action->pid, SIGKILL);
    }
}

static bool is_up_word(unsigned active)
{
    return active == WIRE_ACTIVE || active == WIRE_RELOADING;
}

static bool is_down_word(unsigned active)
{
    return active == WIRE_INACTIVE || active == WIRE_FAILED;
}

/* The four moments of systemctl show. */
static void keep_moments(struct member *member, unsigned before, unsigned after)
{
    member->changed = moment_now();
    if (is_down_word(before) && !is_down_word(after))
        member->inactive_exit = member->changed;
    if (!is_down_word(before) && is_down_word(after))
        member->inactive_enter = member->changed;
    if (!is_up_word(before) && is_up_word(after))
        member->active_enter = member->changed;
    if (is_up_word(before) && !is_up_word(after))
        member->active_exit = member->changed;
}

static void perform_changed(struct pod *pod, unit_id id)
{
    struct member *member = &pod->members[id];
    uint8_t active = (uint8_t)unit_active_state(&pod->engine.units[id]);

    keep_moments(member, member->last_active, active);
    if (member->since_realtime_us == 0 || member->last_active != active) {
        member->since_realtime_us = clock_realtime_us();
        member->last_active = active;
    }
    give_up_kept(pod, id);
    if (member->has_run && (active == ACTIVE_INACTIVE || active == ACTIVE_FAILED ||
                            pod->engine.units[id].state == STATE_AUTO_RESTART)) {
        member->has_run = false;
        member->notify_access = -1;
        find_main_cleanup(pod, id);
        /* When the pod stops, reeve-log ends soon and then ends all lines. */
        if (!pod->engine.is_stopping)
            peers_tell_end(pod, id);
    }
    peers_tell_unit(pod, id);
    manager_changed(pod, false);
}

static void perform(struct pod *pod, const struct unit_action *action)
{
    switch (action->kind) {
    case ACTION_SPAWN:
        perform_spawn(pod, action);
        break;
    case ACTION_SIGNAL:
        perform_signal(pod, action);
        break;
    case ACTION_RELOAD:
    case ACTION_KILL_CONTROL:
        perform_kill(pod, action);
        break;
    case ACTION_CHECK:
        perform_check(pod, action->id);
        break;
    case ACTION_FIND_MAIN:
        find_main(pod, action->id, action->may_wait);
        break;
    case ACTION_WATCH:
        path_watch_perform(pod, action->id, action->watch);
        break;
    case ACTION_CHANGED:
        perform_changed(pod, action->id);
        break;
    case ACTION_NOTE:
        report_note(pod, action);
        break;
    case ACTION_EXIT:
        pod->exit_status = action->status;
        loop_quit(pod->loop);
        break;
    }
}

static void tell_ready(struct pod *pod)
{
    if (pod->has_told_ready || pod->engine.is_stopping || !outlook_is_up(pod))
        return;
    pod->has_told_ready = true;
    recorder_add(pod, (struct history_entry){ .unit = pod->target, .kind = HISTORY_UP });
    pod->up_us = clock_monotonic_us();
    pod_log(pod, 6, "%s is up after %llu ms",
            pod->target == UNIT_NONE ? "the pod" : pod_unit_name(pod, pod->target),
            (unsigned long long)((pod->up_us - pod->started_monotonic_us) / USEC_PER_MSEC));
    peers_tell_pod(pod);
    manager_changed(pod, true);
}

/* Not always to the end, which there may be none of: units may start each other when they fail
 * (OnFailure=), without a start limit, while no process can be started. */
static void drain_actions(struct pod *pod)
{
    size_t left = TURN_ACTIONS + TURN_ACTIONS_PER_UNIT * pod->set.count;
    struct unit_action action;

    track_turn_begins(pod);
    while (left-- > 0 && engine_next_action(&pod->engine, &action))
        perform(pod, &action);
}

/* A restart without a delay is due at once: no timer, and its accuracy, come between. Only once, so
 * that a unit which always fails at once cannot keep the others waiting. */
static uint64_t tick_if_due(struct pod *pod)
{
    uint64_t deadline_us = engine_deadline(&pod->engine);

    if (deadline_us == USEC_INFINITY || deadline_us > clock_monotonic_us())
        return deadline_us;
    act_tick(pod);
    drain_actions(pod);
    return engine_deadline(&pod->engine);
}

/* As systemd does when it is "looping too fast"; but whoever has something to say is heard. */
static uint64_t pause_turns(struct pod *pod, uint64_t deadline_us)
{
    uint64_t end_us = clock_monotonic_us() + TURN_PAUSE_US;

    pod_log(pod, 4, "units start and fail without an end, pausing for a second");
    return end_us < deadline_us ? end_us : deadline_us;
}

void act_settle(void *context)
{
    struct pod *pod = context;
    uint64_t deadline_us;

    drain_actions(pod);
    deadline_us = tick_if_due(pod);
    if (pod->engine.queue_count > 0)
        deadline_us = pause_turns(pod, deadline_us);
    if (pod->owed_us != 0 && pod->owed_us < deadline_us)
        deadline_us = pod->owed_us;
    deadline_us = descriptors_settle(pod, deadline_us);
    tell_ready(pod);
    deadline_us = manager_settle(pod, deadline_us);
    report_flush(pod);
    peers_flush(pod);
    control_listen_again(pod);
    recorder_set_time(pod, 0);
    loop_set_deadline(pod->loop, deadline_us);
}

void act_tick(void *context)
{
    struct pod *pod = context;
    uint64_t now_us = clock_monotonic_us();

    engine_tick(&pod->engine, now_us);
    if (pod->owed_us != 0 && pod->owed_us <= now_us)
        track_pay(pod);
}

/* --- signals --- */

void act_stop(struct pod *pod, int signal)
{
    if (!pod->engine.is_stopping)
        recorder_add(pod, (struct history_entry){
                              .unit = UNIT_NONE, .kind = HISTORY_SHUTDOWN, .a = signal });
    engine_shutdown(&pod->engine, 0, clock_monotonic_us());
    manager_changed(pod, true);
    peers_tell_pod(pod);
}

static const char *name_of(int signal)
{
    return signal == SIGRTMIN + 3 ? "RTMIN+3" : sigabbrev_np(signal);
}

/* What we supervise has nothing to say about the pod, even where no Landlock scope keeps its
 * signals off; nor has anybody who hides behind what is no kill(2). */
static bool is_unwelcome(struct pod *pod, struct complaint *complaint, int signal, pid_t sender)
{
    unit_id id = sender > 0 ? track_owner(pod, sender) : UNIT_NONE;
    bool is_left_over = sender > 0 && id == UNIT_NONE && track_is_sealed(pod, sender);

    if (sender == LOOP_SENDER_UNKNOWN)
        pod_complain(pod, complaint,
                     "SIG%s that was not sent by kill(2): who sent it is not known, ignoring",
                     name_of(signal));
    else if (id != UNIT_NONE || is_left_over)
        pod_complain(pod, complaint, "%s: SIG%s from process %d of this unit, ignoring",
                     is_left_over ? "a unit that is no more" : pod_unit_name(pod, id),
                     name_of(signal), (int)sender);
    return sender == LOOP_SENDER_UNKNOWN || id != UNIT_NONE || is_left_over;
}

void act_signal_stop(void *context, int signal, pid_t sender)
{
    struct pod *pod = context;

    if (is_unwelcome(pod, &pod->ignored_stops, signal, sender))
        return;
    pod->stop_requests++;
    if (!pod->engine.is_stopping) {
        pod_log(pod, 5, "SIG%s received, stopping in order", name_of(signal));
        act_stop(pod, signal);
    } else if (signal == SIGINT && pod->stop_requests > 1) {
        pod_log(pod, 4, "SIGINT received again, hurrying");
        engine_hurry(&pod->engine, clock_monotonic_us());
    }
}

void act_signal_reload(void *context, int signal, pid_t sender)
{
    struct pod *pod = context;

    if (!is_unwelcome(pod, &pod->ignored_reloads, signal, sender))
        (void)act_reload(pod);
}

int act_reload(struct pod *pod)
{
    int error;

    manager_reloading(pod);
    drain_actions(pod);
    if (pod->engine.queue_count == 0) {
        error = reload_units(pod);
    } else { /* what lies in the queue speaks of the old positions */
        error = -EBUSY;
        pod_log(pod, 3, "reload refused, the old units stay: units start and fail without an end");
    }
    manager_reloaded(pod);
    return error;
}
