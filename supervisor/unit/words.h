#ifndef REEVE_UNIT_WORDS_H
#define REEVE_UNIT_WORDS_H

/*
 * A value to words: white space, quotes and backslashes as systemd.syntax(7) QUOTING has them. Each
 * byte of a word remembers from where in the logical line it came, so that a later complaint (an
 * unknown specifier, say) can point at it.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum word_flag {
    WORDS_QUOTES = 1 << 0,    /* "…" and '…' */
    WORDS_C_ESCAPES = 1 << 1, /* \n \x41 …; without it a backslash stands for the next character */
    WORDS_RAW = 1 << 2,       /* a backslash is an ordinary character (unit names carry \x2d) */
    WORDS_WHOLE = 1 << 3,     /* white space is ordinary: one word; \x00 is a byte of it */
};

struct words {
    const char *text; /* the whole logical line, borrowed */
    size_t at;        /* where the next word begins */
    unsigned flags;   /* enum word_flag */
    /* the word read last; valid until the next call */
    char *word; /* NUL-terminated; may contain any other byte, and NUL with WORDS_WHOLE */
    size_t *origin, length;
    size_t start;          /* its offset in the line */
    bool has_bad_escape;   /* an unknown escape was kept as it stands, as systemd does … */
    size_t bad_escape;     /* … and this is where */
    const char *complaint; /* why the last call gave -EINVAL */
    size_t complaint_at;
    size_t capacity;
};

/* `at` is the offset of the value in the line. */
void words_init(struct words *words, const char *text, size_t at, unsigned flags);
/* Accepts an initialised reader in any state. */
void words_release(struct words *words);

/* 1 and a word, 0 at the end, -EINVAL with a complaint, -ENOMEM. */
int words_next(struct words *words) MUST_CHECK;

#endif
