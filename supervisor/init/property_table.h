#ifndef REEVE_INIT_PROPERTY_TABLE_H
#define REEVE_INIT_PROPERTY_TABLE_H

/* Internal to properties.c: which properties there are, and where each value comes from. */

#include "supervisor/init/property_text.h"

/* Whose property it is. Without a unit (the pod) only pod and text are set. */
struct subject {
    const struct pod *pod;
    unit_id id;
    const struct unit *unit;
    const struct member *member;
    const struct unit_spec *spec;
};

/* Where the value comes from: a field, or a function when it takes more than that. */
enum origin {
    FROM_NUMBER, /* number() */
    FROM_TEXT,   /* text() */
    FROM_BOOL,   /* fields of the spec at `at` */
    FROM_INT,
    FROM_UNSIGNED,
    FROM_U64,
    FROM_STRING,
    FROM_STRINGS,
    FROM_WORD, /* an enum, with `words` */
    FROM_COMMANDS,
    FROM_STATUSES,
    FROM_TIME, /* a struct moment of the member; the monotonic half goes by … */
    FROM_MONOTONIC,
    FROM_EDGE, /* `at` is the enum edge */
};

enum scope { OF_UNIT, OF_SERVICE, OF_PATH, OF_POD };

struct property {
    const char *name;
    enum scope scope;
    enum wire_kind kind;
    enum origin origin;
    size_t at;
    const char *const *words;
    size_t word_count;
    uint64_t (*number)(const struct subject *subject);
    void (*text)(const struct subject *subject, struct property_text *text);
};

extern const struct property property_table[];
extern const size_t property_count;

#endif
