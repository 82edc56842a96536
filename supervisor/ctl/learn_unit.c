#include "supervisor/ctl/learn.h"

#include "sandbox/plan.h"
#include "supervisor/files/needs.h"
#include "supervisor/files/roots.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void print_error(void *context, const struct problem *problem)
{
    const struct learn *learn = context;
    char text[1024];

    if (!problem_is_error(problem->level) || !strstr(problem->path, learn->arguments->names[0]))
        return;
    problem_format(problem, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
}

/* --- where its directories are --- */

/* The strings live as long as the process. */
static const char *below(const char *directory, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

/* As PID 1 finds them (supervisor/init/place.c). */
static int find_roots(struct unit_roots *roots)
{
    const char *state = getenv("REEVE_STATE"), *session = getenv("XDG_RUNTIME_DIR");
    int error = roots_find(roots, geteuid(), getegid());
    char own[32];

    if (error < 0)
        return error;
    if (state && state[0] == '/') {
        roots->directory[DIRECTORY_STATE] = state;
        roots->directory[DIRECTORY_CACHE] = below(state, "cache");
        roots->directory[DIRECTORY_LOGS] = below(state, "log");
    }
    if (access("/run", W_OK) == 0)
        return 0;
    snprintf(own, sizeof(own), "reeve-%u", (unsigned)geteuid());
    roots->directory[DIRECTORY_RUNTIME] =
        session && session[0] == '/' ? session : below("/tmp", own);
    return roots->directory[DIRECTORY_RUNTIME] && roots->directory[DIRECTORY_CACHE] &&
                   roots->directory[DIRECTORY_LOGS]
               ? 0
               : -ENOMEM;
}

/* --- without walls --- */

/* Who it is, what it may use up and how it is scheduled stay; all that would refuse a system call
 * or a path goes, since what is refused is not followed by what comes next. */
static struct unit_spec without_walls(const struct unit_spec *spec)
{
    struct unit_spec bare = *spec;
    struct exec_spec *to = &bare.exec;
    const struct exec_spec *from = &spec->exec;
    struct unit_spec fresh;

    unit_spec_init(&fresh, spec->name, spec->kind);
    *to = fresh.exec;
    to->user = from->user;
    to->group = from->group;
    to->user_place = from->user_place;
    to->group_place = from->group_place;
    to->supplementary_groups = from->supplementary_groups;
    to->supplementary_groups_place = from->supplementary_groups_place;
    to->umask = from->umask;
    to->limits = from->limits;
    to->has_nice = from->has_nice;
    to->nice = from->nice;
    to->has_oom_score_adjust = from->has_oom_score_adjust;
    to->oom_score_adjust = from->oom_score_adjust;
    to->has_capability_bounding_set = from->has_capability_bounding_set;
    to->capability_bounding_set = from->capability_bounding_set;
    to->ambient_capabilities = from->ambient_capabilities;
    bare.sandbox_policy = SANDBOX_DEGRADE;
    return bare;
}

static int plan(struct learn *learn)
{
    struct sandbox_abilities found, abilities = { .landlock_abi = 0 };
    struct sandbox_context context = { .abilities = &abilities, .uid = getuid(), .gid = getgid() };
    struct problem_sink sink = { .report = print_error, .context = learn }, silent = { 0 };
    struct unit_spec bare = without_walls(learn->spec);
    int error = sandbox_abilities_probe(&found);

    abilities.identity = found.identity;
    if (error == 0)
        error = identity_find(learn->spec, &learn->set.arena, found.identity ? &sink : NULL,
                              &learn->identity);
    if (!found.identity)
        learn->identity = NULL;
    learn->own_paths = needs_directories(&learn->set, (size_t)learn->id);
    context.identity = learn->identity ? &learn->identity->ids : NULL;
    context.own_paths = learn->own_paths;
    if (error == 0 && !learn->own_paths)
        error = -ENOMEM;
    if (error == 0)
        error = sandbox_plan_make(&bare, &context, &silent, &learn->plan);
    return error;
}

/* --- the unit --- */

static int load(const struct learn *learn, const struct unit_text *drop_in,
                struct problem_sink *sink, struct unit_set *set)
{
    static struct unit_roots roots;
    int error = find_roots(&roots);

    if (error == 0)
        error = unit_set_init(set, &roots);
    set->is_lenient = true;
    set->last_part = drop_in;
    if (error == 0)
        error = unit_files_load(learn->arguments->directories, learn->arguments->wanted, set, sink);
    set->last_part = NULL;
    return error;
}

static bool can_be_watched(const struct learn *learn)
{
    const struct unit_spec *spec = learn->id != UNIT_NONE ? learn->set.specs[learn->id] : NULL;

    return spec && spec->kind == UNIT_SERVICE && spec->service.exec_start;
}

int learn_unit_load(struct learn *learn)
{
    struct problem_sink sink = { .report = print_error, .context = learn };
    const char *name = learn->arguments->names[0];
    int error = load(learn, NULL, &sink, &learn->set);

    learn->id = error == 0 ? unit_set_find(&learn->set, name) : UNIT_NONE;
    /* -ENOENT: none of the places for units is there. */
    if (error == -ENOENT || (error == 0 && !can_be_watched(learn))) {
        fprintf(stderr,
                "reevectl: There is no service '%s' with a command that can be loaded; see "
                "'reevectl verify %s'.\n",
                name, name);
        return -ENOENT;
    }
    if (error == 0) {
        learn->spec = learn->set.specs[learn->id];
        error = plan(learn);
    }
    if (error < 0)
        fprintf(stderr, "reevectl: Cannot prepare '%s': %s\n", name, strerror(-error));
    return error;
}

void learn_unit_release(struct learn *learn)
{
    sandbox_plan_free(learn->plan);
    unit_set_release(&learn->set);
    arena_release(&learn->facts.arena);
}

/* --- what is proposed for it --- */

int learn_unit_judge(const struct learn *learn, const char *drop_in,
                     struct learn_verdicts *ret_verdicts)
{
    struct unit_text text = { .path = "drop-in", .text = drop_in, .size = strlen(drop_in) };
    struct sandbox_abilities abilities;
    struct sandbox_context context = { .abilities = &abilities,
                                       .uid = geteuid(),
                                       .gid = getegid() };
    struct problem_sink silent = { 0 };
    struct unit_set set = { 0 };
    struct unit_spec spec;
    int error = load(learn, &text, &silent, &set);
    unit_id id = error == 0 ? unit_set_find(&set, learn->arguments->names[0]) : UNIT_NONE;

    if (error == 0 && id == UNIT_NONE)
        error = -EBADMSG;
    if (error == 0)
        error = sandbox_abilities_probe(&abilities);
    if (error == 0)
        error = needs_credentials_directory(&set, &context.credentials_directory);
    if (error == 0) {
        spec = *set.specs[id];
        spec.sandbox_policy = SANDBOX_DEGRADE;
        context.identity = learn->identity ? &learn->identity->ids : NULL;
        context.own_paths = learn->own_paths;
        context.private_directory = access("/tmp", W_OK | X_OK) == 0 ? "/tmp/reeve-private" : NULL;
        error = sandbox_plan_make(&spec, &context, &silent, &ret_verdicts->plan);
    }
    unit_set_release(&set);
    return error;
}

const char *learn_unit_obstacle(const struct learn_verdicts *verdicts, const char *directive)
{
    size_t count = 0;
    const struct sandbox_verdict *list =
        verdicts->plan ? sandbox_plan_verdicts(verdicts->plan, &count) : NULL;

    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].directive, directive) == 0 && list[i].strength == SANDBOX_NONE)
            return list[i].reason;
    return NULL;
}
