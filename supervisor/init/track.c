#include "supervisor/init/track.h"

#include "sandbox/seal.h"
#include "supervisor/init/cgroup.h"
#include "supervisor/init/children.h"

#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Scratch space for one walk, sized for the worst case once; pages that no walk ever needed are
 * never touched and cost nothing. Only the single thread of PID 1 uses it, and never two walks at a
 * time.
 */
struct walk {
    pid_t pids[UNIT_PROCESSES_MAX];
    size_t count;
};

/* Whose processes a walk looks for. */
struct search {
    struct pod *pod;
    struct walk *walk;
    unit_id id;
    unsigned seen; /* children of ours, anybody's */
};

static struct walk *walk_begin(void)
{
    static struct walk walk;

    walk.count = 0;
    return &walk;
}

int track_init(struct pod *pod)
{
    return children_open(&pod->children_fd);
}

unit_id track_owner(struct pod *pod, pid_t pid)
{
    unit_id id = pid_table_find(&pod->pids, pid);
    uint64_t value;
    uint32_t number;

    if (id != UNIT_NONE)
        return id;
    if (seal_read(pid, &value) < 0 || !seal_split(value, pod->seal_nonce, &number))
        return UNIT_NONE;
    /* Seal numbers are positions until a reload changes the set. */
    if (number < pod->set.count && pod->members[number].seal_number == number)
        return (unit_id)number;
    for (size_t i = 0; i < pod->set.count; i++)
        if (pod->members[i].seal_number == number)
            return (unit_id)i;
    return UNIT_NONE;
}

bool track_is_sealed(const struct pod *pod, pid_t pid)
{
    uint64_t value;
    uint32_t number;

    return seal_read(pid, &value) == 0 && seal_split(value, pod->seal_nonce, &number);
}

static void walk_add(struct walk *walk, pid_t pid)
{
    if (walk->count < ARRAY_SIZE(walk->pids))
        walk->pids[walk->count++] = pid;
}

/* A main or control process of some unit; one that its unit has given up counts as a stray. */
static bool is_known(const struct pod *pod, pid_t pid)
{
    unit_id id = pid_table_find(&pod->pids, pid);

    return id != UNIT_NONE &&
           (pid == pod->engine.units[id].main_pid || pid == pod->engine.units[id].control_pid);
}

/* Somebody who belongs to the unit but is neither its main nor its control process. */
static bool add_stray(void *context, pid_t pid)
{
    struct search *search = context;

    search->seen++;
    if (!is_known(search->pod, pid) && track_owner(search->pod, pid) == search->id)
        walk_add(search->walk, pid);
    return true;
}

/* A main process need not be our child: then it is found twice, and signalled once. */
static bool add_child(void *context, pid_t pid)
{
    struct walk *walk = context;

    if ((walk->count < 1 || walk->pids[0] != pid) && (walk->count < 2 || walk->pids[1] != pid))
        walk_add(walk, pid);
    return true;
}

/* Its main and control processes, as far as it has them. */
static void walk_own(const struct pod *pod, unit_id id, struct walk *walk)
{
    const struct unit *unit = &pod->engine.units[id];

    walk->count = 0;
    if (unit->main_pid > 0)
        walk_add(walk, unit->main_pid);
    if (unit->control_pid > 0)
        walk_add(walk, unit->control_pid);
}

/*
 * All processes of the unit, as far as one look can tell; zombies of ours included. Without the
 * kernel's lists everybody's seal has been looked at, and there is no need to follow parents.
 */
static void walk_unit(struct pod *pod, unit_id id, struct walk *walk)
{
    struct search search = { .pod = pod, .walk = walk, .id = id };

    walk_own(pod, id, walk);
    children_of_us(pod->children_fd, add_stray, &search);
    pod->turn.walks += search.seen / TURN_WALK_CHILDREN;
    for (size_t i = 0; pod->children_fd >= 0 && i < walk->count; i++)
        children_of(walk->pids[i], add_child, walk);
}

static bool mark_stray(void *context, pid_t pid)
{
    struct pod *pod = context;
    unit_id id = is_known(pod, pid) ? UNIT_NONE : track_owner(pod, pid);

    if (id != UNIT_NONE)
        pod->members[id].has_strays = true;
    return true;
}

void track_mark_living(struct pod *pod)
{
    for (size_t i = 0; i < pod->set.count; i++)
        pod->members[i].has_strays = false;
    children_of_us(pod->children_fd, mark_stray, pod);
}

/* --- many units in the same turn --- */

void track_turn_begins(struct pod *pod)
{
    pod->turn = (struct track_turn){ 0 };
}

/* False: whose it is can be found out only by a walk from each unit's processes. */
static bool mark_other(void *context, pid_t pid)
{
    struct pod *pod = context;
    unit_id id;

    if (pid == getpid() || is_known(pod, pid))
        return true;
    id = track_owner(pod, pid);
    if (id != UNIT_NONE)
        pod->members[id].has_others = true;
    return id != UNIT_NONE;
}

