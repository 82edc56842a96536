#include "supervisor/log/entry.h"

#include <stdio.h>
#include <string.h>

enum { FACILITY_MASK = 0x3f8, FACILITY_USER = 1 << 3, PRIORITY_DIGITS_MAX = 3 };

/* What is left to be read; the text ends at a NUL at the latest. */
struct rest {
    const char *at, *end;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* "<N>" with one to three digits; without, `priority` stays as it is. */
static void take_priority(struct rest *rest, unsigned *priority)
{
    const char *at = rest->at;
    unsigned value = 0;

    if (at == rest->end || *at != '<')
        return;
    for (at++; at < rest->end && is_digit(*at) && at - rest->at <= PRIORITY_DIGITS_MAX; at++)
        value = 10 * value + (unsigned)(*at - '0');
    if (at == rest->end || *at != '>' || at == rest->at + 1)
        return;
    *priority = value;
    rest->at = at + 1;
}

/* RFC 3164's "Mmm dd hh:mm:ss " with what journald admits in each place; 0: there is none. */
static size_t timestamp_length(struct rest rest)
{
    static const char pattern[] = "aaa _0 _0:_0:_0 ";
    size_t length = sizeof(pattern) - 1;

    if ((size_t)(rest.end - rest.at) < length)
        return 0;
    for (size_t i = 0; i < length; i++) {
        char byte = rest.at[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool fits = pattern[i] == 'a'   ? is_letter
                    : pattern[i] == '0' ? is_digit(byte)
                    : pattern[i] == '_' ? is_digit(byte) || byte == ' '
                                        : byte == pattern[i];

        if (!fits)
            return 0;
    }
    return length;
}

/* "name[pid]: " or "name: ": the first word, when it ends in a colon. One blank belongs to it. */
static void take_identifier(struct rest *rest, struct entry *entry)
{
    const char *name = rest->at, *end, *bracket;

    while (name < rest->end && is_blank(*name))
        name++;
    end = name;
    while (end < rest->end && !is_blank(*end))
        end++;
    if (end == name || end[-1] != ':')
        return;
    rest->at = end < rest->end ? end + 1 : end;
    end--; /* the colon */
    bracket = end > name && end[-1] == ']' ? memrchr(name, '[', (size_t)(end - name)) : NULL;
    if (bracket) {
        entry_add(entry, "SYSLOG_PID", bracket + 1, (size_t)(end - bracket) - 2);
        end = bracket;
    }
    entry_copy_name(entry->identifier, name, (size_t)(end - name));
}

static void add_facility(struct entry *entry, unsigned priority)
{
    unsigned facility = (priority & FACILITY_MASK) >> 3;
    char number[16];

    if (facility == 0)
        return; /* the kernel's, which nobody else can be */
    (void)snprintf(number, sizeof(number), "%u", facility);
    entry_add(entry, "SYSLOG_FACILITY", number, strlen(number));
}

/* Without blanks and NULs at its end and blanks at its beginning; what is behind a NUL inside is no
 * part of the message. */
static struct rest trim(const char *bytes, size_t length, bool *ret_is_cut)
{
    struct rest rest = { bytes, bytes + length };
    const char *nul;

    while (rest.end > rest.at && (is_blank(rest.end[-1]) || rest.end[-1] == '\0'))
        rest.end--;
    while (rest.at < rest.end && is_blank(*rest.at))
        rest.at++;
    nul = memchr(rest.at, '\0', (size_t)(rest.end - rest.at));
    *ret_is_cut = nul != NULL;
    if (nul)
        rest.end = nul;
    return rest;
}

void entry_from_syslog(const char *bytes, size_t length, struct entry *ret_entry)
{
    unsigned priority = FACILITY_USER | ENTRY_PRIORITY_DEFAULT;
    bool is_cut;
    struct rest rest = trim(bytes, length, &is_cut);
    size_t timestamp;

    ret_entry->fields_length = 0;
    ret_entry->identifier[0] = '\0';
    take_priority(&rest, &priority);
    ret_entry->priority = priority & 7;
    add_facility(ret_entry, priority);
    timestamp = timestamp_length(rest);
    if (timestamp > 0)
        entry_add(ret_entry, "SYSLOG_TIMESTAMP", rest.at, timestamp);
    rest.at += timestamp;
    take_identifier(&rest, ret_entry);
    if (is_cut)
        entry_add(ret_entry, "SYSLOG_RAW", bytes, length);
    ret_entry->text = rest.at;
    ret_entry->length = (size_t)(rest.end - rest.at);
}
