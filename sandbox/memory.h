#ifndef REEVE_SANDBOX_MEMORY_H
#define REEVE_SANDBOX_MEMORY_H

/* MemoryDenyWriteExecute= by the kernel itself (Linux 6.3), for the calling process. */

#include "supervisor/unit/macro.h"

/*
 * No memory becomes executable from here on; there is no way back. Whoever shares the memory of the
 * caller is held as well, so a child of vfork(2) must not call it. 0 or a negative errno: -EINVAL
 * from a kernel that has no such thing.
 */
int memory_deny_write_execute(void) MUST_CHECK;

#endif
