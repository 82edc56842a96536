#ifndef REEVE_CTL_WHY_H
#define REEVE_CTL_WHY_H

/*
 * `reevectl why`: what PID 1's flight recorder and the units' states say about why a unit is as it
 * is (wire/cause.h), as a story for a person or as JSON for a machine.
 */

#include "supervisor/ctl/client.h"
#include "supervisor/ctl/print.h"
#include "supervisor/wire/cause.h"

/* All that PID 1 has told. All zero is an empty one. */
struct why {
    struct model model;
    struct history history; /* all of it in `trouble`, whose entries are ours; with these: */
    struct history_words words[HISTORY_WORDS];
    struct cause_pod pod;
    struct wire_verdict verdict;        /* of reeve-health, on the pod; all zero: it is silent */
    uint64_t monotonic_us, realtime_us; /* now */
};

void why_release(struct why *why);
/* Takes in one message. 1 when it was one of these, 0 when not, -ENOMEM. */
int why_message(void *why, const union wire_message *message) MUST_CHECK;

/* Where log lines come from, how many of each unit, and how they are shown. */
struct why_lines {
    struct client *client;
    uint64_t count;
    bool is_json, has_colour;
};

/* Whether something is amiss with the unit that an operator wants to know about. */
bool why_is_amiss(const struct why *why, const struct model_unit *unit);

/* Whether reeve-health has said how the pod is: its word then counts, as in /health. */
static inline bool why_has_verdict(const struct why *why)
{
    return why->verdict.header.type == WIRE_VERDICT && why->model.pod.phase != WIRE_POD_STOPPING;
}

/* The unit that the pod's troubles come from: by its verdict, else by what PID 1 knows. NULL: none.
 */
const struct model_unit *why_root(const struct why *why);

/* One sentence on how the unit is, without its full stop. */
void why_state(const struct why *why, const struct model_unit *unit, char text[CAUSE_TEXT]);

void why_print(const struct why *why, const struct model_unit *unit,
               const struct print_style *style, FILE *out);
/* Without the closing brace: the lines follow. */
void why_print_json(const struct why *why, const struct model_unit *unit, FILE *out);

/* Of the pod: `root` as why_root() says. */
void why_print_pod(const struct why *why, const struct model_unit *root,
                   const struct print_style *style, FILE *out);

/* By the wall clock, of a moment on the monotonic one. */
uint64_t why_realtime(const struct why *why, uint64_t monotonic_us);

/*
 * The last lines of the units of a chain, the root's first, up to the end that it tells of. Nothing
 * when reeve-log cannot be asked.
 */
void why_print_lines(const struct why *why, const struct cause *cause, struct why_lines lines);

int why_main(int argc, char **argv);

#endif
