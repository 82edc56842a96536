#ifndef REEVE_UNIT_MACRO_H
#define REEVE_UNIT_MACRO_H

/*
 * The few words that every file may use. Header only; no dependency but the C library.
 *
 * Ownership is visible at the declaration: `cleanup_free char *text = NULL;` is freed at the end of
 * its scope unless it was given away with take_pointer().
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(at, first) __attribute__((__format__(__printf__, at, first)))
#define ARRAY_SIZE(array)      (sizeof(array) / sizeof((array)[0]))

/* All times are microseconds of a monotonic clock; USEC_INFINITY is systemd's "infinity". */
#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC  UINT64_C(1000000)
#define USEC_INFINITY UINT64_MAX

static inline void cleanup_free_pointer(void *location)
{
    free(*(void **)location);
}
#define cleanup_free __attribute__((cleanup(cleanup_free_pointer)))

#define take_pointer(location)                                                                     \
    ({                                                                                             \
        __typeof__(*(location)) taken_ = *(location);                                              \
        *(location) = NULL;                                                                        \
        taken_;                                                                                    \
    })

/* now + delay that saturates at "never". */
static inline uint64_t usec_add(uint64_t time_us, uint64_t delay_us)
{
    return delay_us >= USEC_INFINITY - time_us ? USEC_INFINITY : time_us + delay_us;
}

#endif
