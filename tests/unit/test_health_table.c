/* reeve-health: snapshots, what PID 1 is told, and the status of the pod. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "supervisor/health/address.h"
#include "supervisor/health/verdict.h"
#include "supervisor/unit/unit_spec.h"

static int forgotten;

static void forget(struct probe *probe)
{
    (void)probe;
    forgotten++;
}

/* Stands for a probe: the table only keeps the pointer. */
static struct probe *const some_probe = (struct probe *)&forgotten;

static int apply(struct table *table, union wire_message *message)
{
    enum table_news news;
    struct row *row;

    return table_apply(table, message, &news, &row);
}

static int hello(struct table *table, uint32_t count)
{
    union wire_message message;

    wire_begin(&message, WIRE_HELLO);
    message.hello.unit_count = count;
    return apply(table, &message);
}

static int unit(struct table *table, int32_t id, const char *name, enum health_impact impact)
{
    union wire_message message;

    wire_begin(&message, WIRE_UNIT);
    message.unit.id = id;
    message.unit.health_impact = (uint8_t)impact;
    wire_copy(message.unit.name, sizeof(message.unit.name), name);
    if (name[0] != 'c') /* c.service is the one without a probe */
        wire_copy(message.unit.health_command, sizeof(message.unit.health_command), "tcp://h:1");
    return apply(table, &message);
}

static int state_of(struct table *table, int32_t id, enum wire_active active, const char *result)
{
    union wire_message message;

    wire_begin(&message, WIRE_STATE);
    message.state.id = id;
    message.state.active = (uint8_t)active;
    message.state.incarnation = 1;
    message.state.is_wanted = true;
    message.state.main_pid = active == WIRE_ACTIVE ? 100 : 0;
    wire_copy(message.state.result, sizeof(message.state.result), result);
    return apply(table, &message);
}

static int synced(struct table *table)
{
    union wire_message message;

    wire_begin(&message, WIRE_SYNCED);
    return apply(table, &message);
}

static int phase(struct table *table, enum wire_pod_phase word)
{
    union wire_message message;

    wire_begin(&message, WIRE_POD);
    message.pod.phase = (uint8_t)word;
    return apply(table, &message);
}

/* Three active units: critical, degrade, none. */
static struct table three_units(void)
{
    struct table table = { .forget = forget };

    assert_int_equal(hello(&table, 3), 0);
    assert_int_equal(unit(&table, 0, "a.service", HEALTH_CRITICAL), 0);
    assert_int_equal(unit(&table, 1, "b.service", HEALTH_DEGRADE), 0);
    assert_int_equal(unit(&table, 2, "c.service", HEALTH_NONE), 0);
    for (int32_t id = 0; id < 3; id++)
        assert_int_equal(state_of(&table, id, WIRE_ACTIVE, "success"), 0);
    assert_int_equal(phase(&table, WIRE_POD_RUNNING), 0);
    assert_int_equal(synced(&table), 0);
    return table;
}

static void nothing_is_ready_before_the_first_snapshot(void **state)
{
    struct table table = { 0 };

    (void)state;
    assert_int_equal(pod_verdict(&table), POD_STARTING);
    assert_int_equal(hello(&table, 1), 0);
    assert_int_equal(unit(&table, 0, "a.service", HEALTH_CRITICAL), 0);
    assert_int_equal(state_of(&table, 0, WIRE_ACTIVE, "success"), 0);
    assert_int_equal(pod_verdict(&table), POD_STARTING);
    assert_int_equal(synced(&table), 0);
    assert_int_equal(pod_verdict(&table), POD_HEALTHY);
    table_release(&table);
}

