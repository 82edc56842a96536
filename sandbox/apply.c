#include "sandbox/apply.h"

#include "sandbox/capabilities.h"
#include "sandbox/keyring.h"
#include "sandbox/memory.h"
#include "sandbox/plan_private.h"
#include "sandbox/seal.h"
#include "sandbox/userns.h"

#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Remembers which step failed, and at which item of the plan. */
static int step_at(int result, enum stage stage, int item, struct stage_failure *ret_failure)
{
    if (result < 0)
        *ret_failure = (struct stage_failure){ .stage = stage, .item = item, .error = -result };
    return result;
}

static int step(int result, enum stage stage, struct stage_failure *ret_failure)
{
    return step_at(result, stage, -1, ret_failure);
}

/* A child at work. */
struct applying {
    const struct sandbox_plan *plan;
    const struct sandbox_identity *identity; /* NULL: as PID 1 itself */
    struct credential_pack *credentials;     /* NULL: none for this command */
    enum mount_rung rung;
    struct stage_failure *failure;
};

/* In the order of systemd: what fails first is what is told. */
static int apply_turns(const struct exec_scheduling *scheduling, struct stage_failure *ret_failure)
{
    int r = 0;

    if (scheduling->has_policy)
        r = step(policy_apply(scheduling), STAGE_SCHEDULER, ret_failure);
    if (r == 0 && scheduling->has_cpus)
        r = step(cpus_apply(scheduling), STAGE_AFFINITY, ret_failure);
    if (r == 0 && scheduling->has_io)
        r = step(io_apply(scheduling), STAGE_IO_PRIORITY, ret_failure);
    if (r == 0 && scheduling->has_timer_slack)
        r = step(timer_slack_apply(scheduling), STAGE_TIMER_SLACK, ret_failure);
    if (r == 0 && scheduling->has_personality)
        r = step(personality_apply(scheduling), STAGE_PERSONALITY, ret_failure);
    return r;
}

static int apply_scheduling(const struct applying *applying)
{
    const struct sandbox_plan *plan = applying->plan;
    int r = 0;

    umask(plan->umask);
    if (plan->oom_score[0] != '\0')
        r = step(oom_score_apply(plan->oom_score), STAGE_OOM_SCORE, applying->failure);
    if (r == 0 && plan->has_nice)
        r = step(nice_apply(plan->nice), STAGE_NICE, applying->failure);
    return r == 0 && plan->scheduling ? apply_turns(plan->scheduling, applying->failure) : r;
}

static uint64_t bounding_of(const struct sandbox_plan *plan)
{
    return plan->has_capability_bounding_set ? plan->capability_bounding_set : CAPABILITIES_ALL;
}

/* By the rung whose turn it is. */
static int apply_mounts(const struct applying *applying, enum mount_rung rung)
{
    const struct sandbox_plan *plan = applying->plan;
    struct mount_credentials credentials = { .pack = applying->credentials };
    int mount, r;

    if (applying->rung != rung)
        return 0;
    if (plan->credentials)
        credentials.unit = plan->credentials->unit;
    if (rung == MOUNT_RUNG_NAMESPACE) /* in a user namespace we are the owner by now */
        credentials.owner = applying->identity;
    r = mounts_enter(plan->mounts, &credentials, &plan->made, &mount);
    return step_at(r, mount == MOUNT_STEP_NAMESPACE ? STAGE_NAMESPACE : STAGE_MOUNT, mount,
                   applying->failure);
}

/* As whoever PID 1 is, and before anything is covered. What has no file system of its own to go to
 * is written now as well, for a Landlock domain would forbid it. */
static int read_credentials(struct applying *applying)
{
    const struct credential_plan *plan = applying->plan->credentials;
    int item = -1, r = credentials_pack(plan, &applying->credentials, &item);

    if (r == 0)
        credentials_mask(plan, applying->credentials);
    if (r == 0 && applying->rung == MOUNT_RUNG_NONE)
        r = credentials_publish(plan, applying->credentials, applying->identity);
    return step_at(r, STAGE_CREDENTIALS, item, applying->failure);
}

