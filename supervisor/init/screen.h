#ifndef REEVE_INIT_SCREEN_H
#define REEVE_INIT_SCREEN_H

/*
 * A block of lines at the bottom of a terminal that is drawn again in place, below lines that stay.
 * The cursor is never hidden and no terminal mode is ever changed, so there is nothing to restore,
 * whatever ends us.
 */

#include <stdbool.h>
#include <stddef.h>

struct screen {
    int fd;
    unsigned columns, rows;
    char *block; /* what is drawn now; owned */
    size_t length;
};

void screen_init(struct screen *screen, int fd);
void screen_release(struct screen *screen);

/* Asks the terminal for its size; 80 by 24 when it does not know. */
void screen_measure(struct screen *screen);

/* Replaces the block; what does not fit the height is cut with a note. Takes over `block` (malloc).
 */
void screen_draw(struct screen *screen, char *block, size_t length);

/* Prints lines that stay, above the block. `text` ends in a newline. */
void screen_print(struct screen *screen, const char *text);

/* The block becomes text that stays; the next drawing is below it. */
void screen_keep(struct screen *screen);

/* ---- pure; for tests ---- */

/* How many rows `text` takes on a terminal of this width: lines that are wider are wrapped. */
unsigned screen_rows_of(const char *text, size_t length, unsigned columns);

#endif
