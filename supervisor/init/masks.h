#ifndef REEVE_INIT_MASKS_H
#define REEVE_INIT_MASKS_H

/* The fingerprints of credentials (unit/mask.h), in memory that children write and reeve-log can
 * look at. */

#include "supervisor/unit/mask.h"

struct masks {
    int fd;                   /* valid when there is a table */
    struct mask_table *table; /* NULL: nobody has credentials, or it could not be had */
};

/* Makes it when it is not there. Where that fails, nothing is masked: 0 or a negative errno. */
int masks_open(struct masks *masks) MUST_CHECK;

#endif
