#ifndef REEVE_UNIT_SPECIFIER_H
#define REEVE_UNIT_SPECIFIER_H

/*
 * %n, %i, %S …: systemd.unit(5), SPECIFIERS. A "%" with a letter or digit that stands for nothing
 * is a mistake; before anything else, and at the end, it is just a percent sign, as in systemd.
 */

#include "supervisor/unit/arena.h"
#include "supervisor/unit/unit_set.h"

struct specifier_context {
    const struct unit_roots *roots;
    const char *unit_name;
    const char *fragment_path;
    const char *real_path; /* behind all links; NULL: the same */
};

/* Why an expansion failed, and the offset of the "%" in the text. */
struct specifier_problem {
    size_t offset;
    char text[96];
    bool is_refused; /* systemd knows it, and it stands for nothing here */
};

/* 0 and the text in the arena; -EINVAL with *ret_problem; -ENOMEM. */
int specifier_expand(const struct specifier_context *context, const char *text, struct arena *arena,
                     struct specifier_problem *ret_problem, char **ret_expanded) MUST_CHECK;

#endif
