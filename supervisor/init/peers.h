#ifndef REEVE_INIT_PEERS_H
#define REEVE_INIT_PEERS_H

/*
 * The processes that PID 1 talks to over the wire: its helpers, reevectl, the start-up view. PID 1
 * never waits for one: what a peer still has to be told is kept as one bit per unit, so a slow peer
 * costs nothing and misses nothing but intermediate states. A peer that breaks the protocol is
 * dropped.
 */

#include "supervisor/init/limits.h"
#include "supervisor/init/loop.h"
#include "supervisor/unit/unit_set.h"
#include "supervisor/wire/wire.h"

struct pod;

enum peer_role {
    PEER_NONE,
    PEER_LOG,     /* reeve-log: gets the log pipes */
    PEER_HEALTH,  /* reeve-health: gets states, tells health */
    PEER_VIEW,    /* the start-up view: gets states */
    PEER_CONTROL, /* reevectl: asks */
};

/* What reevectl waits for before it gets its reply. */
struct peer_wait {
    bool is_waiting;
    unit_id id;   /* the reply is due when this unit … */
    uint32_t job; /* … has this job no more (struct unit, job_id) */
};

/* How far the answer to a WIRE_VERB_SHOW has got. */
struct property_cursor {
    bool is_open;
    unit_id id;    /* UNIT_NONE: the pod */
    size_t index;  /* into PID 1's table */
    size_t offset; /* of the text that has not been told yet */
};

/* How far the answer to a WIRE_VERB_HISTORY has got. */
struct history_cursor {
    bool is_open, has_verdict; /* the verdict was told */
    uint32_t words;            /* so many of them were told */
    uint32_t number;           /* of the last entry that was told */
};

struct peer {
    enum peer_role role;
    int fd;
    struct pod *pod;
    struct loop_source *source;
    unit_id unit; /* the helper's unit; UNIT_NONE */
    bool owes_hello, owes_pod, owes_synced, owes_reply, is_following, wants_write;
    bool owes_journal; /* the sockets of the journal (journal_sockets.h) */
    bool owes_reader;  /* a connection to reeve-log (readers.h); to reevectl with its reply */
    struct peer_wait wait;
    struct property_cursor show;
    struct history_cursor history;
    struct wire_reply reply;
    /* A bit per unit. owes_end: reeve-log shall not wait for the rest of a line of this unit. */
    unsigned unit_part; /* of the first unit of owes_unit: the next to be sent (unit_message.h) */
    uint64_t *owes_unit, *owes_state, *owes_source, *owes_end;
};

struct peers {
    struct peer list[PEERS_MAX];
    size_t words; /* of each bitmap */
    uint64_t *bitmaps;
    uint64_t *next_bitmaps; /* during a reload */
    size_t next_words;
};

int peers_init(struct pod *pod) MUST_CHECK;

/* For a reload: room for so many units (nothing else changes yet); … */
int peers_reserve(struct pod *pod, size_t units) MUST_CHECK;
/* … units get other positions: those of the new set; … */
void peers_renumber(struct pod *pod, const struct unit_set *next);
/* … and all peers get everything anew. */
void peers_owe_everything(struct pod *pod);
void peers_release(struct pod *pod);

/* Takes over the descriptor. -EBUSY when there are too many; then it is closed. */
int peers_add(struct pod *pod, int fd, enum peer_role role, unit_id unit) MUST_CHECK;
void peers_drop(struct pod *pod, struct peer *peer);
/* The helper of this unit has ended. */
void peers_drop_unit(struct pod *pod, unit_id unit);

/* The peer gets everything, and from then on each change. */
void peers_owe_snapshot(struct pod *pod, struct peer *peer);
/* The peer gets everything once, and what the flight recorder has. */
void peers_owe_history(struct pod *pod, struct peer *peer);

/* Something changed that the peers should know. */
void peers_tell_unit(struct pod *pod, unit_id id);
void peers_tell_pod(struct pod *pod);
/* The unit's processes are gone: what they left of a line is all that will come. */
void peers_tell_end(struct pod *pod, unit_id id);
/* Sends what can be sent; called after each round of the loop. */
void peers_flush(struct pod *pod);

#endif
