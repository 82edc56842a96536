#ifndef REEVE_HEALTH_PICTURE_H
#define REEVE_HEALTH_PICTURE_H

/*
 * The newest picture that a service of the pod keeps in a directory, such as Kairos its
 * screenshots, for the dashboard. The directory is a service's: what is there is not to be trusted.
 * Only regular files are read that begin as PNG does, no links are followed, nothing is waited for,
 * and what is longer than PICTURE_MAX or lies beyond the first PICTURE_FILES_MAX is not seen.
 */

#include "supervisor/health/text.h"

#include <stdint.h>

enum { PICTURE_MAX = 8 * 1024 * 1024, PICTURE_FILES_MAX = 10000 };

struct picture {
    struct text bytes; /* of the PNG file */
    uint64_t realtime_us;
    uint64_t tag;
};

/* Looks for the newest *.png and reads it, unless it is the one that is there already. 0; -ENOENT:
 * there is none; or another negative errno. The picture is empty then. */
int picture_refresh(struct picture *picture, const char *directory) MUST_CHECK;
/* Accepts an empty one. */
void picture_release(struct picture *picture);

#endif
