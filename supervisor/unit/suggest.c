#include "supervisor/unit/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 64 }; /* longer words are not compared */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein's distance, one row at a time. */
static unsigned distance_of(const char *a, const char *b)
{
    size_t length = strlen(b);
    unsigned row[WORD_MAX + WORD_MAX / 3 + 1];

    for (unsigned i = 0; i <= length; i++)
        row[i] = i;
    for (unsigned i = 0; a[i]; i++) {
        unsigned diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            bool is_same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
            unsigned above = row[j + 1];

            row[j + 1] = least(above + 1, row[j] + 1, diagonal + !is_same);
            diagonal = above;
        }
    }
    return row[length];
}

void suggestion_offer(struct suggestion *suggestion, const char *candidate)
{
    size_t length = strlen(suggestion->word), other = strlen(candidate);
    /* A third of the letters may be wrong, in a short word one. */
    size_t free_length = length > suggestion->fixed ? length - suggestion->fixed : 0;
    size_t limit = free_length < 2 ? 0 : free_length < 6 ? 1 : free_length / 3;
    unsigned distance;

    if (length == 0 || length > WORD_MAX || other > length + limit || other + limit < length)
        return;
    distance = distance_of(suggestion->word, candidate);
    if (distance > limit)
        return;
    if (!suggestion->nearest || distance < suggestion->distance) {
        suggestion->nearest = candidate;
        suggestion->distance = distance;
    }
}
