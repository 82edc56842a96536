/* reeve-health: who is to blame for a unit, and for the pod, and how that is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/health/verdict.h"
#include "supervisor/unit/unit_spec.h"

enum { REDIS, DATAHUB, XVFB, KAIROS, TARGET, COUNT };

static struct row rows[COUNT];
static struct row_probe slots[COUNT];
static struct table table;

static void place(int id, const char *name, int32_t *required, size_t count)
{
    struct row *row = &rows[id];

    *row = (struct row){ .required = required, .required_count = count };
    wire_copy(row->unit.name, sizeof(row->unit.name), name);
    row->unit.id = id;
    row->unit.is_service = strstr(name, ".service") != NULL;
    row->state.active = WIRE_ACTIVE;
    row->state.incarnation = 1;
    row->state.is_wanted = true;
    wire_copy(row->state.result, sizeof(row->state.result), "success");
}

static int set_up(void **state)
{
    static int32_t of_datahub[] = { REDIS }, of_kairos[] = { DATAHUB, XVFB };
    static int32_t of_target[] = { REDIS, DATAHUB, XVFB, KAIROS };

    (void)state;
    place(REDIS, "redis.service", NULL, 0);
    place(DATAHUB, "datahub.service", of_datahub, 1);
    place(XVFB, "xvfb.service", NULL, 0);
    place(KAIROS, "kairos.service", of_kairos, 2);
    place(TARGET, "pod.target", of_target, 4);
    table = (struct table){ .has_present = true, .present = { .rows = rows, .count = COUNT } };
    return 0;
}

static void set_failed(int id, int code, int status)
{
    rows[id].state.active = WIRE_FAILED;
    rows[id].state.exit_code = code;
    rows[id].state.exit_status = status;
    wire_copy(rows[id].state.result, sizeof(rows[id].state.result),
              code == CLD_KILLED ? "signal" : "exit-code");
}

static void set_blocked(int id)
{
    rows[id].state.active = WIRE_INACTIVE;
    rows[id].state.is_blocked = true;
}

static void set_unhealthy(int id, const char *message)
{
    slots[id] = (struct row_probe){ .health.word = WIRE_HEALTH_UNHEALTHY };
    slots[id].record.is_known = true;
    wire_copy(slots[id].record.message, sizeof(slots[id].record.message), message);
    rows[id].probes = &slots[id];
    rows[id].probe_count = 1;
    rows[id].state.main_pid = 42;
}

static void assert_unit(int id, int blocked_by, const char *sentence)
{
    char text[WIRE_TEXT_SIZE];

    assert_ptr_equal(unit_blocked_by(&table, &rows[id]), blocked_by < 0 ? NULL : &rows[blocked_by]);
    unit_explain(&table, &rows[id], text);
    assert_string_equal(text, sentence);
}

static void assert_pod(enum pod_verdict verdict, int root, const char *sentence)
{
    struct pod_cause cause;

    pod_explain(&table, &cause);
    assert_string_equal(cause.sentence, sentence);
    assert_int_equal(cause.verdict, verdict);
    assert_ptr_equal(cause.root, root < 0 ? NULL : &rows[root]);
    assert_int_equal(pod_verdict(&table), verdict);
}

static void all_is_well(void **state)
{
    (void)state;
    assert_pod(POD_HEALTHY, -1, "all units are well");
    assert_unit(KAIROS, -1, "");
    table.present.pod.phase = WIRE_POD_STOPPING;
    set_failed(REDIS, CLD_KILLED, SIGKILL);
    assert_pod(POD_STOPPING, -1, "the pod is stopping");
    table.has_present = false;
    assert_pod(POD_STARTING, -1, "nothing is known of the units yet");
}

static void a_failed_redis_is_one_alarm(void **state)
{
    (void)state;
    set_failed(REDIS, CLD_KILLED, SIGKILL);
    assert_pod(POD_UNHEALTHY, REDIS, "redis.service failed: signal KILL");
    set_unhealthy(DATAHUB, "status 503");
    assert_pod(POD_UNHEALTHY, REDIS,
               "datahub.service is blocked by redis.service, which failed: signal KILL");
    assert_unit(REDIS, -1, "redis.service failed: signal KILL");
    assert_unit(DATAHUB, REDIS,
                "datahub.service is blocked by redis.service, which failed: signal KILL");
    set_blocked(KAIROS);
    set_blocked(TARGET);
    assert_unit(KAIROS, REDIS,
                "kairos.service is blocked by redis.service, which failed: signal KILL");
    assert_pod(
        POD_UNHEALTHY, REDIS,
        "datahub.service and 1 more are blocked by redis.service, which failed: signal KILL");
}

static void what_waits_in_vain_does_not_start(void **state)
{
    (void)state;
    set_failed(REDIS, CLD_EXITED, 203);
    rows[REDIS].unit.health_impact = HEALTH_NONE;
    assert_pod(POD_HEALTHY, -1, "all units are well");
    set_blocked(DATAHUB);
    assert_pod(POD_UNHEALTHY, REDIS,
               "datahub.service is blocked by redis.service, which failed: exit status 203/EXEC");
    rows[DATAHUB].unit.health_impact = HEALTH_DEGRADE;
    assert_int_equal(pod_verdict(&table), POD_DEGRADED);
}

static void a_start_is_no_fault(void **state)
{
    (void)state;
    rows[REDIS].state.active = WIRE_ACTIVATING;
    rows[DATAHUB].state.active = rows[KAIROS].state.active = WIRE_INACTIVE;
    rows[DATAHUB].state.job = rows[KAIROS].state.job = 1;
    assert_pod(POD_STARTING, REDIS,
               "datahub.service and 1 more wait for redis.service, which is starting");
    assert_unit(KAIROS, REDIS, "kairos.service waits for redis.service, which is starting");
    /* Who fails meanwhile has failed by himself … */
    set_failed(DATAHUB, CLD_EXITED, 1);
    assert_unit(DATAHUB, -1, "datahub.service failed: exit status 1");
    assert_unit(KAIROS, DATAHUB,
                "kairos.service is blocked by datahub.service, which failed: exit status 1");
    /* … unless what he needs was lost. */
    rows[REDIS].state.restarts = 1;
    assert_unit(DATAHUB, REDIS,
                "datahub.service is blocked by redis.service, which is starting again");
    wire_copy(rows[REDIS].state.result, sizeof(rows[REDIS].state.result), "oom-kill");
    assert_unit(DATAHUB, REDIS,
                "datahub.service is blocked by redis.service, which is to be restarted: oom-kill");
}

