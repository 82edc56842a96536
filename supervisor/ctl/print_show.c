#include "supervisor/ctl/print.h"

#include "supervisor/ctl/words.h"

#include <string.h>

/* What a property is made of: the unit, or for a unit that is not loaded only the name that was
 * asked for. */
struct subject {
    const struct model_unit *unit;
    const char *name;
};

static void put_number(FILE *out, uint64_t number)
{
    fprintf(out, "%llu", (unsigned long long)number);
}

static void put_timestamp(FILE *out, uint64_t realtime_us)
{
    char text[WORDS_TIME_SIZE];

    words_timestamp(realtime_us, text);
    fputs(text, out);
}

static void put_id(const struct subject *subject, FILE *out)
{
    fputs(subject->name, out);
}

static void put_description(const struct subject *subject, FILE *out)
{
    words_put_safe(out, subject->unit->unit.description);
}

static void put_load_state(const struct subject *subject, FILE *out)
{
    fputs(subject->unit->unit.name[0] ? "loaded" : "not-found", out);
}

static void put_active_state(const struct subject *subject, FILE *out)
{
    fputs(wire_active_string(subject->unit->state.active), out);
}

static void put_sub_state(const struct subject *subject, FILE *out)
{
    words_put_safe(out, subject->unit->state.sub[0] ? subject->unit->state.sub : "dead");
}

static void put_result(const struct subject *subject, FILE *out)
{
    words_put_safe(out, subject->unit->state.result[0] ? subject->unit->state.result : "success");
}

static void put_main_pid(const struct subject *subject, FILE *out)
{
    fprintf(out, "%d", (int)subject->unit->state.main_pid);
}

static void put_restarts(const struct subject *subject, FILE *out)
{
    put_number(out, subject->unit->state.restarts);
}

static void put_exit_code(const struct subject *subject, FILE *out)
{
    fprintf(out, "%d", subject->unit->state.exit_code);
}

static void put_exit_status(const struct subject *subject, FILE *out)
{
    fprintf(out, "%d", subject->unit->state.exit_status);
}

static void put_status_text(const struct subject *subject, FILE *out)
{
    words_put_safe(out, subject->unit->state.status);
}

static void put_requires(const struct subject *subject, FILE *out)
{
    words_put_safe(out, subject->unit->unit.required);
}

static void put_state_change(const struct subject *subject, FILE *out)
{
    put_timestamp(out, subject->unit->state.since_realtime_us);
}

static void put_state_change_monotonic(const struct subject *subject, FILE *out)
{
    put_number(out, subject->unit->state.since_monotonic_us);
}

static void put_active_enter(const struct subject *subject, FILE *out)
{
    if (subject->unit->state.active == WIRE_ACTIVE)
        put_timestamp(out, subject->unit->state.since_realtime_us);
}

static void put_job(const struct subject *subject, FILE *out)
{
    fputs(words_job(subject->unit->state.job), out);
}

static void put_health(const struct subject *subject, FILE *out)
{
    fputs(wire_health_string(subject->unit->state.health), out);
}

static void put_health_cmd(const struct subject *subject, FILE *out)
{
    words_put_safe(out, subject->unit->unit.health_command);
}

static void put_start_latency(const struct subject *subject, FILE *out)
{
    put_number(out, subject->unit->state.start_latency_us);
}

static void put_internal(const struct subject *subject, FILE *out)
{
    fputs(subject->unit->unit.is_internal ? "yes" : "no", out);
}

/* systemctl's names first, in its order; what systemd does not know begins with "Reeve". */
static const struct property {
    const char *name;
    void (*put)(const struct subject *subject, FILE *out);
} properties[] = {
    { "Id", put_id },
    { "Description", put_description },
    { "LoadState", put_load_state },
    { "ActiveState", put_active_state },
    { "SubState", put_sub_state },
    { "Result", put_result },
    { "MainPID", put_main_pid },
    { "NRestarts", put_restarts },
    { "ExecMainCode", put_exit_code },
    { "ExecMainStatus", put_exit_status },
    { "StatusText", put_status_text },
    { "Requires", put_requires },
    { "StateChangeTimestamp", put_state_change },
    { "StateChangeTimestampMonotonic", put_state_change_monotonic },
    { "ActiveEnterTimestamp", put_active_enter },
    { "ReeveJob", put_job },
    { "ReeveHealth", put_health },
    { "ReeveHealthCmd", put_health_cmd },
    { "ReeveStartUSec", put_start_latency },
    { "ReeveInternal", put_internal },
};

/* Whether `name` stands in one of the comma-separated lists. */
static bool is_selected(const struct print_selection *selection, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < selection->count; i++)
        for (const char *part = selection->names[i]; part; part = strchr(part, ',')) {
            part += *part == ',';
            if (strncmp(part, name, length) == 0 && (part[length] == '\0' || part[length] == ','))
                return true;
        }
    return selection->count == 0;
}

void print_properties(const struct model_unit *unit, const char *name,
                      const struct print_selection *selection, FILE *out)
{
    static const struct model_unit absent;
    struct subject subject = { .unit = unit ? unit : &absent, .name = name };

    for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
        if (!is_selected(selection, properties[i].name))
            continue;
        if (!selection->only_values)
            fprintf(out, "%s=", properties[i].name);
        properties[i].put(&subject, out);
        fputc('\n', out);
    }
}

static void print_pair(const struct print_selection *selection, const char *name, const char *value,
                       FILE *out)
{
    if (!is_selected(selection, name))
        return;
    if (!selection->only_values)
        fprintf(out, "%s=", name);
    words_put_safe(out, value);
    fputc('\n', out);
}

void print_pod_properties(const struct model *model, const struct print_selection *selection,
                          FILE *out)
{
    char text[WORDS_TIME_SIZE];

    print_pair(selection, "Version", model->hello.version, out);
    print_pair(selection, "SystemState", words_system_state(model), out);
    print_pair(selection, "DefaultTarget", model->hello.target, out);
    snprintf(text, sizeof(text), "%zu", model->count);
    print_pair(selection, "NUnits", text, out);
    words_timestamp(model->hello.started_realtime_us, text);
    print_pair(selection, "UserspaceTimestamp", text, out);
    snprintf(text, sizeof(text), "%d", model->pod.exit_code);
    print_pair(selection, "ReeveExitCode", text, out);
}
