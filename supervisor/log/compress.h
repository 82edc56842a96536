#ifndef REEVE_LOG_COMPRESS_H
#define REEVE_LOG_COMPRESS_H

/*
 * One file into another by zstd(1), in slices of COMPRESS_SLICE bytes, so that whoever has other
 * things to do gets to them: a slice takes a third of a millisecond. A child of its own would need
 * somebody to watch it, and would go on when we are killed. Some 1 MB of memory while it lasts.
 */

#include "supervisor/unit/macro.h"

enum { COMPRESS_SLICE = 64 * 1024 };

struct compressor;

/* Takes over both descriptors in any case. 0 or -ENOMEM. */
int compressor_new(int from, int to, struct compressor **ret_compressor) MUST_CHECK;

/* 0: there is more to do; 1: complete, and on the disk; a negative errno: it comes to nothing. */
int compressor_step(struct compressor *compressor) MUST_CHECK;

struct compressor *compressor_free(struct compressor *compressor);

#endif
