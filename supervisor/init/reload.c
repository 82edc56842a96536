#include "supervisor/init/reload.h"

#include "supervisor/init/exec_watch.h"
#include "supervisor/init/boot.h"
#include "supervisor/init/log_pipes.h"
#include "supervisor/init/main_process.h"
#include "supervisor/init/path_watch.h"
#include "supervisor/init/planning.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What is being built, aside. */
struct next {
    struct unit_set set;
    struct engine engine;
    struct member *members;
    struct pid_table pids;
    struct path_watch **paths;
    unsigned added, changed, removed, unchanged;
};

static void log_problem(void *context, const struct problem *problem)
{
    char text[LOG_LINE];

    problem_format(problem, text, sizeof(text));
    pod_log(context, problem_is_error(problem->level) ? 3 : 4, "%s", text);
}

/* The unit whose own name this is; an alias is another unit's and does not count. */
static unit_id find_own(const struct unit_set *set, const char *name)
{
    unit_id id = unit_set_find(set, name);

    return id != UNIT_NONE && strcmp(set->specs[id]->name, name) == 0 ? id : UNIT_NONE;
}

static unit_id old_id(const struct pod *pod, const struct next *next, size_t i)
{
    return find_own(&pod->set, next->set.specs[i]->name);
}

static bool is_at_rest(const struct unit *unit)
{
    enum active_state active = unit_active_state(unit);

    return (active == ACTIVE_INACTIVE || active == ACTIVE_FAILED) && unit->job == JOB_NONE;
}

bool reload_may_drop(const struct pod *pod, unit_id id)
{
    return is_at_rest(&pod->engine.units[id]) && id != pod->target;
}

int reload_adopt(const struct pod *pod, struct unit_set *next, struct problem_sink *sink)
{
    for (size_t i = 0; i < pod->set.count; i++) {
        const struct unit_spec *spec = pod->set.specs[i];
        struct problem_place place = { .path = spec->fragment_path };
        int error;

        if (find_own(next, spec->name) != UNIT_NONE || reload_may_drop(pod, (unit_id)i))
            continue;
        error = unit_set_adopt(next, &pod->set, (unit_id)i);
        if (error == -EEXIST)
            problem_report(sink, PROBLEM_ERROR, &place, "stop it first",
                           "'%s' still runs: it cannot become another name of '%s'", spec->name,
                           next->specs[unit_set_find(next, spec->name)]->name);
        if (error < 0)
            return error == -EEXIST ? -EBUSY : error;
    }
    return 0;
}

/* Whether the present set has files for it, and the next one has none. */
static bool is_newly_gone(const struct pod *pod, const struct next *next, size_t i)
{
    unit_id id = find_own(&next->set, pod->set.specs[i]->name);

    return !unit_set_is_gone(&pod->set, (unit_id)i) &&
           (id == UNIT_NONE || unit_set_is_gone(&next->set, id));
}

/* Descriptors move when nothing can fail any more: until then the new store is empty. */
static int keep_member(struct pod *pod, struct next *next, size_t i, unit_id from)
{
    struct member *member = &next->members[i];
    struct member_texts *texts;
    struct fd_store store;
    int error = member_init(member, pod, next->set.specs[i], pod->members[from].seal_number);

    store = member->fd_store;
    texts = member->texts;
    *member = pod->members[from];
    member->fd_store = store;
    member->texts = texts;
    if (texts && pod->members[from].texts)
        *texts = *pod->members[from].texts;
    engine_adopt(&next->engine, (unit_id)i, &pod->engine, from);
    return error;
}

/* A unit that was there keeps its descriptors, seal and state; only its spec and plan are new. */
static int build_members(struct pod *pod, struct next *next)
{
    int error = 0;

    for (size_t i = 0; i < next->set.count && error == 0; i++) {
        unit_id from = old_id(pod, next, i);

        if (from != UNIT_NONE) {
            bool same = pod->set.specs[from]->digest == next->set.specs[i]->digest;

            error = keep_member(pod, next, i, from);
            if (!unit_set_is_gone(&next->set, (unit_id)i))
                *(same ? &next->unchanged : &next->changed) += 1;
        } else {
            error = member_init(&next->members[i], pod, next->set.specs[i], pod->next_seal++);
            next->added++;
        }
        if (error == 0)
            error = log_pipes_open(&next->members[i], next->set.specs[i]);
        next->members[i].plan = NULL;
    }
    return error;
}

static int build(struct pod *pod, struct next *next)
{
    struct problem_sink sink = { .report = log_problem, .context = pod };
    int error;

    if (boot_load_units(pod, true, &next->set, &sink) != 0)
        return -EBADMSG;
    next->members = calloc(next->set.count, sizeof(*next->members));
    if (!next->members)
        return -ENOMEM;
    error = engine_init(&next->engine, &next->set);
    if (error == 0)
        error = pid_table_init(&next->pids, 2 * next->set.count);
    if (error == 0)
        error = path_watches_new(pod, &next->set, &next->paths);
    if (error == 0)
        error = build_members(pod, next);
    if (error == 0 && planning_make(pod, &next->set, next->members, &sink) != 0)
        error = -EBADMSG;
    return error;
}

/* Those that were not there before. */
static void discard_pipes(const struct pod *pod, struct member *member, unit_id from)
{
    if (from == UNIT_NONE) {
        log_pipes_close(member);
    } else if (member->log_error_read != pod->members[from].log_error_read) {
        fd_close(member->log_error_read);
        fd_close(member->log_error_write);
    }
}

