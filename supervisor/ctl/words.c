#include "supervisor/ctl/words.h"

#include "supervisor/unit/exit_status.h"

#include <signal.h>
#include <string.h>
#include <time.h>

void words_timestamp(uint64_t realtime_us, char text[WORDS_TIME_SIZE])
{
    time_t second = (time_t)(realtime_us / USEC_PER_SEC);
    struct tm parts;

    text[0] = '\0';
    if (realtime_us == 0)
        return;
    localtime_r(&second, &parts);
    strftime(text, WORDS_TIME_SIZE, "%a %Y-%m-%d %H:%M:%S %Z", &parts);
}

void words_span(uint64_t duration_us, char text[WORDS_SPAN_SIZE])
{
    unsigned long long seconds = duration_us / USEC_PER_SEC;

    if (duration_us < USEC_PER_SEC)
        snprintf(text, WORDS_SPAN_SIZE, "%ums", (unsigned)(duration_us / USEC_PER_MSEC));
    else if (seconds < 60)
        snprintf(text, WORDS_SPAN_SIZE, "%llus", seconds);
    else if (seconds < 3600)
        snprintf(text, WORDS_SPAN_SIZE, "%llumin %llus", seconds / 60, seconds % 60);
    else if (seconds < 86400)
        snprintf(text, WORDS_SPAN_SIZE, "%lluh %llumin", seconds / 3600, seconds / 60 % 60);
    else
        snprintf(text, WORDS_SPAN_SIZE, "%llud %lluh", seconds / 86400, seconds / 3600 % 24);
}

const char *words_exit_code(int code)
{
    switch (code) {
    case CLD_EXITED:
        return "exited";
    case CLD_KILLED:
        return "killed";
    case CLD_DUMPED:
        return "dumped";
    default:
        return "";
    }
}

void words_exit_status(const struct wire_state *state, char text[WORDS_TIME_SIZE])
{
    const char *name =
        state->exit_code == CLD_EXITED
            ? (state->exit_status == 0 ? "SUCCESS" : exit_status_name(state->exit_status))
            : sigabbrev_np(state->exit_status);

    snprintf(text, WORDS_TIME_SIZE, "%d%s%s", state->exit_status, name ? "/" : "",
             name ? name : "");
}

const char *words_job(unsigned job)
{
    static const char *const words[] = { "", "start", "stop", "restart" };

    return job < ARRAY_SIZE(words) ? words[job] : "?";
}

const char *words_system_state(const struct model *model)
{
    if (model->pod.phase == WIRE_POD_STARTING)
        return "starting";
    if (model->pod.phase == WIRE_POD_STOPPING)
        return "stopping";
    for (size_t i = 0; i < model->count; i++)
        if (model->units[i].state.active == WIRE_FAILED ||
            model->units[i].state.health == WIRE_HEALTH_UNHEALTHY)
            return "degraded";
    return "running";
}

/* The length of the UTF-8 sequence at `text` (RFC 3629), 0 when it is none. */
static int sequence_length(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    int length = byte[0] < 0x80   ? 1
                 : byte[0] < 0xc2 ? 0
                 : byte[0] < 0xe0 ? 2
                 : byte[0] < 0xf0 ? 3
                                  : 4;

    if (byte[0] > 0xf4)
        return 0;
    for (int i = 1; i < length; i++)
        if ((byte[i] & 0xc0) != 0x80) /* the final NUL stops here, too */
            return 0;
    if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
        (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
        return 0;
    return length;
}

/* C0, DEL and C1 (U+0080 to U+009F). */
static bool is_control(const char *text)
{
    unsigned char first = (unsigned char)text[0];

    return first < ' ' || first == 0x7f || (first == 0xc2 && (unsigned char)text[1] < 0xa0);
}

void words_put_safe(FILE *out, const char *text)
{
    while (*text) {
        int length = sequence_length(text);

        if (length == 0 || is_control(text))
            fputc('?', out);
        else
            fwrite(text, 1, (size_t)length, out);
        text += length ? length : 1;
    }
}

void words_put_json(FILE *out, const char *text)
{
    fputc('"', out);
    while (*text) {
        int length = sequence_length(text);

        if (length == 0)
            fputs("\\ufffd", out);
        else if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if (length == 1 && is_control(text))
            fprintf(out, "\\u%04x", (unsigned char)*text);
        else
            fwrite(text, 1, (size_t)length, out);
        text += length ? length : 1;
    }
    fputc('"', out);
}