static void the_rule_of_the_pod(void **state)
{
    struct table table = three_units();
    struct row *a = &table.present.rows[0], *b = &table.present.rows[1],
               *c = &table.present.rows[2];

    (void)state;
    assert_int_equal(pod_verdict(&table), POD_HEALTHY);
    a->state.active = WIRE_ACTIVATING;
    assert_int_equal(pod_verdict(&table), POD_STARTING);
    a->state.active = WIRE_FAILED;
    assert_int_equal(pod_verdict(&table), POD_UNHEALTHY);
    a->state.active = WIRE_ACTIVE;
    b->state.active = WIRE_FAILED;
    assert_int_equal(pod_verdict(&table), POD_DEGRADED);
    assert_true(pod_is_ready(&table));
    a->state.active = WIRE_DEACTIVATING;
    assert_int_equal(pod_verdict(&table), POD_STARTING);
    a->state.active = b->state.active = WIRE_ACTIVE;
    c->state.active = WIRE_FAILED;
    assert_int_equal(pod_verdict(&table), POD_HEALTHY);
    a->unit.is_internal = true;
    a->state.active = WIRE_FAILED;
    assert_int_equal(pod_verdict(&table), POD_HEALTHY);
    assert_int_equal(phase(&table, WIRE_POD_STOPPING), 0);
    assert_int_equal(pod_verdict(&table), POD_STOPPING);
    assert_false(pod_is_ready(&table));
    table_release(&table);
}

static void the_probe_of_a_unit_counts(void **state)
{
    struct table table = three_units();
    struct row *a = &table.present.rows[0];

    (void)state;
    a->probes[0].health.word = WIRE_HEALTH_STARTING;
    assert_int_equal(pod_verdict(&table), POD_STARTING);
    a->probes[0].health.word = WIRE_HEALTH_UNHEALTHY;
    assert_int_equal(pod_verdict(&table), POD_UNHEALTHY);
    a->probes[0].health.word = WIRE_HEALTH_HEALTHY;
    assert_int_equal(pod_verdict(&table), POD_HEALTHY);
    a->state.main_pid = 0; /* active (exited): nobody to probe */
    a->probes[0].health.word = WIRE_HEALTH_STARTING;
    assert_int_equal(pod_verdict(&table), POD_HEALTHY);
    table_release(&table);
}

static void a_unit_is_as_healthy_as_its_worst_probe(void **state)
{
    struct table table = { 0 };
    union wire_message message;
    struct row *a;

    (void)state;
    assert_int_equal(hello(&table, 1), 0);
    assert_int_equal(unit(&table, 0, "a.service", HEALTH_CRITICAL), 0);
    wire_begin(&message, WIRE_MORE);
    message.more.kind = WIRE_MORE_PROBE;
    strcpy(message.more.text, "redis://joe:secret@127.0.0.1:6379?password-file=/a@b");
    for (int i = 1; i < HEALTH_PROBES_MAX; i++)
        assert_int_equal(apply(&table, &message), 0);
    assert_int_equal(apply(&table, &message), -EBADMSG);
    assert_int_equal(state_of(&table, 0, WIRE_ACTIVE, "success"), 0);
    assert_int_equal(synced(&table), 0);
    a = &table.present.rows[0];
    assert_string_equal(a->probes[1].address, "redis://127.0.0.1:6379?password-file=/a@b");
    for (int i = 0; i < HEALTH_PROBES_MAX; i++)
        a->probes[i].health.word = WIRE_HEALTH_HEALTHY;
    assert_int_equal(row_health(a), WIRE_HEALTH_HEALTHY);
    a->probes[3].health.word = WIRE_HEALTH_STARTING;
    assert_int_equal(row_health(a), WIRE_HEALTH_STARTING);
    a->probes[7].health.word = WIRE_HEALTH_UNHEALTHY;
    a->probes[8].health.word = WIRE_HEALTH_UNHEALTHY;
    strcpy(a->probes[7].record.message, "seven");
    assert_ptr_equal(row_worst_probe(a), &a->probes[7]);
    assert_true(table_health_news(a, &message));
    assert_int_equal(message.health.health, WIRE_HEALTH_UNHEALTHY);
    assert_string_equal(message.health.message, "seven");
    assert_string_equal(message.health.probe,
                        "redis://127.0.0.1:6379?password-file=/a@b"); /* no password */
    table_told(a);
    a->probes[3].health.word = a->probes[7].health.word = a->probes[8].health.word =
        WIRE_HEALTH_HEALTHY;
    table_probed(&table, &a->probes[8]);
    strcpy(a->probes[8].record.message, "eight");
    assert_true(table_health_news(a, &message));
    assert_string_equal(message.health.message, "eight");
    table_release(&table);
}

