#include "sandbox/apply.h"

#include "sandbox/capabilities.h"
#include "sandbox/memory.h"
#include "sandbox/plan_private.h"
#include "sandbox/seal.h"
#include "supervisor/unit/exit_status.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* Remembers the exit status of a step that failed. */
static int step(int result, enum exit_status exit_status, int *ret_exit_status)
{
    if (result < 0)
        *ret_exit_status = (int)exit_status;
    return result;
}

static int apply_scheduling(const struct sandbox_plan *plan, int *ret_exit_status)
{
    int r = 0;

    umask(plan->umask);
    if (plan->oom_score[0] != '\0')
        r = step(oom_score_apply(plan->oom_score), EXIT_STATUS_OOM_ADJUST, ret_exit_status);
    if (r == 0 && plan->has_nice)
        r = step(nice_apply(plan->nice), EXIT_STATUS_NICE, ret_exit_status);
    return r;
}

/* NULL: as PID 1 itself. */
static const struct sandbox_identity *identity_of(const struct sandbox_plan *plan, bool keeps_user)
{
    return keeps_user ? NULL : plan->identity;
}

static uint64_t bounding_of(const struct sandbox_plan *plan)
{
    return plan->has_capability_bounding_set ? plan->capability_bounding_set : CAPABILITIES_ALL;
}

/* While we have the rights that it takes. */
static int apply_groups(const struct sandbox_plan *plan, bool keeps_user, int *ret_exit_status)
{
    const struct sandbox_identity *identity = identity_of(plan, keeps_user);
    int r = 0;

    if (identity)
        r = step(identity_apply_groups(identity), EXIT_STATUS_GROUP, ret_exit_status);
    if (r == 0)
        r = step(capabilities_limit(bounding_of(plan)), EXIT_STATUS_CAPABILITIES, ret_exit_status);
    if (r == 0 && plan->denies_write_execute)
        r = step(memory_deny_write_execute(), EXIT_STATUS_SECCOMP, ret_exit_status);
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = step(-errno, EXIT_STATUS_NO_NEW_PRIVILEGES, ret_exit_status);
    return r;
}

/* The last rights go. An engine may have given ambient ones to PID 1, which no service shall have.
 */
static int apply_user(const struct sandbox_plan *plan, bool keeps_user, int *ret_exit_status)
{
    const struct sandbox_identity *identity = identity_of(plan, keeps_user);
    uint64_t keep = bounding_of(plan), ambient = plan->ambient_capabilities;
    int r = 0;

    if (identity)
        r = step(identity_apply_user(identity, ambient), EXIT_STATUS_USER, ret_exit_status);
    if (identity && identity->has_uid && identity->uid != 0)
        keep = ambient;
    if (r == 0)
        r = step(capabilities_settle(keep, ambient), EXIT_STATUS_CAPABILITIES, ret_exit_status);
    return r;
}

/* After everything that opens a file: a low LimitNOFILE= must not hinder ourselves. */
static int apply_limits(const struct sandbox_plan *plan, int *ret_exit_status)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < plan->limit_count; i++)
        r = step(limit_apply(&plan->limits[i]), EXIT_STATUS_LIMITS, ret_exit_status);
    if (r == 0 && plan->seal)
        r = step(seal_apply(plan->seal), EXIT_STATUS_LIMITS, ret_exit_status);
    return r;
}

static int apply(const struct sandbox_plan *plan, bool keeps_user, int *ret_exit_status)
{
    int r = apply_scheduling(plan, ret_exit_status);

    if (r == 0)
        r = apply_groups(plan, keeps_user, ret_exit_status);
    if (r == 0 && landlock_is_used(&plan->landlock))
        r = step(landlock_enter(&plan->landlock), EXIT_STATUS_NAMESPACE, ret_exit_status);
    if (r == 0)
        r = apply_limits(plan, ret_exit_status);
    if (r == 0)
        r = apply_user(plan, keeps_user, ret_exit_status);
    return r;
}

int sandbox_apply(const struct sandbox_plan *plan, int *ret_exit_status)
{
    return apply(plan, false, ret_exit_status);
}

int sandbox_apply_without_user(const struct sandbox_plan *plan, int *ret_exit_status)
{
    return apply(plan, true, ret_exit_status);
}

int sandbox_apply_seal(const struct sandbox_plan *plan, int *ret_exit_status)
{
    umask(plan->umask);
    return plan->seal ? step(seal_apply(plan->seal), EXIT_STATUS_LIMITS, ret_exit_status) : 0;
}

int sandbox_apply_filter(const struct sandbox_plan *plan, int *ret_exit_status)
{
    if (!plan->filter)
        return 0;
    return step(filter_install(plan->filter), EXIT_STATUS_SECCOMP, ret_exit_status);
}
