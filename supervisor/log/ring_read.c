#include "supervisor/log/ring_private.h"

#include <string.h>

bool ring_piece_at(const struct ring_block *block, uint32_t offset, struct ring_piece *ret_piece)
{
    uint32_t used = block->used;

    if (used > RING_DATA_SIZE || offset + sizeof(*ret_piece) > used)
        return false;
    memcpy(ret_piece, block->data + offset, sizeof(*ret_piece));
    return ret_piece->length <= used - offset - sizeof(*ret_piece);
}

static bool is_valid(const struct ring *ring, const struct ring_unit *unit,
                     const struct ring_cursor *cursor)
{
    const struct ring_block *block = &ring->blocks[cursor->block];

    return cursor->order != 0 && block->order == cursor->order && block->key == unit->key;
}

static void enter(const struct ring *ring, struct ring_cursor *cursor, int32_t at)
{
    cursor->block = at;
    cursor->order = ring->blocks[at].order;
    cursor->offset = 0;
}

struct ring_cursor ring_end(const struct ring *ring, const struct ring_unit *unit)
{
    struct ring_cursor cursor = { .number = unit->next_number };

    if (unit->last >= 0) {
        enter(ring, &cursor, unit->last);
        cursor.offset = ring->blocks[unit->last].used;
    }
    return cursor;
}

/* Steps to the next piece, which may be in the next block. False: there is none. */
static bool find_piece(const struct ring *ring, struct ring_cursor *cursor,
                       struct ring_piece *ret_piece)
{
    while (!ring_piece_at(&ring->blocks[cursor->block], cursor->offset, ret_piece)) {
        int32_t next = ring->notes[cursor->block].next;

        if (next < 0)
            return false;
        enter(ring, cursor, next);
    }
    return true;
}

static uint32_t behind(const struct ring_cursor *cursor, const struct ring_piece *piece)
{
    return cursor->offset + (uint32_t)sizeof(*piece) + piece->length;
}

static const char *bytes_at(const struct ring *ring, const struct ring_cursor *cursor)
{
    return ring->blocks[cursor->block].data + cursor->offset + sizeof(struct ring_piece);
}

bool ring_seek(const struct ring *ring, const struct ring_unit *unit, struct ring_cursor *cursor,
               struct ring_spot *ret_spot)
{
    struct ring_piece piece;
    struct ring_spot spot = { 0 };

    if (unit->first < 0)
        return false;
    if (!is_valid(ring, unit, cursor))
        enter(ring, cursor, unit->first);
    while (find_piece(ring, cursor, &piece)) {
        bool is_line = piece.is_first && log_wire_numbers(bytes_at(ring, cursor), piece.length,
                                                          &spot.sequence, &spot.number);

        if (is_line && spot.number >= cursor->number) {
            spot.missed = cursor->number ? spot.number - cursor->number : 0;
            *ret_spot = spot;
            return true;
        }
        cursor->offset = behind(cursor, &piece);
    }
    return false;
}

size_t ring_read(const struct ring *ring, const struct ring_cursor *cursor, char *buffer)
{
    struct ring_cursor at = *cursor;
    struct ring_piece piece;
    size_t length = 0;

    while (find_piece(ring, &at, &piece)) {
        /* The rest of a line that was being written when its writer was killed never comes. */
        if (piece.is_first != (length == 0) || piece.length > LOG_PACKET_MAX - length)
            return 0;
        memcpy(buffer + length, bytes_at(ring, &at), piece.length);
        length += piece.length;
        if (piece.is_last)
            return length;
        at.offset = behind(&at, &piece);
    }
    return 0;
}

void ring_advance(const struct ring *ring, struct ring_cursor *cursor, const struct ring_spot *spot)
{
    struct ring_piece piece;

    if (find_piece(ring, cursor, &piece))
        cursor->offset = behind(cursor, &piece);
    cursor->number = spot->number + 1;
}
