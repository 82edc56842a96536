#ifndef REEVE_SANDBOX_FILTER_CODE_H
#define REEVE_SANDBOX_FILTER_CODE_H

/*
 * From rules to a program of the kernel's (linux/filter.h). Numbers with the same verdict are one
 * range, ranges are found by halving, and equal ends are shared: about one instruction for each
 * range. A program can jump forward only, so it is written from its end to its beginning: whatever
 * is jumped to is there already.
 */

#include "sandbox/filter_rules.h"

#include <linux/filter.h>

struct filter_code {
    struct sock_filter room[BPF_MAXINSNS]; /* the program is at the end of it */
    size_t start;
    size_t next;  /* where other architectures are looked at */
    bool is_full; /* there were more instructions */
};

/* `verdict` is for all architectures that are not added. */
void filter_code_init(struct filter_code *code, uint32_t verdict);

/* All calls of an architecture: of those `rules` that share its audit value, in the order of their
 * bases. Nothing is kept of them. */
void filter_code_architecture(struct filter_code *code, const struct filter_rules *const *rules,
                              size_t count);

void filter_code_finish(struct filter_code *code);

static inline const struct sock_filter *filter_code_program(const struct filter_code *code,
                                                            size_t *ret_count)
{
    *ret_count = BPF_MAXINSNS - code->start;
    return code->room + code->start;
}

#endif
