#include "supervisor/health/table.h"

#include "supervisor/health/address.h"
#include "supervisor/unit/unit_spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const uint64_t probe_bucket_us[PROBE_BUCKETS] = {
    500, 1000, 5000, 25000, 100000, 500000, 1000000, 5000000,
};

/* A time-out of 0 would fail every probe at once. */
static const uint64_t timeout_default_us = 5 * USEC_PER_SEC;

static void row_release_probes(struct row *row, void (*forget)(struct probe *))
{
    for (size_t i = 0; i < row->probe_count; i++) {
        if (row->probes[i].probe && forget)
            forget(row->probes[i].probe);
        free(row->probes[i].command);
        free(row->probes[i].address);
    }
    free(row->probes);
    row->probes = NULL;
    row->probe_count = 0;
}

/* redis://USER:PASSWORD@HOST is the one place for a secret. */
static char *address_of(const char *command)
{
    static const char scheme[] = "redis://";
    const char *rest = command + strlen(scheme);
    char *address;

    if (strncmp(command, scheme, strlen(scheme)) != 0)
        return strdup(command);
    return asprintf(&address, "%s%s", scheme, redis_host(rest)) < 0 ? NULL : address;
}

static int row_add_probe(struct row *row, const char *command)
{
    struct row_probe *longer;

    if (row->probe_count == HEALTH_PROBES_MAX)
        return -EBADMSG;
    longer = reallocarray(row->probes, row->probe_count + 1, sizeof(*longer));
    if (!longer)
        return -ENOMEM;
    row->probes = longer;
    longer += row->probe_count;
    *longer = (struct row_probe){ .command = strdup(command), .address = address_of(command) };
    row->probe_count++;
    return longer->command && longer->address ? 0 : -ENOMEM;
}

static void snapshot_release(struct snapshot *snapshot, void (*forget)(struct probe *))
{
    for (size_t i = 0; i < snapshot->count; i++) {
        struct row *row = &snapshot->rows[i];

        row_release_probes(row, forget);
        free(row->required);
        free(row->more_required);
    }
    free(snapshot->rows);
    *snapshot = (struct snapshot){ 0 };
}

void table_release(struct table *table)
{
    snapshot_release(&table->present, table->forget);
    snapshot_release(&table->coming, table->forget);
    table->has_present = table->is_coming = false;
}

static int begin_snapshot(struct table *table, const struct wire_hello *hello)
{
    snapshot_release(&table->coming, table->forget);
    table->is_coming = false;
    if (hello->unit_count > TABLE_UNITS_MAX)
        return -EBADMSG;
    table->coming.rows = calloc(hello->unit_count + 1, sizeof(struct row));
    if (!table->coming.rows)
        return -ENOMEM;
    table->coming.count = hello->unit_count;
    table->coming.hello = *hello;
    table->is_coming = true;
    return 0;
}

static struct row *row_at(struct table *table, int32_t id)
{
    struct snapshot *snapshot = table->is_coming ? &table->coming : &table->present;

    return id >= 0 && (size_t)id < snapshot->count ? &snapshot->rows[id] : NULL;
}

static int take_unit(struct table *table, const struct wire_unit *unit)
{
    struct row *row = row_at(table, unit->id);

    if (!row || !table->is_coming || row->has_unit)
        return -EBADMSG;
    row->unit = *unit;
    row->has_unit = true;
    row->pace = (struct health_pace){
        .interval_us = unit->health_interval_us,
        .start_interval_us = unit->health_start_interval_us,
        .start_period_us = unit->health_start_period_us,
        .timeout_us = unit->health_timeout_us ? unit->health_timeout_us : timeout_default_us,
        .retries = unit->health_retries,
        .successes = unit->health_successes,
    };
    return unit->health_command[0] ? row_add_probe(row, unit->health_command) : 0;
}

static int add_names(struct row *row, const char *names)
{
    char *longer;

    if (asprintf(&longer, "%s%s%s", row->more_required ? row->more_required : "",
                 row->more_required ? " " : "", names) < 0)
        return -ENOMEM;
    free(row->more_required);
    row->more_required = longer;
    return 0;
}

static int take_more(struct table *table, const struct wire_more *more)
{
    struct row *row = row_at(table, more->id);

    if (!row || !table->is_coming || !row->has_unit)
        return -EBADMSG;
    switch ((enum wire_more_kind)more->kind) {
    case WIRE_MORE_REQUIRED:
        return add_names(row, more->text);
    case WIRE_MORE_PROBE:
        return row_add_probe(row, more->text);
    }
    return -EBADMSG;
}

static int take_state(struct table *table, const struct wire_state *state, struct row **ret_row)
{
    struct row *row = row_at(table, state->id);

    if (!row || !row->has_unit)
        return -EBADMSG;
    /*
     * PID 1 resets what it knows with each incarnation. Otherwise only our own messages change it,
     * so that a state which was sent before it read our last one must not make us say it again.
     */
    if (!row->has_state || row->told_incarnation != state->incarnation) {
        row->told = state->health;
        row->told_incarnation = state->incarnation;
    }
    row->state = *state;
    row->has_state = true;
    table_touch(table, row);
    *ret_row = row;
    return 0;
}

