#ifndef REEVE_UNIT_LEXER_H
#define REEVE_UNIT_LEXER_H

/*
 * Unit file text to sections and assignments: systemd.syntax(7), checked against systemd 252.
 *
 * - A physical line ends with LF, CR, NUL, or a pair of different ones (CR LF); this also is how
 *   lines are counted.
 * - A line whose last character is an unquoted backslash goes on in the next one: the backslash
 * becomes a space. Comment lines inside are passed over; an empty line ends the continuation.
 * - Text that is not UTF-8, a broken section header and an endless line make the whole file
 * unusable; other odd lines are warned about and passed over.
 *
 * The lexer remembers where each piece of a continued line came from, so that lexer_place() gives
 * the real line and column for every offset in the logical line.
 */

#include "supervisor/unit/problem.h"
#include "supervisor/unit/unit_set.h"

enum { LEXER_LINE_MAX = 1024 * 1024 }; /* bytes of one logical line, as LONG_LINE_MAX of systemd */

struct lexer_segment {
    size_t offset; /* in the logical line, of its first byte */
    unsigned line, column;
};

struct lexer {
    const char *path; /* borrowed, as is the text */
    struct problem_sink *sink;
    const char *at, *end;
    unsigned line;    /* physical, the one read last */
    bool is_ignoring; /* set by the reader in a section that nobody reads: odd lines are no matter
                         there */
    char *text;       /* the logical line, NUL-terminated */
    size_t length, capacity;
    struct lexer_segment *segments;
    size_t segment_count, segment_capacity;
};

enum lexer_kind { LEXER_SECTION, LEXER_ASSIGNMENT };

/* Valid until the next call of lexer_next(). Offsets are for lexer_place(). */
struct lexer_item {
    enum lexer_kind kind;
    const char *name; /* of the section, or the key */
    size_t name_offset;
    const char *value; /* stripped; "" for a section */
    size_t value_offset;
};

void lexer_init(struct lexer *lexer, const struct unit_text *text, struct problem_sink *sink);
/* Accepts an initialised lexer in any state. */
void lexer_release(struct lexer *lexer);

/* 1 and an item, 0 at the end, -EBADMSG when the rest cannot be used (reported), -ENOMEM. */
int lexer_next(struct lexer *lexer, struct lexer_item *ret_item) MUST_CHECK;

struct problem_place lexer_place(const struct lexer *lexer, size_t offset);

/* UTF-8 as Unicode defines it: shortest form, no surrogates, at most U+10FFFF. */
bool utf8_is_valid(const char *text);
/* Makes a text that came from outside one line of UTF-8. */
void utf8_clean(char *text);

#endif
