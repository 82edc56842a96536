#ifndef REEVE_LOG_TURN_H
#define REEVE_LOG_TURN_H

/*
 * How each line is written once although we may be killed at any moment. Lines are
 * written first and taken out of their pipe then; killed in between, the next reeve-log finds them
 * in the pipe again. So memory that outlives us (the ring's) says how long the file was before, and
 * the bytes are taken out of the pipe into that same memory, by one read(2): its first byte tells
 * whether that has happened. If it has not, the next one cuts the file back. Where lines cannot be
 * taken back, on standard output and in the ring, it is counted how many of the turn are there; the
 * next one leaves so many out. A write in the middle of which we are killed is not counted: these
 * lines come twice.
 *
 * Two at a time: one of a unit that waits for standard output, and one of those that do not.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum { TURN_BYTES = 16 * 1024, TURN_NAME_SIZE = 256, TURNS = 2 };

struct turn {
    uint64_t device, inode;           /* of the file */
    uint64_t before, after;           /* its size; `after` is 0 until all of the turn is in it */
    uint64_t pipe_device, pipe_inode; /* that the lines come from */
    uint32_t written, kept;           /* so many have gone to standard output, and into the ring */
    char name[TURN_NAME_SIZE];
    char first;   /* byte of what is taken */
    bool is_open; /* written last when it begins */
    char bytes[TURN_BYTES];
};

struct turns {
    struct turn list[TURNS];
};

enum { TURNS_SIZE = (sizeof(struct turns) + 4095) / 4096 * 4096 };

/* What of a turn was done already, by who was killed. */
struct turn_rest {
    uint64_t device, inode; /* of the pipe; 0: none */
    uint32_t written, kept;
};

struct log_file;
struct source;

/* Before anything of what `first` begins is written anywhere. `file` may be NULL. */
void turn_begin(struct turn *turn, const struct source *source, const struct log_file *file,
                char first);
/* When all of it is. */
void turn_written(struct turn *turn, const struct log_file *file);
/* When it has been read into `bytes`. */
void turn_end(struct turn *turn);

/* Of a former reeve-log; before they are recovered. */
struct turn_rest turns_rest(const struct turns *turns);

/* What a former reeve-log has left open. */
void turns_recover(struct turns *turns, int directory);

#endif
