#include "supervisor/unit/engine_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a request takes: a job for the unit and, over its dependencies, for others. The rules are
 * those of systemd's transaction.c, which systemd.unit(5) describes directive by directive: what is
 * required matters to the request, what is only wanted can be dropped when it contradicts (a stop
 * and a start of the same unit, an ordering cycle). Whatever is dropped takes with it the jobs that
 * need it. The transaction is built anew after each drop: it is small, and drops are rare.
 */

/* The jobs that a unit has in the transaction being built: a bit per enum job_kind. */
struct transaction_job {
    uint16_t kinds;
    uint16_t matters;  /* those of `kinds` without which the request fails */
    uint16_t dropped;  /* kinds that must not come in again */
    uint8_t kind;      /* what they merge into */
    bool is_redundant; /* the unit is already what the job would make of it */
    uint8_t colour;    /* of the search for cycles */
    uint8_t by_edge;   /* what brought it in first: over this dependency … */
    unit_id by;        /* … of this unit; UNIT_NONE: itself, or nobody in particular */
    unit_id via;       /* from where the search came */
    uint32_t edge;     /* how far it has looked */
};

struct build {
    struct engine *engine;
    unit_id anchor;
    enum job_kind kind;
    bool restarts_dependents; /* of a start: an automatic restart */
    size_t pending;
    bool has_dropped;
};

enum { WORD_BITS = 64 };

#define BIT(kind) ((uint16_t)(1U << (kind)))

int transaction_init(struct engine *engine)
{
    size_t count = engine->set->count ? engine->set->count : 1;

    engine->transaction = calloc(count, sizeof(*engine->transaction));
    engine->touched = calloc(count / WORD_BITS + 1, sizeof(*engine->touched));
    engine->pending = calloc(count * JOB_KIND_COUNT * 2, sizeof(*engine->pending));
    return engine->transaction && engine->touched && engine->pending ? 0 : -ENOMEM;
}

/*
 * Most requests concern a few units of many: those are remembered, and only they are looked at and
 * cleaned up. All others have nothing but zeros.
 */
static struct transaction_job *touch(struct engine *engine, unit_id id)
{
    engine->touched[(size_t)id / WORD_BITS] |= UINT64_C(1) << ((size_t)id % WORD_BITS);
    return &engine->transaction[id];
}

/* The first touched unit from `id` on, in the order of the set; UNIT_NONE when there is none. */
static unit_id next_touched(const struct engine *engine, unit_id id)
{
    size_t words = engine->set->count / WORD_BITS + 1;
    uint64_t rest = UINT64_MAX << ((size_t)id % WORD_BITS);

    for (size_t word = (size_t)id / WORD_BITS; word < words; word++, rest = UINT64_MAX)
        if (engine->touched[word] & rest)
            return (unit_id)(word * WORD_BITS +
                             (size_t)__builtin_ctzll(engine->touched[word] & rest));
    return UNIT_NONE;
}

/* A loop over the touched units; those that the loop touches further on are met, too. */
#define FOR_TOUCHED(engine, id)                                                                    \
    for (unit_id id = next_touched(engine, 0); (id) != UNIT_NONE;                                  \
         (id) = next_touched(engine, (id) + 1))

static void clean_up(struct engine *engine)
{
    FOR_TOUCHED(engine, id)
    engine->transaction[id] = (struct transaction_job){ 0 };
    memset(engine->touched, 0, (engine->set->count / WORD_BITS + 1) * sizeof(*engine->touched));
}

/* --- which jobs --- */

/* Who brings a job in: UNIT_NONE: it is the request itself, or a helper. */
static void blame(struct transaction_job *job, unit_id by, enum edge edge)
{
    if (job->kinds != 0)
        return;
    job->by = by;
    job->by_edge = (uint8_t)edge;
}

/* -EBUSY: the job was dropped before, and whoever needs it has to go, too. */
static int add(struct build *build, unit_id id, enum job_kind kind, bool matters)
{
    struct transaction_job *job = touch(build->engine, id);
    bool is_new = !(job->kinds & BIT(kind));

    if (job->dropped & BIT(kind))
        return -EBUSY;
    if (!is_new && (!matters || (job->matters & BIT(kind))))
        return 0;
    job->kinds |= BIT(kind);
    if (matters)
        job->matters |= BIT(kind);
    build->engine->pending[build->pending++] = (uint32_t)id * JOB_KIND_COUNT + kind;
    return 0;
}

