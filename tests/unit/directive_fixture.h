#ifndef REEVE_TESTS_DIRECTIVE_FIXTURE_H
#define REEVE_TESTS_DIRECTIVE_FIXTURE_H

/* For tests of single directives: the spec that a text makes, with the problems that it must have.
 * Header only; cmocka.h and what it needs come first. */

#include "tests/unit/loader.h"

#include <stdlib.h>

struct fixture {
    struct unit_set set;
    struct loader_problems problems;
};

static inline int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    *state = fixture;
    if (!fixture || unit_set_init(&fixture->set, &loader_roots) < 0)
        return -1;
    loader_problems_init(&fixture->problems);
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;

    unit_set_release(&fixture->set);
    free(fixture);
    return 0;
}

/* Loads a@b.service from the text alone. */
static inline int try_load(struct fixture *fixture, const char *text)
{
    unit_set_release(&fixture->set);
    assert_int_equal(unit_set_init(&fixture->set, &loader_roots), 0);
    loader_problems_init(&fixture->problems);
    return loader_add(&fixture->set, "a@b.service", text, &fixture->problems);
}

/* The spec of a@b.service with this text; the problems must be the ones wanted. */
static inline const struct unit_spec *load(struct fixture *fixture, const char *text,
                                           const char *problems)
{
    int error = try_load(fixture, text);

    assert_string_equal(fixture->problems.text, problems);
    assert_int_equal(error, 0);
    return fixture->set.specs[0];
}

static inline void assert_list(string_list list, const char *wanted)
{
    char text[512] = "";
    size_t length = 0;

    for (; list && *list; list++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "<%s>", *list);
    assert_string_equal(text, wanted);
}

#define START      "[Service]\nExecStart=/bin/true\n"
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
