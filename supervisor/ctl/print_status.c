#include "supervisor/ctl/print.h"

#include "supervisor/ctl/words.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMMAND_SIZE = 4096 };

static bool is_word(const struct details *unit, const char *name, const char *word)
{
    return strcmp(details_text(unit, name), word) == 0;
}

/* The dot before the name: as systemctl, but in ASCII. */
static const char *mark_of(const struct details *unit)
{
    return is_word(unit, "ActiveState", "failed")     ? "x"
           : is_word(unit, "ActiveState", "inactive") ? "o"
                                                      : "*";
}

static const char *colour_of(const struct details *unit, const struct print_style *style)
{
    return !style->has_colour                         ? ""
           : is_word(unit, "ActiveState", "active")   ? "\033[1;32m"
           : is_word(unit, "ActiveState", "failed")   ? "\033[1;31m"
           : is_word(unit, "ActiveState", "inactive") ? ""
                                                      : "\033[1;33m";
}

/* When it came into the present state: systemctl takes another moment for each. */
static const char *since_of(const struct details *unit)
{
    if (is_word(unit, "ActiveState", "active") || is_word(unit, "ActiveState", "reloading"))
        return "ActiveEnterTimestamp";
    if (is_word(unit, "ActiveState", "inactive") || is_word(unit, "ActiveState", "failed"))
        return "InactiveEnterTimestamp";
    return is_word(unit, "ActiveState", "activating") ? "InactiveExitTimestamp"
                                                      : "ActiveExitTimestamp";
}

static void print_text(const char *label, const char *text, const char *quote, FILE *out)
{
    if (!text[0])
        return;
    fprintf(out, "%11s: %s", label, quote);
    words_put_safe(out, text);
    fprintf(out, "%s\n", quote);
}

static void print_active(const struct details *unit, const struct print_style *style, FILE *out)
{
    const char *colour = colour_of(unit, style);
    char since[WORDS_TIME_SIZE], ago[WORDS_SPAN_SIZE], monotonic[64];
    uint64_t moment;

    fprintf(out, "     Active: %s%s (%s)%s", colour, details_text(unit, "ActiveState"),
            details_text(unit, "SubState"), *colour ? "\033[0m" : "");
    if (!is_word(unit, "Result", "success") && !is_word(unit, "Result", ""))
        fprintf(out, " (Result: %s)", details_text(unit, "Result"));
    words_timestamp(details_number(unit, since_of(unit)), since);
    snprintf(monotonic, sizeof(monotonic), "%sMonotonic", since_of(unit));
    moment = details_number(unit, monotonic);
    if (since[0]) {
        words_span(style->now_us > moment ? style->now_us - moment : 0, ago);
        fprintf(out, " since %s; %s ago", since, ago);
    }
    fputc('\n', out);
}

