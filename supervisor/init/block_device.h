#ifndef REEVE_INIT_BLOCK_DEVICE_H
#define REEVE_INIT_BLOCK_DEVICE_H

/* Which disk is meant by a path of IOReadBandwidthMax= and its like. */

#include "supervisor/unit/macro.h"

#include <sys/types.h>

/* That of a block device, or that on which the file is stored; of a partition the whole disk, as
 * the kernel limits no part of one. 0, -ENODEV where there is none, or another negative errno. */
int block_device_of(const char *path, dev_t *ret_device) MUST_CHECK;

#endif
