/* The verbs that only ask: list-units, status, show, is-active, is-failed, health. */
#include "supervisor/ctl/health.h"
#include "supervisor/ctl/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t ctl_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

/* Fetches everything. 0, or a negative errno that has been told on stderr. */
static int fetch(struct ctl *ctl, struct model *model)
{
    int error = client_open(&ctl->client);

    if (error < 0)
        return error;
    error = client_query(&ctl->client, model);
    client_close(&ctl->client);
    ctl->style.now_us = ctl_now_us();
    model_sort(model);
    return error;
}

int verb_list_units(struct ctl *ctl)
{
    struct model model = { 0 };
    int error = fetch(ctl, &model);

    if (error == 0 && ctl->is_json)
        print_list_json(&model, &ctl->style, stdout);
    else if (error == 0)
        print_list(&model, &ctl->style, stdout);
    model_release(&model);
    return error < 0 ? CTL_FAILURE : CTL_OK;
}

int verb_status(struct ctl *ctl)
{
    int result = CTL_OK;

    if (!ctl->units[0])
        return verb_list_units(ctl);
    for (size_t i = 0; ctl->units[i]; i++) {
        struct details unit = { 0 };
        int error = about_fetch(ctl, ctl->units[i], true, &unit), one = CTL_FAILURE;
        const char *active = details_text(&unit, "ActiveState");
        char proc[ABOUT_PROC_SIZE];

        if (i > 0)
            putchar('\n');
        if (error == -ENOENT) {
            char name[WIRE_NAME_SIZE];

            model_unit_name(ctl->units[i], name);
            fprintf(stderr, "Unit %s could not be found.\n", name);
            one = CTL_NO_SUCH_UNIT;
        } else if (error == 0) {
            print_status(&unit, about_proc(ctl, &unit, proc), &ctl->style, stdout);
            one = strcmp(active, "active") == 0 || strcmp(active, "reloading") == 0
                      ? CTL_OK
                      : CTL_NOT_ACTIVE;
        }
        details_release(&unit);
        result = one > result ? one : result;
    }
    return result;
}

static int show_pod(struct ctl *ctl)
{
    struct model model = { 0 };
    int error = fetch(ctl, &model);

    if (error == 0)
        print_pod_properties(&model, &ctl->selection, stdout);
    model_release(&model);
    if (error == 0 && about_fetch_path(ctl) == 0)
        print_properties(&ctl->about.pod, &ctl->selection, &ctl->style, stdout);
    return error < 0 ? CTL_FAILURE : CTL_OK;
}

int verb_show(struct ctl *ctl)
{
    if (!ctl->units[0])
        return show_pod(ctl);
    for (size_t i = 0; ctl->units[i]; i++) {
        struct details unit = { 0 };
        char name[WIRE_NAME_SIZE];
        bool looks_at_disk = print_is_selected(&ctl->selection, "NeedDaemonReload");
        int error = about_fetch(ctl, ctl->units[i], looks_at_disk, &unit);

        model_unit_name(ctl->units[i], name);
        if (error == -ENOENT)
            error = details_absent(&unit, name);
        if (i > 0)
            putchar('\n');
        if (error == 0)
            print_properties(&unit, &ctl->selection, &ctl->style, stdout);
        details_release(&unit);
        if (error < 0)
            return CTL_FAILURE;
    }
    return CTL_OK;
}

struct tally {
    unsigned known, active, failed;
};

static void count_unit(const struct ctl *ctl, const struct model_unit *unit, struct tally *tally)
{
    unsigned active = unit ? unit->state.active : WIRE_INACTIVE;

    tally->known += unit != NULL;
    tally->active += active == WIRE_ACTIVE || active == WIRE_RELOADING;
    tally->failed += active == WIRE_FAILED;
    if (!ctl->is_quiet)
        puts(wire_active_string(active));
}

/* By its own name or a second one, which the model does not have; NULL when there is none. */
static const struct model_unit *find_named(struct ctl *ctl, const struct model *model,
                                           const char *text)
{
    char name[WIRE_NAME_SIZE];
    const struct model_unit *found;
    struct details details = { 0 };

    model_unit_name(text, name);
    found = model_find(model, name);
    if (!found && about_fetch(ctl, name, false, &details) == 0)
        found = model_find(model, details_text(&details, "Id"));
    details_release(&details);
    return found;
}

/* Prints a word per unit and counts. Without names all units count, and nothing is printed. */
static int take_tally(struct ctl *ctl, struct tally *tally)
{
    struct model model = { 0 };
    int error = fetch(ctl, &model);

    *tally = (struct tally){ 0 };
    for (size_t i = 0; error == 0 && ctl->units[i]; i++)
        count_unit(ctl, find_named(ctl, &model, ctl->units[i]), tally);
    if (error == 0 && !ctl->units[0]) {
        ctl->is_quiet = true;
        for (size_t i = 0; i < model.count; i++)
            count_unit(ctl, &model.units[i], tally);
    }
    model_release(&model);
    return error;
}

int verb_is_active(struct ctl *ctl)
{
    struct tally tally;

    if (take_tally(ctl, &tally) < 0)
        return CTL_FAILURE;
    return tally.active > 0 ? CTL_OK : tally.known > 0 ? CTL_NOT_ACTIVE : CTL_NO_SUCH_UNIT;
}

int verb_is_failed(struct ctl *ctl)
{
    struct tally tally;

    if (take_tally(ctl, &tally) < 0)
        return CTL_FAILURE;
    return tally.failed > 0 ? CTL_OK : tally.known > 0 ? CTL_FAILURE : CTL_NO_SUCH_UNIT;
}

int verb_health(struct ctl *ctl)
{
    const char *listen = getenv("REEVE_HEALTH_LISTEN");
    char url[HEALTH_URL_SIZE];

    snprintf(url, sizeof(url), "http://%s/health",
             listen && *listen ? listen : HEALTH_LISTEN_DEFAULT);
    return health_run(ctl->url ? ctl->url : url, ctl->client.timeout_ms);
}
