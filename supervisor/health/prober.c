#include "supervisor/health/prober.h"

#include "supervisor/health/talk.h"
#include "supervisor/health/text.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SPARED_MAX = 1000 };

struct probe {
    struct prober *prober;
    int32_t id;   /* of the row in the present snapshot */
    size_t index; /* into its probes */
    uint32_t incarnation;
    unsigned spared; /* turns of the loop, up to SPARED_MAX, since its time was over */
    bool is_usable;  /* the address could be read; else `problem` says why not */
    struct probe_address address;
    struct talk talk;       /* every kind but PROBE_COMMAND */
    struct command command; /* PROBE_COMMAND */
    uint64_t began_realtime_us;
    char problem[WIRE_TEXT_SIZE];
    char status[WIRE_TEXT_SIZE]; /* notify: what the service said when it was looked at last */
};

static struct row *row_of(const struct probe *probe)
{
    return &probe->prober->table->present.rows[probe->id];
}

static struct row_probe *slot_of(const struct probe *probe)
{
    return &row_of(probe)->probes[probe->index];
}

static bool is_talk(const struct probe *probe)
{
    return probe->address.kind != PROBE_COMMAND && probe->address.kind != PROBE_NOTIFY;
}

static bool is_command(const struct probe *probe)
{
    return probe->address.kind == PROBE_COMMAND;
}

static struct health_pace pace_of(const struct row *row, const struct row_probe *slot)
{
    struct health_pace pace = row->pace;

    pace.may_hurry = slot->may_hurry;
    return pace;
}

/* --- answers --- */

static void log_change(const struct row *row, enum wire_health_word before)
{
    const struct row_probe *worst = row_worst_probe(row);
    enum wire_health_word word = row_health(row);

    /* Healthy after starting is what everybody expects. */
    if (word == WIRE_HEALTH_UNHEALTHY && before != WIRE_HEALTH_UNHEALTHY)
        fprintf(stderr, "<4>%s is unhealthy: %s\n", row->unit.name, worst->record.message);
    else if (word == WIRE_HEALTH_HEALTHY && before == WIRE_HEALTH_UNHEALTHY)
        fprintf(stderr, "<5>%s is healthy again: %s\n", row->unit.name, worst->record.message);
}

static void take_answer(struct probe *probe, bool is_good, const char *message)
{
    struct row *row = row_of(probe);
    struct row_probe *slot = slot_of(probe);
    struct health_pace pace = pace_of(row, slot);
    uint64_t now_us = clock_monotonic_us();
    enum wire_health_word before = row_health(row);

    wire_copy(slot->record.message, sizeof(slot->record.message), message);
    slot->record.at_realtime_us = probe->began_realtime_us;
    probe->prober->is_planned = false;
    probe_record_add(&slot->record, is_good, now_us - slot->health.probe_us);
    table_probed(probe->prober->table, slot);
    if (health_probe_ends(&slot->health, &pace, is_good, now_us)) {
        table_touch(probe->prober->table, row);
        log_change(row, before);
        probe->prober->has_news = true;
    }
}

static void probe_done(void *context, bool is_good, const char *message)
{
    take_answer(context, is_good, message);
}

/* notify: what the service says of itself is known already. */
static void judge_status(struct probe *probe, const struct row *row)
{
    const char *pattern = probe->address.pattern, *status = row->state.status;
    bool is_wanted = pattern[0] != '!';
    bool is_like = fnmatch(pattern + !is_wanted, status, 0) == 0;
    char message[WIRE_TEXT_SIZE];

    text_clean(message, sizeof(message), status[0] ? status : "no STATUS= yet");
    take_answer(probe, status[0] && is_like == is_wanted, message);
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
    else if (is_talk(probe))
        talk_reset(&probe->talk);
}

static void probe_free(struct probe *probe)
{
    reset(probe);
    if (probe->is_usable && is_talk(probe))
        talk_release(&probe->talk);
    probe_address_release(&probe->address);
    free(probe);
}

static void read_address(struct probe *probe, const struct row *row)
{
    const char *command = row->probes[probe->index].command;
    char error[WIRE_TEXT_SIZE];
    int result = probe_address_parse(command, &probe->address, error, sizeof(error));

    if (result < 0) {
        char message[2 * WIRE_TEXT_SIZE];

        snprintf(message, sizeof(message), "HealthCmd= cannot be used: %s", error);
        text_clean(probe->problem, sizeof(probe->problem), message);
        fprintf(stderr, "<3>%s: %s\n", row->unit.name, probe->problem);
        return;
    }
    probe->is_usable = true;
    if (is_command(probe)) {
        command_init(&probe->command, probe->prober->loop, probe->address.words);
        probe->command.done = probe_done;
        probe->command.context = probe;
    } else if (is_talk(probe)) {
        talk_init(&probe->talk, probe->prober->loop, &probe->address);
        probe->talk.done = probe_done;
        probe->talk.context = probe;
    }
}

static struct probe *probe_new(struct prober *prober, const struct row *row, size_t index)
{
    struct probe *probe = calloc(1, sizeof(*probe));

    if (!probe)
        return NULL;
    probe->prober = prober;
    probe->id = row->unit.id;
    probe->index = index;
    read_address(probe, row);
    return probe;
}

