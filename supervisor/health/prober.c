#include "supervisor/health/prober.h"

#include "supervisor/health/talk.h"
#include "supervisor/health/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct probe {
    struct prober *prober;
    int32_t id; /* of the row in the present snapshot */
    uint32_t incarnation;
    bool is_usable; /* the address could be read; else `problem` says why not */
    struct probe_address address;
    struct talk talk;       /* every kind but PROBE_COMMAND */
    struct command command; /* PROBE_COMMAND */
    uint64_t began_realtime_us;
    char problem[WIRE_TEXT_SIZE];
};

static struct row *row_of(const struct probe *probe)
{
    return &probe->prober->table->present.rows[probe->id];
}

static bool is_command(const struct probe *probe)
{
    return probe->address.kind == PROBE_COMMAND;
}

/* --- answers --- */

static void log_change(const struct row *row, enum wire_health_word before)
{
    /* Healthy after starting is what everybody expects. */
    if (row->health.word == WIRE_HEALTH_UNHEALTHY)
        fprintf(stderr, "<4>%s is unhealthy: %s\n", row->unit.name, row->record.message);
    else if (row->health.word == WIRE_HEALTH_HEALTHY && before == WIRE_HEALTH_UNHEALTHY)
        fprintf(stderr, "<5>%s is healthy again: %s\n", row->unit.name, row->record.message);
}

static void take_answer(struct probe *probe, bool is_good, const char *message)
{
    struct row *row = row_of(probe);
    uint64_t now_us = clock_monotonic_us();
    enum wire_health_word before = row->health.word;

    wire_copy(row->record.message, sizeof(row->record.message), message);
    row->record.at_realtime_us = probe->began_realtime_us;
    probe_record_add(&row->record, is_good, now_us - row->health.probe_us);
    table_probed(probe->prober->table, row);
    if (health_probe_ends(&row->health, &row->pace, is_good, now_us)) {
        table_touch(probe->prober->table, row);
        log_change(row, before);
        probe->prober->has_news = true;
    }
}

static void probe_done(void *context, bool is_good, const char *message)
{
    take_answer(context, is_good, message);
}

static void time_out(struct probe *probe)
{
    const struct row *row = row_of(probe);
    char message[WIRE_TEXT_SIZE];
    const char *where = "the command still ran";

    if (is_command(probe))
        command_cancel(&probe->prober->commands, &probe->command);
    else
        where = talk_cancel(&probe->talk);
    snprintf(message, sizeof(message), "timed out after %" PRIu64 " ms, %s",
             row->pace.timeout_us / USEC_PER_MSEC, where);
    take_answer(probe, false, message);
}

/* --- coming and going --- */

/* Nothing of the present conversation or its connections remains. */
static void reset(struct probe *probe)
{
    if (!probe->is_usable)
        return;
    if (is_command(probe))
        command_cancel(&probe->prober->commands, &probe->command);
    else
        talk_reset(&probe->talk);
}

static void probe_free(struct probe *probe)
{
    reset(probe);
    if (probe->is_usable && !is_command(probe))
        talk_release(&probe->talk);
    probe_address_release(&probe->address);
    free(probe);
}

static void read_address(struct probe *probe, const struct wire_unit *unit)
{
    char error[WIRE_TEXT_SIZE];
    int result = probe_address_parse(unit->health_command, &probe->address, error, sizeof(error));

    if (result < 0) {
        char message[2 * WIRE_TEXT_SIZE];

        snprintf(message, sizeof(message), "HealthCmd= cannot be used: %s", error);
        text_clean(probe->problem, sizeof(probe->problem), message);
        fprintf(stderr, "<3>%s: %s\n", unit->name, probe->problem);
        return;
    }
    probe->is_usable = true;
    if (is_command(probe)) {
        command_init(&probe->command, probe->prober->loop, probe->address.words);
        probe->command.done = probe_done;
        probe->command.context = probe;
    } else {
        talk_init(&probe->talk, probe->prober->loop, &probe->address);
        probe->talk.done = probe_done;
        probe->talk.context = probe;
    }
}

static struct probe *probe_new(struct prober *prober, const struct wire_unit *unit)
{
    struct probe *probe = calloc(1, sizeof(*probe));

