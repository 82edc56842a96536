#ifndef REEVE_WIRE_HISTORY_H
#define REEVE_WIRE_HISTORY_H

/*
 * The flight recorder: what happened in the pod, in entries of 24 bytes. PID 1 keeps the last of
 * them in a fixed ring and sends them to whoever asks; cause.h finds out from them why a unit is as
 * it is. Pure: no system call, no clock, no allocation.
 *
 * Routine (starts, jobs) and trouble (failures, kills, restarts) have a ring each, so that a
 * thousand units which start do not wash away why one of them failed. Numbers count over both.
 */

#include "supervisor/unit/engine.h"

enum {
    HISTORY_TROUBLE = 512, /* entries of the one ring … */
    HISTORY_ROUTINE = 448, /* … and of the other: 23 kB in all */
    HISTORY_WORDS = 16,    /* of probes: 3 kB */
};

/* What an entry says; the kinds below HISTORY_QUEUED are an enum note, with its a and b. */
enum history_kind {
    HISTORY_QUEUED = 64, /* a job for it follows from a: id of a unit (UNIT_NONE: none in
                            particular), b: enum job_kind | enum edge << 8 */
    HISTORY_ASKED,       /* somebody asked for a job over the control socket; a: enum job_kind */
    HISTORY_BOOT,        /* it was asked for when the pod began */
    HISTORY_SIGNAL,      /* reeve signalled its processes; a: signal, b: enum kill_stage */
    HISTORY_KILL,        /* somebody sent a signal with reevectl kill; a: signal */
    HISTORY_OOM,         /* the kernel killed a process of it, being out of memory; without a unit:
                            a processes of the pod, of whom is not known */
    HISTORY_SPAWN,       /* no process could be started; a: errno */
    HISTORY_NOTIFIED,    /* sd_notify; a: enum notify_state */
    HISTORY_HEALTH,      /* a: enum wire_health_word, b: failures in a row */
    HISTORY_SHUTDOWN,    /* the pod is to stop; a: signal, 0: over the control socket */
    HISTORY_RELOADED,    /* daemon-reload */
    HISTORY_UP,          /* the target has been reached */
    HISTORY_KINDS,
};

struct history_entry {
    uint64_t at_monotonic_us;
    uint32_t number; /* from 1, in the order in which things happened */
    unit_id unit;    /* UNIT_NONE: the pod, or a unit that a reload took away */
    int32_t a;
    int32_t b : 24; /* what does not fit is cut off at the greatest that does */
    uint32_t kind : 8;
};

/* Sorted by number; when it is full, the oldest go. */
struct history_ring {
    struct history_entry *entries; /* borrowed */
    uint32_t size, first, count;
};

/* What a probe said when it made a unit unhealthy, or well again: only the last few are kept. */
struct history_words {
    uint32_t number;              /* of the entry of HISTORY_HEALTH; 0: nothing */
    char probe[80], message[124]; /* what does not fit is cut off; "": not known */
};

struct history {
    struct history_ring trouble, routine;
    uint32_t last_number;
    struct history_words *words; /* HISTORY_WORDS of them, borrowed; NULL: none are kept */
    uint32_t words_next;
};

/* Adds it with the next number; `is_trouble` says to which ring. */
void history_add(struct history *history, struct history_entry entry, bool is_trouble);

/* The i-th entry of a ring, from the oldest. */
static inline struct history_entry *history_at(const struct history_ring *ring, uint32_t i)
{
    return &ring->entries[(ring->first + i) % ring->size];
}

/* The first entry with a number above this one; NULL: there is none. */
const struct history_entry *history_next(const struct history *history, uint32_t number);

/* What is looked for: entries of the unit with number < `before`, and with `kinds`, if any, set. */
struct history_query {
    unit_id unit;
    uint32_t before;
    /* As bits: an enum note in the first, from HISTORY_QUEUED on in the second. Both 0: any. */
    uint64_t notes, others;
};

/* The last one that fits; NULL: there is none. */
const struct history_entry *history_last(const struct history *history, struct history_query query);

/* Keeps them instead of the oldest ones. */
void history_add_words(struct history *history, const struct history_words *words);
/* Those of an entry; NULL: there are none (any more). */
const struct history_words *history_words_of(const struct history *history, uint32_t number);

/* Whether `a` of such an entry is the id of a unit. */
bool history_names_unit(unsigned kind);

/* HISTORY_QUEUED, b. */
static inline enum job_kind history_job(const struct history_entry *entry)
{
    return (enum job_kind)(entry->b & 0xff);
}

static inline enum edge history_edge(const struct history_entry *entry)
{
    return (enum edge)(entry->b >> 8);
}

#endif
