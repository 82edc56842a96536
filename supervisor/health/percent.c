#include "supervisor/health/percent.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* 0 to 15; -1: no hexadecimal digit. */
static int hex_digit(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = digit ? strchr(digits, digit) : NULL;

    return found ? (int)((found - digits) % 16) : -1;
}

int percent_decode(const char *text, size_t length, char **ret_text)
{
    char *result = malloc(length + 1);
    size_t used = 0;
    bool is_good = true;

    if (!result)
        return -ENOMEM;
    for (size_t i = 0; i < length && is_good; i++) {
        int value = (unsigned char)text[i];

        if (text[i] == '%') {
            int high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

            value = low >= 0 ? high * 16 + low : 0;
            i += 2;
        }
        is_good = value > 0;
        result[used++] = (char)value;
    }
    if (!is_good) {
        free(result);
        return -EINVAL;
    }
    result[used] = '\0';
    *ret_text = result;
    return 0;
}
