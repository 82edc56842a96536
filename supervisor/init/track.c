#include "supervisor/init/track.h"

#include "sandbox/seal.h"
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
    char text[CHILDREN_BUFFER];
    pid_t pids[UNIT_PROCESSES_MAX];
    size_t count;
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

/* Whether a child of ours waits to be reaped. */
static bool has_ended(pid_t child)
{
    siginfo_t info = { 0 };

    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

/*
 * Our own children that belong to the unit but are neither its main nor its control process. Those
 * that have ended are nobody: in a storm they are thousands, and would take the living's place.
 */
static void add_strays(struct pod *pod, unit_id id, struct walk *walk)
{
    const char *at = walk->text;
    pid_t pid;

    children_of_us(pod->children_fd, walk->text, sizeof(walk->text));
    while ((pid = children_next(&at)) > 0)
        if (!is_known(pod, pid) && !has_ended(pid) && track_owner(pod, pid) == id)
            walk_add(walk, pid);
}

/* A main process need not be our child: then it is found twice, and signalled once. */
static bool is_first(const struct walk *walk, pid_t pid)
{
    return (walk->count < 1 || walk->pids[0] != pid) && (walk->count < 2 || walk->pids[1] != pid);
}

static void add_children(struct pod *pod, struct walk *walk, pid_t pid)
{
    const char *at = walk->text;

    children_of(pod->children_fd, pid, walk->text, sizeof(walk->text));
    while ((pid = children_next(&at)) > 0)
        if (is_first(walk, pid))
            walk_add(walk, pid);
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

/* All processes of the unit, as far as one look can tell. */
static void walk_unit(struct pod *pod, unit_id id, struct walk *walk)
{
    walk_own(pod, id, walk);
    children_look(pod->children_fd);
    add_strays(pod, id, walk);
    for (size_t i = 0; i < walk->count; i++)
        add_children(pod, walk, walk->pids[i]);
}

void track_mark_living(struct pod *pod)
{
    struct walk *walk = walk_begin();
    const char *at = walk->text;
    pid_t pid;

    for (size_t i = 0; i < pod->set.count; i++)
        pod->members[i].has_strays = false;
    children_look(pod->children_fd);
    children_of_us(pod->children_fd, walk->text, sizeof(walk->text));
    while ((pid = children_next(&at)) > 0) {
        unit_id id = is_known(pod, pid) ? UNIT_NONE : track_owner(pod, pid);

        if (id != UNIT_NONE)
            pod->members[id].has_strays = true;
    }
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

    children_look(pod->children_fd);
    add_strays(pod, id, walk);
    return walk->count == 1 ? walk->pids[0] : 0;
}

/* --- signals --- */

static void signal_each(const struct walk *walk, int signal)
{
    for (size_t i = 0; i < walk->count; i++)
        (void)kill(walk->pids[i], signal);
}

/* Like SIGTERM to a cgroup: everybody who is there now; SIGCONT so that a stopped process can hear
 * it. */
static bool terminate_all(struct pod *pod, unit_id id, int signal)
{
    const struct kill_spec *how = &pod->set.specs[id]->kill;
    struct walk *walk = walk_begin();

    if (may_have_others(pod, id))
        walk_unit(pod, id, walk);
    else
        walk_own(pod, id, walk);
    signal_each(walk, signal);
    if (signal != SIGKILL && signal != SIGCONT)
        signal_each(walk, SIGCONT);
    if (how->send_sighup)
        signal_each(walk, SIGHUP);
    return walk->count > 0;
}

/*
 * For the kill: the newest first, who may be the only one alive of a chain that forks on; and whole
 * process groups, which the kernel hits at once, however fast they fork. Each service begins in a
 * session of its own, so a group never has members of another unit.
 */
static void hit_each(const struct walk *walk, int signal)
{
    pid_t last = 0;

    for (size_t i = walk->count; i-- > 0;) {
        pid_t group = getpgid(walk->pids[i]);

        (void)kill(walk->pids[i], signal);
        if (group <= 1 || group == last || group == getpgrp())
            continue; /* ours: it is on its way to its own */
        (void)kill(-group, signal);
        last = group;
    }
}

/* Freezes until nobody new appears, so that a fork storm cannot outrun the kill, and then kills. */
static bool kill_all(struct pod *pod, unit_id id, int signal)
{
    struct walk *walk = walk_begin();
    size_t before = 0;

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
    return walk->count > 0;
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

    walk_unit(pod, id, walk);
    *ret_pids = walk->pids;
    return walk->count;
}

void track_kill_everything(struct pod *pod)
{
    struct walk *walk = walk_begin();

    for (size_t i = 0; i < pod->set.count; i++) {
        walk_unit(pod, (unit_id)i, walk);
        signal_each(walk, SIGKILL);
    }
}
