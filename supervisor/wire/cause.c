#include "supervisor/wire/cause.h"

#include "supervisor/wire/wire.h"

#include <signal.h>

#define NOTE(note)  (UINT64_C(1) << (note))
#define OTHER(kind) (UINT64_C(1) << ((kind)-HISTORY_QUEUED))

/* Notes that say what became of a unit. */
static const uint64_t decisive_notes =
    NOTE(NOTE_STARTING) | NOTE(NOTE_STARTED) | NOTE(NOTE_FINISHED) | NOTE(NOTE_STOPPING) |
    NOTE(NOTE_STOPPED) | NOTE(NOTE_FAILED) | NOTE(NOTE_SKIPPED) | NOTE(NOTE_RESTART_SCHEDULED) |
    NOTE(NOTE_START_LIMIT) | NOTE(NOTE_GONE) | NOTE(NOTE_DEPENDENCY) | NOTE(NOTE_JOB_TIMEOUT) |
    NOTE(NOTE_STEADY_LIMIT) | NOTE(NOTE_CYCLE) | NOTE(NOTE_REQUEST_FAILED);

/* Notes after which the unit is not there for those that require it. */
static const uint64_t trouble_notes = NOTE(NOTE_FAILED) | NOTE(NOTE_RESTART_SCHEDULED) |
                                      NOTE(NOTE_START_LIMIT) | NOTE(NOTE_DEPENDENCY) |
                                      NOTE(NOTE_MAIN_EXITED);

/* Where the next link is looked for. */
struct step {
    unit_id unit; /* UNIT_NONE: this was the last */
    uint32_t before;
    bool is_likely;
    bool is_stopped; /* a job stops it, which need not have begun: it may wait for others to stop */
};

static const struct step the_end = { .unit = UNIT_NONE };

static const struct history_entry *last(const struct cause_pod *pod, unit_id unit, uint32_t before,
                                        uint64_t notes)
{
    return history_last(pod->history,
                        (struct history_query){ .unit = unit, .before = before, .notes = notes });
}

static const struct history_entry *last_other(const struct cause_pod *pod, unit_id unit,
                                              uint32_t before, uint64_t others)
{
    return history_last(pod->history,
                        (struct history_query){ .unit = unit, .before = before, .others = others });
}

static const struct history_entry *later(const struct history_entry *a,
                                         const struct history_entry *b)
{
    return !a || (b && b->number > a->number) ? b : a;
}

/* The number of the entry with which the unit's run began that `entry` belongs to; 0: unknown. */
static uint32_t run_begin(const struct cause_pod *pod, const struct history_entry *entry)
{
    const struct history_entry *start = last(pod, entry->unit, entry->number, NOTE(NOTE_STARTING));

    return start ? start->number : 0;
}

static const struct history_entry *unless_before(const struct history_entry *entry, uint32_t number)
{
    return entry && entry->number > number ? entry : NULL;
}

/* --- what became of it --- */

/* Well again, in the same run. */
static bool is_recovery(const struct cause_pod *pod, const struct history_entry *health)
{
    const struct history_entry *before =
        unless_before(last_other(pod, health->unit, health->number, OTHER(HISTORY_HEALTH)),
                      run_begin(pod, health));

    return health->a == WIRE_HEALTH_HEALTHY && before && before->a == WIRE_HEALTH_UNHEALTHY;
}

static const struct history_entry *decide(const struct cause_pod *pod, unit_id unit,
                                          uint32_t before)
{
    const struct history_entry *what = last(pod, unit, before, decisive_notes);
    const struct history_entry *health = last_other(pod, unit, before, OTHER(HISTORY_HEALTH));

    if (health && later(what, health) == health &&
        (health->a == WIRE_HEALTH_UNHEALTHY || is_recovery(pod, health)))
        return health;
    if (!what)
        what = last_other(pod, unit, before,
                          OTHER(HISTORY_QUEUED) | OTHER(HISTORY_ASKED) | OTHER(HISTORY_BOOT));
    /* The state is told last; that it follows from the start limit stands before it. */
    if (what && what->kind == NOTE_FAILED) {
        const struct history_entry *limit = unless_before(
            last(pod, unit, what->number, NOTE(NOTE_START_LIMIT)), run_begin(pod, what));

        what = limit ? limit : what;
    }
    return what;
}

static bool job_stops(int32_t kind)
{
    return kind == JOB_STOP || kind == JOB_RESTART || kind == JOB_TRY_RESTART;
}

/* The last job of which `wants_stop` is true, that somebody asked for or that followed. */
static const struct history_entry *last_job(const struct cause_pod *pod, unit_id unit,
                                            uint32_t before, bool wants_stop)
{
    const struct history_entry *entry;

    while ((entry = last_other(pod, unit, before, OTHER(HISTORY_QUEUED) | OTHER(HISTORY_ASKED)))) {
        int32_t kind = entry->kind == HISTORY_QUEUED ? (int32_t)history_job(entry) : entry->a;

        if (wants_stop ? job_stops(kind) : kind != JOB_STOP && kind != JOB_RELOAD)
            return entry;
        before = entry->number;
    }
    return NULL;
}