static bool is_same_unit(const struct row *one, const struct row *other)
{
    const struct wire_unit *a = &one->unit, *b = &other->unit;
    bool is_same = strcmp(a->name, b->name) == 0 && one->probe_count == other->probe_count &&
                   a->health_interval_us == b->health_interval_us &&
                   a->health_timeout_us == b->health_timeout_us &&
                   a->health_start_period_us == b->health_start_period_us &&
                   a->health_start_interval_us == b->health_start_interval_us &&
                   a->health_retries == b->health_retries &&
                   a->health_successes == b->health_successes;

    for (size_t i = 0; is_same && i < one->probe_count; i++)
        is_same = strcmp(one->probes[i].command, other->probes[i].command) == 0;
    return is_same;
}

static struct row *row_like(struct snapshot *snapshot, size_t guess, const struct row *row)
{
    /* Ids hardly ever change. */
    if (guess < snapshot->count && is_same_unit(&snapshot->rows[guess], row))
        return &snapshot->rows[guess];
    for (size_t i = 0; i < snapshot->count; i++)
        if (is_same_unit(&snapshot->rows[i], row))
            return &snapshot->rows[i];
    return NULL;
}

/* What was found about a unit goes on with it. The new snapshot says what PID 1 has been told. */
static void carry_over(struct table *table)
{
    for (size_t i = 0; i < table->coming.count; i++) {
        struct row *row = &table->coming.rows[i];
        struct row *old = row->probe_count > 0 ? row_like(&table->present, i, row) : NULL;

        if (!old)
            continue;
        for (size_t k = 0; k < row->probe_count; k++) {
            struct row_probe fresh = row->probes[k];

            row->probes[k] = old->probes[k];
            old->probes[k] = fresh;
        }
    }
}

/* --- what requires what --- */

struct name_entry {
    const char *name;
    int32_t id;
};

static int compare_names(const void *left, const void *right)
{
    const struct name_entry *a = left, *b = right;

    return strcmp(a->name, b->name);
}

/* Sorted by name, to be freed; NULL: no memory. */
static struct name_entry *list_names(const struct snapshot *snapshot)
{
    struct name_entry *entries = calloc(snapshot->count + 1, sizeof(*entries));

    if (!entries)
        return NULL;
    for (size_t i = 0; i < snapshot->count; i++)
        entries[i] = (struct name_entry){ snapshot->rows[i].unit.name, (int32_t)i };
    qsort(entries, snapshot->count, sizeof(*entries), compare_names);
    return entries;
}

/* Adds the units that are named in the text, which is taken apart. */
static int add_required(struct row *row, char *text, const struct name_entry *entries, size_t count)
{
    for (char *rest = text, *name; rest && (name = strsep(&rest, " "));) {
        struct name_entry key = { .name = name };
        const struct name_entry *found = bsearch(&key, entries, count, sizeof(key), compare_names);
        int32_t *longer;

        if (!found)
            continue;
        longer = reallocarray(row->required, row->required_count + 1, sizeof(*longer));
        if (!longer)
            return -ENOMEM;
        row->required = longer;
        row->required[row->required_count++] = found->id;
    }
    return 0;
}

static int snapshot_resolve(struct snapshot *snapshot)
{
    cleanup_free struct name_entry *entries = list_names(snapshot);
    int error = entries ? 0 : -ENOMEM;

    for (size_t i = 0; i < snapshot->count && error == 0; i++) {
        struct row *row = &snapshot->rows[i];
        char text[WIRE_TEXT_SIZE];

        memcpy(text, row->unit.required, sizeof(text)); /* the row's own stays as it is */
        error = add_required(row, text, entries, snapshot->count);
        if (error == 0 && row->more_required)
            error = add_required(row, row->more_required, entries, snapshot->count);
    }
    return error;
}

static int end_snapshot(struct table *table)
{
    int error;

    if (!table->is_coming)
        return table->has_present ? 0 : -EBADMSG;
    for (size_t i = 0; i < table->coming.count; i++)
        if (!table->coming.rows[i].has_state)
            return -EBADMSG;
    error = snapshot_resolve(&table->coming);
    if (error < 0)
        return error;
    carry_over(table);
    snapshot_release(&table->present, table->forget);
    table->present = table->coming;
    table->coming = (struct snapshot){ 0 };
    table->has_present = true;
    table->is_coming = false;
    table->changes++;
    table->snapshots++;
    return 0;
}

static int take_pod(struct table *table, const struct wire_pod *pod)
{
    if (!table->is_coming && !table->has_present)
        return -EBADMSG;
    if (pod->phase > WIRE_POD_STOPPING)
        return -EBADMSG;
    (table->is_coming ? &table->coming : &table->present)->pod = *pod;
    table->changes++;
    return 0;
}

