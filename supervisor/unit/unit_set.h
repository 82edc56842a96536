#ifndef REEVE_UNIT_UNIT_SET_H
#define REEVE_UNIT_UNIT_SET_H

/*
 * All units of a pod, loaded from text. Pure: whoever calls reads the directories and passes the
 * file contents in; a unit set never touches the file system.
 *
 *   unit_set_init(&set, &roots);
 *   unit_set_add(&set, &source, &sink);      for each unit: its fragment, then its drop-ins in
 * order unit_set_resolve(&set, &sink);           names become edges; checks the whole
 *
 * A unit with errors is reported in full (all its problems, not just the first) and not added; the
 * caller decides by sink.errors whether the set is usable. The set owns everything in its arena.
 */

#include "supervisor/unit/arena.h"
#include "supervisor/unit/setting.h"
#include "supervisor/unit/unit_name.h"

/* What specifiers stand for (systemd.unit(5), SPECIFIERS). All borrowed, none NULL. */
/* Of os-release(5). */
enum os_field { OS_ID, OS_VERSION_ID, OS_VARIANT_ID, OS_BUILD_ID, OS_IMAGE_ID, OS_IMAGE_VERSION };
enum { OS_FIELD_COUNT = OS_IMAGE_VERSION + 1 };

struct unit_roots {
    const char *directory[DIRECTORY_KIND_COUNT]; /* %t %S %C %L %E */
    const char *tmp, *var_tmp;                   /* %T %V */
    const char *user, *group, *home, *shell;     /* %u %g %h %s */
    uid_t uid;                                   /* %U */
    gid_t gid;                                   /* %G */
    const char *hostname;                        /* %H */
    const char *architecture, *kernel_release;   /* %a %v */
    const char *machine_id, *boot_id;            /* %m %b; "" when unknown */
    const char *pretty_hostname;                 /* %q */
    const char *os[OS_FIELD_COUNT];              /* NULL when unknown: "" */
};

/* One file of a unit. */
struct unit_text {
    const char *path; /* as errors shall name it */
    const char *text; /* need not end in NUL */
    size_t size;
};

/* An entry of NAME.wants/, NAME.requires/ or NAME.upholds/. */
struct unit_link {
    enum dependency kind;
    const char *name; /* of the other unit; may be a template, which gets this unit's instance */
    const char *path; /* as errors shall name it */
};

struct unit_source {
    const char *name;              /* "redis.service" */
    bool is_internal;              /* a helper of reeve's own */
    const struct unit_text *parts; /* [0] is the fragment, the others drop-ins in systemd's order */
    const char *real_path;         /* of the fragment, behind all links: %y; NULL: as it is named */
    size_t part_count;
    const struct unit_link *links;
    size_t link_count;
    const char *const *aliases; /* other names; NULL-terminated, NULL for none */
};

/* One edge: `to` is the other unit. The lists are sorted and free of duplicates. */
struct unit_edges {
    const unit_id *to;
    size_t count;
};

/*
 * Both directions of each dependency, as systemd keeps them: After= of A is Before= of B. The names
 * are those of `systemctl show`.
 */
enum edge {
    EDGE_REQUIRES,
    EDGE_REQUIRED_BY,
    EDGE_REQUISITE,
    EDGE_REQUISITE_OF,
    EDGE_WANTS,
    EDGE_WANTED_BY,
    EDGE_BINDS_TO,
    EDGE_BOUND_BY,
    EDGE_PART_OF,
    EDGE_CONSISTS_OF,
    EDGE_UPHOLDS,
    EDGE_UPHELD_BY,
    EDGE_CONFLICTS,
    EDGE_CONFLICTED_BY,
    EDGE_BEFORE,
    EDGE_AFTER,
    EDGE_ON_FAILURE,
    EDGE_ON_FAILURE_OF,
    EDGE_ON_SUCCESS,
    EDGE_ON_SUCCESS_OF,
    EDGE_PROPAGATES_STOP_TO,
    EDGE_STOP_PROPAGATED_FROM,
    EDGE_PROPAGATES_RELOAD_TO,
    EDGE_RELOAD_PROPAGATED_FROM,
    EDGE_TRIGGERS,
    EDGE_TRIGGERED_BY,
    EDGE_COUNT,
};

struct unit_name {
    const char *name;
    unit_id id;
};

struct unit_set {
    struct arena arena;
    struct unit_roots roots;
    const struct setting_listener *listener; /* set after unit_set_init(); NULL: nobody listens */
    bool is_lenient; /* likewise: as if SandboxPolicy=degrade stood in each unit, for a tool that
                        only looks at what would be held */
    const struct unit_text *last_part; /* likewise: read after the parts of each unit; NULL: none */
    struct unit_spec **specs;
    /* edges[id][EDGE_AFTER]; valid after resolve. Units in a row that depend alike share theirs. */
    const struct unit_edges **edges;
    size_t count, capacity;
    size_t loaded;      /* the first so many have files; those behind have lost theirs, see below */
    struct arena *kept; /* where the specs of those are */
    size_t kept_count;
    struct unit_name *names; /* with the aliases, sorted; for unit_set_find() */
    size_t name_count, name_capacity;
};

int unit_set_init(struct unit_set *set, const struct unit_roots *roots) MUST_CHECK;
/* Accepts an empty (zeroed) set. */
void unit_set_release(struct unit_set *set);

/* 0, or -EBADMSG when the text has errors (reported), -EEXIST for a name that is already there,
 * -ENOMEM. */
int unit_set_add(struct unit_set *set, const struct unit_source *source,
                 struct problem_sink *sink) MUST_CHECK;

/* Gives a unit one more name. 0, also when the name is that unit's already; -EEXIST when it is
 * another's; -ENOMEM. */
int unit_set_add_alias(struct unit_set *set, unit_id id, const char *alias) MUST_CHECK;

/*
 * For a reload: a unit of another set whose files are gone, but which is still needed, after all
 * that have files. The spec is borrowed until unit_set_keep() gives this set the arenas of all that
 * it has adopted from that set. 0; -EEXIST when the name has become another unit's; -ENOMEM.
 */
int unit_set_adopt(struct unit_set *set, const struct unit_set *from, unit_id id) MUST_CHECK;
void unit_set_keep(struct unit_set *set, struct unit_set *from);

/* Whether the unit was adopted: it runs on as it was, and cannot be started. */
static inline bool unit_set_is_gone(const struct unit_set *set, unit_id id)
{
    return id >= 0 && (size_t)id >= set->loaded;
}

/*
 * Adds the implicit dependencies (systemd.service(5), systemd.target(5) IMPLICIT/DEFAULT
 * DEPENDENCIES as far as a container has them: a target is After= what it requires or wants unless
 * that is ordered otherwise; a path unit is Before= what it triggers, and before paths.target;
 * every unit is ordered after the internal units), builds both
 * directions of all edges, and finds ordering cycles. A Requires= on a unit that does not exist is
 * an error, a Wants= is passed over with a note, as by systemd; After=/Before= on absent units mean
 * nothing. A cycle is a warning that names every member: the engine breaks it. Returns 0, -EBADMSG
 * or -ENOMEM.
 */
int unit_set_resolve(struct unit_set *set, struct problem_sink *sink) MUST_CHECK;

/* By any of its names; UNIT_NONE when there is no unit of that name. */
unit_id unit_set_find(const struct unit_set *set, const char *name);

#endif
