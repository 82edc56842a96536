#include "supervisor/init/recorder.h"

#include "supervisor/init/pod.h"
#include "supervisor/unit/lexer.h"

#include <signal.h>

/* What tells why something does not run, and must not be washed away by starts. */
static const bool trouble[HISTORY_KINDS] = {
    [NOTE_FAILED] = true,      [NOTE_SKIPPED] = true,
    [NOTE_MAIN_EXITED] = true, [NOTE_CONTROL_EXITED] = true,
    [NOTE_TIMEOUT] = true,     [NOTE_WATCHDOG] = true,
    [NOTE_UNHEALTHY] = true,   [NOTE_RESTART_SCHEDULED] = true,
    [NOTE_START_LIMIT] = true, [NOTE_GONE] = true,
    [NOTE_DEPENDENCY] = true,  [NOTE_JOB_TIMEOUT] = true,
    [NOTE_TRIGGERED] = true,   [NOTE_STEADY_LIMIT] = true,
    [NOTE_CYCLE] = true,       [NOTE_REQUEST_FAILED] = true,
    [NOTE_UNEXPECTED] = true,  [NOTE_POD_ENDS] = true,
    [HISTORY_KILL] = true,     [HISTORY_OOM] = true,
    [HISTORY_SPAWN] = true,    [HISTORY_ASKED] = true,
    [HISTORY_SHUTDOWN] = true,
};

/* That processes end is routine when they are told to, that a probe succeeds in any case. */
static bool is_trouble(const struct pod *pod, const struct history_entry *entry)
{
    if (entry->kind == HISTORY_QUEUED)
        return history_job(entry) != JOB_START && !pod->engine.is_stopping;
    if (entry->kind == HISTORY_HEALTH)
        return entry->a == WIRE_HEALTH_UNHEALTHY;
    if (entry->kind == NOTE_MAIN_EXITED)
        return !pod->engine.is_stopping && (entry->a != CLD_EXITED || entry->b != 0);
    return trouble[entry->kind];
}

void recorder_add(struct pod *pod, struct history_entry entry)
{
    struct recorder *recorder = &pod->recorder;

    if (entry.kind >= HISTORY_KINDS)
        return;
    if (recorder->now_us == 0)
        recorder->now_us = clock_monotonic_us();
    entry.at_monotonic_us = recorder->now_us;
    history_add(&recorder->history, entry, is_trouble(pod, &entry));
}

static int32_t at_most(int64_t number, int32_t most)
{
    return number > most ? most : number < -most ? -most : (int32_t)number;
}

void recorder_note(struct pod *pod, const struct unit_action *action)
{
    if (action->note == NOTE_POD_ENDS)
        pod->recorder.ender = action->id;
    recorder_add(pod, (struct history_entry){ .unit = action->id,
                                              .kind = (uint32_t)action->note,
                                              .a = at_most(action->a, INT32_MAX),
                                              .b = at_most(action->b, (1 << 23) - 1) });
}

static void note_job(void *context, unit_id id, struct job_reason reason)
{
    struct pod *pod = context;

    recorder_add(pod,
                 (struct history_entry){ .unit = id,
                                         .kind = HISTORY_QUEUED,
                                         .a = reason.by,
                                         .b = (int32_t)reason.kind | (int32_t)reason.edge << 8 });
}

static void keep(char *target, size_t size, const char *text)
{
    wire_copy(target, size, text);
    utf8_clean(target);
}

void recorder_health(struct pod *pod, const struct wire_health *health, unsigned before)
{
    struct history_words words = { 0 };

    if (health->health == before)
        return;
    recorder_add(pod, (struct history_entry){ .unit = health->id,
                                              .kind = HISTORY_HEALTH,
                                              .a = health->health,
                                              .b = (int32_t)(health->failures & 0x7fff) });
    /* A thousand units that become well for the first time must not push out why one is not. */
    if (health->health != WIRE_HEALTH_UNHEALTHY &&
        (health->health != WIRE_HEALTH_HEALTHY || before != WIRE_HEALTH_UNHEALTHY))
        return;
    words.number = pod->recorder.history.last_number;
    keep(words.probe, sizeof(words.probe), health->probe);
    keep(words.message, sizeof(words.message), health->message);
    history_add_words(&pod->recorder.history, &words);
}

void recorder_set_time(struct pod *pod, uint64_t now_us)
{
    pod->recorder.now_us = now_us;
}

void recorder_init(struct pod *pod)
{
    struct recorder *recorder = &pod->recorder;

    recorder->history.trouble =
        (struct history_ring){ .entries = recorder->trouble, .size = HISTORY_TROUBLE };
    recorder->history.routine =
        (struct history_ring){ .entries = recorder->routine, .size = HISTORY_ROUTINE };
    recorder->history.words = recorder->words;
    recorder->ender = UNIT_NONE;
    pod->engine.queued = note_job;
    pod->engine.queued_context = pod;
}

static unit_id renumber(const struct pod *pod, const struct unit_set *next, unit_id id)
{
    return id < 0 || (size_t)id >= pod->set.count ? UNIT_NONE
                                                  : unit_set_find(next, pod_unit_name(pod, id));
}

static void renumber_ring(const struct pod *pod, const struct unit_set *next,
                          struct history_ring *ring)
{
    for (uint32_t i = 0; i < ring->count; i++) {
        struct history_entry *entry = history_at(ring, i);

        entry->unit = renumber(pod, next, entry->unit);
        if (history_names_unit(entry->kind))
            entry->a = renumber(pod, next, entry->a);
    }
}

void recorder_renumber(struct pod *pod, const struct unit_set *next)
{
    renumber_ring(pod, next, &pod->recorder.history.trouble);
    renumber_ring(pod, next, &pod->recorder.history.routine);
    pod->recorder.ender = renumber(pod, next, pod->recorder.ender);
}
