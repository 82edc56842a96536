#include "supervisor/wire/history.h"

_Static_assert(sizeof(struct history_entry) == 24, "the size of the recorder is a promise");

static void push(struct history_ring *ring, const struct history_entry *entry)
{
    if (ring->size == 0)
        return;
    if (ring->count == ring->size)
        ring->first = (ring->first + 1) % ring->size;
    else
        ring->count++;
    *history_at(ring, ring->count - 1) = *entry;
}

void history_add(struct history *history, struct history_entry entry, bool is_trouble)
{
    entry.number = ++history->last_number;
    push(is_trouble ? &history->trouble : &history->routine, &entry);
}

/* How many entries have a number below this one. */
static uint32_t count_before(const struct history_ring *ring, uint32_t number)
{
    uint32_t low = 0, high = ring->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (history_at(ring, middle)->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct history_entry *first_above(const struct history_ring *ring, uint32_t number)
{
    uint32_t at = number == UINT32_MAX ? ring->count : count_before(ring, number + 1);

    return at < ring->count ? history_at(ring, at) : NULL;
}

const struct history_entry *history_next(const struct history *history, uint32_t number)
{
    const struct history_entry *trouble = first_above(&history->trouble, number);
    const struct history_entry *routine = first_above(&history->routine, number);

    if (!trouble || !routine)
        return trouble ? trouble : routine;
    return trouble->number < routine->number ? trouble : routine;
}

static bool fits(const struct history_entry *entry, const struct history_query *query)
{
    unsigned kind = entry->kind;

    if (entry->unit != query->unit)
        return false;
    if (query->notes == 0 && query->others == 0)
        return true;
    if (kind < HISTORY_QUEUED)
        return (query->notes >> kind) & 1;
    /* What came over a socket may be of a kind that there is not. */
    return kind < HISTORY_KINDS && (query->others >> (kind - HISTORY_QUEUED)) & 1;
}

static const struct history_entry *last_of(const struct history_ring *ring,
                                           const struct history_query *query)
{
    for (uint32_t i = count_before(ring, query->before); i-- > 0;)
        if (fits(history_at(ring, i), query))
            return history_at(ring, i);
    return NULL;
}

const struct history_entry *history_last(const struct history *history, struct history_query query)
{
    const struct history_entry *trouble = last_of(&history->trouble, &query);
    const struct history_entry *routine = last_of(&history->routine, &query);

    if (!trouble || !routine)
        return trouble ? trouble : routine;
    return trouble->number > routine->number ? trouble : routine;
}

void history_add_words(struct history *history, const struct history_words *words)
{
    if (!history->words)
        return;
    history->words[history->words_next] = *words;
    history->words_next = (history->words_next + 1) % HISTORY_WORDS;
}

const struct history_words *history_words_of(const struct history *history, uint32_t number)
{
    for (uint32_t i = 0; history->words && i < HISTORY_WORDS; i++)
        if (number != 0 && history->words[i].number == number)
            return &history->words[i];
    return NULL;
}

bool history_names_unit(unsigned kind)
{
    return kind == NOTE_DEPENDENCY || kind == NOTE_TRIGGERED || kind == NOTE_CYCLE ||
           kind == HISTORY_QUEUED;
}
