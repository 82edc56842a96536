#ifndef REEVE_LOG_FILES_H
#define REEVE_LOG_FILES_H

/*
 * The log files of all units that want one (file.h), and what is done to their older ones: one at a
 * time is compressed, a slice of it in each turn of the loop that had nothing else to do, and in
 * every FILES_TURNS_MAX-th else, so that a flood does not keep it from ever being done. An older
 * file goes when the compressed one is complete, synced and has its name: at any moment one of the
 * two is whole, and file_tidy() removes the other.
 */

#include "supervisor/log/compress.h"
#include "supervisor/log/file.h"
#include "supervisor/log/rotated.h"
#include "supervisor/log/turn.h"

enum { FILES_TURNS_MAX = 8 };

struct log_files {
    int directory; /* owned; -1: there is none */
    struct log_file *list;
    struct turns *turns; /* borrowed; NULL: nothing is known of former ones */
    /* What is being compressed; NULL: nothing. */
    struct compressor *compressor;
    const struct log_file *compressed; /* whose older file that is */
    char stamp[STAMP_SIZE];
    bool may_have_work;  /* there may be something to compress */
    uint64_t tidy_us;    /* monotonic: when ages are looked at again */
    uint64_t retry_us;   /* of the compressing, after a failure */
    unsigned busy_turns; /* of the loop, in a row */
};

/* Takes over the directory. */
void files_init(struct log_files *files, int directory, struct turns *turns);
void files_release(struct log_files *files);

/* The file of that name for that unit; NULL, with a word on standard error: it cannot have one. */
struct log_file *files_use(struct log_files *files, const char *unit, const char *name,
                           const struct log_file_settings *settings);

void files_flush(struct log_files *files);
/* After each turn of a unit: rotates it when it is time. */
void files_finish(struct log_files *files, struct log_file *file);

/* Whether files_work() would do something now. */
bool files_have_work(const struct log_files *files);
/* In each turn of the loop. */
void files_work(struct log_files *files, bool is_idle);

#endif