static void drop(struct build *build, unit_id id, enum job_kind kind)
{
    build->engine->transaction[id].dropped |= BIT(kind);
    build->has_dropped = true;
}

/* How a job of one unit brings jobs for others. */
struct rule {
    uint16_t of;        /* kinds of jobs */
    enum edge edge;     /* over these dependencies … */
    enum job_kind adds; /* … adds this */
    bool matters;
};

/* The atoms of systemd's unit-dependency-atom.c that concern transactions. */
static const struct rule rules[] = {
    { BIT(JOB_START) | BIT(JOB_RESTART), EDGE_REQUIRES, JOB_START, true },
    { BIT(JOB_START) | BIT(JOB_RESTART), EDGE_BINDS_TO, JOB_START, true },
    { BIT(JOB_START) | BIT(JOB_RESTART), EDGE_WANTS, JOB_START, false },
    { BIT(JOB_START) | BIT(JOB_RESTART), EDGE_UPHOLDS, JOB_START, false },
    { BIT(JOB_START) | BIT(JOB_RESTART), EDGE_REQUISITE, JOB_VERIFY_ACTIVE, true },
    { BIT(JOB_START) | BIT(JOB_RESTART), EDGE_CONFLICTS, JOB_STOP, true },
    { BIT(JOB_START) | BIT(JOB_RESTART), EDGE_CONFLICTED_BY, JOB_STOP, false },
    { BIT(JOB_STOP), EDGE_REQUIRED_BY, JOB_STOP, true },
    { BIT(JOB_STOP), EDGE_REQUISITE_OF, JOB_STOP, true },
    { BIT(JOB_STOP), EDGE_BOUND_BY, JOB_STOP, true },
    { BIT(JOB_STOP), EDGE_CONSISTS_OF, JOB_STOP, true },
    { BIT(JOB_STOP), EDGE_PROPAGATES_STOP_TO, JOB_STOP, true },
    { BIT(JOB_RESTART), EDGE_REQUIRED_BY, JOB_TRY_RESTART, true },
    { BIT(JOB_RESTART), EDGE_REQUISITE_OF, JOB_TRY_RESTART, true },
    { BIT(JOB_RESTART), EDGE_BOUND_BY, JOB_TRY_RESTART, true },
    { BIT(JOB_RESTART), EDGE_CONSISTS_OF, JOB_TRY_RESTART, true },
    { BIT(JOB_RESTART), EDGE_PROPAGATES_STOP_TO, JOB_STOP, false },
    { BIT(JOB_RELOAD), EDGE_PROPAGATES_RELOAD_TO, JOB_TRY_RELOAD, false },
};

static void follow_rule(struct build *build, unit_id id, enum job_kind kind,
                        const struct rule *rule)
{
    const struct unit_edges *edges = edges_of(build->engine, id, rule->edge);
    bool matters = rule->matters && (build->engine->transaction[id].matters & BIT(kind));

    for (size_t i = 0; i < edges->count; i++) {
        enum job_kind adds = job_collapse(build->engine, edges->to[i], rule->adds);

        if (adds == JOB_NONE)
            continue;
        blame(touch(build->engine, edges->to[i]), id, rule->edge);
        if (add(build, edges->to[i], adds, matters) < 0 && rule->matters)
            drop(build, id, kind);
    }
}

static void add_helpers(struct build *build)
{
    /* Whatever starts, reeve's own helpers start with it. */
    for (size_t i = 0; i < build->engine->set->count; i++)
        if (spec_of(build->engine, (unit_id)i)->is_internal) {
            blame(touch(build->engine, (unit_id)i), UNIT_NONE, EDGE_REQUIRES);
            (void)add(build, (unit_id)i, JOB_START, false);
        }
}

static void expand(struct build *build)
{
    struct engine *engine = build->engine;

    FOR_TOUCHED(engine, id)
    engine->transaction[id].kinds = engine->transaction[id].matters = 0;
    build->has_dropped = false;
    build->pending = 0;
    blame(touch(engine, build->anchor), UNIT_NONE, EDGE_REQUIRES);
    if (add(build, build->anchor, build->kind, true) < 0)
        return;
    if (build->kind == JOB_START || build->kind == JOB_RESTART)
        add_helpers(build);
    while (build->pending > 0 && !build->has_dropped) {
        uint32_t next = engine->pending[--build->pending];
        unit_id id = (unit_id)(next / JOB_KIND_COUNT);
        enum job_kind kind = (enum job_kind)(next % JOB_KIND_COUNT);
        bool as_restart = build->restarts_dependents && id == build->anchor && kind == JOB_START;

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
            if ((rules[i].of & BIT(kind)) || (as_restart && (rules[i].of & BIT(JOB_RESTART))))
                follow_rule(build, id, kind, &rules[i]);
    }
}

