#include "supervisor/ctl/simulate.h"

#include "supervisor/unit/note.h"

#include <signal.h>
#include <string.h>

static void put_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < ' ' || byte == 0x7f)
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}

static void put_member(const char *key, const char *value)
{
    printf(",\"%s\":", key);
    put_string(value);
}

/* null stands for "never" and "none". */
static void put_number(const char *key, uint64_t number)
{
    if (number == USEC_INFINITY)
        printf(",\"%s\":null", key);
    else
        printf(",\"%s\":%llu", key, (unsigned long long)number);
}

static void put_details(struct simulate *simulate, const struct trace *trace)
{
    char text[NOTE_TEXT];

    switch (trace->kind) {
    case TRACE_MOVE:
        put_member("from", unit_state_info(trace->from)->name);
        put_member("to", unit_state_info(trace->to)->name);
        put_member("cause", unit_event_name(trace->event));
        break;
    case TRACE_NOTE:
        (void)note_format(&simulate->set, trace->action, text, sizeof(text));
        put_member("text", text);
        break;
    case TRACE_SPAWN:
        simulate_command(simulate, trace->action, text, sizeof(text));
        put_member("command", text);
        break;
    case TRACE_SIGNAL:
        put_member("signal", sigabbrev_np(trace->signal) ? sigabbrev_np(trace->signal) : "?");
        break;
    case TRACE_HAPPENS:
        put_member("text", trace->text);
        printf(",\"in_vain\":%s", trace->is_in_vain ? "true" : "false");
        break;
    case TRACE_EXIT:
        put_number("status", (uint64_t)trace->signal);
        break;
    }
}

void simulate_json_trace(struct simulate *simulate, const struct trace *trace)
{
    static const char *const kinds[] = {
        [TRACE_MOVE] = "state",    [TRACE_NOTE] = "note", [TRACE_SPAWN] = "spawn",
        [TRACE_SIGNAL] = "signal", [TRACE_EXIT] = "exit", [TRACE_HAPPENS] = "scenario",
    };

    fputs(simulate->has_lines ? ",\n" : "{\"trace\":[\n", stdout);
    simulate->has_lines = true;
    printf("{\"t_us\":%llu", (unsigned long long)trace->at_us);
    put_member("event", kinds[trace->kind]);
    if (trace->id != UNIT_NONE)
        put_member("unit", simulate->set.specs[trace->id]->name);
    put_details(simulate, trace);
    putchar('}');
}

static void put_unit(const struct simulate *simulate, unit_id id)
{
    const struct simulation_unit *unit = &simulate->simulation.units[id];
    const struct state_info *info = unit_state_info((enum unit_state)unit->state);
    int exit = exit_number(unit->last_exit);

    fputs(id ? ",\n{\"unit\":" : "\n{\"unit\":", stdout);
    put_string(simulate->set.specs[id]->name);
    put_member("active", active_state_name(info->active));
    put_member("sub", info->name);
    put_member("result", unit_result_name((enum unit_result)unit->result));
    put_number("starts", unit->runs);
    put_number("restarts", unit->restarts);
    put_number("first_active_us", unit->first_active_us);
    put_number("uptime_us", unit->up_us);
    put_number("downtime_us", unit->down_us);
    put_number("exit", exit < 0 ? USEC_INFINITY : (uint64_t)exit);
    putchar('}');
}

void simulate_json_summary(struct simulate *simulate)
{
    static const char *const ends[] = {
        [SIMULATION_EXITED] = "exited",
        [SIMULATION_IDLE] = "idle",
        [SIMULATION_UNTIL] = "until",
        [SIMULATION_STUCK] = "stuck",
    };
    const struct simulation *simulation = &simulate->simulation;
    bool has_exited = simulation->end == SIMULATION_EXITED;

    fputs(simulate->has_lines ? "],\n\"units\":[" : "{\"trace\":[],\n\"units\":[", stdout);
    for (size_t i = 0; i < simulate->set.count; i++)
        put_unit(simulate, (unit_id)i);
    printf("],\n\"pod\":{\"end\":\"%s\"", ends[simulation->end]);
    put_number("end_us", simulation->now_us);
    put_number("exit", has_exited ? (uint64_t)simulation->exit_status : USEC_INFINITY);
    fputs("},\n\"assertions\":[", stdout);
    for (size_t i = 0; i < simulate->assertion_count; i++) {
        const struct assertion *assertion = &simulate->assertions[i];

        fputs(i ? ",\n{\"text\":" : "\n{\"text\":", stdout);
        put_string(assertion->text);
        printf(",\"holds\":%s", assertion->holds ? "true" : "false");
        put_member("got", assertion->got);
        putchar('}');
    }
    fputs("]}\n", stdout);
}
