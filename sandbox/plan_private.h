#ifndef REEVE_SANDBOX_PLAN_PRIVATE_H
#define REEVE_SANDBOX_PLAN_PRIVATE_H

/* Shared by plan.c, its plan_*.c and apply.c only. */

#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/limits.h"
#include "sandbox/mount_list.h"
#include "sandbox/plan.h"

enum {
    SANDBOX_PORTS_MAX = 1024, /* Landlock rules of one service: each costs time at every start */
    OOM_SCORE_TEXT_SIZE = 8,
    PROC_LINK_SIZE = 32, /* "/proc/self/fd/…" */
};

/* Kept small: there is one for each service, for as long as PID 1 lives. */
struct sandbox_plan {
    struct landlock_plan landlock;
    struct mount_plan *mounts;           /* NULL: no namespace of its own */
    struct made_namespaces made;         /* for `mounts` */
    struct credential_plan *credentials; /* NULL: none */
    uint64_t seal;                       /* 0: this place has none */
    uint64_t capability_bounding_set, ambient_capabilities;
    struct sandbox_identity *identity; /* NULL: as PID 1 itself */
    struct filter *filter;             /* NULL: none is needed, or this place has none */
    struct limit_plan *limits;
    struct exec_scheduling *scheduling; /* NULL: as PID 1 itself */
    struct sandbox_verdict *verdicts;
    uint16_t verdict_count;
    uint8_t limit_count;
    int8_t nice;
    uint8_t secure_bits; /* 0: as they are */
    bool has_nice;
    bool has_capability_bounding_set;
    bool has_private_directory;
    bool denies_write_execute;           /* by the kernel */
    uint8_t keyring_mode;                /* enum keyring_mode */
    bool falls_short;                    /* not all is held that SandboxPolicy=strict insists on */
    char oom_score[OOM_SCORE_TEXT_SIZE]; /* "": unchanged */
    mode_t umask;
};

struct shared_filter {
    struct filter_request request; /* borrows from the unit that came first */
    struct filter *filter;
};

struct sandbox_shared {
    struct shared_filter *filters; /* no two are equal */
    size_t filter_count;
    bool told_of_weak_landlock, told_of_udp;
};

/* A plan in the making. */
struct plan_builder {
    const struct unit_spec *spec;
    const struct sandbox_context *context;
    struct problem_sink *sink;
    struct sandbox_plan *plan;
    struct filter_request request; /* for the filter, complete after all directives */
    struct mount_list mounts;      /* what the mounts of the plan were made from */
    const char *root;              /* RootDirectory=, canonical; of a wish; NULL: none */
    const char *mounts_obstacle;   /* why there can be none; NULL: there can */
    bool has_private_users;        /* PrivateUsers= is held */
    bool has_private_network;      /* PrivateNetwork= is held by a namespace */
    bool has_private_ipc;          /* so is PrivateIPC= */
    bool has_private_pids;         /* … and PrivatePIDs=, with a /proc of its own */
    bool is_refused;
    int error; /* the first -ENOMEM and the like; later steps do nothing */
};

/* Grows an array of `size`-byte items by one and returns it, or NULL with builder->error set. */
void *plan_grow(struct plan_builder *builder, void *array, size_t count, size_t size);

void plan_verdict(struct plan_builder *builder, struct sandbox_verdict verdict);

struct plan_complaint {
    const char *directive, *asked, *reason; /* constants; reason: "Landlock cannot …" */
    const char *subject;                    /* of the unit's text, e.g. a path; may be NULL */
    const char *hint;                       /* may be NULL */
    bool is_vital;                          /* refused with SandboxPolicy=degrade as well */
    struct spec_place place;
};

