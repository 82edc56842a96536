/* Unit files, and what would hold what they ask here. */
#include "supervisor/ctl/security.h"

#include "supervisor/files/identity.h"
#include "supervisor/files/needs.h"
#include "supervisor/files/roots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_error(void *context, const struct problem *problem)
{
    char text[1024];

    (void)context;
    if (!problem_is_error(problem->level))
        return;
    problem_format(problem, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
}

static int take_verdicts(struct security *security, struct security_unit *unit,
                         const struct exposure_request *request)
{
    for (size_t i = 0; i < request->verdict_count; i++) {
        const struct sandbox_verdict *verdict = &request->verdicts[i];
        struct security_directive *added = security_add_directive(security, unit);

        if (!added)
            return -ENOMEM;
        *added = (struct security_directive){
            .directive = verdict->directive,
            .asked = verdict->asked,
            .held_by = sandbox_mechanism_name(verdict->mechanism),
            .strength = sandbox_strength_name(verdict->strength),
            .reason = verdict->reason,
        };
    }
    return 0;
}

/* The plan of the unit, with all that cannot be held, also where it would be refused for that. */
static int plan_unit(struct security *security, struct unit_set *set, size_t id,
                     struct sandbox_context *context)
{
    struct unit_spec spec = *set->specs[id];
    struct problem_sink silent = { 0 };
    struct sandbox_plan *plan = NULL;
    struct identity *identity = NULL;
    struct exposure_request request = { .spec = &spec, .is_root = context->uid == 0 };
    struct security_unit *unit = security_add(security, spec.name);
    int error = identity_find(&spec, &set->arena, NULL, &identity);

    context->refuses_nothing = true;
    context->own_paths = needs_directories(set, id);
    context->shares_user = needs_shared_user(set, id, context->abilities->identity);
    if (!unit || error == -ENOMEM || !context->own_paths)
        return -ENOMEM;
    context->identity = identity ? &identity->ids : NULL;
    error = sandbox_plan_make(&spec, context, &silent, &plan);
    if (error < 0) {
        fprintf(stderr, "reevectl: %s: cannot plan its sandbox: %s\n", spec.name, strerror(-error));
        security->count--;
        return error;
    }
    request.verdicts = sandbox_plan_verdicts(plan, &request.verdict_count);
    error = take_verdicts(security, unit, &request);
    unit->is_refused =
        set->specs[id]->sandbox_policy == SANDBOX_STRICT && sandbox_plan_falls_short(plan);
    exposure_judge(&request, &unit->exposure);
    sandbox_plan_free(plan);
    return error;
}

static int plan_named(struct security *security, struct unit_set *set, const char *name,
                      struct sandbox_context *context)
{
    unit_id id = unit_set_find(set, name);

    if (id == UNIT_NONE) {
        fprintf(stderr,
                "reevectl: There is no unit '%s' that can be loaded; see 'reevectl verify %s'.\n",
                name, name);
        return -EBADMSG;
    }
    if (set->specs[id]->kind != UNIT_SERVICE) {
        fprintf(stderr, "reevectl: Unit %s is not a service.\n", name);
        return -EBADMSG;
    }
    return plan_unit(security, set, (size_t)id, context);
}

static int plan_units(struct security *security, struct unit_set *set,
                      const struct unit_arguments *arguments)
{
    struct sandbox_abilities abilities;
    struct sandbox_context context = {
        .abilities = &abilities,
        .uid = getuid(),
        .gid = getgid(),
        .private_directory = access("/tmp", W_OK | X_OK) == 0 ? "/tmp/reeve-private" : NULL,
    };
    int error = sandbox_abilities_probe(&abilities), first = 0;

    if (error == 0)
        error = needs_credentials_directory(set, &context.credentials_directory);
    context.received_credentials = getenv("CREDENTIALS_DIRECTORY");
    for (size_t i = 0; i < arguments->name_count && error != -ENOMEM; i++) {
        error = plan_named(security, set, arguments->names[i], &context);
        first = first ? first : error;
    }
    for (size_t i = 0; arguments->name_count == 0 && i < set->count && error != -ENOMEM; i++) {
        if (set->specs[i]->kind != UNIT_SERVICE)
            continue;
        error = plan_unit(security, set, i, &context);
        first = first ? first : error;
    }
    return first;
}

int security_load(struct security *security, const struct unit_arguments *arguments)
{
    /* Of units that nobody asked for nothing is told. */
    struct problem_sink sink = { .report = arguments->name_count ? NULL : print_error };
    struct unit_set set = { 0 };
    static struct unit_roots roots;
    int error = roots_find(&roots, getuid(), getgid());

    if (error == 0)
        error = unit_set_init(&set, &roots);
    set.is_lenient = true;
    if (error == 0)
        error = unit_files_load(arguments->directories, arguments->wanted, &set, &sink);
    if (error == 0)
        error = plan_units(security, &set, arguments);
    unit_set_release(&set);
    return error == 0 && sink.errors > 0 && arguments->name_count == 0 ? -EBADMSG : error;
}