static void units_that_have_ended(void **state)
{
    struct table table = three_units();
    struct row *a = &table.present.rows[0];

    (void)state;
    a->state.active = WIRE_INACTIVE;
    a->state.main_pid = 0;
    assert_int_equal(unit_verdict(a), UNIT_WELL); /* a oneshot that has done its work */
    a->state.is_wanted = false;
    assert_int_equal(unit_verdict(a), UNIT_UNREADY); /* somebody stopped it */
    a->state.is_wanted = true;
    a->state.job = 1;
    assert_int_equal(unit_verdict(a), UNIT_UNREADY); /* it is to start again */
    a->state.job = 0;
    strcpy(a->state.result, "exit-code");
    assert_int_equal(unit_verdict(a), UNIT_FAILED);
    strcpy(a->state.result, "success");
    a->state.incarnation = 0;
    assert_int_equal(unit_verdict(a), UNIT_UNREADY); /* wanted, and never started */
    a->state.is_wanted = false;
    assert_int_equal(unit_verdict(a), UNIT_IDLE); /* nobody asked for it */
    table_release(&table);
}

static void a_new_snapshot_replaces_the_old_one_whole(void **state)
{
    struct table table = three_units();

    (void)state;
    forgotten = 0;
    table.present.rows[0].probes[0].probe = some_probe;
    table.present.rows[0].probes[0].health.word = WIRE_HEALTH_HEALTHY;
    table.present.rows[0].probes[0].record.count = 7;
    table.present.rows[1].probes[0].probe = some_probe;
    assert_int_equal(hello(&table, 2), 0);
    assert_int_equal(unit(&table, 0, "new.service", HEALTH_CRITICAL), 0);
    assert_int_equal(unit(&table, 1, "a.service", HEALTH_CRITICAL), 0);
    assert_int_equal(state_of(&table, 0, WIRE_FAILED, "exit-code"), 0);
    assert_int_equal(table.present.count, 3); /* answers still come from the old one */
    assert_int_equal(pod_verdict(&table), POD_HEALTHY);
    assert_int_equal(state_of(&table, 1, WIRE_ACTIVE, "success"), 0);
    assert_int_equal(synced(&table), 0);
    assert_int_equal(table.present.count, 2);
    assert_int_equal(pod_verdict(&table), POD_UNHEALTHY);
    assert_ptr_equal(table.present.rows[1].probes[0].probe,
                     some_probe); /* the same unit at another place */
    assert_int_equal(table.present.rows[1].probes[0].record.count, 7);
    assert_null(table.present.rows[0].probes[0].probe);
    assert_int_equal(forgotten, 1); /* that of b.service */
    table_release(&table);
    assert_int_equal(forgotten, 2);
}

static void nonsense_is_refused(void **state)
{
    struct table table = { 0 };
    union wire_message message;

    (void)state;
    assert_int_equal(unit(&table, 0, "a.service", HEALTH_CRITICAL), -EBADMSG); /* before HELLO */
    assert_int_equal(synced(&table), -EBADMSG);
    assert_int_equal(phase(&table, WIRE_POD_RUNNING), -EBADMSG);
    assert_int_equal(hello(&table, UINT32_MAX), -EBADMSG);
    assert_int_equal(hello(&table, 2), 0);
    assert_int_equal(unit(&table, 2, "a.service", HEALTH_CRITICAL), -EBADMSG);
    assert_int_equal(unit(&table, -1, "a.service", HEALTH_CRITICAL), -EBADMSG);
    assert_int_equal(state_of(&table, 0, WIRE_ACTIVE, "success"), -EBADMSG); /* before its unit */
    assert_int_equal(unit(&table, 0, "a.service", HEALTH_CRITICAL), 0);
    assert_int_equal(unit(&table, 0, "a.service", HEALTH_CRITICAL), -EBADMSG); /* twice */
    assert_int_equal(state_of(&table, 0, WIRE_ACTIVE, "success"), 0);
    assert_int_equal(synced(&table), -EBADMSG); /* a unit is missing */
    assert_int_equal(phase(&table, (enum wire_pod_phase)9), -EBADMSG);
    wire_begin(&message, WIRE_SOURCE);
    assert_int_equal(apply(&table, &message), -EBADMSG); /* not for us */
    table_release(&table);
}

