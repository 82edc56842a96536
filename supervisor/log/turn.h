#ifndef REEVE_LOG_TURN_H
#define REEVE_LOG_TURN_H

/*
 * How a unit's log file gets each line once although we may be killed at any moment. Lines are
 * written first and taken out of their pipe then; killed in between, the next reeve-log finds them
 * in the pipe again. So memory that outlives us (the ring's) says how long the file was before, and
 * the bytes are taken out of the pipe into that same memory, by one read(2): its first byte tells
 * whether that has happened. If it has not, the next one cuts the file back.
 *
 * Two at a time: one of a unit that waits for standard output, and one of those that do not.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum { TURN_BYTES = 16 * 1024, TURN_NAME_SIZE = 256, TURNS = 2 };

struct turn {
    uint64_t device, inode; /* of the file */
    uint64_t before, after; /* its size; `after` is 0 until all of the turn is in it */
    char name[TURN_NAME_SIZE];
    char first;   /* byte of what is taken */
    bool is_open; /* written last when it begins */
    char bytes[TURN_BYTES];
};

struct turns {
    struct turn list[TURNS];
};

enum { TURNS_SIZE = (sizeof(struct turns) + 4095) / 4096 * 4096 };

struct log_file;

/* Before anything of what `first` begins is written to the file. */
void turn_begin(struct turn *turn, const struct log_file *file, char first);
/* When all of it is. */
void turn_written(struct turn *turn, const struct log_file *file);
/* When it has been read into `bytes`. */
void turn_end(struct turn *turn);

/* What a former reeve-log has left open. */
void turns_recover(struct turns *turns, int directory);

#endif
