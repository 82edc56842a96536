#ifndef REEVE_CTL_PRINT_H
#define REEVE_CTL_PRINT_H

/* What reevectl prints: pure functions of the model, the time and the style. */

#include "supervisor/ctl/details.h"
#include "supervisor/ctl/model.h"

#include <stdio.h>

struct print_style {
    bool has_colour;
    bool has_legend;   /* head line and count */
    bool shows_all;    /* reeve's own units, too */
    unsigned columns;  /* 0: never cut lines */
    const char *state; /* only units whose ActiveState or SubState is in this list; NULL: all */
    uint64_t now_us;   /* monotonic */
};

/* UNIT ACTIVE SUB HEALTH SINCE RESTARTS PID DESCRIPTION */
void print_list(const struct model *model, const struct print_style *style, FILE *out);

/* The same as one JSON array; the keys of `systemctl list-units -o json` and ours. */
void print_list_json(const struct model *model, const struct print_style *style, FILE *out);

/* A paragraph on one unit, as `systemctl status`. `proc` is the /proc in which PID 1 counts its
 * pids, to name the processes; NULL: there is none to be had. */
void print_status(const struct details *unit, const char *proc, const struct print_style *style,
                  FILE *out);

/* One line per change, for `watch` into a pipe. */
void print_change(const struct model_unit *unit, FILE *out);

struct print_selection {
    const char *const *names; /* comma-separated lists; empty: all that have a value */
    size_t count;
    bool only_values; /* --value */
};

/* Whether `name` stands in one of the comma-separated lists, or there is none. */
bool print_is_selected(const struct print_selection *selection, const char *name);

/* Key=Value as systemctl prints it. What is empty is left out, unless it was asked for by name or
 * `style` shows all. */
void print_properties(const struct details *details, const struct print_selection *selection,
                      const struct print_style *style, FILE *out);

/* The same of the pod as a whole. */
void print_pod_properties(const struct model *model, const struct print_selection *selection,
                          FILE *out);

#endif
