#ifndef REEVE_CTL_DETAILS_H
#define REEVE_CTL_DETAILS_H

/*
 * What PID 1 has told of one unit, or of the pod: its properties, in the order in which it told
 * them, and its processes. Pure; owns its memory. All zero is an empty one.
 */

#include "supervisor/wire/wire.h"

struct detail {
    char name[48];
    enum wire_kind kind;
    bool goes_on; /* the rest of the text is still to come */
    uint64_t number;
    char *text; /* malloc'ed; NULL unless the kind is text */
};

struct details {
    struct detail *list;
    size_t count, capacity;
    struct wire_processes processes;
};

void details_release(struct details *details);

/* Takes in one message. 1 when it was one of these, 0 when not, -ENOMEM. */
int details_message(struct details *details, const union wire_message *message) MUST_CHECK;

/* Adds a property that reevectl itself knows. */
int details_add(struct details *details, const char *name, enum wire_kind kind, const char *text,
                uint64_t number) MUST_CHECK;

/* NULL when there is no such property. */
const struct detail *details_find(const struct details *details, const char *name);
/* "" when there is no such property. */
const char *details_text(const struct details *details, const char *name);
/* 0 when there is no such property. */
uint64_t details_number(const struct details *details, const char *name);

/* What is known of a unit that is not loaded: LoadState=not-found and the like. */
int details_absent(struct details *details, const char *name) MUST_CHECK;

#endif