/* Units stop in reverse order, so that the one from which the others' stops follow is the last. */
static const struct history_entry *decide_stop(const struct cause_pod *pod, const struct step *step)
{
    const struct history_entry *what = decide(pod, step->unit, step->before);
    const struct history_entry *job = last_job(pod, step->unit, step->before, true);

    return job && later(what, job) == job ? job : what;
}

/* --- what led to it --- */

/* The job is recorded at once, while the notes of that turn still lie in the engine's queue: so the
 * other unit's part in it is sought before `before`, when the job ran. */
static struct step step_over(const struct history_entry *job, uint32_t before)
{
    if (!job || job->kind != HISTORY_QUEUED || job->a == UNIT_NONE)
        return the_end;
    return (struct step){ .unit = job->a,
                          .before = before,
                          .is_stopped = job_stops((int32_t)history_job(job)) };
}

/* The kernel killed somebody just before, who may have been a child of this unit's. */
static const struct history_entry *find_other_oom(const struct cause_pod *pod,
                                                  const struct history_entry *what, uint32_t begin)
{
    const struct history_entry *oom =
        unless_before(last_other(pod, UNIT_NONE, what->number, OTHER(HISTORY_OOM)), begin);

    return oom && what->at_monotonic_us - oom->at_monotonic_us < CAUSE_LIKELY_US ? oom : NULL;
}

/* What explains that a service ended badly. */
static const struct history_entry *find_reason(const struct cause_pod *pod,
                                               const struct cause_link *link, uint32_t begin)
{
    unit_id unit = link->what->unit;
    uint32_t before = link->what->number;
    const struct history_entry *oom = last_other(pod, unit, before, OTHER(HISTORY_OOM));
    const struct history_entry *bark = last(pod, unit, before, NOTE(NOTE_WATCHDOG));
    const struct history_entry *unhealthy = last(pod, unit, before, NOTE(NOTE_UNHEALTHY));
    const struct history_entry *kill = last_other(pod, unit, before, OTHER(HISTORY_KILL));
    const struct history_entry *timeout = last(pod, unit, before, NOTE(NOTE_TIMEOUT));
    const struct history_entry *spawn = last_other(pod, unit, before, OTHER(HISTORY_SPAWN));

    if (unless_before(oom, begin))
        return oom;
    if (unless_before(bark, begin))
        return bark;
    if (unless_before(unhealthy, begin))
        return unhealthy;
    if (unless_before(kill, begin) && link->exit && link->exit->b == kill->a &&
        kill->number < link->exit->number)
        return kill;
    if (unless_before(timeout, begin))
        return timeout;
    if (unless_before(spawn, begin))
        return spawn;
    return find_other_oom(pod, link->what, begin);
}

/* Automatic restarts that came one after the other. */
static void count_restarts(const struct cause_pod *pod, struct cause_link *link)
{
    uint32_t before = link->what->number + 1;
    const struct history_entry *entry;
    int32_t number = INT32_MAX;

    while ((entry = last(pod, link->what->unit, before, NOTE(NOTE_RESTART_SCHEDULED))) &&
           entry->b < number) {
        if (number == INT32_MAX)
            link->restarts = (uint32_t)entry->b;
        number = entry->b;
        link->restarts_us = entry->at_monotonic_us;
        before = entry->number;
    }
}

static bool is_trouble(const struct history_entry *entry)
{
    return entry->kind != NOTE_MAIN_EXITED || entry->a != CLD_EXITED || entry->b != 0;
}

/* The last trouble of a unit that was not over, or only just, when `what` happened. */
static const struct history_entry *trouble_of(const struct cause_pod *pod, unit_id unit,
                                              const struct history_entry *what)
{
    const struct history_entry *entry = last(pod, unit, what->number, trouble_notes);
    const struct history_entry *health = last_other(pod, unit, what->number, OTHER(HISTORY_HEALTH));
    const struct history_entry *up =
        last(pod, unit, what->number, NOTE(NOTE_STARTED) | NOTE(NOTE_FINISHED));

    if (health && health->a == WIRE_HEALTH_UNHEALTHY && later(up, health) == health)
        return health;
    if (!entry || !is_trouble(entry))
        return NULL;
    return later(up, entry) == entry ||
                   what->at_monotonic_us - entry->at_monotonic_us < CAUSE_LIKELY_US
               ? entry
               : NULL;
}

/* Nobody but itself ended the unit: perhaps it could not do without what it requires. */
static struct step likely_step(const struct cause_pod *pod, const struct history_entry *what)
{
    const struct history_entry *best = NULL;

    for (size_t i = 0; i < pod->unit_count; i++)
        if ((unit_id)i != what->unit && pod->requires(pod->context, what->unit, (unit_id)i))
            best = later(best, trouble_of(pod, (unit_id)i, what));
    if (!best)
        return the_end;
    return (struct step){ .unit = best->unit, .before = what->number, .is_likely = true };
}

