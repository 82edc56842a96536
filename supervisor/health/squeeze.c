#include "supervisor/health/squeeze.h"

#include <zlib.h>

enum { GZIP_WINDOW_BITS = 16 + 12, MEMORY_LEVEL = 5, PART_SIZE = 4096 };

static bool run(z_stream *stream, struct text *out)
{
    unsigned char part[PART_SIZE];
    int result;

    do {
        stream->next_out = part;
        stream->avail_out = sizeof(part);
        result = deflate(stream, Z_FINISH);
        text_append(out, (const char *)part, sizeof(part) - stream->avail_out);
    } while (result == Z_OK);
    return result == Z_STREAM_END && !out->has_failed;
}

bool squeeze(const struct text *plain, struct text *out)
{
    z_stream stream = { 0 };
    bool is_done;

    text_clear(out);
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    stream.next_in = (unsigned char *)plain->bytes;
    stream.avail_in = (unsigned)plain->length;
    is_done = run(&stream, out);
    (void)deflateEnd(&stream);
    return is_done;
}
