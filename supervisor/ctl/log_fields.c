#include "supervisor/ctl/log_fields.h"

#include "supervisor/ctl/words.h"

#include <string.h>

/* --- all fields of a line, in one order --- */

struct fields {
    const struct log_packet *packet;
    const struct log_style *style;
    FILE *out;
    void (*put)(struct fields *fields, const struct log_field *field);
    bool has_several; /* something stands before the next one */
    const char *name; /* of the only one that is shown, for put_value() */
    size_t name_length;
};

static bool is_called(const struct log_field *field, const char *name, size_t length)
{
    return field->name_length == length && memcmp(field->name, name, length) == 0;
}

/* --output-fields=, and what journalctl(1) shows always. */
static bool is_wanted(const struct log_style *style, const struct log_field *field)
{
    static const char boot[] = "_BOOT_ID";

    if (!style->fields || is_called(field, boot, strlen(boot)))
        return true;
    for (const char *name = style->fields; *name;) {
        size_t length = strcspn(name, ",");

        if (is_called(field, name, length))
            return true;
        name += length + (name[length] == ',');
    }
    return false;
}

static void put(struct fields *fields, const char *name, const char *value, size_t length)
{
    struct log_field field = { name, strlen(name), value, length };

    if (is_wanted(fields->style, &field))
        fields->put(fields, &field);
}

static void put_string(struct fields *fields, const char *name, const char *value)
{
    if (value && value[0])
        put(fields, name, value, strlen(value));
}

static const char *transport_of(const struct log_packet *packet)
{
    return packet->stream == LOG_STREAM_SYSLOG    ? "syslog"
           : packet->stream == LOG_STREAM_JOURNAL ? "journal"
           : packet->stream == LOG_STREAM_OWN     ? "driver"
                                                  : "stdout";
}

static void put_all(struct fields *fields)
{
    const struct log_packet *packet = fields->packet;
    char priority[16], pid[16] = "";
    struct log_field field;
    size_t at = 0;

    snprintf(priority, sizeof(priority), "%u", packet->priority);
    if (packet->pid > 0)
        snprintf(pid, sizeof(pid), "%d", (int)packet->pid);
    put_string(fields, "_BOOT_ID", fields->style->boot_id);
    put_string(fields, "_HOSTNAME", fields->style->host);
    put_string(fields, "_TRANSPORT", transport_of(packet));
    put_string(fields, "PRIORITY", priority);
    put_string(fields, "SYSLOG_IDENTIFIER", packet->identifier);
    if (strcmp(packet->unit, LOG_NO_UNIT) != 0)
        put_string(fields, "_SYSTEMD_UNIT", packet->unit);
    put_string(fields, "_PID", pid);
    while (log_wire_field(packet, &at, &field))
        if (is_wanted(fields->style, &field))
            fields->put(fields, &field);
    put(fields, "MESSAGE", packet->text, packet->length);
}

/* --- for people --- */

static void put_verbose(struct fields *fields, const struct log_field *field)
{
    fprintf(fields->out, "    %.*s=", (int)field->name_length, field->name);
    log_print_text(field->value, field->length, fields->style, fields->out);
    fputc('\n', fields->out);
}

void log_print_verbose(const struct log_packet *packet, const struct log_style *style,
                       const char *time, FILE *out)
{
    struct fields fields = { .packet = packet, .style = style, .out = out, .put = put_verbose };

    fprintf(out, "%s [s=%llx;n=%llx]\n", time, (unsigned long long)packet->sequence,
            (unsigned long long)packet->number);
    put_all(&fields);
}

static void put_value(struct fields *fields, const struct log_field *field)
{
    if (!is_called(field, fields->name, fields->name_length))
        return;
    fwrite(field->value, 1, field->length, fields->out);
    fputc('\n', fields->out);
}