/* The first line, or all of it, of a file in a process's folder; "" when there is none. */
static void read_process(const char *proc, pid_t pid, const char *name, char text[COMMAND_SIZE])
{
    char path[128];
    ssize_t length = 0;
    int fd;

    text[0] = '\0';
    if (!proc)
        return;
    snprintf(path, sizeof(path), "%s/%d/%s", proc, (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    length = read(fd, text, COMMAND_SIZE - 1);
    close(fd);
    if (length < 0)
        length = 0;
    while (length > 0 && (text[length - 1] == '\0' || text[length - 1] == '\n'))
        length--;
    text[length] = '\0';
    for (ssize_t i = 0; i < length; i++)
        if (text[i] == '\0')
            text[i] = ' ';
}

static void print_main(const struct details *unit, const char *proc, FILE *out)
{
    int pid = (int)details_number(unit, "MainPID"),
        code = (int)details_number(unit, "ExecMainCode");
    char name[COMMAND_SIZE], status[WORDS_TIME_SIZE];

    if (pid > 0) {
        read_process(proc, pid, "comm", name);
        fprintf(out, "   Main PID: %d%s", pid, name[0] ? " (" : "");
        words_put_safe(out, name);
        fprintf(out, "%s\n", name[0] ? ")" : "");
    } else if (code != 0) {
        words_exit_status(code, (int)details_number(unit, "ExecMainStatus"), status);
        fprintf(out, "   Main PID: %llu (code=%s, status=%s)\n",
                (unsigned long long)details_number(unit, "ExecMainPID"), words_exit_code(code),
                status);
    }
    if (details_number(unit, "NRestarts") > 0)
        fprintf(out, "   Restarts: %llu\n", (unsigned long long)details_number(unit, "NRestarts"));
}

static void print_processes(const struct wire_processes *processes, const char *proc,
                            const struct print_style *style, FILE *out)
{
    char command[COMMAND_SIZE];

    if (processes->total == 0)
        return;
    fprintf(out, "  Processes: %u\n", processes->total);
    for (uint32_t i = 0; i < processes->count; i++) {
        char head[32];
        size_t room = style->columns > 40 ? style->columns : COMMAND_SIZE;
        int used = snprintf(head, sizeof(head), "             %s-%d ",
                            i + 1 < processes->total ? "|" : "`", (int)processes->pids[i]);

        read_process(proc, processes->pids[i], "cmdline", command);
        if (!command[0])
            read_process(proc, processes->pids[i], "comm", command);
        if (strlen(command) + (size_t)used > room)
            command[room - (size_t)used] = '\0';
        fputs(head, out);
        words_put_safe(out, command);
        fputc('\n', out);
    }
    if (processes->total > processes->count)
        fprintf(out, "             `- and %u more\n", processes->total - processes->count);
}

/* As systemctl: "    Memory: 1.2M (max: 64.0M)". */
static void print_bytes(const char *text, FILE *out)
{
    static const char units[] = "BKMGT";
    double number = strtod(text, NULL);
    size_t unit = 0;

    for (; number >= 1024 && units[unit + 1]; unit++)
        number /= 1024;
    fprintf(out, unit ? "%.1f%c" : "%.0f%c", number, units[unit]);
}

static bool is_number(const char *text)
{
    return text[0] >= '0' && text[0] <= '9';
}

/* What its cgroup counts; nothing where it has none. */
static void print_resources(const struct details *unit, FILE *out)
{
    const char *tasks = details_text(unit, "TasksCurrent"),
               *memory = details_text(unit, "MemoryCurrent"),
               *cpu = details_text(unit, "CPUUsageNSec");

    if (is_number(tasks)) {
        fprintf(out, "      Tasks: %s", tasks);
        if (is_number(details_text(unit, "TasksMax")))
            fprintf(out, " (limit: %s)", details_text(unit, "TasksMax"));
        fputc('\n', out);
    }
    if (is_number(memory)) {
        fputs("     Memory: ", out);
        print_bytes(memory, out);
        if (is_number(details_text(unit, "MemoryMax"))) {
            fputs(" (max: ", out);
            print_bytes(details_text(unit, "MemoryMax"), out);
            fputc(')', out);
        }
        fputc('\n', out);
    }
    if (is_number(cpu))
        fprintf(out, "        CPU: %.3fs\n", strtod(cpu, NULL) / 1e9);
    print_text("CGroup", details_text(unit, "ControlGroup"), "", out);
}

static void print_loaded(const struct details *unit, FILE *out)
{
    const char *path = details_text(unit, "FragmentPath");

    if (is_word(unit, "LoadState", "not-found")) {
        fprintf(out, "     Loaded: not-found (Reason: Unit %s not found.)\n",
                details_text(unit, "Id"));
        return;
    }
    fprintf(out, "     Loaded: loaded (");
    words_put_safe(out, path[0] ? path : "a part of reeve");
    fprintf(out, "; %s)\n", details_text(unit, "UnitFileState"));
    print_text("Drop-In", details_text(unit, "DropInPaths"), "", out);
}

void print_status(const struct details *unit, const char *proc, const struct print_style *style,
                  FILE *out)
{
    if (details_number(unit, "NeedDaemonReload"))
        fprintf(out,
                "Warning: The unit file, source configuration file or drop-ins of %s changed on "
                "disk. Run 'reevectl daemon-reload' to reload units.\n",
                details_text(unit, "Id"));
    fprintf(out, "%s %s", mark_of(unit), details_text(unit, "Id"));
    if (!is_word(unit, "Description", details_text(unit, "Id"))) {
        fputs(" - ", out);
        words_put_safe(out, details_text(unit, "Description"));
    }
    fputc('\n', out);
    print_loaded(unit, out);
    print_active(unit, style, out);
    print_text("TriggeredBy", details_text(unit, "TriggeredBy"), "", out);
    print_text("Triggers", details_text(unit, "Triggers"), "", out);
    print_text("Job", details_text(unit, "ReeveJob"), "", out);
    print_text("Invocation", details_text(unit, "InvocationID"), "", out);
    print_text("Triggered", details_text(unit, "ReeveTriggeredBy"), "", out);
    if (!is_word(unit, "ReeveHealth", "none"))
        print_text("Health", details_text(unit, "ReeveHealth"), "", out);
    print_text("Docs", details_text(unit, "Documentation"), "", out);
    print_main(unit, proc, out);
    print_text("Status", details_text(unit, "StatusText"), "\"", out);
    print_text("Probe", details_text(unit, "ReeveHealthCmd"), "", out);
    print_resources(unit, out);
    print_processes(&unit->processes, proc, style, out);
}

void print_change(const struct model_unit *unit, FILE *out)
{
    const struct wire_state *state = &unit->state;
    char since[WORDS_TIME_SIZE];

    words_timestamp(state->since_realtime_us, since);
    fprintf(out, "%s %s %s (%s)", since[0] ? since : "-", unit->unit.name,
            wire_active_string(state->active), state->sub);
    if (state->health != WIRE_HEALTH_NONE)
        fprintf(out, " %s", wire_health_string(state->health));
    if (state->result[0] && strcmp(state->result, "success") != 0)
        fprintf(out, " result=%s", state->result);
    if (state->main_pid > 0)
        fprintf(out, " pid=%d", (int)state->main_pid);
    fprintf(out, " restarts=%u\n", state->restarts);
}
