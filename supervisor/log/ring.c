#include "supervisor/log/ring_private.h"

#include "supervisor/log/turn.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
    LEAST_PIECE = 128, /* a packet's head fits into it */
    SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
};

_Static_assert(sizeof(struct ring_block) == RING_BLOCK_SIZE, "a block is a page");

/* --- the file --- */

static int make_file(size_t size)
{
    cleanup_fd int fd = memfd_create("reeve-log", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -errno;
    if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return -errno;
    return take_fd(&fd);
}

/* One that could be made smaller under our hands would kill us. */
static bool is_usable(int fd, size_t size)
{
    struct stat status;

    return fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_size == (off_t)size && fcntl(fd, F_GET_SEALS) == SEALS;
}

static void chain_free(struct ring *ring)
{
    ring->free = -1;
    for (size_t i = ring->block_count; i-- > 0;) {
        ring->notes[i].next = ring->free;
        ring->free = (int32_t)i;
    }
}

static size_t file_size(const struct ring *ring)
{
    return ring->block_count * RING_BLOCK_SIZE + TOTALS_SIZE + TURNS_SIZE;
}

static int map(struct ring *ring, size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);

    if (memory == MAP_FAILED)
        return -errno;
    ring->blocks = memory;
    totals_init(&ring->totals, ring->blocks + ring->block_count);
    ring->turns = (struct turns *)((char *)memory + size - TURNS_SIZE);
    ring->notes = calloc(ring->block_count, sizeof(*ring->notes));
    return ring->notes ? 0 : -ENOMEM;
}

int ring_init(struct ring *ring, const struct ring_limits *limits, int fd)
{
    size_t blocks = limits->size / RING_BLOCK_SIZE, own = limits->unit_size / RING_BLOCK_SIZE;
    bool is_old;
    int error;

    *ring = (struct ring){ .fd = fd, .free = -1, .next_order = 1, .next_sequence = 1 };
    ring->age_us = limits->age_us;
    ring->block_count = blocks < RING_BLOCKS_MIN ? RING_BLOCKS_MIN : blocks;
    ring->unit_blocks = own < RING_UNIT_BLOCKS_MIN ? RING_UNIT_BLOCKS_MIN : own;
    is_old = is_usable(fd, file_size(ring));
    if (!is_old) {
        fd_close(ring->fd);
        ring->fd = make_file(file_size(ring));
    }
    if (ring->fd < 0)
        return ring->fd;
    error = map(ring, file_size(ring));
    if (error < 0)
        return error;
    if (is_old)
        return ring_recover(ring);
    chain_free(ring);
    return 0;
}

void ring_release(struct ring *ring)
{
    if (ring->blocks)
        (void)munmap(ring->blocks, file_size(ring));
    free(take_pointer(&ring->notes));
    for (size_t i = 0; i < ring->unit_count; i++) {
        free(ring->units[i]->name);
        free(ring->units[i]);
    }
    free(take_pointer(&ring->units));
    ring->blocks = NULL;
    ring->unit_count = ring->unit_capacity = 0;
    ring->fd = fd_close(ring->fd);
}

/* --- units --- */

/* FNV-1a; never 0. */
uint64_t ring_key(const char *name)
{
    uint64_t key = UINT64_C(0xcbf29ce484222325);

    while (*name)
        key = (key ^ (unsigned char)*name++) * UINT64_C(0x100000001b3);
    return key ? key : 1;
}

struct ring_unit *ring_unit_find(const struct ring *ring, const char *name)
{
    uint64_t key = ring_key(name);

    for (size_t i = 0; i < ring->unit_count; i++)
        if (ring->units[i]->key == key && strcmp(ring->units[i]->name, name) == 0)
            return ring->units[i];
    return NULL;
}

static bool make_room(struct ring *ring)
{
    size_t capacity = ring->unit_capacity ? 2 * ring->unit_capacity : 16;
    struct ring_unit **grown;

    if (ring->unit_count < ring->unit_capacity)
        return true;
    if (ring->unit_count >= RING_UNITS_MAX)
        return false;
    grown = reallocarray(ring->units, capacity, sizeof(struct ring_unit *));
    if (!grown)
        return false;
    ring->units = grown;
    ring->unit_capacity = capacity;
    return true;
}

struct ring_unit *ring_unit_get(struct ring *ring, const char *name)
{
    struct ring_unit *unit = ring_unit_find(ring, name);