/*
 * Whether the unit may have other processes than its own two. A walk per unit asks /proc some ten
 * times; when a whole pod stops it is cheaper to look once at everybody, and to walk only where
 * that shows somebody. Who is forked between the look and the signal is met again when the main
 * process is gone, as is who was forked just behind a walk.
 */
static bool may_have_others(struct pod *pod, unit_id id)
{
    struct track_turn *turn = &pod->turn;

    if (turn->walks < TURN_WALKS) {
        turn->walks++;
        return true;
    }
    if (!turn->has_looked) {
        for (size_t i = 0; i < pod->set.count; i++)
            pod->members[i].has_others = false;
        turn->has_looked = true;
        turn->is_blind = !children_everybody(mark_other, pod);
    }
    return turn->is_blind || pod->members[id].has_others;
}

/* --- one child --- */

pid_t track_only_child(struct pod *pod, unit_id id)
{
    struct walk *walk = walk_begin();
    struct search search = { .pod = pod, .walk = walk, .id = id };
    pid_t only = 0;

    children_of_us(pod->children_fd, add_stray, &search);
    for (size_t i = 0; i < walk->count; i++) {
        siginfo_t info = { 0 };

        /* A zombie waits to be reaped, and is nobody. */
        if (waitid(P_PID, (id_t)walk->pids[i], &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
            info.si_pid != 0)
            continue;
        if (only != 0)
            return 0;
        only = walk->pids[i];
    }
    return only;
}

/* --- signals --- */

/* A negative pid: its process group. It leads none before it has come to setsid(), or when
 * MAINPID= named it: then it alone. */
static void signal_each(const struct walk *walk, int signal)
{
    for (size_t i = 0; i < walk->count; i++)
        if (kill(walk->pids[i], signal) < 0 && walk->pids[i] < -1)
            (void)kill(-walk->pids[i], signal);
}

/* With the SIGCONT that a stopped process needs to hear it. */
static void tell_each(const struct pod *pod, unit_id id, const struct walk *walk, int signal)
{
    signal_each(walk, signal);
    if (signal != SIGKILL && signal != SIGCONT)
        signal_each(walk, SIGCONT);
    if (pod->set.specs[id]->kill.send_sighup)
        signal_each(walk, SIGHUP);
}

/*
 * One system call for nearly everybody: what we start leads a session, and so a process group, of
 * its own, which never has members of another unit. Looking for those who have left the group would
 * cost more than all the rest of the stop, above all to the kernel, which has to forget each entry
 * of /proc that was looked at when its process ends; and most are gone by then.
 */
static void tell_groups(struct pod *pod, unit_id id, struct walk *walk, int signal)
{
    struct member *member = &pod->members[id];

    member->told_group = walk->pids[0];
    member->owed_signal = signal;
    if (pod->owed_us == 0)
        pod->owed_us = clock_monotonic_us() + TURN_WALKS_LATER_US;
    if (walk->count > 1 && walk->pids[0] == walk->pids[1])
        walk->count = 1;
    for (size_t i = 0; i < walk->count; i++)
        walk->pids[i] = -walk->pids[i];
    tell_each(pod, id, walk, signal);
}

/* Like SIGTERM to a cgroup: everybody who is there now. */
static bool terminate_all(struct pod *pod, unit_id id, int signal)
{
    struct walk *walk = walk_begin();

    pod->members[id].owed_signal = 0;
    walk_own(pod, id, walk);
    if (cgroup_each(pod, id, add_child, walk)) { /* that is everybody, and quickly told */
        tell_each(pod, id, walk, signal);
        return walk->count > 0;
    }
    walk_own(pod, id, walk);
    if (walk->count > 0 && pod->turn.walks >= TURN_WALKS) {
        tell_groups(pod, id, walk, signal);
        return true;
    }
    if (may_have_others(pod, id))
        walk_unit(pod, id, walk);
    tell_each(pod, id, walk, signal);
    return walk->count > 0;
}

/* Those of the unit who are neither in the group that has been told nor in that of a command which
 * has been started since. */
static void tell_the_others(struct pod *pod, unit_id id)
{
    const struct member *member = &pod->members[id];
    pid_t control = pod->engine.units[id].control_pid;
    pid_t control_group = control > 0 ? getpgid(control) : 0;
    struct walk *walk = walk_begin();
    size_t kept = 0;

    walk_unit(pod, id, walk);
    for (size_t i = 0; i < walk->count; i++) {
        pid_t group = getpgid(walk->pids[i]);

        if (!is_known(pod, walk->pids[i]) && group != member->told_group && group != control_group)
            walk->pids[kept++] = walk->pids[i];
    }
    walk->count = kept;
    tell_each(pod, id, walk, member->owed_signal);
}

void track_pay(struct pod *pod)
{
    pod->owed_us = 0;
    for (size_t i = 0; i < pod->set.count; i++) {
        if (pod->members[i].owed_signal == 0)
            continue;
        if (unit_active_state(&pod->engine.units[i]) == ACTIVE_DEACTIVATING)
            tell_the_others(pod, (unit_id)i);
        pod->members[i].owed_signal = 0;
    }
}

/* The process groups that were hit last, in a ring. */
struct hit_groups {
    pid_t groups[HIT_GROUPS];
    size_t count;
};

static bool was_hit(const struct hit_groups *hit, pid_t group)
{
    for (size_t i = 0; i < hit->count && i < ARRAY_SIZE(hit->groups); i++)
        if (hit->groups[i] == group)
            return true;
    return false;
}

/*
 * For the kill: the newest first, who may be the only one alive of a chain that forks on; and whole
 * process groups, which the kernel hits at once, however fast they fork. Each service begins in a
 * session of its own, so a group never has members of another unit. Who has ended counts, too: of a
 * chain that is faster than we are, the dead are all that we see, and their group is its group.
 */
static void hit_each(const struct walk *walk, int signal)
{
    struct hit_groups hit = { .count = 0 };

    for (size_t i = walk->count; i-- > 0;) {
        pid_t group = getpgid(walk->pids[i]);

        (void)kill(walk->pids[i], signal);
        if (group <= 1 || group == getpgrp() || was_hit(&hit, group))
            continue; /* ours: it is on its way to its own */
        (void)kill(-group, signal);
        hit.groups[hit.count++ % ARRAY_SIZE(hit.groups)] = group;
    }
}

/*
 * Freezes until nobody new appears, so that a fork storm cannot outrun the kill, and then kills.
 * Where there is a cgroup the kernel does so for all in it, and what is left is for who got out.
 */
static bool kill_all(struct pod *pod, unit_id id, int signal)
{
    struct walk *walk = walk_begin();
    bool is_populated = cgroup_is_populated(pod, id);
    size_t before = 0;

    if (is_populated && signal == SIGKILL)
        (void)cgroup_kill(pod, id);
    walk_own(pod, id, walk);
    if (walk->count == 0 && !may_have_others(pod, id))
        return is_populated; /* there was nobody who could have forked since that look */
    for (int pass = 0; pass < KILL_PASSES; pass++) {
        walk_unit(pod, id, walk);
        if (walk->count == 0 || (pass > 0 && walk->count <= before))
            break;
        before = walk->count;
        if (walk->count > 1)
            hit_each(walk, SIGSTOP);
        else
            break;
    }
    hit_each(walk, signal);
    if (signal != SIGKILL)
        hit_each(walk, SIGCONT); /* frozen, they could not even hear another signal */
    return walk->count > 0 || is_populated;
}

static bool signal_own(const struct pod *pod, unit_id id, int signal)
{
    const struct unit *unit = &pod->engine.units[id];
    bool continues = signal != SIGKILL && signal != SIGCONT;

    for (int i = 0; i < 2; i++) {
        pid_t pid = i ? unit->control_pid : unit->main_pid;

        if (pid <= 0)
            continue;
        (void)kill(pid, signal);
        if (continues)
            (void)kill(pid, SIGCONT);
        if (continues && pod->set.specs[id]->kill.send_sighup)
            (void)kill(pid, SIGHUP);
    }
    return unit->main_pid > 0 || unit->control_pid > 0;
}

bool track_signal(struct pod *pod, unit_id id, enum kill_stage stage, int signal)
{
    const struct kill_spec *how = &pod->set.specs[id]->kill;
    bool is_final = stage == KILL_STAGE_FINAL;

    if (is_final && !how->send_sigkill)
        return false;
    switch (how->mode) {
    case KILL_CONTROL_GROUP:
        return is_final ? kill_all(pod, id, signal) : terminate_all(pod, id, signal);
    case KILL_MIXED:
        return is_final ? kill_all(pod, id, signal) : signal_own(pod, id, signal);
    case KILL_PROCESS:
        return signal_own(pod, id, signal);
    case KILL_NONE:
        break;
    }
    return false;
}

size_t track_list(struct pod *pod, unit_id id, const pid_t **ret_pids)
{
    struct walk *walk = walk_begin();

    walk_own(pod, id, walk);
    if (!cgroup_each(pod, id, add_child, walk))
        walk_unit(pod, id, walk);
    *ret_pids = walk->pids;
    return walk->count;
}

static bool kill_owned(void *context, pid_t pid)
{
    if (pid != getpid() &&
        (track_owner(context, pid) != UNIT_NONE || track_is_sealed(context, pid)))
        (void)kill(pid, SIGKILL);
    return true;
}

void track_kill_everything(struct pod *pod)
{
    struct walk *walk = walk_begin();

    (void)children_everybody(kill_owned, pod);
    for (size_t i = 0; !pod->abilities.seal && i < pod->set.count; i++) {
        walk_unit(pod, (unit_id)i, walk);
        signal_each(walk, SIGKILL);
    }
}
