#include "supervisor/log/ring_private.h"

#include <errno.h>
#include <string.h>

/* All numbers of a block are looked at, and what is wrong from some byte on is cut off there. */
static void trim(struct ring_block *block)
{
    struct ring_piece piece;
    uint32_t offset = 0;

    if (block->used > RING_DATA_SIZE)
        block->used = 0;
    while (ring_piece_at(block, offset, &piece) && piece.length > 0)
        offset += (uint32_t)sizeof(piece) + piece.length;
    block->used = offset;
}

/* The name that stands in a line of the block; NULL: none does that belongs to its key. */
static const char *name_in(const struct ring_block *block)
{
    struct ring_piece piece;

    for (uint32_t offset = 0; ring_piece_at(block, offset, &piece);
         offset += (uint32_t)sizeof(piece) + piece.length) {
        const char *name = piece.is_first
                               ? log_wire_unit(block->data + offset + sizeof(piece), piece.length)
                               : NULL;

        if (name && ring_key(name) == block->key)
            return name;
    }
    return NULL;
}

static struct ring_unit *unit_of_key(const struct ring *ring, uint64_t key)
{
    for (size_t i = 0; i < ring->unit_count; i++)
        if (ring->units[i]->key == key)
            return ring->units[i];
    return NULL;
}

/* Only a middle of a long line has no name: it can only follow its beginning. */
static struct ring_unit *owner_of(struct ring *ring, const struct ring_block *block)
{
    const char *name = block->used > 0 ? name_in(block) : NULL;

    if (name)
        return ring_unit_get(ring, name);
    return block->used > 0 && block->key != 0 ? unit_of_key(ring, block->key) : NULL;
}

static void take_back(struct ring *ring, int32_t at)
{
    struct ring_block *block = &ring->blocks[at];
    struct ring_unit *unit = owner_of(ring, block);

    if (!unit || unit->blocks >= ring->unit_blocks) {
        memset(block, 0, offsetof(struct ring_block, data));
        ring->notes[at].next = ring->free;
        ring->free = at;
        return;
    }
    ring->notes[at].next = -1;
    if (unit->last >= 0)
        ring->notes[unit->last].next = at;
    else
        unit->first = at;
    unit->last = at;
    unit->blocks++;
    block->order = ring->next_order++; /* anew, so that no two have the same */
}

/* What has been counted so far, by the newest sound line of each unit. */
static void take_numbers(struct ring *ring, struct ring_unit *unit)
{
    struct ring_cursor cursor = { 0 };
    struct ring_spot spot;

    while (ring_seek(ring, unit, &cursor, &spot) && spot.number < UINT64_MAX / 2) {
        if (spot.sequence >= ring->next_sequence && spot.sequence < UINT64_MAX / 2)
            ring->next_sequence = spot.sequence + 1;
        ring_advance(ring, &cursor, &spot);
        unit->next_number = cursor.number;
    }
}

struct place {
    uint64_t order;
    int32_t at;
};

static int compare(const void *a, const void *b)
{
    uint64_t first = ((const struct place *)a)->order, second = ((const struct place *)b)->order;

    return first < second ? -1 : first > second;
}

int ring_recover(struct ring *ring)
{
    cleanup_free struct place *places = calloc(ring->block_count, sizeof(*places));

    if (!places)
        return -ENOMEM;
    for (size_t i = 0; i < ring->block_count; i++) {
        trim(&ring->blocks[i]);
        places[i] = (struct place){ .order = ring->blocks[i].order, .at = (int32_t)i };
    }
    qsort(places, ring->block_count, sizeof(*places), compare);
    for (size_t i = 0; i < ring->block_count; i++)
        take_back(ring, places[i].at);
    for (size_t i = 0; i < ring->unit_count; i++)
        take_numbers(ring, ring->units[i]);
    return 0;
}
