#include "supervisor/files/identity.h"

#include "supervisor/unit/dynamic_user.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

static const uint32_t nobodys = UINT32_MAX; /* no process has it: setresuid(2) */

static bool is_number(const char *text, uint32_t *ret_number)
{
    uint64_t number;

    if (value_unsigned(text, UINT32_MAX - 1, &number) < 0)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

struct search {
    const struct unit_spec *spec;
    struct arena *arena;
    struct problem_sink *sink;
    struct identity *identity;
    gid_t groups[SANDBOX_GROUPS_MAX];
    size_t group_count;
};

static int report(struct search *search, const char *directive, const char *name,
                  const struct spec_place *at)
{
    struct problem_place place = { .path = at->path, .line = at->line, .column = at->column };
    bool is_user = strcmp(directive, "User") == 0;

    if (!search->sink)
        return 0;
    if (strcmp(directive, "DynamicUser") == 0) {
        problem_report(search->sink, PROBLEM_ERROR, &place, "name another one with User=",
                       "DynamicUser= would have the number of the user '%s'", name);
        return -ESRCH;
    }
    problem_report(search->sink, PROBLEM_ERROR, &place,
                   is_user ? "add it to /etc/passwd of the image, or write a number"
                           : "add it to /etc/group of the image, or write a number",
                   "%s=%s: there is no such %s", directive, name, is_user ? "user" : "group");
    return is_user ? -ESRCH : -ENXIO;
}

/* --- users --- */

/* What is no real home or shell is left away, as systemd does. */
static bool is_placeholder_shell(const char *shell)
{
    static const char *const names[] = { "/nologin", "/false", "/true" };
    const char *name = strrchr(shell, '/');

    for (size_t i = 0; name && i < ARRAY_SIZE(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return shell[0] == '\0';
}

static int take_user(struct search *search, const struct passwd *entry)
{
    struct identity *identity = search->identity;
    bool has_home = entry->pw_dir[0] != '\0' && strcmp(entry->pw_dir, "/") != 0;
    bool has_shell = !is_placeholder_shell(entry->pw_shell);

    identity->ids.uid = entry->pw_uid;
    identity->ids.gid = entry->pw_gid;
    identity->user = arena_string(search->arena, entry->pw_name);
    identity->home = has_home ? arena_string(search->arena, entry->pw_dir) : NULL;
    identity->shell = has_shell ? arena_string(search->arena, entry->pw_shell) : NULL;
    return identity->user && (identity->home || !has_home) && (identity->shell || !has_shell)
               ? 0
               : -ENOMEM;
}

static uint32_t dynamic_number(const struct exec_spec *exec)
{
    return exec->dynamic_number ? exec->dynamic_number : dynamic_user_number(exec->user);
}

/* Nobody has made it; so nobody else may have its number. `file`: /etc/passwd, or NULL. */
static int take_dynamic(struct search *search, FILE *file)
{
    const struct exec_spec *exec = &search->spec->exec;
    uint32_t number = dynamic_number(exec);
    struct passwd *entry = NULL;

    search->identity->ids.uid = search->identity->ids.gid = number;
    if (file)
        rewind(file);
    while (file && (entry = fgetpwent(file)))
        if (entry->pw_uid == number)
            return report(search, "DynamicUser", entry->pw_name, &exec->dynamic_user_place);
    return 0;
}

static int find_user(struct search *search)
{
    const struct exec_spec *exec = &search->spec->exec;
    struct identity *identity = search->identity;
    uint32_t number = nobodys;
    bool by_number = is_number(exec->user, &number);
    struct passwd *entry = NULL;
    FILE *file = fopen("/etc/passwd", "re");
    int error;

    while (file && (entry = fgetpwent(file)))
        if (by_number ? entry->pw_uid == number : strcmp(entry->pw_name, exec->user) == 0)
            break;
    identity->ids.has_uid = identity->ids.has_gid = true;
    identity->ids.uid = identity->ids.gid = number;
    identity->user = exec->user;
    if (entry)
        error = take_user(search, entry);
    else if (exec->dynamic_user)
        error = take_dynamic(search, file);
    else
        error = by_number ? 0 : report(search, "User", exec->user, &exec->user_place);
    if (file)
        fclose(file);
    return error;
}

/* --- groups --- */

static void add_group(struct search *search, gid_t gid)
{
    for (size_t i = 0; i < search->group_count; i++)
        if (search->groups[i] == gid)
            return;
    if (search->group_count < ARRAY_SIZE(search->groups))
        search->groups[search->group_count++] = gid;
}

static gid_t group_of_name(const char *name)
{
    struct group *entry = NULL;
    uint32_t gid = nobodys;
    FILE *file = is_number(name, &gid) ? NULL : fopen("/etc/group", "re");

    while (file && (entry = fgetgrent(file)))
        if (strcmp(entry->gr_name, name) == 0)
            break;
    if (entry)
        gid = entry->gr_gid;
    if (file)
        fclose(file);
    return gid;
}

static int find_group(struct search *search)
{
    const struct exec_spec *exec = &search->spec->exec;
    gid_t gid = group_of_name(exec->group);

    if (gid == nobodys && exec->dynamic_user)
        gid = strcmp(exec->group, exec->user) == 0 ? search->identity->ids.gid
                                                   : dynamic_user_number(exec->group);
    search->identity->ids.has_gid = true;
    search->identity->ids.gid = gid;
    return gid == nobodys ? report(search, "Group", exec->group, &exec->group_place) : 0;
}

static bool lists(const struct group *group, const char *user)
{
    for (char *const *member = group->gr_mem; *member; member++)
        if (strcmp(*member, user) == 0)
            return true;
    return false;
}

/* Those of /etc/group, as initgroups(3) has them. */
static void add_groups_of(struct search *search, const char *user)
{
    FILE *file = fopen("/etc/group", "re");
    struct group *entry;

    add_group(search, search->identity->ids.gid);
    while (file && (entry = fgetgrent(file)))
        if (lists(entry, user))
            add_group(search, entry->gr_gid);
    if (file)
        fclose(file);
}

static int find_supplementary(struct search *search)
{
    const struct exec_spec *exec = &search->spec->exec;

    for (string_list name = exec->supplementary_groups; name && *name; name++) {
        gid_t gid = group_of_name(*name);
        int error = gid == nobodys ? report(search, "SupplementaryGroups", *name,
                                            &exec->supplementary_groups_place)
                                   : 0;

        if (error < 0)
            return error;
        add_group(search, gid);
    }
    return 0;
}

static int keep_groups(struct search *search)
{
    struct sandbox_identity *ids = &search->identity->ids;
    gid_t *groups = arena_get(search->arena, (search->group_count + 1) * sizeof(*groups));

    if (!groups)
        return -ENOMEM;
    memcpy(groups, search->groups, search->group_count * sizeof(*groups));
    ids->groups = groups;
    ids->group_count = search->group_count;
    ids->has_groups = true;
    return 0;
}

int identity_find(const struct unit_spec *spec, struct arena *arena, struct problem_sink *sink,
                  struct identity **ret)
{
    const struct exec_spec *exec = &spec->exec;
    struct search search = { .spec = spec, .arena = arena, .sink = sink };
    int error = 0;

    *ret = NULL;
    if (!exec->user && !exec->group && !exec->supplementary_groups)
        return 0;
    search.identity = arena_get(arena, sizeof(*search.identity));
    if (!search.identity)
        return -ENOMEM;
    if (exec->user)
        error = find_user(&search);
    if (error == 0 && exec->group)
        error = find_group(&search);
    if (error == 0 && exec->user)
        add_groups_of(&search, search.identity->user);
    if (error == 0)
        error = find_supplementary(&search);
    /* Without a user, the groups of PID 1 stay unless others are named. */
    if (error == 0 && (exec->user || exec->supplementary_groups))
        error = keep_groups(&search);
    if (error == 0)
        *ret = search.identity;
    return error;
}