static struct step explain_failure(const struct cause_pod *pod, struct cause_link *link)
{
    uint32_t begin = run_begin(pod, link->what);

    link->exit = unless_before(last(pod, link->what->unit, link->what->number,
                                    NOTE(NOTE_MAIN_EXITED) | NOTE(NOTE_CONTROL_EXITED)),
                               begin);
    link->reason = find_reason(pod, link, begin);
    count_restarts(pod, link);
    /* What befell the unit itself explains it; what befell somebody in the pod, perhaps. */
    return link->reason && link->reason->unit != UNIT_NONE ? the_end : likely_step(pod, link->what);
}

static struct step explain_stop(const struct cause_pod *pod, struct cause_link *link)
{
    unit_id unit = link->what->unit;
    uint32_t begin = run_begin(pod, link->what);
    const struct history_entry *stopping =
        link->what->kind == NOTE_STOPPING
            ? link->what
            : unless_before(last(pod, unit, link->what->number, NOTE(NOTE_STOPPING)), begin);

    link->exit = unless_before(last(pod, unit, link->what->number, NOTE(NOTE_MAIN_EXITED)), begin);
    if (!stopping)
        return the_end; /* it ended by itself */
    link->reason = later(unless_before(last_job(pod, unit, stopping->number, true), begin),
                         last_other(pod, UNIT_NONE, stopping->number, OTHER(HISTORY_SHUTDOWN)));
    return step_over(link->reason, stopping->number);
}

/* Whether a job which follows over this dependency tells of something that happened to the other;
 * otherwise that one only wants the unit. */
static bool edge_tells_news(enum edge edge)
{
    return edge == EDGE_REQUIRED_BY || edge == EDGE_BOUND_BY || edge == EDGE_REQUISITE_OF ||
           edge == EDGE_CONSISTS_OF || edge == EDGE_ON_FAILURE || edge == EDGE_ON_SUCCESS;
}

static struct step explain_start(const struct cause_pod *pod, struct cause_link *link)
{
    unit_id unit = link->what->unit;
    bool is_start = link->what->kind == NOTE_STARTING;
    const struct history_entry *start =
        is_start ? link->what : last(pod, unit, link->what->number, NOTE(NOTE_STARTING));
    uint32_t before = start ? start->number : link->what->number, begin;
    const struct history_entry *previous = last(pod, unit, before, NOTE(NOTE_STARTING));

    begin = previous ? previous->number : 0;
    link->reason = later(last_job(pod, unit, before, false),
                         last(pod, unit, before, NOTE(NOTE_RESTART_SCHEDULED)));
    link->reason = later(link->reason, last_other(pod, unit, before, OTHER(HISTORY_BOOT)));
    link->reason = unless_before(link->reason, begin);
    if (link->reason && link->reason->kind == NOTE_RESTART_SCHEDULED)
        return (struct step){ .unit = unit, .before = link->reason->number + 1 };
    if (!link->reason || link->reason->kind != HISTORY_QUEUED ||
        !edge_tells_news(history_edge(link->reason)))
        return the_end;
    return step_over(link->reason, before);
}

/* Fills in what is known of the link, and says where to look for the next. */
static struct step explain(const struct cause_pod *pod, struct cause_link *link,
                           const struct step *from)
{
    const struct history_entry *what = link->what;

    switch (what->kind) {
    case NOTE_DEPENDENCY:
        return (struct step){ .unit = what->a, .before = what->number };
    case NOTE_START_LIMIT:
        return (struct step){ .unit = what->unit, .before = what->number };
    case NOTE_FAILED:
    case NOTE_RESTART_SCHEDULED:
        return explain_failure(pod, link);
    case NOTE_STOPPING:
    case NOTE_STOPPED:
        return explain_stop(pod, link);
    case NOTE_STARTING:
    case NOTE_STARTED:
    case NOTE_FINISHED:
        return explain_start(pod, link);
    case HISTORY_HEALTH:
        if (what->a == WIRE_HEALTH_HEALTHY)
            return (struct step){ .unit = what->unit, .before = what->number };
        return likely_step(pod, what);
    case HISTORY_QUEUED:
    case HISTORY_ASKED:
        link->reason = what;
        return from->is_stopped ? step_over(what, from->before) : the_end;
    default: /* the others say all that is known */
        return the_end;
    }
}

void cause_find(const struct cause_pod *pod, unit_id unit, struct cause *ret_cause)
{
    struct step step = { .unit = unit, .before = UINT32_MAX };

    ret_cause->count = 0;
    while (step.unit != UNIT_NONE && ret_cause->count < CAUSE_LINKS_MAX) {
        struct step from = step;
        struct cause_link link = {
            .what = from.is_stopped ? decide_stop(pod, &from) : decide(pod, from.unit, from.before),
            .is_likely = from.is_likely,
        };

        if (!link.what)
            return;
        step = explain(pod, &link, &from);
        ret_cause->links[ret_cause->count++] = link;
    }
}

unit_id cause_root(const struct cause *cause)
{
    return cause->count > 0 ? cause->links[cause->count - 1].what->unit : UNIT_NONE;
}