static bool is_process_running(const struct wire_state *state)
{
    return state->main_pid > 0 &&
           (state->active == WIRE_ACTIVE || state->active == WIRE_ACTIVATING ||
            state->active == WIRE_RELOADING);
}

/* A HealthCmd= that nobody understands must not look like a unit that is well. */
static void condemn(struct row_probe *slot, uint64_t now_us)
{
    slot->health.word = WIRE_HEALTH_UNHEALTHY;
    slot->health.is_running = false;
    slot->record.is_known = true;
    slot->record.is_good = false;
    slot->record.at_realtime_us = now_us;
    wire_copy(slot->record.message, sizeof(slot->record.message), slot->probe->problem);
}

static void slot_changed(const struct row *row, struct row_probe *slot, uint64_t now_us)
{
    struct probe *probe = slot->probe;
    struct health_pace pace = pace_of(row, slot);
    bool is_running = is_process_running(&row->state), is_new;

    if (!probe)
        return;
    if (!probe->is_usable) {
        condemn(slot, clock_realtime_us());
        return;
    }
    is_new = probe->incarnation != row->state.incarnation;
    if (is_running == slot->health.is_running && !is_new) {
        if (is_running && probe->address.kind == PROBE_NOTIFY &&
            strcmp(probe->status, row->state.status) != 0)
            slot->health.next_us = now_us; /* it says something else */
        wire_copy(probe->status, sizeof(probe->status), row->state.status);
        return;
    }
    reset(probe);
    probe->incarnation = row->state.incarnation;
    slot->record.is_known = false;
    if (is_running)
        health_run(&slot->health, &pace, row->state.health, now_us);
    else
        health_halt(&slot->health);
}

void prober_row_changed(struct prober *prober, struct row *row, uint64_t now_us)
{
    prober->is_planned = false;
    for (size_t i = 0; i < row->probe_count; i++)
        slot_changed(row, &row->probes[i], now_us);
    prober->has_news |= row->probe_count > 0; /* maybe; table_health_news() knows */
}

static void prepare(struct prober *prober, const struct row *row, size_t index)
{
    struct row_probe *slot = &row->probes[index];

    if (!slot->probe) {
        slot->probe = probe_new(prober, row, index);
        health_halt(&slot->health);
    }
    if (!slot->probe) {
        fprintf(stderr, "<3>%s: out of memory, a probe is left out\n", row->unit.name);
        return;
    }
    slot->probe->id = row->unit.id;
    slot->may_hurry = slot->probe->is_usable && !is_command(slot->probe);
}

void prober_synced(struct prober *prober, uint64_t now_us)
{
    struct snapshot *snapshot = &prober->table->present;

    prober->is_planned = false; /* also when there is no row any more */
    for (size_t i = 0; i < snapshot->count; i++) {
        struct row *row = &snapshot->rows[i];

        for (size_t k = 0; k < row->probe_count; k++)
            prepare(prober, row, k);
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

static uint64_t earliest(const struct prober *prober)
{
    const struct snapshot *snapshot = &prober->table->present;
    uint64_t earliest_us = USEC_INFINITY;

    for (size_t i = 0; i < snapshot->count; i++)
        for (size_t k = 0; k < snapshot->rows[i].probe_count; k++) {
            const struct row *row = &snapshot->rows[i];
            uint64_t due_us = health_due(&row->probes[k].health, &row->pace);

            if (row->probes[k].probe && due_us < earliest_us)
                earliest_us = due_us;
        }
    return earliest_us;
}

uint64_t prober_deadline(struct prober *prober)
{
    if (!prober->is_planned)
        prober->deadline_us = earliest(prober);
    prober->is_planned = true;
    return prober->deadline_us;
}

static void begin(struct prober *prober, struct row *row, struct row_probe *slot, uint64_t now_us)
{
    struct health_pace pace = pace_of(row, slot);
    struct probe *probe = slot->probe;

    prober->is_planned = false;
    health_probe_begins(&slot->health, &pace, now_us, next_random(prober));
    probe->began_realtime_us = clock_realtime_us();
    probe->spared = 0;
    if (is_command(probe))
        command_start(&prober->commands, &probe->command);
    else if (is_talk(probe))
        talk_start(&probe->talk);
    else
        judge_status(probe, row);
}

/*
 * The time may be over because it was us who stood still: the pod was paused, or the machine has
 * other things to do. The answer may lie there, so what is ready is taken first, an event a turn,
 * unless there is no end of it.
 */
static bool is_over(struct probe *probe)
{
    return probe->prober->loop->is_quiet || probe->spared++ >= SPARED_MAX;
}

static void look_after(struct prober *prober, struct row *row, struct row_probe *slot,
                       uint64_t now_us)
{
    if (!slot->probe || health_due(&slot->health, &row->pace) > now_us)
        return;
    if (!slot->health.is_probing)
        begin(prober, row, slot, now_us);
    else if (is_over(slot->probe))
        time_out(slot->probe);
}

void prober_tick(struct prober *prober, uint64_t now_us)
{
    struct snapshot *snapshot = &prober->table->present;

    if (prober_deadline(prober) > now_us)
        return;
    for (size_t i = 0; i < snapshot->count; i++)
        for (size_t k = 0; k < snapshot->rows[i].probe_count; k++)
            look_after(prober, &snapshot->rows[i], &snapshot->rows[i].probes[k], now_us);
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
