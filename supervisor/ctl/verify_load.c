#include "supervisor/ctl/verify_load.h"

#include "sandbox/plan.h"
#include "supervisor/ctl/verify_probes.h"
#include "supervisor/files/identity.h"
#include "supervisor/files/needs.h"
#include "supervisor/files/programs.h"
#include "supervisor/files/roots.h"
#include "supervisor/files/unit_files.h"
#include "supervisor/unit/readiness.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A unit with errors is not in the set: one without settings takes its name, so that the graph does
 * not complain of its absence on top.
 */
static int add_stand_in(struct unit_set *set, const char *name)
{
    static const char text[] = "[Unit]\nSuccessAction=none\n[Service]\nExecStart=/bin/true\n";
    struct unit_text part = { .path = name, .text = text, .size = sizeof(text) - 1 };
    struct unit_source source = { .name = name, .parts = &part, .part_count = 1 };
    struct problem_sink silent = { 0 };

    if (unit_set_find(set, name) != UNIT_NONE)
        return 0;
    return unit_set_add(set, &source, &silent);
}

static int resolve(struct verify *verify, struct unit_set *set, struct problem_sink *sink,
                   size_t *ret_loaded)
{
    int error = 0;

    *ret_loaded = set->count;
    set->listener = NULL;
    for (size_t i = 0; i < verify->unit_count && error == 0; i++)
        error = add_stand_in(set, verify->units[i].name);
    if (error == 0)
        error = unit_set_resolve(set, sink);
    return error == -EBADMSG ? 0 : error;
}

/* --- what this place can do for them --- */

static void tell_held(struct verify *verify, const struct sandbox_plan *plan)
{
    size_t count;
    const struct sandbox_verdict *verdicts = sandbox_plan_verdicts(plan, &count);

    for (size_t i = 0; i < count; i++) {
        char remark[512];

        if (verdicts[i].strength == SANDBOX_NONE)
            continue;
        snprintf(remark, sizeof(remark), "%s: %s%s%s", sandbox_strength_name(verdicts[i].strength),
                 sandbox_mechanism_name(verdicts[i].mechanism), verdicts[i].reason[0] ? "; " : "",
                 verdicts[i].reason);
        verify_hear_remark(verify, verdicts[i].directive, remark);
    }
}

static int plan_unit(struct verify *verify, struct unit_set *set, size_t id,
                     struct sandbox_context *context, struct problem_sink *sink)
{
    struct sandbox_plan *plan = NULL;
    bool is_free = context->abilities->identity;
    struct identity *identity;
    int error = identity_find(set->specs[id], &set->arena, is_free ? sink : NULL, &identity);

    context->own_paths = needs_directories(set, id);
    context->shares_user = needs_shared_user(set, id, is_free);
    if (!context->own_paths || error == -ENOMEM)
        return -ENOMEM;
    if (error < 0)
        return 0;
    context->identity = identity ? &identity->ids : NULL;
    error = sandbox_plan_make(set->specs[id], context, sink, &plan);
    if (error == 0)
        tell_held(verify, plan);
    sandbox_plan_free(plan);
    return error == -ENOMEM ? error : 0;
}

/* All but what is selected is taken as it is: it may be made for another place. */
static int look_around(struct verify *verify, struct unit_set *set, size_t loaded,
                       struct problem_sink *sink)
{
    struct sandbox_abilities abilities;
    struct sandbox_context context = {
        .abilities = &abilities,
        .uid = getuid(),
        .gid = getgid(),
        .private_directory = access("/tmp", W_OK | X_OK) == 0 ? "/tmp/reeve-private" : NULL,
    };
    char buffer[PATH_MAX];
    const char *own_directory = programs_own_directory(buffer);
    int error = sandbox_abilities_probe(&abilities);

    if (error == 0)
        error = needs_credentials_directory(set, &context.credentials_directory);
    context.received_credentials = getenv("CREDENTIALS_DIRECTORY");
    for (size_t i = 0; i < loaded && error == 0; i++) {
        verify->current = verify_find_unit(verify, set->specs[i]->name);
        if (verify->current == VERIFY_NONE || !verify->units[verify->current].is_selected)
            continue;
        (void)!needs_check(set->specs[i], own_directory, sink);
        error = plan_unit(verify, set, i, &context, sink);
    }
    verify->current = VERIFY_NONE;
    return error;
}

/* --- the story --- */

/* Whether a file that was complained of belongs to one of the units that were asked for. */
static bool is_asked_for(const struct verify_request *request, const char *path)
{
    bool is_ours = request->name_count == 0;

    for (size_t i = 0; i < request->name_count && !is_ours; i++) {
        char template[UNIT_NAME_MAX + 1];

        is_ours = strstr(path, request->names[i]) ||
                  (unit_name_to_template(request->names[i], template) && strstr(path, template));
    }
    return is_ours;
}

/* An alias stands for its unit. */
static void select_unit(struct verify *verify, const struct unit_set *set, const char *name)
{
    unit_id id = unit_set_find(set, name);
    int unit = verify_find_unit(verify, id == UNIT_NONE ? name : set->specs[id]->name);
    struct problem missing = { .level = PROBLEM_ERROR,
                               .path = name,
                               .text = "there is no such unit in these directories" };

    if (unit != VERIFY_NONE)
        verify->units[unit].is_selected = true;
    else
        verify_hear_problem(verify, &missing);
}

static void select_units(struct verify *verify, const struct unit_set *set,
                         const struct verify_request *request)
{
    for (size_t i = 0; i < verify->unit_count; i++)
        verify->units[i].is_selected = request->name_count == 0;
    for (size_t i = 0; i < verify->problem_count; i++)
        verify->problems[i].is_hidden = !is_asked_for(request, verify->problems[i].path);
    for (size_t i = 0; i < request->name_count; i++)
        select_unit(verify, set, request->names[i]);
}

int verify_load(struct verify *verify, const struct verify_request *request)
{
    const struct setting_listener listener = { verify_hear_unit, verify_hear_setting, verify };
    struct problem_sink sink = { .report = verify_hear_problem, .context = verify };
    struct unit_set set = { 0 };
    struct unit_roots roots;
    char own_directory[PATH_MAX];
    size_t loaded = 0;
    int error = roots_find(&roots, getuid(), getgid());

    verify->current = VERIFY_NONE;
    if (error == 0)
        error = unit_set_init(&set, &roots);
    set.listener = &listener;
    if (error == 0)
        error = unit_files_load(request->directories, request->wanted, &set, &sink);
    if (error == 0) {
        select_units(verify, &set, request);
        error = resolve(verify, &set, &sink, &loaded);
    }
    if (error == 0 && request->is_strict)
        readiness_check(&set, loaded, &sink);
    if (error == 0)
        error = verify_probes(&set, loaded,
                              request->only_files ? NULL : programs_own_directory(own_directory),
                              &sink);
    if (error == 0 && !request->only_files)
        error = look_around(verify, &set, loaded, &sink);
    unit_set_release(&set);
    return verify->error < 0 ? verify->error : error;
}
