#ifndef REEVE_LOG_FILE_H
#define REEVE_LOG_FILE_H

/*
 * One unit's log file (LogFile=), in the directory of them all. Between two turns it ends with a
 * whole line: what a full disk or a kill has cut is taken back. When it has grown to its limit it
 * is given the time for a name (rotated.h), and a new one begins; this is one rename(2), and no
 * line is in neither or both.
 *
 * Nothing is synced for a line; what the kernel has, it writes in its time.
 */

#include "supervisor/log/output.h"

enum { FILE_NAME_MAX_BYTES = 200 };       /* so that there is room for a stamp behind it */
#define FILE_RETRY_US (10 * USEC_PER_SEC) /* after a failure; what is lost meanwhile is counted */

struct log_file_settings {
    enum log_format format;
    uint64_t size_max;  /* 0: no limit */
    uint64_t age_us;    /* of older files; USEC_INFINITY: no limit */
    unsigned count_max; /* of older files; 0: no limit */
    bool compresses;
};

struct log_file {
    struct log_file *next;
    int directory; /* borrowed */
    char *name;
    char *unit; /* whose it is */
    struct log_file_settings settings;
    struct output out; /* its `fd` is ours; -1: it cannot be opened */
    uint64_t device, inode;
    uint64_t size, base;        /* now; when it was opened */
    uint64_t retry_us, look_us; /* monotonic: no earlier */
    bool is_dirty;              /* something is in the buffer */
};

/* Names that LogFile= can have. */
bool file_name_is_valid(const char *name) MUST_CHECK;

/* Opens it; when it cannot be, lines are counted until it can. NULL: out of memory. */
struct log_file *file_new(int directory, const char *name, const char *unit);
struct log_file *file_free(struct log_file *file);

/* Before a turn begins: it has to know which file that is. */
void file_prepare(struct log_file *file);
void file_line(struct log_file *file, const struct log_packet *line);
/* Writes all that there is. */
void file_flush(struct log_file *file);

/* Whether it is time for a new one. */
bool file_is_full(const struct log_file *file);
/* Begins a new one. 0 or a negative errno: it goes on as it is. */
int file_rotate(struct log_file *file, uint64_t realtime_us) MUST_CHECK;
/* Opens it anew where somebody has moved or removed it; looks once a second at most. */
void file_look(struct log_file *file, uint64_t now_us);
/* Removes what is unfinished, or twice there, and what is beyond the limits, but for what is just
 * being compressed: `busy`, a stamp, or NULL. True: something can be compressed, the oldest of
 * which *ret_stamp tells. */
bool file_tidy(const struct log_file *file, uint64_t realtime_us, const char *busy,
               char ret_stamp[]);

#endif
