#ifndef REEVE_HEALTH_PAGE_H
#define REEVE_HEALTH_PAGE_H

/*
 * The dashboard's files, inside the program: the GNUmakefile writes those of
 * supervisor/health/page/ as bytes into build/gen/health_page.c. Pure.
 */

#include "supervisor/unit/macro.h"

#include <stddef.h>
#include <stdint.h>

struct page_file {
    const char *name; /* "page.js" */
    const char *type;
    const unsigned char *data;
    size_t length;
    uint64_t tag; /* other bytes, another number */
};

/* A name of NULL ends the table. */
extern const struct page_file page_files[];

/* The name is one part of a path, from a stranger; NULL: there is no such file. */
const struct page_file *page_find(const char *name);

/*
 * Content-Security-Policy of the page. It asks its own origin alone, and what units say stays text:
 * with no policy for trusted types a browser refuses to make HTML of a string.
 */
extern const char page_policy[];

#endif
