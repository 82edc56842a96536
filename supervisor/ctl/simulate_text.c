#include "supervisor/ctl/simulate.h"

#include "supervisor/unit/exit_status.h"
#include "supervisor/unit/note.h"

#include <signal.h>
#include <string.h>

enum { TIME_WIDTH = 12 };

static const char *name_of(const struct simulate *simulate, unit_id id)
{
    return id == UNIT_NONE ? "pod" : simulate->set.specs[id]->name;
}

static int width_of(struct simulate *simulate)
{
    for (size_t i = 0; i < simulate->set.count && !simulate->has_lines; i++) {
        int length = (int)strlen(simulate->set.specs[i]->name);

        if (length > simulate->name_width)
            simulate->name_width = length;
    }
    simulate->has_lines = true;
    return simulate->name_width;
}

void simulate_command(const struct simulate *simulate, const struct unit_action *action,
                      char *buffer, size_t size)
{
    static const struct {
        const char *name;
        size_t offset;
    } lists[] = {
        { "ExecStart", offsetof(struct service_spec, exec_start) },
        { "ExecCondition", offsetof(struct service_spec, exec_condition) },
        { "ExecStartPre", offsetof(struct service_spec, exec_start_pre) },
        { "ExecStartPost", offsetof(struct service_spec, exec_start_post) },
        { "ExecReload", offsetof(struct service_spec, exec_reload) },
        { "ExecStop", offsetof(struct service_spec, exec_stop) },
        { "ExecStopPost", offsetof(struct service_spec, exec_stop_post) },
    };
    const struct service_spec *service = &simulate->set.specs[action->id]->service;
    const char *name = "ExecStart";
    size_t used;

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        const struct exec_command *command;

        memcpy(&command, (const char *)service + lists[i].offset, sizeof(const void *));
        for (; command; command = command->next)
            if (command == action->command)
                name = lists[i].name;
    }
    used = (size_t)snprintf(buffer, size, "%s=%s", name, action->command->path);
    for (size_t i = 1; action->command->argv[0] && action->command->argv[i] && used < size; i++)
        used += (size_t)snprintf(buffer + used, size - used, " %s", action->command->argv[i]);
}

/* --- the trace --- */

static void close_line(struct simulate *simulate)
{
    if (simulate->is_line_open)
        puts("]");
    simulate->is_line_open = false;
}

static void put_head(struct simulate *simulate, const struct trace *trace)
{
    close_line(simulate);
    printf("%*.6f  %-*s  ", TIME_WIDTH, (double)trace->at_us / USEC_PER_SEC, width_of(simulate),
           trace->kind == TRACE_HAPPENS ? "" : name_of(simulate, trace->id));
}

/* States that are passed through at once are on one line. */
static void put_move(struct simulate *simulate, const struct trace *trace)
{
    bool continues = simulate->is_line_open && simulate->last.id == trace->id &&
                     simulate->last.at_us == trace->at_us;

    if (!continues) {
        put_head(simulate, trace);
        printf("[%s", unit_state_info(trace->from)->name);
    }
    printf(" -> %s", unit_state_info(trace->to)->name);
    simulate->is_line_open = true;
}

void simulate_text_trace(struct simulate *simulate, const struct trace *trace)
{
    char text[NOTE_TEXT];

    if (trace->kind == TRACE_MOVE) {
        put_move(simulate, trace);
        simulate->last = *trace;
        return;
    }
    put_head(simulate, trace);
    simulate->last = *trace;
    switch (trace->kind) {
    case TRACE_MOVE:
        break;
    case TRACE_NOTE:
        (void)note_format(&simulate->set, trace->action, text, sizeof(text));
        puts(text);
        break;
    case TRACE_SPAWN:
        simulate_command(simulate, trace->action, text, sizeof(text));
        printf("runs %s\n", text);
        break;
    case TRACE_SIGNAL:
        printf("gets SIG%s\n", sigabbrev_np(trace->signal) ? sigabbrev_np(trace->signal) : "?");
        break;
    case TRACE_HAPPENS:
        printf("* %s%s\n", trace->text, trace->is_in_vain ? " (nothing is there for it)" : "");
        break;
    case TRACE_EXIT:
        printf("exit status %d\n", trace->signal);
        break;
    }
}

/* --- the summary --- */

static void put_unit(struct simulate *simulate, unit_id id)
{
    const struct simulation_unit *unit = &simulate->simulation.units[id];
    const struct state_info *info = unit_state_info((enum unit_state)unit->state);
    char state[64], up[32], down[32], ready[32], exit[64] = "-";

    snprintf(state, sizeof(state), "%s (%s)", active_state_name(info->active), info->name);
    time_format(unit->up_us, up, sizeof(up));
    time_format(unit->down_us, down, sizeof(down));
    time_format(unit->first_active_us, ready, sizeof(ready));
    if (unit->last_exit.code == CLD_EXITED)
        snprintf(exit, sizeof(exit), "%d", unit->last_exit.status);
    else if (unit->last_exit.code != 0)
        snprintf(exit, sizeof(exit), "SIG%s", sigabbrev_np(unit->last_exit.status));
    printf("%-*s  %-26s %-15s %8u %8llu  %-12s %-12s %-12s %s\n", width_of(simulate),
           name_of(simulate, id), state, unit_result_name((enum unit_result)unit->result),
           unit->runs, (unsigned long long)unit->restarts, ready, up, down, exit);
}

static void put_assertions(const struct simulate *simulate)
{
    for (size_t i = 0; i < simulate->assertion_count; i++) {
        const struct assertion *assertion = &simulate->assertions[i];

        if (assertion->holds)
            printf("holds: %s\n", assertion->text);
        else
            printf("FAILS: %s (it is: %s)\n", assertion->text, assertion->got);
    }
}

void simulate_text_summary(struct simulate *simulate)
{
    const struct simulation *simulation = &simulate->simulation;
    char end[32];

    close_line(simulate);
    printf("%s%-*s  %-26s %-15s %8s %8s  %-12s %-12s %-12s %s\n", simulate->is_quiet ? "" : "\n",
           width_of(simulate), "UNIT", "STATE", "RESULT", "STARTS", "RESTARTS", "READY", "UP",
           "DOWN", "EXIT");
    for (size_t i = 0; i < simulate->set.count; i++)
        put_unit(simulate, (unit_id)i);
    time_format(simulation->now_us, end, sizeof(end));
    if (simulation->end == SIMULATION_EXITED)
        printf("\nThe pod ends at %s with exit status %d.\n", end, simulation->exit_status);
    else
        printf("\nThe pod runs at %s: %s.\n", end, simulate_end_text(simulate));
    put_assertions(simulate);
}