/* The directive is not held at all: an error with SandboxPolicy=strict, a warning with degrade. */
void plan_cannot(struct plan_builder *builder, const struct plan_complaint *complaint);
/* The same without a verdict, for what is held in part, but not in the part that matters. */
void plan_fall_short(struct plan_builder *builder, const struct plan_complaint *complaint);
/* It is held in part, or differently: never an error, never a verdict. */
void plan_warn(struct plan_builder *builder, const struct plan_complaint *complaint);
/* It has no effect here, and nothing is lost but a preference: likewise. */
void plan_inert(struct plan_builder *builder, const struct plan_complaint *complaint);
void plan_note(struct plan_builder *builder, const struct plan_complaint *complaint);

/* The directive's own place, or the unit's file where the specification has none. */
struct spec_place plan_place(const struct plan_builder *builder, const struct spec_place *place);

/* plan_privileges.c: NoNewPrivileges=, CapabilityBoundingSet=, AmbientCapabilities=, KeyringMode=;
 * and, once it is known whether there is a user namespace, SecureBits= */
void plan_privileges(struct plan_builder *builder);
void plan_secure_bits(struct plan_builder *builder);

/* plan_identity.c: User=, Group=, SupplementaryGroups= */
void plan_identity(struct plan_builder *builder);
/* Who the service will be: PID 1's own where the unit says nothing. */
uid_t plan_uid(const struct plan_builder *builder);
gid_t plan_gid(const struct plan_builder *builder);
bool plan_is_in_group(const struct plan_builder *builder, gid_t gid);
/* "!": as PID 1's own user; and where that is root. */
bool plan_has_command_without_user(const struct plan_builder *builder);
bool plan_has_command_as_root(const struct plan_builder *builder);
/* The service is root, or that command is. */
bool plan_has_root(const struct plan_builder *builder);

/* plan_credentials.c: LoadCredential=, ImportCredential=, SetCredential=. */
bool plan_has_credentials(const struct exec_spec *exec);
/* Others of the same user could read them at their path. */
bool plan_shares_credentials(const struct plan_builder *builder);
void plan_credentials(struct plan_builder *builder);
/* Which item, by its directive and its source or name; never the secret itself. */
void plan_credential_tell(const struct credential_plan *plan, size_t index, char *text,
                          size_t size);

/* plan_marks.c: the paths of a unit as marks on the tree. */

/* Which directive asked for something, for complaints and verdicts. */
struct plan_origin {
    const char *directive, *asked;
    struct spec_place place;
};

const char *plan_protect_system_name(enum protect_system protect);
/* What "yes" and "full" make read-only; ends with NULL. */
const char *const *plan_system_trees(enum protect_system protect);
/* "-": may be missing; "+": in RootDirectory=. */
const char *plan_path_without_prefix(const char *path, bool *ret_is_optional);
/* As the service will see it, or NULL where it will not: a path of outside that RootDirectory=
 * leaves behind. */
const char *plan_path_of_list(const struct plan_builder *builder, const char *path,
                              bool *ret_is_optional);
void plan_marks_add(struct plan_builder *builder);
void plan_marks_add_strict(struct plan_builder *builder);
/* All is writable. */
void plan_marks_add_root(struct plan_builder *builder);
/* Spreads writable marks with read-only ones below them; what cannot be said is complained of and
 * dropped. */
void plan_marks_spread(struct plan_builder *builder);
bool plan_marks_are_read_only(const struct landlock_plan *landlock);

/* Links are resolved now, because paths are compared by name; of what does not exist yet, those on
 * the way to it. NULL with builder->error set. With RootDirectory= it is a path in there. */
char *plan_canonical(struct plan_builder *builder, const char *path);
char *plan_canonical_outside(struct plan_builder *builder, const char *path);

/* plan_root.c: RootDirectory=, MountAPIVFS=. True: mounts are needed for it. */
bool plan_root(struct plan_builder *builder, const char *obstacle);
char *plan_root_canonical(struct plan_builder *builder, const char *path);
/* A path as the service will see it; NULL: it will not. is_inside: it is one of in there already.
 */
const char *plan_root_strip(const struct plan_builder *builder, const char *path, bool is_inside);

/* plan_mounts.c: what is held by a mount namespace, if the unit can have one. */
void plan_mounts(struct plan_builder *builder);
/* Why what is held by a namespace is not held in full: the service keeps CAP_SYS_ADMIN. "": it does
 * not. */