static void what_a_person_stopped(void **state)
{
    (void)state;
    rows[REDIS].state.active = WIRE_INACTIVE;
    rows[REDIS].state.is_wanted = false;
    rows[DATAHUB].state.active = WIRE_DEACTIVATING;
    assert_unit(DATAHUB, REDIS, "datahub.service waits for redis.service, which was stopped");
    assert_pod(POD_STARTING, REDIS, "datahub.service waits for redis.service, which was stopped");
}

static void several_roots(void **state)
{
    struct pod_cause cause;

    (void)state;
    set_unhealthy(DATAHUB, "status 503");
    set_failed(XVFB, CLD_EXITED, 1);
    set_blocked(KAIROS);
    assert_pod(POD_UNHEALTHY, XVFB,
               "kairos.service is blocked by xvfb.service, which failed: exit status 1; 1 other is "
               "not well by itself");
    pod_explain(&table, &cause);
    assert_int_equal(cause.other_count, 1);
    assert_int_equal(cause.blocked_count, 1);
    /* What is critical comes before what is grave. */
    rows[XVFB].unit.health_impact = rows[KAIROS].unit.health_impact = HEALTH_DEGRADE;
    assert_pod(POD_UNHEALTHY, DATAHUB,
               "datahub.service is unhealthy: status 503; 1 other is not well by itself");
}

