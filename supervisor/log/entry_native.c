#include "supervisor/log/entry.h"

#include <string.h>

/*
 * Fields, one after the other: "NAME=value" and a newline, or, for any bytes, "NAME", a newline,
 * the length of the value in 64 bits (little endian), the value, a newline. An empty line ends the
 * entry.
 */
struct field {
    const char *name;
    size_t name_length;
    const char *value;
    size_t length;
    const char *next; /* behind the field */
};

/* As systemd's journal_field_valid(): who sends may not set what begins with '_', which journald
 * vouches for. */
static bool is_name(const char *name, size_t length)
{
    if (length == 0 || length > ENTRY_FIELD_NAME_MAX || name[0] == '_' ||
        (name[0] >= '0' && name[0] <= '9'))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!(name[i] >= 'A' && name[i] <= 'Z') && !(name[i] >= '0' && name[i] <= '9') &&
            name[i] != '_')
            return false;
    return true;
}

static uint64_t read_length(const char *bytes)
{
    uint64_t length = 0;

    for (unsigned i = 0; i < sizeof(length); i++)
        length |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
    return length;
}

/* Its name was the line up to `line_end`. False: what follows is not its value. */
static bool read_binary(const char *line_end, const char *end, struct field *field)
{
    size_t left = (size_t)(end - line_end) - 1;
    uint64_t length;

    if (left < sizeof(length) + 1)
        return false;
    length = read_length(line_end + 1);
    left -= sizeof(length) + 1;
    if (length > left)
        return false;
    field->value = line_end + 1 + sizeof(length);
    field->length = (size_t)length;
    field->next = field->value + length + 1;
    return field->next[-1] == '\n';
}

static bool read_field(const char *line, const char *line_end, const char *end, struct field *field)
{
    const char *sign = memchr(line, '=', (size_t)(line_end - line));

    field->name = line;
    field->name_length = (size_t)((sign ? sign : line_end) - line);
    if (!sign)
        return read_binary(line_end, end, field);
    field->value = sign + 1;
    field->length = (size_t)(line_end - field->value);
    field->next = line_end + 1;
    return true;
}

static bool is_named(const struct field *field, const char *name)
{
    return field->name_length == strlen(name) && memcmp(field->name, name, field->name_length) == 0;
}

static void take_field(const struct field *field, struct entry *entry)
{
    struct log_field other = { field->name, field->name_length, field->value, field->length };

    if (is_named(field, "MESSAGE")) {
        entry->text = field->value;
        entry->length = field->length;
    } else if (is_named(field, "PRIORITY")) {
        if (field->length == 1 && field->value[0] >= '0' && field->value[0] <= '7')
            entry->priority = (uint8_t)(field->value[0] - '0');
    } else if (is_named(field, "SYSLOG_IDENTIFIER")) {
        entry_copy_name(entry->identifier, field->value, field->length);
    } else {
        entry->fields_length =
            log_wire_add_field(entry->fields, sizeof(entry->fields), entry->fields_length, &other);
    }
}

bool entry_from_native(const char *bytes, size_t length, size_t *at, struct entry *ret_entry)
{
    const char *line = bytes + *at, *end = bytes + length, *line_end;
    size_t count = 0;

    *ret_entry = (struct entry){ .priority = ENTRY_PRIORITY_DEFAULT, .text = end };
    while (line < end && (line_end = memchr(line, '\n', (size_t)(end - line)))) {
        struct field field = { .next = line_end + 1 };

        if (line_end == line && count > 0) {
            *at = (size_t)(line_end + 1 - bytes);
            return true;
        }
        /* Commands and comments: journald knows none, and passes over them. */
        if (line_end != line && *line != '.' && *line != '#') {
            if (!read_field(line, line_end, end, &field))
                break;
            if (is_name(field.name, field.name_length)) {
                take_field(&field, ret_entry);
                count++;
            }
        }
        line = field.next;
    }
    *at = length; /* what does not end in a newline is noise */
    return count > 0;
}
