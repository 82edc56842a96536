#include "supervisor/ctl/verify.h"

#include <errno.h>
#include <string.h>

/* --- arrays that grow --- */

static bool has_room(struct verify *verify, void **array, size_t count, size_t size)
{
    void *grown;

    if (verify->error < 0)
        return false;
    /* Full at 0 and at each power of two. */
    if ((count & (count - 1)) != 0)
        return true;
    grown = reallocarray(*array, count ? count * 2 : 1, size);
    if (!grown) {
        verify->error = -ENOMEM;
        return false;
    }
    *array = grown;
    return true;
}

static const char *keep(struct verify *verify, const char *text)
{
    const char *copy = text ? arena_string(&verify->arena, text) : NULL;

    if (text && !copy)
        verify->error = -ENOMEM;
    return copy;
}

/* --- what is told --- */

void verify_hear_unit(void *context, const char *name, const char *path)
{
    struct verify *verify = context;
    struct verify_unit unit = { .first = verify->setting_count };

    verify->current = VERIFY_NONE;
    if (!name || !has_room(verify, (void **)&verify->units, verify->unit_count, sizeof(unit)))
        return;
    unit.name = keep(verify, name);
    unit.path = keep(verify, path);
    verify->current = (int)verify->unit_count;
    verify->units[verify->unit_count++] = unit;
}

void verify_hear_setting(void *context, const struct setting *setting)
{
    struct verify *verify = context;
    struct verify_setting kept = {
        .line = setting->place.line,
        .column = setting->place.column,
        .last_line = setting->last_line,
        .verdict = setting->inert ? SETTING_INERT : SETTING_SUPPORTED,
        .first = VERIFY_NONE,
        .last = VERIFY_NONE,
    };

    if (verify->current == VERIFY_NONE ||
        !has_room(verify, (void **)&verify->settings, verify->setting_count, sizeof(kept)))
        return;
    kept.section = keep(verify, setting->section);
    kept.key = keep(verify, setting->key);
    kept.value = keep(verify, setting->value);
    kept.path = keep(verify, setting->place.path);
    kept.remark = keep(verify, setting->inert);
    verify->settings[verify->setting_count++] = kept;
    verify->units[verify->current].count++;
}

static bool covers(const struct verify_setting *setting, const struct problem *problem)
{
    return problem->line >= setting->line && problem->line <= setting->last_line &&
           strcmp(setting->path, problem->path) == 0;
}

/* The setting on that line; for a problem that names its key, the last one of that key. */
static struct verify_setting *find_setting(const struct verify *verify, int unit,
                                           const struct problem *problem)
{
    const struct verify_unit *owner = &verify->units[unit];
    struct verify_setting *same_key = NULL;

    for (size_t i = owner->first + owner->count; i-- > owner->first;) {
        struct verify_setting *setting = &verify->settings[i];
        bool has_key = problem->key && strcmp(setting->key, problem->key) == 0;

        if (covers(setting, problem) && (!problem->key || has_key))
            return setting;
        if (has_key && !same_key)
            same_key = setting;
    }
    return same_key;
}

/* For what is said after the loading: a drop-in of several units counts for the first. */
static int find_owner(const struct verify *verify, const struct problem *problem)
{
    int owner = VERIFY_NONE;

    for (size_t i = 0; i < verify->unit_count && verify->current == VERIFY_NONE; i++) {
        if (find_setting(verify, (int)i, problem))
            return (int)i;
        if (owner == VERIFY_NONE && strcmp(verify->units[i].path, problem->path) == 0)
            owner = (int)i;
    }
    return verify->current != VERIFY_NONE ? verify->current : owner;
}

static void attach(struct verify *verify, struct verify_setting *setting, int index)
{
    struct verify_problem *problem = &verify->problems[index];

    if (problem->line == 0) {
        problem->path = setting->path;
        problem->line = setting->line;
        problem->column = setting->column;
    }
    problem->has_setting = true;
    if (setting->last == VERIFY_NONE)
        setting->first = index;
    else
        verify->problems[setting->last].next = index;
    setting->last = index;
    if (setting_verdict_of(problem->level) > setting->verdict)
        setting->verdict = setting_verdict_of(problem->level);
}

void verify_hear_problem(void *context, const struct problem *problem)
{
    struct verify *verify = context;
    struct verify_problem kept = {
        .level = problem->level,
        .line = problem->line,
        .column = problem->column,
        .next = VERIFY_NONE,
        .unit = find_owner(verify, problem),
    };
    struct verify_setting *setting;

    if (!has_room(verify, (void **)&verify->problems, verify->problem_count, sizeof(kept)))
        return;
    kept.path = keep(verify, problem->path);
    kept.text = keep(verify, problem->text);
    kept.hint = keep(verify, problem->hint);
    if (verify->error < 0)
        return;
    verify->problems[verify->problem_count++] = kept;
    setting = kept.unit == VERIFY_NONE ? NULL : find_setting(verify, kept.unit, problem);
    if (setting)
        attach(verify, setting, (int)verify->problem_count - 1);
}

int verify_find_unit(const struct verify *verify, const char *name)
{
    for (size_t i = 0; i < verify->unit_count; i++)
        if (strcmp(verify->units[i].name, name) == 0)
            return (int)i;
    return VERIFY_NONE;
}

void verify_hear_remark(struct verify *verify, const char *key, const char *remark)
{
    struct problem problem = { .key = key, .path = "" };
    struct verify_setting *setting = find_setting(verify, verify->current, &problem);

    if (setting)
        setting->remark = keep(verify, remark);
}

/* --- the verdict --- */

bool verify_is_told(const struct verify *verify, const struct verify_problem *problem)
{
    return problem->unit == VERIFY_NONE ? !problem->is_hidden
                                        : verify->units[problem->unit].is_selected;
}

bool verify_judge(struct verify *verify)
{
    bool is_good = true;

    for (size_t i = 0; i < verify->unit_count; i++) {
        struct verify_unit *unit = &verify->units[i];

        for (size_t j = unit->first; j < unit->first + unit->count; j++)
            unit->totals[verify->settings[j].verdict]++;
    }
    for (size_t i = 0; i < verify->problem_count; i++) {
        const struct verify_problem *problem = &verify->problems[i];
        enum setting_verdict verdict = setting_verdict_of(problem->level);

        /* What is about the unit as a whole counts as a setting, when it is bad. */
        if (!problem->has_setting && problem->unit != VERIFY_NONE && verdict != SETTING_SUPPORTED)
            verify->units[problem->unit].totals[verdict]++;
        if (verdict >= SETTING_REFUSED && verify_is_told(verify, problem))
            is_good = false;
    }
    return is_good;
}

void verify_release(struct verify *verify)
{
    free(verify->units);
    free(verify->settings);
    free(verify->problems);
    arena_release(&verify->arena);
}
