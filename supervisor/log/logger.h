#ifndef REEVE_LOG_LOGGER_H
#define REEVE_LOG_LOGGER_H

/*
 * The loop of reeve-log: wire messages tell which pipes there are, lines come out of the pipes,
 * records go to the outputs.
 *
 * What a crash of this process costs: the pipes and what stands in them belong to PID 1, and lines
 * are taken out of a pipe only after they have been written. So no finished line is lost; those
 * that were just being written can come twice (turn.h, progress.h). The beginning of a line stays
 * in the pipe, too, for the second in which its rest may come; of one that is not finished by then
 * what had been read is lost.
 *
 * Fair: each ready source gets one read a turn, and who had none because of a slow stdout is first
 * in the next. While stdout takes nothing only units with another
 * LogOverflow= than block are read (lines.h); the pipes of the others fill, and they wait. Those
 * who read lines out of the ring block nothing, and are served meanwhile.
 */

#include "supervisor/log/entry.h"
#include "supervisor/log/files.h"
#include "supervisor/log/last_words.h"
#include "supervisor/log/masking.h"
#include "supervisor/log/output.h"
#include "supervisor/log/owner.h"
#include "supervisor/log/pids.h"
#include "supervisor/log/progress.h"
#include "supervisor/log/reader.h"
#include "supervisor/log/stream.h"
#include "supervisor/wire/wire.h"

enum { LOGGER_READ_SIZE = TURN_BYTES };

struct source;

struct logger {
    int wire;    /* owned; non-blocking */
    int signals; /* SIGTERM, as a descriptor */
    int epoll;
    int sources_epoll; /* of the units that wait for a slow output; an event of `epoll` */
    int scratch[2];    /* a pipe of our own, empty between turns; see peek() */
    struct output out, file;
    struct log_files files;
    struct ring ring;
    struct readers readers;
    struct last_words last_words;
    struct source *sources;
    struct rules *rules;
    struct pids pids;
    struct owners owners;
    struct streams streams;
    struct masking masking;
    struct progress progress;
    struct turn_rest rest;     /* of a former one, until its source comes */
    struct source *unconsumed; /* its lines are in the buffer, and still in its pipe … */
    size_t unconsumed_length;  /* … so many bytes */
    bool is_stuck;             /* standard output takes nothing at present */
    bool is_ending;
    unsigned joined_count; /* lines for which there may be more */
    size_t taken;          /* bytes in this round */
    uint64_t served;       /* turns of those that wait for a slow output, so far */
    uint64_t patience_us;  /* when the first line is not waited for any longer; USEC_INFINITY */
    char chunk[LOGGER_READ_SIZE];
    struct entry entry;          /* scratch: of a message, … */
    char fields[LOG_FIELDS_MAX]; /* … and its fields with those of the unit */
};

/* One more source; takes over `fd` in any case, and says so when it cannot: NULL. */
struct source *logger_add_source(struct logger *logger, const struct wire_source *message, int fd);
/* From now on it is read; one that cannot be waited for is taken out again. */
void logger_place_source(struct logger *logger, struct source *source);
/* It is not, until it is placed again. */
void logger_unplace_source(const struct logger *logger, struct source *source);
/* One more descriptor for the loop. */
void logger_watch(struct logger *logger, int fd, void *what);

/* Takes over `wire`. The outputs and the ring are already set up. 0 or a negative errno. */
int logger_init(struct logger *logger, int wire) MUST_CHECK;

/*
 * Runs until PID 1 closes its end; then empties the pipes as they stand and writes unfinished
 * lines. 0, or -EBADMSG when PID 1 and we do not speak the same version (the pipes are emptied as
 * well).
 */
int logger_run(struct logger *logger) MUST_CHECK;

void logger_release(struct logger *logger);

#endif