static void circles_end(void **state)
{
    static int32_t to_kairos[] = { KAIROS }, to_datahub[] = { DATAHUB }, to_redis[] = { REDIS };

    (void)state;
    /* redis → kairos → datahub → redis, and xvfb leads into it. */
    rows[REDIS].required = to_kairos;
    rows[KAIROS].required = to_datahub;
    rows[XVFB].required = to_redis;
    rows[REDIS].required_count = rows[KAIROS].required_count = rows[XVFB].required_count = 1;
    for (int id = REDIS; id <= KAIROS; id++)
        set_blocked(id);
    assert_unit(XVFB, REDIS,
                "xvfb.service waits for redis.service, which could not start without what it "
                "requires");
    assert_unit(REDIS, -1, "redis.service could not start without what it requires");
    for (int id = REDIS; id <= KAIROS; id++)
        set_failed(id, CLD_EXITED, 1);
    assert_unit(KAIROS, REDIS,
                "kairos.service is blocked by redis.service, which failed: exit status 1");
    assert_unit(XVFB, REDIS,
                "xvfb.service is blocked by redis.service, which failed: exit status 1");
    /* A unit that requires itself. */
    rows[REDIS].required = to_redis;
    assert_unit(REDIS, -1, "redis.service failed: exit status 1");
}

static void the_count_survives_long_names(void **state)
{
    struct pod_cause cause;

    (void)state;
    memset(rows[XVFB].unit.name, 'x', WIRE_NAME_SIZE - 1);
    set_failed(XVFB, CLD_EXITED, 1);
    set_failed(REDIS, CLD_EXITED, 1);
    rows[REDIS].unit.health_impact = HEALTH_DEGRADE;
    pod_explain(&table, &cause);
    assert_int_equal(strlen(cause.sentence), WIRE_TEXT_SIZE - 1);
    assert_non_null(strstr(cause.sentence, "xx; 1 other is not well by itself"));
}

/* --- names become ids --- */

static int apply(struct table *target, const union wire_message *message)
{
    enum table_news news;
    struct row *row;

    return table_apply(target, message, &news, &row);
}

static void tell_unit(struct table *target, int32_t id, const char *name, const char *required)
{
    union wire_message message;

    wire_begin(&message, WIRE_UNIT);
    message.unit.id = id;
    wire_copy(message.unit.name, sizeof(message.unit.name), name);
    wire_copy(message.unit.required, sizeof(message.unit.required), required);
    assert_int_equal(apply(target, &message), 0);
    wire_begin(&message, WIRE_STATE);
    message.state.id = id;
    assert_int_equal(apply(target, &message), 0);
}

static void tell_more(struct table *target, int32_t id, const char *required)
{
    union wire_message message;

    wire_begin(&message, WIRE_MORE);
    message.more.id = id;
    message.more.kind = WIRE_MORE_REQUIRED;
    wire_copy(message.more.text, sizeof(message.more.text), required);
    assert_int_equal(apply(target, &message), 0);
}

static void names_become_ids(void **state)
{
    struct table told = { 0 };
    union wire_message message;

    (void)state;
    wire_begin(&message, WIRE_HELLO);
    message.hello.unit_count = 3;
    assert_int_equal(apply(&told, &message), 0);
    tell_unit(&told, 1, "redis.service", "");
    tell_unit(&told, 2, "xvfb.service", "nobody.service");
    tell_unit(&told, 0, "a.target", "redis.service");
    tell_more(&told, 0, "gone.service a.target");
    tell_more(&told, 0, "xvfb.service");
    wire_begin(&message, WIRE_SYNCED);
    assert_int_equal(apply(&told, &message), 0);
    assert_int_equal(told.present.rows[0].required_count, 3);
    assert_int_equal(told.present.rows[0].required[0], 1);
    assert_int_equal(told.present.rows[0].required[1], 0);
    assert_int_equal(told.present.rows[0].required[2], 2);
    assert_int_equal(told.present.rows[1].required_count, 0);
    assert_int_equal(told.present.rows[2].required_count, 0);
    table_release(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_is_well, set_up),
        cmocka_unit_test_setup(a_failed_redis_is_one_alarm, set_up),
        cmocka_unit_test_setup(what_waits_in_vain_does_not_start, set_up),
        cmocka_unit_test_setup(a_start_is_no_fault, set_up),
        cmocka_unit_test_setup(what_a_person_stopped, set_up),
        cmocka_unit_test_setup(several_roots, set_up),
        cmocka_unit_test_setup(circles_end, set_up),
        cmocka_unit_test_setup(the_count_survives_long_names, set_up),
        cmocka_unit_test(names_become_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