/* The same credentials that the parser takes, whatever is in them. */
static void no_part_of_a_password_is_shown(void **state)
{
    static const struct {
        const char *command, *shown;
    } cases[] = {
        { "redis://:ab/cd==@127.0.0.1", "redis://127.0.0.1" },
        { "redis://:p@ss@127.0.0.1:7000", "redis://127.0.0.1:7000" },
        { "redis://joe:a?b@/c@@[::1]/", "redis://[::1]/" },
        { "redis://:a/@127.0.0.1?password-file=/x@y", "redis://127.0.0.1?password-file=/x@y" },
        { "redis://:a/b@127.0.0.1 info=x<1 info=a@b!=c", "redis://127.0.0.1 info=x<1 info=a@b!=c" },
        { "redis://127.0.0.1\tinfo=a@b!=c", "redis://127.0.0.1\tinfo=a@b!=c" },
        { "http://127.0.0.1/a@b", "http://127.0.0.1/a@b" },
    };
    struct table table = three_units();

    (void)state;
    assert_int_equal(hello(&table, 1), 0);
    assert_int_equal(unit(&table, 0, "c.service", HEALTH_CRITICAL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct probe_address address;
        union wire_message message;
        char error[256] = "";

        if (probe_address_parse(cases[i].command, &address, error, sizeof(error)) < 0)
            fail_msg("%s: %s", cases[i].command, error);
        probe_address_release(&address);
        wire_begin(&message, WIRE_MORE);
        message.more.id = 0;
        message.more.kind = WIRE_MORE_PROBE;
        wire_copy(message.more.text, sizeof(message.more.text), cases[i].command);
        assert_int_equal(apply(&table, &message), 0);
        assert_string_equal(table.coming.rows[0].probes[i].address, cases[i].shown);
        assert_string_equal(table.coming.rows[0].probes[i].command, cases[i].command);
    }
    table_release(&table);
}

static void pid1_is_told_each_change_once(void **state)
{
    struct table table = three_units();
    struct row *a = &table.present.rows[0];
    union wire_message message;

    (void)state;
    assert_false(table_health_news(&table.present.rows[2], &message)); /* no probe */
    a->probes[0].health.word = WIRE_HEALTH_STARTING;
    a->told = WIRE_HEALTH_STARTING;
    assert_false(table_health_news(a, &message));
    a->probes[0].health.word = WIRE_HEALTH_HEALTHY;
    assert_true(table_health_news(a, &message));
    assert_true(wire_check(&message, sizeof(message.health)));
    assert_int_equal(message.health.health, WIRE_HEALTH_HEALTHY);
    assert_int_equal(message.health.incarnation, 1);
    assert_true(table_health_news(a, &message)); /* it did not go out */
    table_told(a);
    assert_false(table_health_news(a, &message));
    /* A state that PID 1 sent before it heard us makes nothing new. */
    assert_int_equal(state_of(&table, 0, WIRE_ACTIVE, "success"), 0);
    assert_false(table_health_news(a, &message));
    a->state.incarnation = 0;
    a->probes[0].health.word = WIRE_HEALTH_STARTING;
    assert_false(table_health_news(a, &message)); /* never started: nothing to be said about it */
    table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_ready_before_the_first_snapshot),
        cmocka_unit_test(the_rule_of_the_pod),
        cmocka_unit_test(the_probe_of_a_unit_counts),
        cmocka_unit_test(a_unit_is_as_healthy_as_its_worst_probe),
        cmocka_unit_test(units_that_have_ended),
        cmocka_unit_test(a_new_snapshot_replaces_the_old_one_whole),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(no_part_of_a_password_is_shown),
        cmocka_unit_test(pid1_is_told_each_change_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
