#include "supervisor/ctl/stale.h"

#include "supervisor/files/roots.h"
#include "supervisor/files/unit_files.h"
#include "supervisor/unit/unit_set.h"

#include <string.h>
#include <unistd.h>

enum { DIRECTORIES_MAX = 64 };

static void ignore_problem(void *context, const struct problem *problem)
{
    (void)context;
    (void)problem;
}

static struct unit_set *read_units(const char *unit_path, const char *name)
{
    const char *const wanted[] = { name, NULL };
    struct problem_sink sink = { .report = ignore_problem };
    const char *directories[DIRECTORIES_MAX + 1];
    struct unit_set *set = calloc(1, sizeof(*set));
    struct unit_roots roots;
    char *copy = strdup(unit_path), *rest = copy, *word;
    size_t count = 0;
    int error = -1;

    while (rest && count < DIRECTORIES_MAX && (word = strsep(&rest, " ")))
        if (*word)
            directories[count++] = word;
    directories[count] = NULL;
    /* Only the digest is wanted, so whose roots these are does not matter, as long as it parses. */
    if (set && count > 0 && roots_find(&roots, getuid(), getgid()) == 0)
        error = unit_set_init(set, &roots);
    if (error == 0)
        error = unit_files_load(directories, wanted, set, &sink);
    if (error < 0 && set) {
        unit_set_release(set);
        free(set);
        set = NULL;
    }
    free(copy);
    return set;
}

void stale_release(struct stale *stale)
{
    if (stale->set)
        unit_set_release(stale->set);
    free(stale->set);
    *stale = (struct stale){ 0 };
}

bool stale_check(struct stale *stale, const char *unit_path, const struct details *unit)
{
    const char *name = details_text(unit, "Id");

    if (!details_text(unit, "FragmentPath")[0])
        return false;
    /* An instance is only read when somebody names it. */
    if (strchr(name, '@'))
        stale_release(stale);
    if (!stale->was_tried)
        stale->set = read_units(unit_path, name);
    stale->was_tried = true;
    if (!stale->set)
        return false;
    for (size_t i = 0; i < stale->set->count; i++)
        if (strcmp(stale->set->specs[i]->name, name) == 0)
            return stale->set->specs[i]->digest != details_number(unit, "ReeveDigest");
    return true; /* it is gone, or has become wrong */
}