    if (unit)
        return unit;
    unit = calloc(1, sizeof(*unit));
    if (unit)
        unit->name = strndup(name, LOG_NAME_SIZE - 1);
    if (!unit || !unit->name || !make_room(ring)) {
        free(unit ? unit->name : NULL);
        free(unit);
        return NULL;
    }
    unit->key = ring_key(unit->name);
    unit->totals = totals_find(&ring->totals, unit->key);
    unit->first = unit->last = -1;
    unit->next_number = 1;
    unit->index = (uint32_t)ring->unit_count;
    ring->units[ring->unit_count++] = unit;
    return unit;
}

struct log_totals *ring_totals(struct ring *ring, struct ring_unit *unit)
{
    if (!unit->totals)
        unit->totals = totals_get(&ring->totals, unit->key);
    return unit->totals;
}

/* --- blocks --- */

static void drop_oldest(struct ring *ring, struct ring_unit *unit)
{
    int32_t at = unit->first;

    unit->first = ring->notes[at].next;
    if (unit->first < 0)
        unit->last = -1;
    unit->blocks--;
    ring->blocks[at].key = 0;
    ring->blocks[at].order = 0;
    ring->blocks[at].used = 0;
    ring->notes[at].next = ring->free;
    ring->free = at;
}

/* The one that has the most, but not the line that is just being written. */
static struct ring_unit *find_victim(const struct ring *ring, struct ring_unit *own)
{
    struct ring_unit *most = own->blocks >= RING_UNIT_BLOCKS_MIN ? own : NULL;

    for (size_t i = 0; i < ring->unit_count; i++)
        if (ring->units[i] != own && ring->units[i]->blocks > (most ? most->blocks : 0))
            most = ring->units[i];
    return most;
}

static void drop_aged(struct ring *ring, struct ring_unit *unit, uint64_t now_us)
{
    while (unit->first >= 0 && unit->first != unit->last &&
           usec_add(ring->blocks[unit->first].newest_us, ring->age_us) < now_us)
        drop_oldest(ring, unit);
}

/* False: there is none for it, which RING_BLOCKS_MIN excludes. */
static bool begin_block(struct ring *ring, struct ring_unit *unit)
{
    struct ring_unit *victim;
    int32_t at;

    if (unit->blocks >= ring->unit_blocks)
        drop_oldest(ring, unit);
    if (ring->free < 0 && (victim = find_victim(ring, unit)))
        drop_oldest(ring, victim);
    at = ring->free;
    if (at < 0)
        return false;
    ring->free = ring->notes[at].next;
    ring->notes[at].next = -1;
    if (unit->last >= 0)
        ring->notes[unit->last].next = at;
    else
        unit->first = at;
    unit->last = at;
    unit->blocks++;
    ring->blocks[at].used = 0;
    ring->blocks[at].order = ring->next_order++;
    ring->blocks[at].key = unit->key;
    return true;
}

/* --- writing --- */

static void put_piece(struct ring_block *block, const char *bytes, const struct ring_piece *piece)
{
    char *to = block->data + block->used;

    memcpy(to, piece, sizeof(*piece));
    memcpy(to + sizeof(*piece), bytes, piece->length);
    /* Whoever takes the block back after a crash must not find more than there is. */
    __atomic_store_n(&block->used, block->used + (uint32_t)sizeof(*piece) + piece->length,
                     __ATOMIC_RELEASE);
}

static size_t room_in(const struct ring *ring, int32_t at)
{
    size_t used = at < 0 ? RING_DATA_SIZE : ring->blocks[at].used;

    return used + sizeof(struct ring_piece) >= RING_DATA_SIZE
               ? 0
               : RING_DATA_SIZE - used - sizeof(struct ring_piece);
}

void ring_append(struct ring *ring, struct ring_unit *unit, struct log_packet *packet)
{
    size_t length, done = 0;

    packet->sequence = ring->next_sequence++;
    packet->number = unit->next_number++;
    packet->unit = unit->name;
    length = log_wire_encode(packet, ring->packet);
    while (done < length) {
        size_t left = length - done, room = room_in(ring, unit->last);
        struct ring_piece piece = { .is_first = done == 0 };

        if (room < left && room < LEAST_PIECE) {
            drop_aged(ring, unit, packet->monotonic_us);
            if (!begin_block(ring, unit))
                return;
            room = room_in(ring, unit->last);
        }
        piece.length = (uint16_t)(left < room ? left : room);
        piece.is_last = piece.length == left;
        ring->blocks[unit->last].newest_us = packet->monotonic_us;
        put_piece(&ring->blocks[unit->last], ring->packet + done, &piece);
        done += piece.length;
    }
}
