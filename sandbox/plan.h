#ifndef REEVE_SANDBOX_PLAN_H
#define REEVE_SANDBOX_PLAN_H

/*
 * From what a unit asks to what its child process will do between fork and exec.
 *
 * sandbox_plan_make() runs at load time, in the parent: it may allocate, may fail, and says of
 * every directive that this place cannot enforce where it was written. sandbox_apply() (apply.h)
 * runs in the child: only prepared data and system calls.
 *
 * Make plans as the user that the services run as, after privileges were dropped: what may be
 * raised, written or mounted depends on it.
 */

#include "sandbox/abilities.h"
#include "sandbox/identity.h"
#include "supervisor/unit/problem.h"
#include "supervisor/unit/unit_spec.h"

struct made_namespaces;
struct sandbox_plan;
struct stage_failure;

/*
 * What plans have in common: the compiled filters, and which warnings about this place were given
 * already. May be freed before the plans that were made with it, but must be before the units.
 */
struct sandbox_shared;

struct sandbox_context {
    const struct sandbox_abilities *abilities;
    uint64_t seal;    /* of the unit, see seal.h */
    bool is_guarded;  /* PID 1 has the guard of seals, and so has every child */
    pid_t supervisor; /* PID 1, whose limits no service sets; 0: there is none */
    uid_t uid;        /* PID 1's own: services run as it unless they may have an identity */
    gid_t gid;
    const struct sandbox_identity
        *identity; /* whom User=, Group= and SupplementaryGroups= mean; NULL: unit says nothing */
    string_list
        own_paths; /* absolute: the unit's state, runtime, … directories; may not exist yet */
    const char *runtime_directory; /* of our sockets: seen by every service; NULL: none */
    const char *program_directory; /* where reeve and the programs beside it lie: seen by every
                                      service, as is the directory of its unit; NULL: unknown */
    const char *private_directory; /* where PrivateTmp= has UNIT/tmp and UNIT/var-tmp, made before
                                      each start and seen by no other service; NULL: a tmpfs
                                      for each process */
    const char *credentials_directory; /* where those of each unit are seen: "/run/credentials";
                                          NULL: no unit of the pod has any */
    const char *received_credentials;  /* $CREDENTIALS_DIRECTORY of PID 1; NULL: none */
    struct mask_table *masks;          /* gets fingerprints of credentials; NULL: nothing does */
    /* Where a setting of the unit was written last, `item` of a list or NULL; NULL: nobody looks,
     * and complaints name the unit's file. */
    bool (*find_place)(const struct unit_spec *spec, const char *key, const char *item,
                       struct spec_place *ret_place);
    bool shares_user;     /* another service of the pod runs as the same user */
    bool refuses_nothing; /* a plan that is shown, not used: what cannot be held is only said */
    struct sandbox_shared
        *shared; /* NULL: each plan has a filter of its own and repeats each warning */
};

/* 0 or -ENOMEM. */
int sandbox_shared_new(struct sandbox_shared **ret_shared) MUST_CHECK;
/* Accepts NULL. */
void sandbox_shared_free(struct sandbox_shared *shared);

/*
 * 0 and a plan, to be freed with sandbox_plan_free(); -EOPNOTSUPP when a directive cannot be
 * enforced here and SandboxPolicy=strict (reported); -ENOMEM; any other error has been reported.
 * The plan borrows nothing from the specification.
 */
int sandbox_plan_make(const struct unit_spec *spec, const struct sandbox_context *context,
                      struct problem_sink *sink, struct sandbox_plan **ret_plan) MUST_CHECK;

/* Whether SandboxPolicy=strict refuses it in this place: of a plan that was made all the same. */
bool sandbox_plan_falls_short(const struct sandbox_plan *plan);

/* Whether the service runs as somebody else than PID 1. */
bool sandbox_plan_becomes_another(const struct sandbox_plan *plan);

/* Accepts NULL. */
void sandbox_plan_free(struct sandbox_plan *plan);

