#include "supervisor/init/screen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void screen_init(struct screen *screen, int fd)
{
    *screen = (struct screen){ .fd = fd };
    screen_measure(screen);
}

void screen_release(struct screen *screen)
{
    free(screen->block);
    screen->block = NULL;
}

void screen_measure(struct screen *screen)
{
    struct winsize size = { 0 };

    (void)ioctl(screen->fd, TIOCGWINSZ, &size);
    screen->columns = size.ws_col > 0 ? size.ws_col : 80;
    screen->rows = size.ws_row > 0 ? size.ws_row : 24;
}

/* A terminal that has gone is the launcher's business (SIGHUP), not ours: errors end the writing.
 */
static void write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

unsigned screen_rows_of(const char *text, size_t length, unsigned columns)
{
    unsigned rows = 0, width = 0;
    bool in_escape = false;

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte == '\n') {
            rows += columns > 0 && width > columns ? (width + columns - 1) / columns : 1;
            width = 0;
        } else if (byte == '\033') {
            in_escape = true;
        } else if (in_escape) {
            in_escape = byte != 'm';
        } else if ((byte & 0xc0) != 0x80) {
            width++;
        }
    }
    return rows;
}

/* Puts the cursor where the block begins and clears from there on, also what ^C has left. */
static void erase(struct screen *screen)
{
    unsigned rows = screen_rows_of(screen->block, screen->length, screen->columns);
    char move[32];

    if (rows > 0)
        snprintf(move, sizeof(move), "\r\033[%uA\033[J", rows);
    else
        snprintf(move, sizeof(move), "\r\033[J");
    write_all(screen->fd, move, strlen(move));
}

/* A block that is higher than the terminal could not be erased again: its top would have scrolled
 * away. */
static size_t fitting_length(const struct screen *screen, const char *block, size_t length)
{
    unsigned lines = 0;

    for (size_t i = 0; i < length; i++)
        if (block[i] == '\n' && ++lines + 2 >= screen->rows && i + 1 < length)
            return i + 1;
    return length;
}

void screen_draw(struct screen *screen, char *block, size_t length)
{
    static const char note[] = "   (more units than lines here)\n";
    size_t fitting = fitting_length(screen, block, length);

    if (fitting < length && length - fitting >= strlen(note)) {
        memcpy(block + fitting, note, strlen(note));
        length = fitting + strlen(note);
    }
    erase(screen);
    write_all(screen->fd, block, length);
    free(screen->block);
    screen->block = block;
    screen->length = length;
}

void screen_print(struct screen *screen, const char *text)
{
    erase(screen);
    write_all(screen->fd, text, strlen(text));
    write_all(screen->fd, screen->block, screen->length);
}

void screen_keep(struct screen *screen)
{
    screen_release(screen);
    screen->length = 0;
}
