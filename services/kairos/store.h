/*
 * The runs on disk: STATE/runs/ID.json and ID.png, the last STORE_KEEP of them.
 *
 * A file appears whole or not at all: written under a temporary name, fsync, rename, fsync of the
 * directory. A run is on disk from the moment it is asked for, so that a number is never given
 * twice, and a run that a crash of ours cut off reads as failed afterwards.
 *
 * Used by one thread at a time (the board holds its lock around the calls that change the list).
 */
#ifndef SERVICES_KAIROS_STORE_H
#define SERVICES_KAIROS_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "services/kairos/run.h"

#define STORE_KEEP 50

struct store {
    int directory; /* fd of STATE/runs, -1 when closed */
};

/*
 * Makes STATE/runs when missing, clears what a crash left half-written, loads the newest STORE_KEEP
 * runs (sorted upwards by number), deletes older ones. `runs` has room for STORE_KEEP. Returns the
 * count, or a negative errno (-EACCES, -EROFS, -ENOSPC ... of the directory).
 */
int store_open(const char *state, struct store *ret_store, struct run *runs)
    __attribute__((warn_unused_result));
void store_release(struct store *store);

int store_save(const struct store *store, const struct run *run)
    __attribute__((warn_unused_result));
int store_save_screenshot(const struct store *store, const struct run *run, const uint8_t *data,
                          size_t length) __attribute__((warn_unused_result));

/* A read-only fd of the PNG, or a negative errno. Any thread: it reads nothing but the constant fd.
 */
int store_open_screenshot(const struct store *store, const struct run *run)
    __attribute__((warn_unused_result));

void store_delete(const struct store *store, const struct run *run);

/* The pure part of store_open: what a name in the directory is. */
enum store_file {
    STORE_OTHER,      /* not ours: left alone */
    STORE_TEMPORARY,  /* ".ID.json.new": a write that never ended */
    STORE_RESULT,     /* "ID.json" */
    STORE_SCREENSHOT, /* "ID.png" */
};
enum store_file store_classify(const char *name, struct run *ret_run);

#endif
