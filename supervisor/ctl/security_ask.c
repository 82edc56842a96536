/* What PID 1 tells of the sandboxes of its units. */
#include "supervisor/ctl/security.h"

#include <errno.h>
#include <string.h>

/* The text up to `mark`, which is cut out; *text moves behind it. NULL: it is not there. */
static char *take_until(char **text, const char *mark)
{
    char *start = *text, *found = strstr(start, mark);

    if (!found)
        return NULL;
    *found = '\0';
    *text = found + strlen(mark);
    return start;
}

/* "{ directive=… ; asked=… ; held-by=… ; strength=… ; reason=… }"
 * (supervisor/init/property_sandbox.c) */
static bool parse_directive(char *text, struct security_directive *ret)
{
    if (!take_until(&text, "{ directive="))
        return false;
    ret->directive = take_until(&text, " ; asked=");
    ret->asked = ret->directive ? take_until(&text, " ; held-by=") : NULL;
    ret->held_by = ret->asked ? take_until(&text, " ; strength=") : NULL;
    ret->strength = ret->held_by ? take_until(&text, " ; reason=") : NULL;
    ret->reason = ret->strength ? take_until(&text, " }") : NULL;
    return ret->reason != NULL;
}

static int take_directives(struct security *security, struct security_unit *unit, char *text)
{
    char *line, *rest = text;

    while ((line = strsep(&rest, "\n"))) {
        struct security_directive parsed, *added;

        if (!parse_directive(line, &parsed))
            continue;
        added = security_add_directive(security, unit);
        if (!added)
            return -ENOMEM;
        *added = parsed;
    }
    return 0;
}

/* "NAME:BADNESS NAME:-": what is not named is good. */
static void take_exposure(struct security_unit *unit, char *text)
{
    char *word, *rest = text;

    while ((word = strsep(&rest, " "))) {
        char *colon = strrchr(word, ':');

        if (!colon)
            continue;
        *colon = '\0';
        for (size_t i = 0; i < exposure_item_count(); i++)
            if (strcmp(exposure_item(i)->name, word) == 0)
                unit->exposure.badness[i] =
                    colon[1] == '-' ? EXPOSURE_EXEMPT : (uint8_t)strtoul(colon + 1, NULL, 10);
    }
}

int security_take(struct security *security, const struct details *details)
{
    struct security_unit *unit = security_add(security, details_text(details, "Id"));
    char *sandbox = arena_string(&security->arena, details_text(details, "ReeveSandbox"));
    char *exposed = arena_string(&security->arena, details_text(details, "ReeveExposed"));

    if (!unit || !sandbox || !exposed)
        return -ENOMEM;
    take_exposure(unit, exposed);
    return take_directives(security, unit, sandbox);
}

static int ask(struct security *security, struct client *client, const char *text)
{
    struct details details = { 0 };
    char name[WIRE_NAME_SIZE];
    int error = client_open(client);

    if (error < 0)
        return error;
    model_unit_name(text, name);
    error = client_show(client, name, &details);
    client_close(client);
    if (error == -ENOENT)
        fprintf(stderr, "reevectl: Unit %s could not be found.\n", name);
    else if (error == 0 && !details_find(&details, "ReeveExposed")) {
        fprintf(stderr, "reevectl: Unit %s is not a service.\n", name);
        error = -EINVAL;
    }
    if (error == 0)
        error = security_take(security, &details);
    details_release(&details);
    return error;
}

static int ask_all(struct security *security, struct client *client)
{
    struct model model = { 0 };
    int error = client_open(client);

    if (error < 0)
        return error;
    error = client_query(client, &model);
    client_close(client);
    model_sort(&model);
    for (size_t i = 0; i < model.count && error == 0; i++)
        if (model.units[i].unit.is_service && !model.units[i].unit.is_internal)
            error = ask(security, client, model.units[i].unit.name);
    model_release(&model);
    return error;
}

int security_ask(struct security *security, struct client *client, char *const *names)
{
    int error = 0, first = 0;

    if (!names[0])
        return ask_all(security, client);
    for (; *names && error != -ENOTCONN; names++) {
        error = ask(security, client, *names);
        first = first ? first : error;
    }
    return first;
}
