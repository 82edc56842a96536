#ifndef REEVE_LOG_MASKING_H
#define REEVE_LOG_MASKING_H

/*
 * Credentials of a unit do not get into its lines: what one of the fingerprints fits that PID 1's
 * children have left (unit/mask.h) is shown as MASKING_SHOWN. Units without credentials cost a
 * look at a number per line.
 */

#include "supervisor/unit/mask.h"
#include "supervisor/wire/log_wire.h"

#define MASKING_SHOWN "***"

enum { MASKING_UNIT_MAX = 256 }; /* fingerprints of a unit */

struct masking {
    const struct mask_table *table; /* NULL: no unit has credentials */
    char covered[LOG_TEXT_MAX], text[LOG_TEXT_MAX];
};

/* Of one unit. All zero: not looked for yet. */
struct unit_masks {
    struct mask *list; /* by length; NULL: none */
    size_t count;
    uint32_t seen; /* table->count when they were looked for */
    bool has_warned;
};

/* Takes over the descriptor in any case. */
void masking_take(struct masking *masking, int fd);
void masking_release(struct masking *masking);

void unit_masks_release(struct unit_masks *masks);

/* The line's text may stand in `masking` afterwards, until the next call. */
void masking_apply(struct masking *masking, struct unit_masks *masks, struct log_packet *line);

/* The same for the values of its fields, before its text; `buffer` has room for LOG_FIELDS_MAX and
 * may have them afterwards. */
void masking_apply_fields(struct masking *masking, struct unit_masks *masks,
                          struct log_packet *line, char *buffer);

#endif
