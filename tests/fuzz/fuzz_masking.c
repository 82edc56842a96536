/*
 * Whatever a credential is and whatever a line has: each place at which the credential stands is
 * shown as MASKING_SHOWN, and nothing else is touched. How to run it: fuzz_unit.c.
 *
 * The first byte tells how long the credential is, which comes next; the rest is the line.
 */
#include "supervisor/log/masking.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint64_t random_numbers[3] = { 0x0123456789abcdef, 0xfedcba9876543210, 0x5bd1e995 };

/* What it should be, found byte by byte. */
static size_t expected_text(const char *secret, size_t secret_length, const char *line,
                            size_t length, char *ret_text)
{
    size_t used = 0, covered_to = 0;

    for (size_t at = 0; at < length; at++) {
        bool was_covered = at > 0 && covered_to >= at;

        if (length - at >= secret_length && memcmp(line + at, secret, secret_length) == 0) {
            if (!was_covered) {
                memcpy(ret_text + used, MASKING_SHOWN, strlen(MASKING_SHOWN));
                used += strlen(MASKING_SHOWN);
            }
            covered_to = at + secret_length;
        } else if (covered_to <= at) {
            ret_text[used++] = line[at];
        }
    }
    return used;
}

static bool is_one_piece(const char *secret, size_t length)
{
    return length >= MASK_LENGTH_MIN && length <= MASK_LENGTH_MAX &&
           !memchr(secret, '\n', length) && !memchr(secret, '\r', length) &&
           !memchr(secret, '\0', length);
}

/* `expected`: what the field should be; NULL: no longer than it was, is all that can be said. */
static void check_fields(struct masking *masking, struct unit_masks *masks,
                         const struct log_packet *line, const struct log_packet *expected)
{
    static char fields[LOG_FIELDS_MAX], buffer[LOG_FIELDS_MAX];
    struct log_packet packet = { .unit = line->unit, .fields = fields };
    struct log_field field = {
        .name = "MESSAGE", .name_length = 7, .value = line->text, .length = line->length
    };
    size_t at = 0;

    packet.fields_length = log_wire_add_field(fields, LOG_FIELDS_MAX, 0, &field);
    masking_apply_fields(masking, masks, &packet, buffer);
    while (log_wire_field(&packet, &at, &field)) {
        assert(field.length <= line->length);
        if (expected) {
            assert(field.length == expected->length);
            assert(memcmp(field.value, expected->text, field.length) == 0);
        }
    }
    assert(at == packet.fields_length);
}

static void check(const char *secret, size_t secret_length, struct log_packet line)
{
    static struct mask_table table;
    static struct masking masking;
    static char expected[LOG_TEXT_MAX];
    struct unit_masks masks = { .has_warned = true };
    const struct log_packet before = line;

    table = (struct mask_table){ 0 };
    mask_table_init(&table, random_numbers);
    mask_table_add(&table, line.unit, secret, secret_length);
    masking.table = &table;
    masking_apply(&masking, &masks, &line);
    assert(line.length <= before.length);
    if (is_one_piece(secret, secret_length)) {
        struct log_packet shown = { .text = expected };

        shown.length = expected_text(secret, secret_length, before.text, before.length, expected);
        assert(line.length == shown.length);
        assert(memcmp(line.text, expected, line.length) == 0);
        check_fields(&masking, &masks, &before, &shown);
    } else {
        check_fields(&masking, &masks, &before, NULL);
    }
    unit_masks_release(&masks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data + 1;
    size_t secret_length;

    if (size < 1 || size > LOG_TEXT_MAX)
        return 0;
    secret_length = data[0] < size - 1 ? data[0] : size - 1;
    check(bytes, secret_length,
          (struct log_packet){ .unit = "a.service",
                               .text = bytes + secret_length,
                               .length = size - 1 - secret_length });
    return 0;
}
