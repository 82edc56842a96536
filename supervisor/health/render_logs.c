#include "supervisor/health/render.h"

#include <inttypes.h>
#include <string.h>

static const char *stream_name(unsigned stream)
{
    static const char *const names[] = {
        [LOG_STREAM_OUT] = "stdout",    [LOG_STREAM_ERROR] = "stderr",
        [LOG_STREAM_SYSLOG] = "syslog", [LOG_STREAM_JOURNAL] = "journal",
        [LOG_STREAM_OWN] = "reeve-log",
    };

    return stream < ARRAY_SIZE(names) && names[stream] ? names[stream] : "?";
}

/* A line may contain any byte: what is no text becomes some, and a long one is cut. */
static void put_bytes(struct text *out, const char *bytes, size_t length,
                      void (*put)(struct text *, const char *))
{
    char copy[RENDER_LOG_TEXT_MAX + 1];

    if (length > RENDER_LOG_TEXT_MAX)
        length = RENDER_LOG_TEXT_MAX;
    for (size_t i = 0; i < length; i++)
        copy[i] = (char)(bytes[i] ? bytes[i] : ' ');
    copy[length] = '\0';
    put(out, copy);
}

/* On a terminal a line does nothing but stand there. */
static void put_safe(struct text *out, const char *string)
{
    char clean[RENDER_LOG_TEXT_MAX + 1];

    text_clean(clean, sizeof(clean), string);
    text_put(out, clean);
}

void render_log_text(const struct log_packet *packet, struct text *out)
{
    text_put_time(out, packet->realtime_us);
    text_put(out, " ");
    put_safe(out, packet->identifier[0] ? packet->identifier : packet->unit);
    text_put(out, packet->priority <= 3   ? ": <error> "
                  : packet->priority == 4 ? ": <warning> "
                                          : ": ");
    put_bytes(out, packet->text, packet->length, put_safe);
    text_put(out, "\n");
}

void render_log_json(const struct log_packet *packet, struct text *out)
{
    text_put(out, "{\"name\":");
    text_put_json(out, packet->unit);
    text_put(out, ",\"identifier\":");
    text_put_json(out, packet->identifier);
    text_printf(out,
                ",\"sequence\":%" PRIu64 ",\"realtime_us\":%" PRIu64 ",\"monotonic_us\":%" PRIu64
                ",\"pid\":%" PRId32 ",\"priority\":%u,\"stream\":\"%s\",\"text\":",
                packet->sequence, packet->realtime_us, packet->monotonic_us, packet->pid,
                packet->priority, stream_name(packet->stream));
    put_bytes(out, packet->text, packet->length, text_put_json);
    text_put(out, "}");
}
