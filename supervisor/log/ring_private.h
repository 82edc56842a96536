#ifndef REEVE_LOG_RING_PRIVATE_H
#define REEVE_LOG_RING_PRIVATE_H

/* How the lines stand in the blocks; for ring*.c only. */

#include "supervisor/log/ring.h"

enum { RING_DATA_SIZE = RING_BLOCK_SIZE - 32 };

/* In the shared file. */
struct ring_block {
    uint64_t key;       /* of its unit; 0: free */
    uint64_t order;     /* counts the blocks that were begun */
    uint64_t newest_us; /* monotonic, of its newest line */
    uint32_t used;      /* bytes of `data` that are complete */
    uint32_t reserved;
    char data[RING_DATA_SIZE];
};

struct ring_note {
    int32_t next; /* of the same unit, or of the free ones; -1 */
};

/* In front of each piece of a packet. The first piece has all of the packet's head. */
struct ring_piece {
    uint16_t length;
    uint8_t is_first, is_last;
};

/* The piece at `offset`; false: the block ends there, or is not sound. */
bool ring_piece_at(const struct ring_block *block, uint32_t offset,
                   struct ring_piece *ret_piece) MUST_CHECK;

uint64_t ring_key(const char *name);

/* Makes chains of what stands in the blocks. */
int ring_recover(struct ring *ring) MUST_CHECK;

#endif