int table_apply(struct table *table, const union wire_message *message, enum table_news *ret_news,
                struct row **ret_row)
{
    int error = 0;

    *ret_news = TABLE_QUIET;
    switch ((enum wire_type)message->header.type) {
    case WIRE_HELLO:
        return begin_snapshot(table, &message->hello);
    case WIRE_UNIT:
        return take_unit(table, &message->unit);
    case WIRE_MORE:
        return take_more(table, &message->more);
    case WIRE_STATE:
        error = take_state(table, &message->state, ret_row);
        if (error == 0 && !table->is_coming)
            *ret_news = TABLE_ROW;
        return error;
    case WIRE_POD:
        return take_pod(table, &message->pod);
    case WIRE_SYNCED:
        if (table->is_coming)
            *ret_news = TABLE_SYNCED;
        return end_snapshot(table);
    case WIRE_SOURCE:
    case WIRE_HEALTH:
    case WIRE_VERDICT:
    case WIRE_REQUEST:
    case WIRE_REPLY:
    case WIRE_PROPERTY:
    case WIRE_PROCESSES:
    case WIRE_RULES:
    case WIRE_RULE:
    case WIRE_READER:
    case WIRE_HISTORY:
    case WIRE_LAST_WORDS:
    case WIRE_MASKS:
    case WIRE_NAMESPACE:
    case WIRE_WORDS:
    case WIRE_JOURNAL:
        break;
    }
    return -EBADMSG;
}

void table_touch(struct table *table, struct row *row)
{
    row->changed = ++table->changes;
}

void table_probed(struct table *table, struct row_probe *probe)
{
    probe->probed = ++table->changes;
}

static bool is_named(const struct row *row, const char *name)
{
    size_t length = strlen(name);

    return strncmp(row->unit.name, name, length) == 0 &&
           (row->unit.name[length] == '\0' || strcmp(row->unit.name + length, ".service") == 0);
}

const struct row *table_find(const struct table *table, const char *name)
{
    const struct row *found = NULL;

    for (size_t i = 0; i < table->present.count && *name; i++) {
        const struct row *row = &table->present.rows[i];

        if (strcmp(row->unit.name, name) == 0)
            return row;
        if (is_named(row, name))
            found = row;
    }
    return found;
}

void probe_record_add(struct probe_record *record, bool is_good, uint64_t latency_us)
{
    record->is_known = true;
    record->is_good = is_good;
    record->latency_us = latency_us;
    record->count++;
    record->failure_count += !is_good;
    record->total_us += latency_us;
    for (size_t i = 0; i < PROBE_BUCKETS; i++)
        if (latency_us <= probe_bucket_us[i]) {
            record->buckets[i]++;
            break;
        }
}

enum wire_health_word row_health(const struct row *row)
{
    const struct row_probe *worst = row_worst_probe(row);

    return worst ? worst->health.word : WIRE_HEALTH_NONE;
}

const struct row_probe *row_worst_probe(const struct row *row)
{
    static const int badness[] = {
        [WIRE_HEALTH_HEALTHY] = 1,
        [WIRE_HEALTH_NONE] = 2, /* not looked at yet */
        [WIRE_HEALTH_STARTING] = 2,
        [WIRE_HEALTH_UNHEALTHY] = 3,
    };
    const struct row_probe *worst = row->probe_count > 0 ? row->probes : NULL;

    for (size_t i = 1; i < row->probe_count; i++)
        if (badness[row->probes[i].health.word] > badness[worst->health.word])
            worst = &row->probes[i];
    return worst;
}

/* The probe that the word follows from: that which fails, or that which was the last to succeed. */
static const struct row_probe *telling_probe(const struct row *row)
{
    const struct row_probe *telling = row_worst_probe(row);

    for (size_t i = 0; i < row->probe_count; i++)
        if (telling->health.word == WIRE_HEALTH_HEALTHY && row->probes[i].probed > telling->probed)
            telling = &row->probes[i];
    return telling;
}

bool table_health_news(const struct row *row, union wire_message *ret_message)
{
    const struct row_probe *worst = row_worst_probe(row), *telling = telling_probe(row);

    /* A unit that was never started has no incarnation that anything could be said about. */
    if (!worst || row->state.incarnation == 0 || row->told == worst->health.word)
        return false;
    wire_begin(ret_message, WIRE_HEALTH);
    ret_message->health.id = row->unit.id;
    ret_message->health.incarnation = row->state.incarnation;
    ret_message->health.health = (uint8_t)worst->health.word;
    ret_message->health.failures = worst->health.failures;
    ret_message->health.latency_us = worst->record.latency_us;
    wire_copy(ret_message->health.probe, sizeof(ret_message->health.probe), telling->address);
    wire_copy(ret_message->health.message, sizeof(ret_message->health.message),
              telling->record.message);
    return true;
}

void table_told(struct row *row)
{
    row->told = (uint8_t)row_health(row);
}
