#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/init/pid_table.h"

#include <errno.h>

enum { PIDS = 300, ROUNDS = 20000 };

/* Against a plain array as the model, with pids that collide. */
static void behaves_like_a_map(void **state)
{
    struct pid_table table;
    unit_id model[PIDS];
    uint32_t random = 12345;

    (void)state;
    assert_int_equal(pid_table_init(&table, PIDS), 0);
    for (int i = 0; i < PIDS; i++)
        model[i] = UNIT_NONE;
    for (int round = 0; round < ROUNDS; round++) {
        int i;

        random = random * 1664525U + 1013904223U;
        i = (int)(random >> 16) % PIDS;
        if (random & 1) {
            model[i] = (unit_id)(random >> 8 & 0xff);
            assert_int_equal(pid_table_put(&table, (i + 1) * 1024, model[i]), 0);
        } else {
            model[i] = UNIT_NONE;
            pid_table_remove(&table, (i + 1) * 1024);
        }
        for (int k = 0; k < PIDS; k++)
            assert_int_equal(pid_table_find(&table, (k + 1) * 1024), model[k]);
    }
    pid_table_release(&table);
}

static void a_full_table_refuses_and_still_finds(void **state)
{
    struct pid_table table;
    pid_t pid = 1;

    (void)state;
    assert_int_equal(pid_table_init(&table, 1), 0);
    while (pid_table_put(&table, pid, 7) == 0)
        pid++;
    assert_int_equal(pid_table_put(&table, pid, 7), -ENOSPC);
    assert_int_equal(pid_table_find(&table, 1), 7);
    assert_int_equal(pid_table_find(&table, 999999), UNIT_NONE);
    assert_int_equal(pid_table_put(&table, 1, 8), 0);
    assert_int_equal(pid_table_find(&table, 1), 8);
    pid_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaves_like_a_map),
        cmocka_unit_test(a_full_table_refuses_and_still_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
