/*
 * The chart page's files, inside the program: generated from services/datahub/web and the npm
 * package lightweight-charts by the GNUmakefile (build/gen/datahub_assets.c).
 */
#ifndef SERVICES_DATAHUB_ASSETS_H
#define SERVICES_DATAHUB_ASSETS_H

#include <stddef.h>

struct asset {
    const char *path; /* "/chart.js" */
    const char *type;
    const unsigned char *data;
    size_t length;
};

/* A path of NULL ends the table. */
extern const struct asset assets[];

#endif