const char *plan_admin_gap(const struct plan_builder *builder);
/* A verdict on that. */
void plan_verdict_but_for_admin(struct plan_builder *builder, struct sandbox_verdict verdict);
/* After all that may ask for a domain. */
void plan_mounts_close_proc(struct plan_builder *builder);

/* plan_mount_wishes.c: what each directive wishes for. */
enum mount_asking { ASKS_YES, ASKS_WORD, ASKS_SYSTEM, ASKS_LIST, ASKS_BIND, ASKS_READ_ONLY_BIND };

struct mount_directive {
    const char *name;
    size_t offset; /* of its field in struct exec_spec: a bool, an enumeration, a pointer */
    enum mount_asking form;
    const char *const *words; /* of the enumeration */
    void (*add)(struct plan_builder *builder);
    /* The place holds it already; NULL: without a namespace it is plan_paths.c's. */
    bool (*is_true)(const struct plan_builder *builder);
    const char *(*gap)(
        void);       /* what is open where is_true(): "" when nothing; NULL: nothing ever */
    bool needs_proc; /* a new one */
    bool is_dear;    /* where it is true anyway, nothing is mounted for it */
};
extern const struct mount_directive plan_mount_directives[];
extern const size_t plan_mount_directive_count;

/* What the unit says; NULL when it asks for nothing. */
const char *plan_mount_asked(const struct mount_directive *directive, const struct exec_spec *exec);
/* What it needs whatever is covered, and what it must not see of others. */
void plan_mount_own(struct plan_builder *builder);
/* What a filter leaves open of ProtectKernelLogs=, ProtectKernelModules= and ProtectHostname=. */
void plan_mount_gaps(struct plan_builder *builder);
void plan_mount_ipc(struct plan_builder *builder);
/* A new /proc, for all that asks for one. */
void plan_mount_proc(struct plan_builder *builder);

/* plan_already.c: what is true of a container anyway. */
bool place_never(const struct plan_builder *builder);
bool place_has_no_home(const struct plan_builder *builder);
bool place_has_no_devices(const struct plan_builder *builder);
bool place_has_no_tunables(const struct plan_builder *builder);
const char *place_tunables_gap(void);
bool place_has_no_control_groups(const struct plan_builder *builder);
/* Closed to the service by somebody else, or, if that is enough, not there. */
bool place_is_out_of_reach(const struct plan_builder *builder, const char *path, bool is_optional);
/* By AmbientCapabilities=: others than those that open no file of somebody else's. */
bool plan_keeps_rights(const struct plan_builder *builder);
/* The mount says it, or there is nothing. */
bool place_is_read_only(const char *path);

/* plan_paths.c: ProtectSystem=, ReadWritePaths=, ReadOnlyPaths=, InaccessiblePaths=, PrivateTmp= */
void plan_paths(struct plan_builder *builder);
/* plan_ports.c: SocketBindAllow=, SocketBindDeny= */
void plan_ports(struct plan_builder *builder);
/* plan_filter.c: SystemCallFilter=, Restrict…=, Protect…=: what is held by a filter, some of it
 * with capabilities; then the filter itself. */
/* What a filter leaves open: "" when nothing. */
const char *plan_logs_gap(const struct plan_builder *builder);
const char *plan_modules_gap(const struct plan_builder *builder);
/* Root can write it to a file in /proc/sys. */
bool plan_leaves_hostname(const struct plan_builder *builder);
void plan_drop_capabilities(struct sandbox_plan *plan, uint64_t dropped);
void plan_filter_directives(struct plan_builder *builder);
void plan_filter(struct plan_builder *builder);
/* plan_resources.c: Limit…=, Nice=, OOMScoreAdjust=, UMask= */
void plan_resources(struct plan_builder *builder);
/* plan_cgroup.c: Memory…=, TasksMax=, CPU…=; when all is known of what the service may write */
void plan_cgroup(struct plan_builder *builder);

#endif