    if (!probe)
        return NULL;
    probe->prober = prober;
    probe->id = unit->id;
    read_address(probe, unit);
    return probe;
}

static bool is_process_running(const struct wire_state *state)
{
    return state->main_pid > 0 &&
           (state->active == WIRE_ACTIVE || state->active == WIRE_ACTIVATING ||
            state->active == WIRE_RELOADING);
}

/* A HealthCmd= that nobody understands must not look like a unit that is well. */
static void condemn(struct row *row, uint64_t now_us)
{
    row->health.word = WIRE_HEALTH_UNHEALTHY;
    row->health.is_running = false;
    row->record.is_known = true;
    row->record.is_good = false;
    row->record.at_realtime_us = now_us;
    wire_copy(row->record.message, sizeof(row->record.message), row->probe->problem);
}

void prober_row_changed(struct prober *prober, struct row *row, uint64_t now_us)
{
    struct probe *probe = row->probe;
    bool is_running = is_process_running(&row->state), is_new;

    if (!probe)
        return;
    prober->has_news = true; /* maybe; table_health_news() knows */
    if (!probe->is_usable) {
        condemn(row, clock_realtime_us());
        return;
    }
    is_new = probe->incarnation != row->state.incarnation;
    if (is_running == row->health.is_running && !is_new)
        return;
    reset(probe);
    probe->incarnation = row->state.incarnation;
    row->record.is_known = false;
    if (is_running)
        health_run(&row->health, &row->pace, row->state.health, now_us);
    else
        health_halt(&row->health);
}

void prober_synced(struct prober *prober, uint64_t now_us)
{
    struct snapshot *snapshot = &prober->table->present;

    for (size_t i = 0; i < snapshot->count; i++) {
        struct row *row = &snapshot->rows[i];

        if (!row->unit.health_command[0])
            continue;
        if (!row->probe) {
            row->probe = probe_new(prober, &row->unit);
            if (!row->probe) {
                fprintf(stderr, "<3>%s: out of memory, its probe is left out\n", row->unit.name);
                continue;
            }
            health_halt(&row->health);
        }
        row->probe->id = row->unit.id;
        row->pace.may_hurry = row->probe->is_usable && !is_command(row->probe);
        prober_row_changed(prober, row, now_us);
    }
}

/* --- time --- */

/* xorshift32 (Marsaglia): spreads probes, guards nothing. */
static uint32_t next_random(struct prober *prober)
{
    prober->random ^= prober->random << 13;
    prober->random ^= prober->random >> 17;
    prober->random ^= prober->random << 5;
    return prober->random;
}

uint64_t prober_deadline(const struct prober *prober)
{
    const struct snapshot *snapshot = &prober->table->present;
    uint64_t earliest_us = USEC_INFINITY;

    for (size_t i = 0; i < snapshot->count; i++)
        if (snapshot->rows[i].probe) {
            uint64_t due_us = health_due(&snapshot->rows[i].health, &snapshot->rows[i].pace);

            if (due_us < earliest_us)
                earliest_us = due_us;
        }
    return earliest_us;
}

static void begin(struct prober *prober, struct row *row, uint64_t now_us)
{
    struct probe *probe = row->probe;

    health_probe_begins(&row->health, &row->pace, now_us, next_random(prober));
    probe->began_realtime_us = clock_realtime_us();
    if (is_command(probe))
        command_start(&prober->commands, &probe->command);
    else
        talk_start(&probe->talk);
}

void prober_tick(struct prober *prober, uint64_t now_us)
{
    struct snapshot *snapshot = &prober->table->present;

    for (size_t i = 0; i < snapshot->count; i++) {
        struct row *row = &snapshot->rows[i];

        if (!row->probe || health_due(&row->health, &row->pace) > now_us)
            continue;
        if (row->health.is_probing)
            time_out(row->probe);
        else
            begin(prober, row, now_us);
    }
}

int prober_init(struct prober *prober, struct loop *loop, struct table *table)
{
    *prober = (struct prober){
        .loop = loop,
        .table = table,
        .random = (uint32_t)clock_monotonic_us() | 1,
    };
    table->forget = probe_free;
    return commands_init(&prober->commands, loop);
}

void prober_release(struct prober *prober)
{
    table_release(prober->table);
    commands_release(&prober->commands);
}