/* Whatever only the new set has. */
static void discard(struct pod *pod, struct next *next)
{
    for (size_t i = 0; next->members && i < next->set.count; i++) {
        sandbox_plan_free(next->members[i].plan);
        fd_store_release(&next->members[i].fd_store);
        free(next->members[i].texts);
        if (next->members[i].pod)
            discard_pipes(pod, &next->members[i], old_id(pod, next, i));
    }
    free(next->members);
    path_watches_free(next->paths);
    pid_table_release(&next->pids);
    engine_release(&next->engine);
    unit_set_release(&next->set);
}

static void move_stores(struct pod *pod, struct next *old)
{
    for (size_t i = 0; i < old->set.count; i++) {
        struct fd_store *store = &old->members[i].fd_store;
        unit_id id = find_own(&pod->set, old->set.specs[i]->name);

        if (id != UNIT_NONE)
            fd_store_move(pod, &pod->members[id].fd_store, store);
        else
            fd_store_clear(pod, store);
    }
}

static void fill_pids(struct pod *pod, struct next *next)
{
    for (size_t i = 0; i < next->set.count; i++) {
        const struct unit *unit = &next->engine.units[i];
        const pid_t pids[] = { unit->main_pid, unit->control_pid };

        /* The table has room for twice as many: the message is for the day when that is wrong. */
        for (size_t k = 0; k < ARRAY_SIZE(pids); k++)
            if (pids[k] > 0 && pid_table_put(&next->pids, pids[k], (unit_id)i) < 0)
                pod_log(pod, 3, "process %d is not tracked any more", (int)pids[k]);
    }
}

/* Cannot fail: everything that could has been done aside. The old parts end up in `next`. */
static void swap(struct pod *pod, struct next *next)
{
    struct next old = {
        .set = pod->set,
        .engine = pod->engine,
        .members = pod->members,
        .pids = pod->pids,
        .paths = pod->paths,
    };

    fill_pids(pod, next);
    engine_adopt_pod(&next->engine, &pod->engine);
    if (pod->target != UNIT_NONE)
        pod->target = unit_set_find(&next->set, pod->set.specs[pod->target]->name);
    peers_renumber(pod, &next->set);
    recorder_renumber(pod, &next->set);
    pod->set = next->set;
    pod->engine = next->engine;
    pod->engine.set = &pod->set;
    pod->members = next->members;
    pod->pids = next->pids;
    path_watches_adopt(next->paths, &next->set, old.paths, &old.set);
    pod->paths = next->paths;
    unit_set_keep(&pod->set, &old.set);
    for (size_t i = 0; i < pod->set.count; i++)
        exec_watch_adopt(pod, (unit_id)i);
    main_pids_renew(pod);
    move_stores(pod, &old);
    *next = old;
}

static void release_old(const struct pod *pod, struct next *old)
{
    for (size_t i = 0; i < old->set.count; i++) {
        sandbox_plan_free(old->members[i].plan);
        fd_store_release(&old->members[i].fd_store);
        free(old->members[i].texts);
        if (find_own(&pod->set, old->set.specs[i]->name) != UNIT_NONE)
            continue;
        exec_watch_end(&old->members[i]);
        main_process_forget(pod, &old->members[i]);
        log_pipes_close(&old->members[i]);
    }
    free(old->members);
    path_watches_free(old->paths);
    pid_table_release(&old->pids);
    engine_release(&old->engine);
    unit_set_release(&old->set);
}

/* A line for each unit that is no longer what it was. */
static void name_changes(struct pod *pod, struct next *next)
{
    for (size_t i = 0; i < next->set.count; i++) {
        const struct unit_spec *spec = next->set.specs[i];
        unit_id from = old_id(pod, next, i);

        if (from == UNIT_NONE)
            pod_log(pod, 6, "%s: added", spec->name);
        else if (pod->set.specs[from]->digest != spec->digest)
            pod_log(pod, 6, "%s: changed, which counts from its next start on", spec->name);
    }
    for (size_t i = 0; i < pod->set.count; i++) {
        const char *name = pod->set.specs[i]->name;

        if (!is_newly_gone(pod, next, i))
            continue;
        next->removed++;
        if (find_own(&next->set, name) == UNIT_NONE)
            pod_log(pod, 6, "%s: removed", name);
        else
            pod_log(pod, 5, "%s: its files are gone; it stays as it was until it stops", name);
    }
}

int reload_units(struct pod *pod)
{
    struct next next = { 0 };
    int error = build(pod, &next);

    if (error == 0)
        error = peers_reserve(pod, next.set.count);
    if (error < 0) {
        discard(pod, &next);
        pod_log(pod, 3, "reload refused, the old units stay: %s",
                error == -EBADMSG ? "see the errors above" : strerror(-error));
        return error;
    }
    name_changes(pod, &next);
    pod_log(pod, 5, "reloaded: %u added, %u changed, %u removed, %u unchanged", next.added,
            next.changed, next.removed, next.unchanged);
    swap(pod, &next);
    recorder_add(pod, (struct history_entry){ .unit = UNIT_NONE, .kind = HISTORY_RELOADED });
    release_old(pod, &next);
    peers_owe_everything(pod);
    return 0;
}
