#include "supervisor/unit/directives.h"
#include "supervisor/unit/suggest.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Directives with one value: see directives.h for what each expects as its argument. */

int directive_boolean(struct reading *reading)
{
    int error = value_boolean(reading->value, reading_field(reading));

    if (error < 0)
        reading_bad_value(reading, error, "a boolean (yes or no)");
    return 0;
}

/* What reeve does in any case: "no" asks for less than it promises. */
int directive_always_on(struct reading *reading)
{
    bool is_on = true;
    int error = value_boolean(reading->value, &is_on);

    if (error < 0)
        reading_bad_value(reading, error, "a boolean (yes or no)");
    else if (!is_on)
        reading_refused(reading, reading->value_offset, NULL,
                        "%s=%s cannot be had: reeve sets it for every service", reading->key,
                        reading->value);
    return 0;
}

/* --- words of an enumeration --- */

/* The choice that the value names, when it is one to be had; else reported. */
static const struct choice *find_choice(struct reading *reading)
{
    struct suggestion suggestion = { .word = reading->value };
    char hint[96], list[160] = "";
    size_t length = 0;

    for (const struct choice *at = reading->directive->choices; at->word; at++) {
        if (strcmp(at->word, reading->value) == 0) {
            if (!at->refused)
                return at;
            reading_refused(reading, reading->value_offset, at->refused,
                            "%s=%s cannot be honoured by reeve", reading->key, reading->value);
            return NULL;
        }
        if (at->refused)
            continue;
        suggestion_offer(&suggestion, at->word);
        if (length < sizeof(list))
            length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
                                       length ? ", " : "one of ", at->word);
    }
    snprintf(hint, sizeof(hint), "did you mean '%s'?",
             suggestion.nearest ? suggestion.nearest : "");
    reading_error(reading, reading->value_offset, suggestion.nearest ? hint : list,
                  "%s= does not know '%s'", reading->key, reading->value);
    return NULL;
}

static bool set_choice(struct reading *reading, const struct choice *choice)
{
    if (!choice)
        return false;
    if (choice->note)
        reading_advice(reading, reading->value_offset, NULL, "%s=%s %s", reading->key,
                       reading->value, choice->note);
    /* All enumerations of unit_spec.h are as large as unsigned. */
    memcpy(reading_field(reading), &choice->value, sizeof(choice->value));
    return true;
}

int directive_choice(struct reading *reading)
{
    (void)set_choice(reading, find_choice(reading));
    return 0;
}

/* Empty: the default. */
int directive_kill_mode(struct reading *reading)
{
    if (reading->value[0] == '\0')
        reading->spec->kill.mode = KILL_CONTROL_GROUP;
    else
        (void)set_choice(reading, find_choice(reading));
    return 0;
}

int directive_type(struct reading *reading)
{
    reading->type_place = reading_place(reading, reading->value_offset);
    reading->has_type = true;
    (void)set_choice(reading, find_choice(reading));
    return 0;
}

int directive_restart(struct reading *reading)
{
    reading->restart_place = reading_place(reading, reading->value_offset);
    (void)set_choice(reading, find_choice(reading));
    return 0;
}

int directive_notify_access(struct reading *reading)
{
    reading->has_notify_access = set_choice(reading, find_choice(reading));
    return 0;
}

int directive_gate(struct reading *reading)
{
    reading->gate_place = reading_place(reading, reading->value_offset);
    return directive_boolean(reading);
}

/* A boolean or a word. */
int directive_protect_system(struct reading *reading)
{
    enum protect_system *field = reading_field(reading);
    bool is_on;

    reading->spec->exec.protect_system_place = reading_place(reading, reading->value_offset);
    if (value_boolean(reading->value, &is_on) == 0)
        *field = is_on ? PROTECT_SYSTEM_YES : PROTECT_SYSTEM_NO;
    else
        (void)set_choice(reading, find_choice(reading));
    return 0;
}

int directive_switch(struct reading *reading)
{
    unsigned *field = reading_field(reading);
    bool is_on;

    if (value_boolean(reading->value, &is_on) == 0)
        *field = is_on;
    else
        (void)set_choice(reading, find_choice(reading));
    return 0;
}

int directive_preserve(struct reading *reading)
{
    enum preserve *field = reading_field(reading);
    bool is_on;

    if (value_boolean(reading->value, &is_on) == 0)
        *field = is_on ? PRESERVE_YES : PRESERVE_NO;
    else
        (void)set_choice(reading, find_choice(reading));
    return 0;
}

/* --- numbers --- */

int directive_time(struct reading *reading)
{
    int flags = reading->directive->argument;
    uint64_t *field = reading_field(reading), us;
    int error;

    if ((flags & TIME_ABORT) && reading->value[0] == '\0') {
        reading->has_timeout_abort = false;
        return 0;
    }
    error = value_time(reading->value, USEC_PER_SEC, &us);
    if (error == 0 && (flags & TIME_POSITIVE) && (us == 0 || us == USEC_INFINITY))
        error = -ERANGE;
    if (error < 0) {
        reading_bad_value(reading, error, "a time span like '5s' or '1min 30s'");
        return 0;
    }
    if ((flags & TIME_ZERO_IS_NEVER) && us == 0)
        us = USEC_INFINITY;
    if (flags & TIME_START)
        reading->has_timeout_start = true;
    if (flags & TIME_ABORT)
        reading->has_timeout_abort = true;
    if (flags & TIME_JOB_RUNNING)
        reading->has_job_running_timeout = true;
    if ((flags & TIME_JOB) && !reading->has_job_running_timeout)
        reading->spec->job_running_timeout_us = us;
    if (flags & TIME_BOTH)
        reading->spec->service.timeout_stop_us = us;
    *field = us;
    return 0;
}