/* --- one job per unit --- */

static bool is_in_the_way(const struct engine *engine, unit_id id)
{
    const struct unit_edges *edges = edges_of(engine, id, EDGE_CONFLICTED_BY);

    for (size_t i = 0; i < edges->count; i++)
        if (engine->transaction[edges->to[i]].kinds & (BIT(JOB_START) | BIT(JOB_RESTART)))
            return true;
    return false;
}

/* A stop and something else: who goes is systemd's delete_one_unmergeable_job(). */
static int settle_conflict(struct build *build, unit_id id)
{
    struct transaction_job *job = &build->engine->transaction[id];
    uint16_t others = job->kinds & (uint16_t)~BIT(JOB_STOP);
    bool stop_matters = job->matters & BIT(JOB_STOP), others_matter = job->matters & others;

    if (!(job->kinds & BIT(JOB_STOP)) || others == 0)
        return 0;
    if (stop_matters && others_matter)
        return -EDEADLK;
    if (others_matter || (!stop_matters && !is_in_the_way(build->engine, id)))
        job->dropped |= BIT(JOB_STOP);
    else
        job->dropped |= others;
    build->has_dropped = true;
    return 0;
}

static int merge(struct build *build, unit_id id)
{
    struct transaction_job *job = &build->engine->transaction[id];
    enum job_kind merged = JOB_NONE;
    int error = settle_conflict(build, id);

    for (int kind = JOB_NONE + 1; kind < JOB_KIND_COUNT && error == 0; kind++)
        if (job->kinds & BIT(kind))
            merged = job_merge(merged, (enum job_kind)kind);
    job->kind = (uint8_t)job_collapse(build->engine, id, merged);
    return error;
}

/* systemd's job_type_is_redundant(). */
static bool is_redundant(const struct unit *unit, enum job_kind kind)
{
    switch (kind) {
    case JOB_START:
    case JOB_VERIFY_ACTIVE:
        return unit_is_up(unit);
    case JOB_STOP:
        return unit_is_down(unit);
    case JOB_RELOAD:
        return unit_active_state(unit) == ACTIVE_RELOADING;
    default:
        return false;
    }
}

static void leave_out_redundant(struct build *build, unit_id id)
{
    struct engine *engine = build->engine;
    struct transaction_job *job = &engine->transaction[id];
    const struct unit *unit = &engine->units[id];

    job->is_redundant = job->kind != JOB_NONE && id != build->anchor &&
                        is_redundant(unit, (enum job_kind)job->kind) &&
                        !(unit->job != JOB_NONE &&
                          job_conflicts((enum job_kind)unit->job, (enum job_kind)job->kind));
}

/* --- the order --- */

/* The job that the unit has, or will have. */
static enum job_kind job_of(const struct engine *engine, unit_id id)
{
    const struct transaction_job *job = &engine->transaction[id];

    return job->kind != JOB_NONE && !job->is_redundant ? (enum job_kind)job->kind
                                                       : (enum job_kind)engine->units[id].job;
}

static bool is_stop_like(enum job_kind kind)
{
    return kind == JOB_STOP || kind == JOB_RESTART;
}

/* Whether the job of `id` has to wait for that of `other`, which stands before it (or after). */
static bool waits_for(const struct engine *engine, unit_id id, unit_id other, bool is_after)
{
    enum job_kind kind = job_of(engine, id), other_kind = job_of(engine, other);

    if (kind == JOB_NONE || other_kind == JOB_NONE)
        return false;
    return is_after ? !is_stop_like(kind) : is_stop_like(other_kind);
}

