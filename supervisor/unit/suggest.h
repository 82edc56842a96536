#ifndef REEVE_UNIT_SUGGEST_H
#define REEVE_UNIT_SUGGEST_H

/* "did you mean …?": the candidate that a misspelled word is nearest to. */

#include <stddef.h>

struct suggestion {
    const char *word; /* as misspelled */
    size_t fixed;     /* of its letters, so many are the same in all candidates and prove nothing */
    const char *nearest; /* borrowed; NULL when nothing is near enough */
    unsigned distance;
};

/* Offers a candidate; the nearest of all that were offered stays. Cases of letters count as equal.
 */
void suggestion_offer(struct suggestion *suggestion, const char *candidate);

#endif
