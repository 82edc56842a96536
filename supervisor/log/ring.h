#ifndef REEVE_LOG_RING_H
#define REEVE_LOG_RING_H

/*
 * The newest lines of each unit, for those who ask (reader.h).
 *
 * A file in memory of RING_BLOCK_SIZE blocks, a chain of which belongs to each unit: a unit that
 * has more than its share loses its own oldest block, and when none is free, the unit that has the
 * most does. So a flood pushes out its own lines only, and what all keep is bounded. A line stands
 * in the blocks as the packet that readers get (wire/log_wire.h), in pieces where it does not fit
 * into one. What is older than the age limit is not shown.
 *
 * The file outlives us in PID 1's descriptor store: everything that the next reeve-log needs stands
 * in the blocks, is written before `used` says so, and is checked byte by byte when it is taken
 * back. Behind the blocks stand the counters (totals.h) and what is
 * being written to files (turn.h).
 */

#include "supervisor/log/totals.h"
#include "supervisor/wire/log_wire.h"

enum {
    RING_BLOCK_SIZE = 4096,
    RING_BLOCKS_MIN = 64,
    RING_UNIT_BLOCKS_MIN = 20, /* more than the longest line takes */
    RING_UNITS_MAX = 65536,
    RING_SIZE_DEFAULT = 4 << 20,
    RING_UNIT_SIZE_DEFAULT = 1 << 20,
    RING_SIZE_MAX = 1 << 30,
};

struct ring_limits {
    size_t size, unit_size; /* bytes; raised to the least that works */
    uint64_t age_us;        /* USEC_INFINITY: none */
};

struct ring_unit {
    char *name;
    uint64_t key;
    int32_t first, last; /* blocks; -1 */
    uint32_t blocks;
    uint32_t index;            /* in ring->units */
    uint64_t next_number;      /* of its next line; the first has 1 */
    struct log_totals *totals; /* NULL: nothing has been counted; see ring_totals() */
};

struct ring_block;
struct ring_note;
struct turns;

struct ring {
    int fd; /* owned */
    struct ring_block *blocks;
    struct ring_note *notes; /* about each block, ours alone */
    size_t block_count, unit_blocks;
    uint64_t age_us;
    int32_t free; /* list */
    uint64_t next_order, next_sequence;
    struct totals totals;
    struct turns *turns;      /* borrowed from here by who keeps files (turn.h) */
    struct ring_unit **units; /* never freed before the ring is: readers point to them */
    size_t unit_count, unit_capacity;
    char packet[LOG_PACKET_MAX]; /* scratch */
};

/*
 * With `fd` of a former ring, which is taken over in any case: what is sound in it is taken back.
 * -1: a new one. 0 or a negative errno.
 */
int ring_init(struct ring *ring, const struct ring_limits *limits, int fd) MUST_CHECK;
void ring_release(struct ring *ring);

/* The unit of that name, made when there is none; NULL: out of memory, or too many. */
struct ring_unit *ring_unit_get(struct ring *ring, const char *name);
struct ring_unit *ring_unit_find(const struct ring *ring, const char *name);

/* What is counted of it; NULL: it cannot be. */
struct log_totals *ring_totals(struct ring *ring, struct ring_unit *unit);

/* Keeps a line; gives it its numbers and the unit's name. */
void ring_append(struct ring *ring, struct ring_unit *unit, struct log_packet *packet);

/* --- reading --- */

/* A place in the lines of one unit. All zero: before the oldest. */
struct ring_cursor {
    uint64_t number; /* of the line that is wanted; 0: the oldest that there is */
    uint64_t order;  /* of the block: it may have been given to others since; 0: not known */
    int32_t block;
    uint32_t offset;
};

/* A place behind the newest line. */
struct ring_cursor ring_end(const struct ring *ring, const struct ring_unit *unit);

/* What a cursor has found. */
struct ring_spot {
    uint64_t sequence, number; /* of the line */
    uint64_t missed;           /* so many before it were wanted and are gone */
};

/* Looks for the line that the cursor wants, or the oldest after that. False: there is none yet. */
bool ring_seek(const struct ring *ring, const struct ring_unit *unit, struct ring_cursor *cursor,
               struct ring_spot *ret_spot) MUST_CHECK;

/* The packet there; 0: it is not sound. */
size_t ring_read(const struct ring *ring, const struct ring_cursor *cursor, char *buffer);

/* Behind the line that was found there. */
void ring_advance(const struct ring *ring, struct ring_cursor *cursor,
                  const struct ring_spot *spot);

#endif
