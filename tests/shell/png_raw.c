/*
 * png_raw FILE: checks each chunk of a PNG (signature, lengths, CRCs, order) and prints "WIDTH
 * HEIGHT CHANNELS" on standard error and the pixels on standard output, packed as a gzip stream
 * without its trailer, which `gzip -dc` unpacks. For tests, so that they need no image library. PNG
 * specification, 5.3 and 11.2; RFC 1950, RFC 1952.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t data[32 * 1024 * 1024];

static uint32_t word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t crc(const uint8_t *bytes, size_t length)
{
    uint32_t value = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        value ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1 ? UINT32_C(0xedb88320) : 0);
    }
    return ~value;
}

static void stop_unless(int truth, const char *what)
{
    if (truth)
        return;
    (void)fprintf(stderr, "png_raw: %s\n", what);
    exit(1);
}

int main(int argc, char **argv)
{
    static const uint8_t gzip_head[10] = { 0x1f, 0x8b, 8 };
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    size_t size = file != NULL ? fread(data, 1, sizeof(data), file) : 0;
    size_t at = 8, skip = 2; /* the zlib header before the deflate stream */
    int channels = 0, is_ended = 0;

    stop_unless(size > 57 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0, "no PNG signature");
    stop_unless(memcmp(data + 12, "IHDR", 4) == 0 && data[24] == 8, "no IHDR with 8 bits");
    channels = data[25] == 2 ? 3 : data[25] == 6 ? 4 : 0;
    stop_unless(channels > 0, "neither RGB nor RGBA");
    (void)fprintf(stderr, "%u %u %d\n", word(data + 16), word(data + 20), channels);
    (void)fwrite(gzip_head, 1, sizeof(gzip_head), stdout);
    while (!is_ended) {
        stop_unless(at + 12 <= size && word(data + at) <= size - at - 12, "a chunk is cut off");
        size_t length = word(data + at);
        const uint8_t *body = data + at + 8;

        stop_unless(crc(body - 4, length + 4) == word(body + length), "a chunk has a wrong CRC");
        if (memcmp(body - 4, "IDAT", 4) == 0) {
            size_t leave = skip < length ? skip : length;

            skip -= leave;
            (void)fwrite(body + leave, 1, length - leave, stdout);
        }
        is_ended = memcmp(body - 4, "IEND", 4) == 0;
        at += 12 + length;
    }
    stop_unless(at == size, "bytes after IEND");
    return fclose(stdout) == 0 ? 0 : 1;
}