/* While we have the rights that it takes. */
static int apply_groups(const struct applying *applying)
{
    const struct sandbox_plan *plan = applying->plan;
    int r = 0;

    if (applying->identity)
        r = step(identity_apply_groups(applying->identity), STAGE_GROUPS, applying->failure);
    if (r == 0)
        r = step(capabilities_limit(bounding_of(plan)), STAGE_BOUNDING, applying->failure);
    if (r == 0 && plan->denies_write_execute)
        r = step(memory_deny_write_execute(), STAGE_MEMORY, applying->failure);
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = step(-errno, STAGE_NO_NEW_PRIVILEGES, applying->failure);
    return r;
}

/* Without CAP_SETPCAP they are those that PID 1 has already, or there is no such plan. */
static int apply_secure_bits(const struct applying *applying)
{
    int bits = (int)applying->plan->secure_bits;

    if (bits == 0 || prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == bits)
        return 0;
    return step(prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0 ? -errno : 0, STAGE_SECURE_BITS,
                applying->failure);
}

/* The last rights go. An engine may have given ambient ones to PID 1, which no service shall have.
 */
static int apply_user(const struct applying *applying)
{
    const struct sandbox_identity *identity = applying->identity;
    uint64_t keep = bounding_of(applying->plan), ambient = applying->plan->ambient_capabilities;
    int r = mount_plan_ends_inside(applying->plan->mounts) ? 0 : apply_secure_bits(applying);

    if (r == 0 && identity)
        r = step(identity_apply_user(identity, ambient), STAGE_USER, applying->failure);
    if (identity && identity->has_uid && identity->uid != 0)
        keep = ambient;
    if (r == 0)
        r = step(capabilities_settle(keep, ambient), STAGE_CAPABILITIES, applying->failure);
    return r;
}

/* What could hinder ourselves: it waits until all is open that we open, and all credentials are
 * written. */
static bool is_lowered_files(const struct limit_plan *limit)
{
    struct rlimit now;

    return (limit->resource == RLIMIT_NOFILE || limit->resource == RLIMIT_FSIZE) &&
           getrlimit(limit->resource, &now) == 0 && limit->hard <= now.rlim_max;
}

static int apply_limits(const struct applying *applying, bool is_for_files)
{
    const struct sandbox_plan *plan = applying->plan;
    int r = 0;

    for (size_t i = 0; r == 0 && i < plan->limit_count; i++)
        if (is_lowered_files(&plan->limits[i]) == is_for_files)
            r = step_at(limit_apply(&plan->limits[i]), STAGE_LIMIT, (int)i, applying->failure);
    return r;
}

/* Nothing of what the process may do in its own user namespace is for the service. */
static int leave_no_rights(const struct applying *applying)
{
    int r;

    if (!mount_plan_ends_inside(applying->plan->mounts))
        return 0;
    r = apply_secure_bits(applying); /* those from before went with the old namespace */
    if (r < 0)
        return r;
    r = capabilities_limit(0);
    return step(r < 0 ? r : capabilities_settle(0, 0), STAGE_CAPABILITIES, applying->failure);
}

/* PrivateUsers=, where the mounts took no user namespace. */
static int enter_users(const struct applying *applying)
{
    const struct mount_plan *mounts = applying->plan->mounts;
    int made = applying->plan->made.user;

    if (!mounts || !mounts->has_user_namespace)
        return 0;
    return step(made < 0 ? userns_enter(&mounts->maps, CLONE_NEWUSER) : userns_join(made),
                STAGE_USER, applying->failure);
}

