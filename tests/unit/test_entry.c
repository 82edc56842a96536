/*
 * What programs send to the sockets of the journal is understood as systemd-journald 257 does: the
 * cases of tests/journal, beside what it was recorded to make of them. Where reeve-log differs on
 * purpose tests/journal/differences.txt has what it does, and why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "supervisor/log/entry.h"
#include "supervisor/log/line.h"

#define CASES       "tests/journal/cases.txt"
#define RECORDED    "tests/journal/recorded.txt"
#define DIFFERENCES "tests/journal/differences.txt"

enum { TEXT_SIZE = 16 * 1024, LINES_MAX = 32, LINE_SIZE = 512 };

/* What became of a case, as the recording has it. */
struct told {
    char text[TEXT_SIZE];
    char lines[LINES_MAX][LINE_SIZE]; /* of the entry at hand */
    size_t count;
};

static size_t unescape(const char *text, char *ret_bytes)
{
    size_t used = 0;

    for (; *text && *text != '\n'; text++) {
        if (*text != '\\') {
            ret_bytes[used++] = *text;
            continue;
        }
        text++;
        if (*text == 'x') {
            ret_bytes[used++] = (char)strtoul((char[]){ text[1], text[2], '\0' }, NULL, 16);
            text += 2;
        } else {
            ret_bytes[used++] = *text == 'n'   ? '\n'
                                : *text == 't' ? '\t'
                                : *text == 'r' ? '\r'
                                               : *text;
        }
    }
    return used;
}

static void add(struct told *told, const char *name, const char *value, size_t length)
{
    char *line = told->lines[told->count++];
    int used = snprintf(line, LINE_SIZE, "%s=", name);

    assert_true(told->count < LINES_MAX && length * 4 + (size_t)used < LINE_SIZE);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)value[i];

        used += snprintf(line + used, LINE_SIZE - (size_t)used,
                         byte >= 32 && byte < 127 && byte != '\\' ? "%c" : "\\x%02x", byte);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void finish_entry(struct told *told)
{
    size_t used = strlen(told->text);

    qsort(told->lines, told->count, LINE_SIZE, compare);
    used += (size_t)snprintf(told->text + used, TEXT_SIZE - used, "-\n");
    for (size_t i = 0; i < told->count; i++)
        used += (size_t)snprintf(told->text + used, TEXT_SIZE - used, "%s\n", told->lines[i]);
    assert_true(used < TEXT_SIZE);
    told->count = 0;
}

static void tell_entry(struct told *told, const struct entry *entry)
{
    struct log_packet packet = { .fields = entry->fields, .fields_length = entry->fields_length };
    struct log_field field;
    size_t at = 0;
    char name[ENTRY_FIELD_NAME_MAX + 1];

    add(told, "MESSAGE", entry->text, entry->length);
    add(told, "PRIORITY", (char[]){ (char)('0' + entry->priority) }, 1);
    if (entry->identifier[0])
        add(told, "SYSLOG_IDENTIFIER", entry->identifier, strlen(entry->identifier));
    while (log_wire_field(&packet, &at, &field)) {
        snprintf(name, sizeof(name), "%.*s", (int)field.name_length, field.name);
        add(told, name, field.value, field.length);
    }
    finish_entry(told);
}

/* --- a stream --- */

struct stream {
    struct told *told;
    struct stream_head head;
};

static void tell_line(void *context, const struct line *line)
{
    struct stream *stream = context;
    int priority = line->has_priority ? line->priority : stream->head.priority;

    add(stream->told, "MESSAGE", line->text, line->length);
    add(stream->told, "PRIORITY", (char[]){ (char)('0' + priority) }, 1);
    if (stream->head.identifier[0])
        add(stream->told, "SYSLOG_IDENTIFIER", stream->head.identifier,
            strlen(stream->head.identifier));
    finish_entry(stream->told);
}

static void tell_stream(struct told *told, const char *bytes, size_t length)
{
    struct stream stream = { .told = told };
    struct line_taker taker = { .take = tell_line, .context = &stream };
    struct line_splitter splitter = { 0 };
    ssize_t head = stream_head_parse(bytes, length, &stream.head);

    if (head <= 0)
        return;
    splitter.keeps_prefix = !stream.head.has_level_prefix;
    line_feed(&splitter, bytes + head, length - (size_t)head, &taker);
    line_flush(&splitter, &taker);
    line_release(&splitter);
}

/* --- beside the recording --- */

static void tell(struct told *told, const char *kind, const char *bytes, size_t length)
{
    static struct entry entry;
    size_t at = 0;

    if (strcmp(kind, "stream") == 0) {
        tell_stream(told, bytes, length);
    } else if (strcmp(kind, "syslog") == 0) {
        entry_from_syslog(bytes, length, &entry);
        tell_entry(told, &entry);
    } else {
        while (entry_from_native(bytes, length, &at, &entry))
            tell_entry(told, &entry);
    }
}

