/*
 * Base64 (RFC 4648, section 4) as DevTools uses it for screenshots, and the head of a PNG. Pure.
 */
#ifndef SERVICES_KAIROS_BASE64_H
#define SERVICES_KAIROS_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Bytes from malloc. Strict: no white space, right padding. 0, -EINVAL, -ENOMEM. */
int base64_decode(const char *text, size_t length, uint8_t **ret_data, size_t *ret_length)
    __attribute__((warn_unused_result));

struct png_size {
    uint32_t width, height;
};

/* 0 when the data begins like a PNG (signature and IHDR, PNG specification 5.2 and 11.2.2), else
 * -EINVAL. */
int png_read_size(const uint8_t *data, size_t length, struct png_size *ret_size)
    __attribute__((warn_unused_result));

#endif
