/* reevectl learn: from the calls that were seen to groups and single ones. */

#include "supervisor/ctl/learn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void learn(struct learn_filter *filter, const char *const *names)
{
    uint64_t calls[CALL_COUNT] = { 0 };

    for (; *names; names++) {
        enum call call;

        assert_int_equal(call_find(*names, &call), 0);
        calls[call]++;
    }
    learn_filter_make(calls, filter);
}

static bool has_group(const struct learn_filter *filter, const char *name)
{
    for (size_t i = 0; i < filter->group_count; i++)
        if (strcmp(filter->groups[i], name) == 0)
            return true;
    return false;
}

static void what_does_the_same_is_allowed_together(void **state)
{
    struct learn_filter filter;

    (void)state;
    learn(&filter, (const char *const[]){ "clone3", "openat", NULL });
    assert_true(filter.is_listed[CALL_clone3]);
    assert_true(filter.is_listed[CALL_clone]);
    assert_true(filter.is_listed[CALL_vfork]);
    assert_true(filter.is_listed[CALL_open]);
    assert_true(filter.is_listed[CALL_openat2]);
    assert_false(filter.is_listed[CALL_mkdir]);
    assert_int_equal(filter.group_count, 0);
}

static void a_harmless_group_is_allowed_whole(void **state)
{
    struct learn_filter filter;

    (void)state;
    learn(&filter, (const char *const[]){ "fsync", "read", NULL });
    assert_true(has_group(&filter, "@sync"));
    assert_true(has_group(&filter, "@basic-io"));
    assert_false(filter.is_listed[CALL_fsync]);
    assert_false(has_group(&filter, "@signal"));
}

static void other_groups_take_more(void **state)
{
    struct learn_filter filter;

    (void)state;
    learn(&filter, (const char *const[]){ "socket", "connect", NULL });
    assert_false(has_group(&filter, "@network-io"));
    assert_true(filter.is_listed[CALL_socket]);
    learn(&filter, (const char *const[]){ "socket", "connect", "setsockopt", "sendto", NULL });
    assert_true(has_group(&filter, "@network-io"));
    learn(&filter, (const char *const[]){ "kill", "unshare", NULL });
    assert_false(has_group(&filter, "@process"));
}

/* They are rights of their own: whoever needs one gets that one. */
static void no_group_of_rights_is_allowed_whole(void **state)
{
    static const char *const names[] = { "@privileged", "@mount", "@debug", "@module", "@raw-io",
                                         "@setuid",     "@clock", "@chown", "@keyring" };
    const char *all[CALL_COUNT + 1] = { NULL };
    struct learn_filter filter;

    (void)state;
    for (enum call call = 0; call < CALL_COUNT; call++)
        all[call] = call_name(call);
    learn(&filter, all);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        assert_false(has_group(&filter, names[i]));
    assert_true(filter.is_listed[CALL_mount]);
    assert_false(filter.is_system_service);
}

static void what_is_always_allowed_is_not_named(void **state)
{
    struct learn_filter filter;

    (void)state;
    learn(&filter, (const char *const[]){ "execve", "mmap", "futex", NULL });
    assert_int_equal(filter.group_count, 0);
    for (enum call call = 0; call < CALL_COUNT; call++)
        assert_false(filter.is_listed[call]);
    assert_true(filter.is_system_service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_the_same_is_allowed_together),
        cmocka_unit_test(a_harmless_group_is_allowed_whole),
        cmocka_unit_test(other_groups_take_more),
        cmocka_unit_test(no_group_of_rights_is_allowed_whole),
        cmocka_unit_test(what_is_always_allowed_is_not_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
