#ifndef REEVE_TESTS_SANDBOX_FIXTURE_H
#define REEVE_TESTS_SANDBOX_FIXTURE_H

/*
 * For the tests of sandbox/: a unit, a place and a sink that remembers; and a way to try something
 * in a child that a plan was applied to. Include after cmocka.h.
 */

#include "sandbox/apply.h"
#include "sandbox/plan.h"
#include "supervisor/unit/macro.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FIXTURE_PROBLEMS_MAX = 16,
    FIXTURE_PATH_SIZE = 256,
    FIXTURE_APPLY_FAILED = 254, /* exit status of a child whose plan could not be applied */
};

struct fixture {
    struct unit_spec spec;
    struct resource_limit limits[LIMIT_COUNT];
    struct sandbox_abilities abilities;
    struct sandbox_context context;
    struct problem_sink sink;
    struct problem problems[FIXTURE_PROBLEMS_MAX];
    size_t problem_count;
    struct sandbox_plan *plan;
};

static inline void fixture_remember(void *context, const struct problem *problem)
{
    struct fixture *fixture = context;

    if (fixture->problem_count < FIXTURE_PROBLEMS_MAX)
        fixture->problems[fixture->problem_count++] = *problem;
}

/* A place where everything works, and a unit that asks for nothing. */
static inline void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){
        .spec = { .name = "test.service", .fragment_path = "/units/test.service" },
        .abilities = { .seccomp = true, .seal = true, .landlock_abi = 7 },
        .context = { .uid = getuid() },
        .sink = { .report = fixture_remember },
    };
    fixture->spec.exec.umask = 0022;
    fixture->context.abilities = &fixture->abilities;
    fixture->sink.context = fixture;
}

/* Limit…= for both the soft and the hard limit. */
static inline void fixture_limit(struct fixture *fixture, int resource, uint64_t value)
{
    fixture->limits[resource] = (struct resource_limit){ true, value, value };
    fixture->spec.exec.limits = fixture->limits;
}

static inline int fixture_plan(struct fixture *fixture)
{
    return sandbox_plan_make(&fixture->spec, &fixture->context, &fixture->sink, &fixture->plan);
}

static inline void fixture_release(struct fixture *fixture)
{
    sandbox_plan_free(fixture->plan);
    fixture->plan = NULL;
}

static inline const struct sandbox_verdict *fixture_verdict(const struct fixture *fixture,
                                                            const char *directive)
{
    size_t count;
    const struct sandbox_verdict *verdicts = sandbox_plan_verdicts(fixture->plan, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(verdicts[i].directive, directive) == 0)
            return &verdicts[i];
    }
    return NULL;
}

/* Something to try: 0 when it worked, else the errno. */
typedef int attempt(const void *what);

/* Tries it as a service with this plan would: what the attempt returned. */
static inline int fixture_try(const struct fixture *fixture, attempt *something, const void *what)
{
    int status;
    pid_t pid = sandbox_fork(fixture->plan, SANDBOX_ALL);

    if (pid == 0) {
        struct stage_failure failure;

        if (sandbox_apply_seal(fixture->plan, 0, &failure) < 0 ||
            sandbox_apply_command(fixture->plan, SANDBOX_ALL, &failure) < 0 ||
            sandbox_apply_filter(fixture->plan, &failure) < 0)
            _exit(FIXTURE_APPLY_FAILED);
        _exit(something(what));
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#endif