/* The next unit whose job `id` waits for; UNIT_NONE: all have been seen. */
static unit_id next_awaited(const struct engine *engine, unit_id id)
{
    struct transaction_job *job = &engine->transaction[id];
    const struct unit_edges *after = edges_of(engine, id, EDGE_AFTER);
    const struct unit_edges *before = edges_of(engine, id, EDGE_BEFORE);

    /* A helper that is to start waits for nobody, as in is_runnable(). */
    if (spec_of(engine, id)->is_internal && job_of(engine, id) == JOB_START)
        return UNIT_NONE;
    while (job->edge < after->count + before->count) {
        size_t at = job->edge++;
        bool is_after = at < after->count;
        unit_id other = is_after ? after->to[at] : before->to[at - after->count];

        if (waits_for(engine, id, other, is_after))
            return other;
    }
    return UNIT_NONE;
}

/* From `end` back to `start`: the first that the request can do without goes. */
static int break_cycle(struct build *build, unit_id start, unit_id end)
{
    struct engine *engine = build->engine;

    for (unit_id at = end;; at = engine->transaction[at].via) {
        struct transaction_job *job = &engine->transaction[at];

        if (job->kind != JOB_NONE && !job->is_redundant && job->matters == 0) {
            job->dropped |= job->kinds;
            build->has_dropped = true;
            engine_note(engine, at, NOTE_CYCLE, start, 0);
            return 0;
        }
        if (at == start)
            return -ELOOP;
    }
}

enum { COLOUR_NEW, COLOUR_OPEN, COLOUR_DONE };

static int search_from(struct build *build, unit_id start)
{
    struct transaction_job *jobs = build->engine->transaction;
    unit_id at = start;

    touch(build->engine, at)->via = UNIT_NONE;
    jobs[at].colour = COLOUR_OPEN;
    while (at != UNIT_NONE) {
        unit_id next = next_awaited(build->engine, at);

        if (next == UNIT_NONE) {
            jobs[at].colour = COLOUR_DONE;
            at = jobs[at].via;
        } else if (jobs[next].colour == COLOUR_OPEN) {
            return break_cycle(build, next, at);
        } else if (jobs[next].colour == COLOUR_NEW) {
            touch(build->engine, next)->via = at;
            jobs[next].colour = COLOUR_OPEN;
            at = next;
        }
    }
    return 0;
}

static int check_order(struct build *build)
{
    struct engine *engine = build->engine;
    int error = 0;

    FOR_TOUCHED(engine, id)
    {
        engine->transaction[id].colour = COLOUR_NEW;
        engine->transaction[id].edge = 0;
    }
    FOR_TOUCHED(engine, id)
    {
        if (error < 0 || build->has_dropped)
            break;
        if (engine->transaction[id].kind != JOB_NONE && !engine->transaction[id].is_redundant &&
            engine->transaction[id].colour == COLOUR_NEW)
            error = search_from(build, id);
    }
    return error;
}

/* --- the whole --- */

static int build_once(struct build *build)
{
    int error = 0;

    expand(build);
    if (build->has_dropped)
        return 0;
    FOR_TOUCHED(build->engine, id)
    if (error == 0)
        error = merge(build, id);
    if (error < 0 || build->has_dropped)
        return error;
    FOR_TOUCHED(build->engine, id)
    leave_out_redundant(build, id);
    return check_order(build);
}

static int build_all(struct build *build)
{
    int error;

    do {
        if (build->engine->transaction[build->anchor].dropped & BIT(build->kind))
            return -EDEADLK;
        error = build_once(build);
    } while (error == 0 && build->has_dropped);
    return error;
}

static void install(struct engine *engine, bool is_manual, uint64_t now_us)
{
    FOR_TOUCHED(engine, id)
    {
        const struct transaction_job *job = &engine->transaction[id];

        if (job->kind != JOB_NONE)
            job_wish(engine, id, (enum job_kind)job->kind, is_manual);
        if (job->kind == JOB_NONE || job->is_redundant)
            continue;
        if (job->by != UNIT_NONE)
            engine_queued(engine, id,
                          (struct job_reason){ .kind = (enum job_kind)job->kind,
                                               .edge = (enum edge)job->by_edge,
                                               .by = job->by });
        job_install(engine, id, (enum job_kind)job->kind, now_us);
    }
}

int transaction_run(struct engine *engine, unit_id id, enum job_kind kind, bool is_manual,
                    bool restarts_dependents, uint64_t now_us)
{
    struct build build = { .engine = engine, .anchor = id, .kind = kind };
    int error;

    build.restarts_dependents = restarts_dependents;
    error = build_all(&build);
    if (error == 0)
        install(engine, is_manual, now_us);
    clean_up(engine);
    return error;
}