static int enter_landlock(const struct applying *applying)
{
    const struct landlock_plan *landlock = &applying->plan->landlock;
    int mark = -1, r;

    if (!landlock_is_used(landlock))
        return 0;
    r = landlock_enter(landlock, &mark);
    return step_at(r, STAGE_LANDLOCK, mark, applying->failure);
}

/* A user namespace comes last, for in it nobody has a right to anything outside; a Landlock domain
 * comes after all mounts, for in it nobody mounts. */
static int apply(struct applying *applying, bool has_credentials)
{
    bool is_inside = applying->rung == MOUNT_RUNG_USER;
    int r = apply_scheduling(applying);

    if (r == 0 && has_credentials)
        r = read_credentials(applying);
    if (r == 0)
        r = apply_mounts(applying, MOUNT_RUNG_NAMESPACE);
    if (r == 0)
        r = apply_groups(applying);
    if (r == 0 && !is_inside)
        r = enter_landlock(applying);
    if (r == 0)
        r = apply_limits(applying, false);
    if (r == 0)
        r = apply_user(applying);
    if (r == 0 && applying->plan->keyring_mode != KEYRING_INHERIT)
        r = step(keyring_enter(applying->plan->keyring_mode == KEYRING_SHARED), STAGE_KEYRING,
                 applying->failure);
    if (r == 0)
        r = apply_mounts(applying, MOUNT_RUNG_USER);
    if (r == 0 && is_inside)
        r = enter_landlock(applying);
    if (r == 0)
        r = enter_users(applying);
    if (r == 0)
        r = leave_no_rights(applying);
    return r < 0 ? r : apply_limits(applying, true);
}

pid_t sandbox_fork(const struct sandbox_plan *plan, unsigned scope)
{
    return mounts_fork(scope & SANDBOX_MASK_ONLY ? NULL : plan->mounts);
}

int sandbox_plan_birthplace(const struct sandbox_plan *plan, unsigned scope)
{
    bool is_inside =
        sandbox_plan_is_first_process(plan, scope) && plan->mounts->rung == MOUNT_RUNG_USER;

    return is_inside ? plan->made.user : -1;
}

bool sandbox_plan_is_first_process(const struct sandbox_plan *plan, unsigned scope)
{
    return !(scope & SANDBOX_MASK_ONLY) && plan->mounts && plan->mounts->has_pids;
}

const char *sandbox_plan_oom_score(const struct sandbox_plan *plan, unsigned scope)
{
    return scope & SANDBOX_MASK_ONLY || plan->oom_score[0] == '\0' ? NULL : plan->oom_score;
}

bool sandbox_plan_limits_files(const struct sandbox_plan *plan, unsigned scope)
{
    for (size_t i = 0; !(scope & SANDBOX_MASK_ONLY) && i < plan->limit_count; i++)
        if (plan->limits[i].resource == RLIMIT_NOFILE)
            return true;
    return false;
}

int sandbox_apply_command(const struct sandbox_plan *plan, unsigned scope,
                          struct stage_failure *ret_failure)
{
    struct applying applying = {
        .plan = plan,
        .identity = scope & SANDBOX_WITHOUT_USER ? NULL : plan->identity,
        .rung = plan->mounts ? plan->mounts->rung : MOUNT_RUNG_NONE,
        .failure = ret_failure,
    };

    if (!(scope & SANDBOX_MASK_ONLY))
        return apply(&applying, plan->credentials && !(scope & SANDBOX_WITHOUT_CREDENTIALS));
    umask(plan->umask);
    return 0;
}

int sandbox_apply_seal(const struct sandbox_plan *plan, uint64_t key,
                       struct stage_failure *ret_failure)
{
    return step(plan->seal ? seal_apply(plan->seal, key) : 0, STAGE_SEAL, ret_failure);
}

int sandbox_apply_filter(const struct sandbox_plan *plan, struct stage_failure *ret_failure)
{
    return step(plan->filter ? filter_install(plan->filter) : 0, STAGE_FILTER, ret_failure);
}
