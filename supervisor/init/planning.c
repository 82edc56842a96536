#include "supervisor/init/planning.h"

#include "sandbox/seal.h"
#include "supervisor/files/needs.h"
#include "supervisor/files/identity.h"
#include "supervisor/files/setting_place.h"
#include "supervisor/init/namespaces.h"
#include "supervisor/unit/exit_status.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct planning {
    struct pod *pod;
    struct unit_set *set;
    struct problem_sink *sink;
    struct sandbox_shared *shared;
    const char *credentials_directory;
};

/* A name that nobody has matters only to who could become somebody else; to others it is just not
 * they, which the plan tells. */
static int plan_unit(const struct planning *planning, size_t i, struct member *member)
{
    const struct pod *pod = planning->pod;
    const struct unit_spec *spec = planning->set->specs[i];
    struct sandbox_context context = {
        .abilities = &pod->abilities,
        .seal = seal_make(pod->seal_nonce, member->seal_number),
        .is_guarded = pod->seal_key != 0,
        .supervisor = getpid(),
        .uid = pod->place.uid,
        .gid = pod->place.gid,
        .own_paths = needs_directories(planning->set, i),
        .runtime_directory = pod->place.runtime_directory,
        .program_directory = pod->place.program_directory,
        .private_directory = pod->place.private_directory,
        .credentials_directory = planning->credentials_directory,
        .received_credentials = getenv("CREDENTIALS_DIRECTORY"),
        .masks = pod->masks.table,
        .find_place = setting_place_find,
        .shares_user = needs_shared_user(planning->set, i, pod->abilities.identity),
        .shared = planning->shared,
    };
    bool is_free = pod->abilities.identity;
    struct identity *identity;
    int error =
        identity_find(spec, &planning->set->arena, is_free ? planning->sink : NULL, &identity);

    if (error < 0)
        return error;
    context.identity = identity ? &identity->ids : NULL;
    member->identity = is_free ? identity : NULL;
    return sandbox_plan_make(spec, &context, planning->sink, &member->plan);
}

/* Whether nobody of its user could look into it. */
static bool is_safe(const struct planning *planning, const struct member *members, size_t index)
{
    for (size_t i = 0; i < planning->set->count; i++) {
        bool is_other = i != index && planning->set->specs[i]->kind == UNIT_SERVICE &&
                        needs_same_user(planning->set->specs[i], planning->set->specs[index],
                                        planning->pod->abilities.identity);

        if (is_other && members[i].plan && !sandbox_plan_is_walled(members[i].plan))
            return false;
    }
    return true;
}

/* Root may read all, and is trusted, as in systemd; so are our own helpers. */
static bool has_open_sources(const struct planning *planning, const struct member *members,
                             size_t index)
{
    const struct pod_place *place = &planning->pod->place;

    for (size_t i = 0; i < planning->set->count; i++) {
        const struct unit_spec *spec = planning->set->specs[i];
        bool is_other = i != index && spec->kind == UNIT_SERVICE && !spec->is_internal &&
                        (spec->exec.user || place->uid != 0);

        if (is_other && members[i].plan &&
            sandbox_plan_reads_sources(members[index].plan, members[i].plan, place->uid,
                                       place->gid))
            return true;
    }
    return false;
}

static void judge_credentials(const struct planning *planning, struct member *members)
{
    for (size_t i = 0; planning->credentials_directory && i < planning->set->count; i++) {
        if (!members[i].plan || !needs_credentials(planning->set->specs[i]))
            continue;
        if (is_safe(planning, members, i))
            sandbox_plan_trust_others(members[i].plan);
        if (has_open_sources(planning, members, i))
            sandbox_plan_distrust_sources(members[i].plan);
    }
}

int planning_make(struct pod *pod, struct unit_set *set, struct member *members,
                  struct problem_sink *sink)
{
    struct planning planning = { .pod = pod, .set = set, .sink = sink };
    int error = sandbox_shared_new(&planning.shared);
    bool lacks_user = false, lacks_group = false;

    if (error == 0)
        error = needs_credentials_directory(set, &planning.credentials_directory);

    if (error == 0 && planning.credentials_directory && masks_open(&pod->masks) < 0)
        pod_log(pod, 4, "credentials cannot be masked in the log");
    /* Any other error has been reported and counted; the rest is looked at all the same. */
    for (size_t i = 0; i < set->count && error != -ENOMEM; i++) {
        error = plan_unit(&planning, i, &members[i]);
        lacks_user |= error == -ESRCH;
        lacks_group |= error == -ENXIO;
    }
    judge_credentials(&planning, members);
    sandbox_shared_free(planning.shared);
    if (error == 0 && sink->errors == 0)
        error = namespaces_make(pod, set, members);
    if (error == -ECHILD) {
        pod_log(pod, 3,
                "cannot make user namespaces for the units, as at boot: there are no more "
                "(descriptors, "
                "/proc/sys/user/max_*_namespaces), or a service hinders it");
        return EXIT_STATUS_NAMESPACE;
    }
    if (error == -ENOMEM)
        return EXIT_STATUS_MEMORY;
    if (lacks_user || lacks_group)
        return lacks_user ? EXIT_STATUS_USER : EXIT_STATUS_GROUP;
    return sink->errors ? EXIT_STATUS_NAMESPACE : 0;
}