/* What can be made in advance (userns.h, network.h) for all its processes. */
struct sandbox_wanted_namespaces {
    uid_t uid; /* who they are in the user namespace, and who has to make it */
    gid_t gid;
    bool network; /* a network namespace that belongs to it, too */
};

/* Whether they have a user namespace. */
bool sandbox_plan_wants_namespaces(const struct sandbox_plan *plan,
                                   struct sandbox_wanted_namespaces *ret_wanted);
/* Where descriptors of what was made go (mounts.h), which are the plan's from then on. */
struct made_namespaces *sandbox_plan_namespaces(struct sandbox_plan *plan);

/* sandbox_apply() changes what the process shares with its parent after vfork(2): it must be a
 * copy.
 */
bool sandbox_plan_takes_memory(const struct sandbox_plan *plan);

/* sandbox_apply() makes the process give way to others, by Nice=, CPUSchedulingPolicy=idle or
 * IOSchedulingClass=idle: how long it takes from there to its exec is theirs to say. */
bool sandbox_plan_gives_way(const struct sandbox_plan *plan);

/*
 * Once the plans of all services of the pod are made: whether it keeps its processes from looking
 * into those of others of its user, through /proc or ptrace(2); and, of one with credentials, that
 * all of those do.
 */
bool sandbox_plan_is_walled(const struct sandbox_plan *plan);
void sandbox_plan_trust_others(struct sandbox_plan *plan);
/* Whether `reader`, by its user or else that of PID 1, can read where the credentials of `plan`
 * come from; and, of one with credentials, that another service can. */
bool sandbox_plan_reads_sources(const struct sandbox_plan *plan, const struct sandbox_plan *reader,
                                uid_t uid, gid_t gid) MUST_CHECK;
void sandbox_plan_distrust_sources(struct sandbox_plan *plan);

/* It is to have files in context->credentials_directory that whoever starts it takes away again:
 * there is no file system of its own for them. */
bool sandbox_plan_publishes_credentials(const struct sandbox_plan *plan);

/* For people: "ProtectSystem=, '/usr': Operation not permitted", and a hint if there is one. The
 * text is cut off where it does not fit. */
void sandbox_plan_tell(const struct sandbox_plan *plan, const struct stage_failure *failure,
                       char *text, size_t size);

/* The unit has directories of PrivateTmp= in context->private_directory. */
bool sandbox_plan_has_private_directory(const struct sandbox_plan *plan);
/* … and, for lack of mounts, sees them where they are: TMPDIR has to say so. */
bool sandbox_plan_takes_tmpdir(const struct sandbox_plan *plan);

/* What holds a directive. */
enum sandbox_mechanism {
    SANDBOX_BY_NOTHING,
    SANDBOX_BY_PLACE, /* already true of the container */
    SANDBOX_BY_LANDLOCK,
    SANDBOX_BY_SECCOMP,
    SANDBOX_BY_LANDLOCK_AND_SECCOMP,
    SANDBOX_BY_CAPABILITIES,
    SANDBOX_BY_MOUNTS, /* a mount namespace of its own; Landlock besides, where it can be had */
    SANDBOX_BY_KERNEL, /* prctl, setrlimit and the like: said and done */
    SANDBOX_BY_CGROUP, /* of the unit's own */
};

enum sandbox_strength { SANDBOX_NONE, SANDBOX_PARTIAL, SANDBOX_FULL };

/* One row of `reevectl security`: all strings are constants. */
struct sandbox_verdict {
    const char *directive; /* "ProtectSystem" */
    const char *asked;     /* "strict"; "set" where the value is a list or number */
    const char *reason;    /* what is missing and why; "" when it is full */
    enum sandbox_mechanism mechanism;
    enum sandbox_strength strength;
};

/* Owned by the plan. */
const struct sandbox_verdict *sandbox_plan_verdicts(const struct sandbox_plan *plan,
                                                    size_t *ret_count);
const char *sandbox_mechanism_name(enum sandbox_mechanism mechanism);
const char *sandbox_strength_name(enum sandbox_strength strength);

#endif
