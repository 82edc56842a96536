#include "services/kairos/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int digit(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    if (letter == '+')
        return 62;
    return letter == '/' ? 63 : -1;
}

/* Four letters to three bytes; padding counts as zero bits here and is cut off by the caller. */
static int decode_group(const char *text, int padding, uint8_t *bytes)
{
    uint32_t bits = 0;

    for (int i = 0; i < 4; i++) {
        int value = i >= 4 - padding ? 0 : digit(text[i]);

        if (value < 0)
            return -EINVAL;
        bits = bits << 6 | (uint32_t)value;
    }
    bytes[0] = (uint8_t)(bits >> 16);
    bytes[1] = (uint8_t)(bits >> 8);
    bytes[2] = (uint8_t)bits;
    return 0;
}

int base64_decode(const char *text, size_t length, uint8_t **ret_data, size_t *ret_length)
{
    int padding = 0;

    if (length == 0 || length % 4 != 0)
        return -EINVAL;
    while (padding < 2 && text[length - 1 - (size_t)padding] == '=')
        padding++;
    uint8_t *data = malloc(length / 4 * 3);

    if (data == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < length / 4; i++) {
        if (decode_group(text + 4 * i, i + 1 == length / 4 ? padding : 0, data + 3 * i) < 0) {
            free(data);
            return -EINVAL;
        }
    }
    *ret_data = data;
    *ret_length = length / 4 * 3 - (size_t)padding;
    return 0;
}

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

int png_read_size(const uint8_t *data, size_t length, struct png_size *ret_size)
{
    static const uint8_t head[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',
                                    0,    0,   0,   13,  'I',  'H',  'D',  'R' };

    if (length < sizeof(head) + 8 || memcmp(data, head, sizeof(head)) != 0)
        return -EINVAL;
    struct png_size size = { big_endian(data + sizeof(head)), big_endian(data + sizeof(head) + 4) };

    if (size.width == 0 || size.height == 0)
        return -EINVAL;
    *ret_size = size;
    return 0;
}
