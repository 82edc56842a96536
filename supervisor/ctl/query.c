/* The verbs that only ask: list-units, status, show, is-active, is-failed, health. */
#include "supervisor/ctl/health.h"
#include "supervisor/ctl/verbs.h"

#include <stdio.h>
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

static int status_of(const struct ctl *ctl, const struct model *model, const char *text)
{
    char name[WIRE_NAME_SIZE];
    const struct model_unit *unit;

    model_unit_name(text, name);
    unit = model_find(model, name);
    if (!unit) {
        fprintf(stderr, "Unit %s could not be found.\n", name);
        return CTL_NO_SUCH_UNIT;
    }
    print_status(unit, &ctl->style, stdout);
    return unit->state.active == WIRE_ACTIVE || unit->state.active == WIRE_RELOADING
               ? CTL_OK
               : CTL_NOT_ACTIVE;
}

int verb_status(struct ctl *ctl)
{
    struct model model = { 0 };
    int error, result = CTL_OK;

    if (!ctl->units[0])
        return verb_list_units(ctl);
    error = fetch(ctl, &model);
    for (size_t i = 0; error == 0 && ctl->units[i]; i++) {
        int one;

        if (i > 0)
            putchar('\n');
        one = status_of(ctl, &model, ctl->units[i]);
        result = one > result ? one : result;
    }
    model_release(&model);
    return error < 0 ? CTL_FAILURE : result;
}

int verb_show(struct ctl *ctl)
{
    struct model model = { 0 };
    int error = fetch(ctl, &model);

    if (error == 0 && !ctl->units[0])
        print_pod_properties(&model, &ctl->selection, stdout);
    for (size_t i = 0; error == 0 && ctl->units[i]; i++) {
        char name[WIRE_NAME_SIZE];

        if (i > 0)
            putchar('\n');
        model_unit_name(ctl->units[i], name);
        print_properties(model_find(&model, name), name, &ctl->selection, stdout);
    }
    model_release(&model);
    return error < 0 ? CTL_FAILURE : CTL_OK;
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

/* Prints a word per unit and counts. Without names all units count, and nothing is printed. */
static int take_tally(struct ctl *ctl, struct tally *tally)
{
    struct model model = { 0 };
    int error = fetch(ctl, &model);

    *tally = (struct tally){ 0 };
    for (size_t i = 0; error == 0 && ctl->units[i]; i++) {
        char name[WIRE_NAME_SIZE];

        model_unit_name(ctl->units[i], name);
        count_unit(ctl, model_find(&model, name), tally);
    }
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

    return take_tally(ctl, &tally) == 0 && tally.failed > 0 ? CTL_OK : CTL_FAILURE;
}

int verb_health(struct ctl *ctl)
{
    return health_run(ctl->url ? ctl->url : HEALTH_URL_DEFAULT, ctl->client.timeout_ms);
}
