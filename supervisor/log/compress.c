#include "supervisor/log/compress.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <zstd.h>

enum {
    LEVEL = 3,
    WINDOW_LOG = 18, /* 256 KiB: lines repeat what stands near */
};

struct compressor {
    int from, to;
    bool has_ended;
    ZSTD_CCtx *context;
    char in[COMPRESS_SLICE], out[COMPRESS_SLICE];
};

struct compressor *compressor_free(struct compressor *compressor)
{
    if (!compressor)
        return NULL;
    (void)ZSTD_freeCCtx(compressor->context);
    fd_close(compressor->from);
    fd_close(compressor->to);
    free(compressor);
    return NULL;
}

static bool set_up(ZSTD_CCtx *context)
{
    return context &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, WINDOW_LOG)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1));
}

int compressor_new(int from, int to, struct compressor **ret_compressor)
{
    struct compressor *compressor = malloc(sizeof(*compressor));

    if (!compressor) {
        fd_close(from);
        fd_close(to);
        return -ENOMEM;
    }
    compressor->from = from;
    compressor->to = to;
    compressor->has_ended = false;
    compressor->context = ZSTD_createCCtx();
    if (!set_up(compressor->context)) {
        compressor_free(compressor);
        return -ENOMEM;
    }
    *ret_compressor = compressor;
    return 0;
}

static int write_all(const struct compressor *compressor, size_t length)
{
    size_t done = 0;

    while (done < length) {
        ssize_t written = write(compressor->to, compressor->out + done, length - done);

        if (written < 0 && errno != EINTR)
            return -errno;
        done += written > 0 ? (size_t)written : 0;
    }
    /* So that there is little left to wait for at the end. */
    if (length > 0)
        (void)sync_file_range(compressor->to, 0, 0, SYNC_FILE_RANGE_WRITE);
    return 0;
}

static int squeeze(struct compressor *compressor, size_t length)
{
    ZSTD_EndDirective how = length == 0 ? ZSTD_e_end : ZSTD_e_continue;
    ZSTD_inBuffer in = { compressor->in, length, 0 };
    size_t left;

    do {
        ZSTD_outBuffer out = { compressor->out, sizeof(compressor->out), 0 };
        int error;

        left = ZSTD_compressStream2(compressor->context, &out, &in, how);
        if (ZSTD_isError(left))
            return -EIO;
        error = write_all(compressor, out.pos);
        if (error < 0)
            return error;
    } while (in.pos < in.size || (how == ZSTD_e_end && left > 0));
    return 0;
}

int compressor_step(struct compressor *compressor)
{
    ssize_t length;
    int error;

    if (compressor->has_ended)
        return fsync(compressor->to) < 0 ? -errno : 1;
    length = read(compressor->from, compressor->in, sizeof(compressor->in));
    if (length < 0)
        return errno == EINTR ? 0 : -errno;
    compressor->has_ended = length == 0;
    error = squeeze(compressor, (size_t)length);
    return error;
}
