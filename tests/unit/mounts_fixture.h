#ifndef REEVE_TESTS_MOUNTS_FIXTURE_H
#define REEVE_TESTS_MOUNTS_FIXTURE_H

/* For the tests of plans with mounts: a unit of an ordinary user who may have a user namespace.
 * Include after cmocka.h. */

#include "sandbox/plan_private.h"
#include "tests/unit/sandbox_fixture.h"

enum { SOMEBODY = 1001 };

static struct fixture fixture; /* fresh for each test */

static inline int mounts_set_up(void **state)
{
    (void)state;
    fixture_init(&fixture);
    fixture.context.uid = fixture.context.gid = SOMEBODY;
    fixture.abilities.user_namespace = true;
    return 0;
}

static inline int mounts_tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

static inline void assert_verdict(const char *directive, enum sandbox_mechanism mechanism,
                                  enum sandbox_strength strength)
{
    const struct sandbox_verdict *verdict = fixture_verdict(&fixture, directive);

    if (!verdict)
        fail_msg("there is no verdict on %s", directive);
    else {
        assert_string_equal(sandbox_mechanism_name(verdict->mechanism),
                            sandbox_mechanism_name(mechanism));
        assert_string_equal(sandbox_strength_name(verdict->strength),
                            sandbox_strength_name(strength));
    }
}

static inline const struct mount_entry *entry_of(const char *path)
{
    const struct mount_plan *mounts = fixture.plan->mounts;

    for (size_t i = 0; mounts && i < mounts->count; i++)
        if (strcmp(mounts->entries[i].path, path) == 0)
            return &mounts->entries[i];
    return NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mounts_set_up, mounts_tear_down)

#endif
