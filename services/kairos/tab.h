/*
 * A tab of the running browser, in a browser context of its own that Chromium disposes of when our
 * session ends: a crash of ours leaves no tab behind, and no run sees another's cookies.
 *
 * On failure the reason is in devtools->problem and the errno is devtools_call()'s; -EADDRNOTAVAIL:
 * the page itself could not be loaded; -EREMOTEIO: the browser or the page's JavaScript refused.
 */
#ifndef SERVICES_KAIROS_TAB_H
#define SERVICES_KAIROS_TAB_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "services/kairos/devtools.h"

struct tab {
    struct devtools *devtools;
    uint64_t deadline_us; /* for all that is done with it */
    char context[CDP_NAME_MAX];
    char target[CDP_NAME_MAX];
    char session[CDP_NAME_MAX]; /* "": not open */
};

int tab_open(struct tab *tab) __attribute__((warn_unused_result));
/* Best effort and short, whatever became of the tab; 0, or the errno when the session is of no more
 * use. */
int tab_close(struct tab *tab);

int tab_navigate(struct tab *tab, const char *url) __attribute__((warn_unused_result));
/* Evaluates an expression, awaits a promise, and gives its value (a new reference). */
int tab_evaluate(struct tab *tab, const char *expression, json_t **ret_value)
    __attribute__((warn_unused_result));
/* Moves the mouse to the corner: the display's pointer rests in the middle and would mark the
 * chart. */
int tab_park_pointer(struct tab *tab) __attribute__((warn_unused_result));
/* The PNG from malloc. */
int tab_screenshot(struct tab *tab, uint8_t **ret_data, size_t *ret_length)
    __attribute__((warn_unused_result));

#endif
