#include "supervisor/unit/directives.h"
#include "supervisor/unit/value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* User=, Group=, SupplementaryGroups=: names or numbers; supervisor/files/identity.c looks them up.
 */

/* Decimal, neither the 16-bit -1 nor the 32-bit one, which mean "no change" to the kernel. */
static bool is_id(const char *text)
{
    uint64_t id;

    if (text[strspn(text, "0123456789")] != '\0' || (text[0] == '0' && text[1] != '\0'))
        return false;
    return value_unsigned(text, UINT32_MAX - 1, &id) == 0 && id != UINT16_MAX;
}

/* What systemd takes from a file, which is more than useradd(8) would: nothing that breaks
 * passwd(5), and nothing that reads as a number. */
static bool is_name(const char *text)
{
    size_t length = strlen(text), digits = *text == '-';

    digits += strspn(text + digits, "0123456789");
    if (length == 0 || digits == length || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        return false;
    if (isspace((unsigned char)text[0]) || isspace((unsigned char)text[length - 1]))
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f || *c == ':' || *c == '/')
            return false;
    return utf8_is_valid(text);
}

bool identity_is_valid(const char *text)
{
    return is_id(text) || is_name(text);
}

static int read_identity(struct reading *reading, struct spec_place *place)
{
    const char **field = reading_field(reading);
    char *text;
    int error;

    *place = reading_place(reading, reading->value_offset);
    if (reading->value[0] == '\0') {
        *field = NULL;
        return 0;
    }
    error = reading_expand_value(reading, &text);
    if (error < 0 || !text)
        return error;
    if (identity_is_valid(text))
        *field = text;
    else
        reading_error(reading, reading->value_offset, NULL, "%s=%s is neither a name nor a number",
                      reading->key, text);
    return 0;
}

int directive_user(struct reading *reading)
{
    return read_identity(reading, &reading->spec->exec.user_place);
}

int directive_group(struct reading *reading)
{
    return read_identity(reading, &reading->spec->exec.group_place);
}

int directive_dynamic_user(struct reading *reading)
{
    reading->spec->exec.dynamic_user_place = reading_place(reading, reading->value_offset);
    return directive_boolean(reading);
}

int directive_groups(struct reading *reading)
{
    reading->spec->exec.supplementary_groups_place = reading_place(reading, reading->value_offset);
    return directive_list(reading);
}
