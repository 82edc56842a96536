#include "supervisor/init/reap.h"

#include "supervisor/init/cgroup.h"
#include "supervisor/init/exec_watch.h"
#include "supervisor/init/find_main.h"
#include "supervisor/init/main_process.h"
#include "supervisor/init/notify.h"
#include "supervisor/init/pod.h"
#include "supervisor/init/spawn.h"
#include "supervisor/init/track.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static enum kill_stage ending_stage(const struct unit *unit)
{
    return unit_state_info((enum unit_state)unit->state)->kill;
}

/* A process of a unit that died as the kernel makes them die for want of memory, in a round in
 * which it has: it is taken for the one. */
static void put_down_oom(struct pod *pod, unit_id id, const siginfo_t *info)
{
    if (info->si_code != CLD_KILLED || info->si_status != SIGKILL)
        return;
    if (cgroup_tells_oom(pod, id)) {
        cgroup_look_for_oom(pod, id); /* the kernel counts before it kills */
        return;
    }
    if (pod->oom_kills == 0)
        return;
    pod->oom_kills--;
    pod_log(pod, 4, "%s: process %d was killed by the kernel, which was out of memory",
            pod_unit_name(pod, id), (int)info->si_pid);
    recorder_add(pod, (struct history_entry){ .unit = id, .kind = HISTORY_OOM });
    engine_oom_killed(&pod->engine, id, clock_monotonic_us());
}

static void tell_of_other_oom(struct pod *pod)
{
    if (pod->oom_kills == 0)
        return;
    pod_log(pod, 4, "the kernel was out of memory and killed %llu process%s of its choice",
            (unsigned long long)pod->oom_kills, pod->oom_kills == 1 ? "" : "es");
    recorder_add(pod, (struct history_entry){ .unit = UNIT_NONE,
                                              .kind = HISTORY_OOM,
                                              .a = (int32_t)(pod->oom_kills & INT32_MAX) });
    pod->oom_kills = 0;
}

static void reaped(struct pod *pod, const siginfo_t *info)
{
    struct process_exit exit = { .code = info->si_code, .status = info->si_status };
    unit_id id = pid_table_find(&pod->pids, info->si_pid);

    if (id == UNIT_NONE) {
        descriptors_reaped(pod, info->si_pid);
        return; /* a stray: what matters is who is left, see look_for_the_last() */
    }
    /* What it wrote before it ended comes before its end, and is judged by its pid. */
    spawn_read_reports(pod, 0);
    notify_receive(pod, 0);
    pid_table_remove(&pod->pids, info->si_pid);
    put_down_oom(pod, id, info);
    if (info->si_pid == pod->engine.units[id].main_pid) {
        exec_watch_read(pod, id);
        if (find_main_successor(pod, id))
            return;
        main_process_reaped(pod, id);
        pod->members[id].main_ended = moment_now();
        pod->members[id].main_ended_pid = info->si_pid;
    }
    if (pod->set.specs[id]->is_internal && info->si_pid == pod->engine.units[id].main_pid)
        peers_drop_unit(pod, id);
    engine_exited(&pod->engine, id, info->si_pid, exit, clock_monotonic_us());
}

/*
 * Units that are being stopped: was that the last process? Those that forked on are hit again. One
 * look at our children serves all units, however many processes have just gone.
 */
static void look_for_the_last(struct pod *pod)
{
    bool is_marked = false;

    for (size_t i = 0; i < pod->set.count; i++) {
        const struct unit *unit = &pod->engine.units[i];
        enum kill_stage stage = ending_stage(unit);

        if (!unit_awaits_empty(&pod->engine, (unit_id)i))
            continue;
        if (!is_marked)
            track_mark_living(pod);
        is_marked = true;
        if (!pod->members[i].has_strays && !cgroup_await_empty(pod, (unit_id)i))
            engine_empty(&pod->engine, (unit_id)i, clock_monotonic_us());
        else if (stage == KILL_STAGE_FINAL)
            (void)track_signal(pod, (unit_id)i, stage, pod->set.specs[i]->kill.final_signal);
    }
}

void reap_signal(void *context, int signal, pid_t sender)
{
    struct pod *pod = context;

    (void)signal;
    (void)sender; /* also we ourselves, after a round that left some */
    /* What strays told by sd_notify() is read before they are reaped: who they were is then gone.
     */
    notify_receive(pod, 0);
    pod->oom_kills += oom_count(&pod->oom);
    /* SIGCHLD coalesces: go on until nobody is left, or for a while; the rest of a storm is for the
     * next round, so that timers and SIGTERM get their turn. */
    for (int i = 0; i < REAP_BURST; i++) {
        siginfo_t info = { 0 };

        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0) {
            tell_of_other_oom(pod);
            pod->full_rounds = 0;
            look_for_the_last(pod);
            return;
        }
        reaped(pod, &info);
    }
    /* In a storm, a look after each round would take the longer the more wait to be reaped. */
    if (++pod->full_rounds % ROUNDS_PER_LOOK == 0)
        look_for_the_last(pod);
    (void)kill(getpid(), SIGCHLD);
}