/* In the order of the list. */
void log_print_values(const struct log_packet *packet, const struct log_style *style, FILE *out)
{
    struct fields fields = { .packet = packet, .style = style, .out = out, .put = put_value };

    for (fields.name = style->fields; *fields.name;) {
        fields.name_length = strcspn(fields.name, ",");
        put_all(&fields);
        fields.name += fields.name_length + (fields.name[fields.name_length] == ',');
    }
}

/* --- JSON --- */

static void put_json_value(FILE *out, const char *bytes, size_t length)
{
    if (words_is_utf8(bytes, length)) {
        words_put_json_bytes(out, bytes, length);
        return;
    }
    fputc('[', out);
    for (size_t i = 0; i < length; i++)
        fprintf(out, "%s%u", i ? "," : "", (unsigned char)bytes[i]);
    fputc(']', out);
}

static void put_json(struct fields *fields, const struct log_field *field)
{
    bool is_pretty = fields->style->output == LOG_OUTPUT_JSON_PRETTY;

    if (fields->has_several)
        fputs(is_pretty ? ",\n" : ",", fields->out);
    fprintf(fields->out, is_pretty ? "\t\"%.*s\" : " : "\"%.*s\":", (int)field->name_length,
            field->name);
    put_json_value(fields->out, field->value, field->length);
    fields->has_several = true;
}

static void put_address(struct fields *fields, const char *name, const char *value)
{
    struct log_field field = { name, strlen(name), value, strlen(value) };

    fields->put(fields, &field);
}

/* What does not come from the service, and is shown always. */
static void put_addresses(struct fields *fields)
{
    const struct log_packet *packet = fields->packet;
    char text[32];

    snprintf(text, sizeof(text), "s=%llx", (unsigned long long)packet->sequence);
    put_address(fields, "__CURSOR", text);
    snprintf(text, sizeof(text), "%llu", (unsigned long long)packet->realtime_us);
    put_address(fields, "__REALTIME_TIMESTAMP", text);
    snprintf(text, sizeof(text), "%llu", (unsigned long long)packet->monotonic_us);
    put_address(fields, "__MONOTONIC_TIMESTAMP", text);
}

void log_print_json(const struct log_packet *packet, const struct log_style *style, FILE *out)
{
    struct fields fields = { .packet = packet, .style = style, .out = out, .put = put_json };
    bool is_pretty = style->output == LOG_OUTPUT_JSON_PRETTY;

    if (style->output == LOG_OUTPUT_JSON_SSE)
        fputs("data: ", out);
    if (style->output == LOG_OUTPUT_JSON_SEQ)
        fputc(0x1e, out); /* RFC 7464 */
    fputs(is_pretty ? "{\n" : "{", out);
    put_addresses(&fields);
    put_all(&fields);
    fputs(is_pretty ? "\n}\n" : "}\n", out);
    if (style->output == LOG_OUTPUT_JSON_SSE)
        fputc('\n', out);
}

/* --- the export format (systemd.io, JOURNAL_EXPORT_FORMATS) --- */

static bool is_plain(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)bytes[i] < ' ' && bytes[i] != '\t') || bytes[i] == 0x7f)
            return false;
    return words_is_utf8(bytes, length);
}

/* A value that is no plain text has its length before it, in eight bytes, the lowest first. */
static void put_export(struct fields *fields, const struct log_field *field)
{
    fprintf(fields->out, "%.*s", (int)field->name_length, field->name);
    if (is_plain(field->value, field->length)) {
        fputc('=', fields->out);
    } else {
        fputc('\n', fields->out);
        for (unsigned i = 0; i < 8; i++)
            fputc((int)((uint64_t)field->length >> (8 * i) & 0xff), fields->out);
    }
    fwrite(field->value, 1, field->length, fields->out);
    fputc('\n', fields->out);
}

void log_print_export(const struct log_packet *packet, const struct log_style *style, FILE *out)
{
    struct fields fields = { .packet = packet, .style = style, .out = out, .put = put_export };

    put_addresses(&fields);
    put_all(&fields);
    fputc('\n', out);
}