int directive_unsigned(struct reading *reading)
{
    uint64_t number, least = (uint64_t)reading->directive->argument;
    int error = value_unsigned(reading->value, UINT32_MAX, &number);

    if (error == 0 && number < least)
        error = -ERANGE;
    if (error < 0)
        reading_bad_value(reading, error, "a whole number");
    else
        *(unsigned *)reading_field(reading) = (unsigned)number;
    return 0;
}

/* Empty: the status of the service itself. */
int directive_exit_code(struct reading *reading)
{
    int *field = reading_field(reading);
    int error;

    if (reading->value[0] == '\0') {
        *field = -1;
        return 0;
    }
    error = value_integer(reading->value, 0, 255, field);
    if (error < 0)
        reading_bad_value(reading, error, "an exit status (0 to 255)");
    return 0;
}

/* An optional number: the empty value takes it back. */
static void set_optional(struct reading *reading, int min, int max, bool *is_set)
{
    int *field = reading_field(reading);
    char what[64];
    int error;

    if (reading->value[0] == '\0') {
        *is_set = false;
        return;
    }
    error = value_integer(reading->value, min, max, field);
    if (error == 0) {
        *is_set = true;
        return;
    }
    snprintf(what, sizeof(what), "a number from %d to %d", min, max);
    reading_bad_value(reading, error, what);
}

int directive_nice(struct reading *reading)
{
    set_optional(reading, -20, 19, &reading->spec->exec.has_nice);
    return 0;
}

int directive_oom_score(struct reading *reading)
{
    set_optional(reading, -1000, 1000, &reading->spec->exec.has_oom_score_adjust);
    return 0;
}

int directive_signal(struct reading *reading)
{
    int error = value_signal(reading->value, reading_field(reading));

    if (error < 0)
        reading_bad_value(reading, error, "a signal like SIGTERM");
    return 0;
}

int directive_mode(struct reading *reading)
{
    int error = value_mode(reading->value, reading_field(reading));

    if (error < 0)
        reading_bad_value(reading, error, "an octal mode like 0022");
    return 0;
}

int directive_directory_mode(struct reading *reading)
{
    return directive_mode(reading);
}

int directive_limit(struct reading *reading)
{
    struct resource_limit **limits = reading_field(reading), *limit;
    int error;

    /* Few units have any. */
    if (!*limits)
        *limits = arena_get(reading->arena, LIMIT_COUNT * sizeof(**limits));
    if (!*limits)
        return -ENOMEM;
    limit = &(*limits)[reading->directive->argument];
    error = value_limit(reading->value, reading->directive->argument, limit);
    if (error == -EILSEQ)
        reading_error(reading, reading->value_offset, NULL,
                      "%s=%s has a soft limit above the hard limit", reading->key, reading->value);
    else if (error < 0)
        reading_bad_value(reading, error, "a resource limit like '1024' or '512:infinity'");
    return 0;
}

/* --- texts --- */

int directive_string(struct reading *reading)
{
    const char **field = reading_field(reading);
    char *text;
    int error = reading_expand_value(reading, &text);

    if (error == 0 && text)
        *field = text;
    return error;
}

/* Empty: the name, as without one. */
int directive_description(struct reading *reading)
{
    struct unit_spec *spec = reading->spec;
    int error = directive_string(reading);

    if (error == 0 && spec->description[0] == '\0')
        spec->description = spec->name;
    return error;
}

static int add_probe(struct reading *reading, const char *command)
{
    struct health_probe **at = &reading->spec->health.probes;
    struct health_probe *probe;
    unsigned count = 0;

    for (; *at; at = &(*at)->next)
        count++;
    if (count == HEALTH_PROBES_MAX) {
        reading_error(reading, reading->value_offset, NULL, "a unit has at most %d probes",
                      HEALTH_PROBES_MAX);
        return 0;
    }
    probe = arena_get(reading->arena, sizeof(*probe));
    if (!probe)
        return -ENOMEM;
    *probe = (struct health_probe){
        .command = command,
        .place = reading_place(reading, reading->value_offset),
    };
    *at = probe;
    return 0;
}

/* Each line is one more probe. An empty one takes back those before it, as with other lists; so
 * does "none", as in podman-run(1). */
int directive_health_command(struct reading *reading)
{
    char *command;
    int error = reading_expand_value(reading, &command);

    if (error < 0 || !command)
        return error;
    if (command[0] != '\0' && strcmp(command, "none") != 0)
        return add_probe(reading, command);
    reading->spec->health.probes = NULL;
    return 0;
}
