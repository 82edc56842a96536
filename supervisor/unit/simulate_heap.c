#include "supervisor/unit/simulate_private.h"

/* What will happen, the earliest on top; of the same time, what was caused first. */

static uint64_t next_random(struct simulation *simulation)
{
    uint64_t mixed = simulation->random += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

uint64_t simulation_pick(struct simulation *simulation, struct duration duration)
{
    uint64_t jitter_us = simulation->options->jitter_us;
    uint64_t us = duration.least_us;

    if (us == USEC_INFINITY)
        return us;
    if (duration.most_us > us)
        us += next_random(simulation) % (duration.most_us - us + 1);
    return jitter_us ? us + next_random(simulation) % (jitter_us + 1) : us;
}

static bool is_before(const struct happening *a, const struct happening *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->sequence < b->sequence;
}

static bool make_room(struct simulation *simulation)
{
    size_t size = simulation->heap_size ? 2 * simulation->heap_size : 64;
    struct happening *heap;

    if (simulation->heap_count < simulation->heap_size)
        return true;
    heap = realloc(simulation->heap, size * sizeof(*heap));
    simulation->is_out_of_memory |= !heap;
    if (heap) {
        simulation->heap = heap;
        simulation->heap_size = size;
    }
    return heap != NULL;
}

void simulation_schedule(struct simulation *simulation, struct happening happening,
                         uint64_t after_us)
{
    struct happening *heap;
    size_t at = simulation->heap_count;

    happening.at_us = usec_add(simulation->now_us, after_us);
    happening.sequence = simulation->sequence++;
    if (happening.at_us == USEC_INFINITY || !make_room(simulation))
        return;
    heap = simulation->heap;
    simulation->heap_count++;
    for (; at > 0 && is_before(&happening, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = happening;
}

struct happening simulation_take_first(struct simulation *simulation)
{
    struct happening *heap = simulation->heap, first = heap[0];
    struct happening last = heap[--simulation->heap_count];
    size_t at = 0, child;

    while ((child = 2 * at + 1) < simulation->heap_count) {
        child += child + 1 < simulation->heap_count && is_before(&heap[child + 1], &heap[child]);
        if (!is_before(&heap[child], &last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}
