#ifndef REEVE_CTL_LEARN_PROPOSAL_H
#define REEVE_CTL_LEARN_PROPOSAL_H

/*
 * A drop-in in the making: settings, each with its evidence, and the text of them. For
 * learn_propose.c, which says what follows from what was seen, and the files that help it. All
 * strings are constants, or are in the arena of what was learned; without memory less is proposed.
 */

#include "supervisor/ctl/learn.h"

enum {
    PROPOSAL_LINES_MAX = 768 /* all that can be seen has room */,
    PROPOSAL_WIDTH = 100 /* columns of comments */
};

/* One setting; or a comment, when it has no value. */
struct proposal_line {
    const char *directive, *value, *evidence;
    const char *obstacle; /* why it would not be held here; NULL */
};

struct proposal {
    struct learn *learn;
    struct proposal_line lines[PROPOSAL_LINES_MAX];
    size_t count;
    struct learn_filter filter;
};

/* A text under way; its end is in the arena. */
struct proposal_text {
    char *bytes;
    size_t size;
    FILE *stream;
};

/* The stream to write to; NULL without memory. */
FILE *proposal_begin(struct proposal_text *text);
/* "" without memory. */
const char *proposal_finish(struct proposal_text *text, struct proposal *proposal);

void proposal_add(struct proposal *proposal, const char *directive, const char *value,
                  const char *evidence);
/* "what: 3 times, first …" */
const char *proposal_evidence(struct proposal *proposal, const char *what,
                              const struct learn_evidence *evidence);
const struct learn_evidence *proposal_fact(const struct proposal *proposal, enum learn_fact which);

/* learn_proposal_paths.c: ProtectSystem=, ReadWritePaths=, StateDirectory= and its kin. */
void proposal_add_paths(struct proposal *proposal);

/* The text: what it is, the section, what was not seen. */
void proposal_put_head(FILE *out, const struct proposal *proposal);
void proposal_put_lines(FILE *out, const struct proposal *proposal);
void proposal_put_blind(FILE *out, const struct proposal *proposal);

#endif