/* What stands below "KIND NAME" in the file, without comments; false: it is not there. */
static bool read_section(const char *path, const char *title, char ret_text[TEXT_SIZE])
{
    FILE *file = fopen(path, "r");
    char line[LINE_SIZE * 2];
    bool is_inside = false, is_found = false;
    size_t used = 0;

    assert_non_null(file);
    ret_text[0] = '\0';
    while (fgets(line, sizeof(line), file)) {
        bool is_title = strncmp(line, title, strlen(title)) == 0 && line[strlen(title)] == '\n';

        if (line[0] == '#')
            continue;
        if (is_title || line[0] == '\n')
            is_inside = is_title;
        else if (is_inside)
            used += (size_t)snprintf(ret_text + used, TEXT_SIZE - used, "%s", line);
        is_found = is_found || is_title;
    }
    fclose(file);
    return is_found;
}

/* The rules by which all differ (entry.h, adr/0027): SYSLOG_RAW= is kept only where a NUL cut the
 * message, which is looked at below; there is no facility of a stream, which is always the same; an
 * empty identifier is none; and everything has a priority. */
static void take_out(char text[TEXT_SIZE], const char *name)
{
    char *line;

    while ((line = strstr(text, name)))
        memmove(line, strchr(line, '\n') + 1, strlen(strchr(line, '\n') + 1) + 1);
}

static int check(const char *kind, const char *name, const char *escaped)
{
    static char bytes[TEXT_SIZE], recorded[TEXT_SIZE], ours[TEXT_SIZE];
    static struct told told;
    char title[128];
    bool is_different;

    told.text[0] = '\0';
    snprintf(title, sizeof(title), "%s %s", kind, name);
    tell(&told, kind, bytes, unescape(escaped, bytes));
    assert_true(read_section(RECORDED, title, recorded));
    is_different = read_section(DIFFERENCES, title, ours);
    take_out(told.text, "SYSLOG_RAW=");
    take_out(recorded, "SYSLOG_RAW=");
    take_out(recorded, "SYSLOG_IDENTIFIER=\n");
    if (strcmp(kind, "stream") == 0)
        take_out(recorded, "SYSLOG_FACILITY=");
    if (!strstr(recorded, "PRIORITY="))
        take_out(told.text, "PRIORITY=6\n");
    if (is_different && strcmp(told.text, recorded) == 0) {
        print_error("%s: no difference any more\n", title);
        return 1;
    }
    if (strcmp(told.text, is_different ? ours : recorded) == 0)
        return 0;
    print_error("%s\n got:\n%s wanted:\n%s", title, told.text, is_different ? ours : recorded);
    return 1;
}

static void cases_are_understood_as_journald_does(void **state)
{
    FILE *file = fopen(CASES, "r");
    char line[LINE_SIZE], kind[16], name[64];
    int start, wrong = 0, count = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        assert_int_equal(sscanf(line, "%15s %63s%n", kind, name, &start), 2);
        wrong += check(kind, name, line + start + 1);
        count++;
    }
    fclose(file);
    assert_true(count > 100);
    assert_int_equal(wrong, 0);
}

static struct log_field field_of(const struct entry *entry, const char *name)
{
    struct log_packet packet = { .fields = entry->fields, .fields_length = entry->fields_length };
    struct log_field field;
    size_t at = 0;

    while (log_wire_field(&packet, &at, &field))
        if (field.name_length == strlen(name) && memcmp(field.name, name, strlen(name)) == 0)
            return field;
    return (struct log_field){ 0 };
}

static void what_a_nul_cuts_off_is_kept(void **state)
{
    static const char bytes[] = "<13>name: text\0more";
    static struct entry entry;
    struct log_field raw;

    (void)state;
    entry_from_syslog(bytes, sizeof(bytes) - 1, &entry);
    raw = field_of(&entry, "SYSLOG_RAW");
    assert_int_equal(raw.length, sizeof(bytes) - 1);
    assert_memory_equal(raw.value, bytes, raw.length);
    entry_from_syslog("<13>name: text\0", sizeof("<13>name: text"), &entry);
    assert_null(field_of(&entry, "SYSLOG_RAW").value);
}

static void a_field_without_room_is_left_out(void **state)
{
    static char bytes[3 * LOG_FIELDS_MAX];
    static struct entry entry;
    size_t at = 0, used = (size_t)snprintf(bytes, sizeof(bytes), "BIG=");

    (void)state;
    memset(bytes + used, 'x', LOG_FIELDS_MAX);
    used += LOG_FIELDS_MAX;
    used += (size_t)snprintf(bytes + used, sizeof(bytes) - used, "\nFOO=bar\nMESSAGE=text\n");
    assert_true(entry_from_native(bytes, used, &at, &entry));
    assert_null(field_of(&entry, "BIG").value);
    assert_int_equal(field_of(&entry, "FOO").length, 3);
    assert_int_equal(entry.length, 4);
    assert_false(entry_from_native(bytes, used, &at, &entry));
}

static void a_name_is_cut_at_a_character(void **state)
{
    char name[LOG_NAME_SIZE], text[2 * LOG_NAME_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    entry_copy_name(name, text, sizeof(text));
    assert_int_equal(strlen(name), LOG_NAME_SIZE - 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_are_understood_as_journald_does),
        cmocka_unit_test(what_a_nul_cuts_off_is_kept),
        cmocka_unit_test(a_field_without_room_is_left_out),
        cmocka_unit_test(a_name_is_cut_at_a_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
