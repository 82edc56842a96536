#include "services/kairos/tab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/kairos/base64.h"
#include "services/kairos/clock.h"

#define CLOSE_LIMIT_US (2 * SECOND_US)

static int problem(struct tab *tab, const char *text, int error)
{
    (void)snprintf(tab->devtools->problem, sizeof(tab->devtools->problem), "%s", text);
    return error;
}

/* A command to the tab, or to the browser as long as there is no session. */
static int ask(struct tab *tab, const char *method, json_t *params, json_t **ret_result)
{
    struct devtools_call call = { .session = tab->session[0] != '\0' ? tab->session : NULL,
                                  .method = method,
                                  .params = params,
                                  .deadline_us = tab->deadline_us };

    return devtools_call(tab->devtools, call, ret_result);
}

/* A command of which one string of the result is wanted. */
static int ask_name(struct tab *tab, const char *method, json_t *params,
                    char name[static CDP_NAME_MAX])
{
    json_t *result = NULL;
    int error = ask(tab, method, params, &result);

    if (error < 0)
        return error;
    const char *value = json_string_value(json_object_iter_value(json_object_iter(result)));

    if (value == NULL || value[0] == '\0' || strlen(value) >= CDP_NAME_MAX)
        error = problem(tab, "an answer without an id", -EPROTO);
    else
        (void)snprintf(name, CDP_NAME_MAX, "%s", value);
    json_decref(result);
    return error;
}

int tab_open(struct tab *tab)
{
    char session[CDP_NAME_MAX];
    int error = ask_name(tab, "Target.createBrowserContext",
                         json_pack("{s:b}", "disposeOnDetach", 1), tab->context);

    if (error == 0)
        error = ask_name(tab, "Target.createTarget",
                         json_pack("{s:s, s:s, s:b}", "url", "about:blank", "browserContextId",
                                   tab->context, "newWindow", 1),
                         tab->target);
    if (error == 0)
        error = ask_name(tab, "Target.attachToTarget",
                         json_pack("{s:s, s:b}", "targetId", tab->target, "flatten", 1), session);
    if (error == 0)
        (void)snprintf(tab->session, sizeof(tab->session), "%s", session);
    if (error == 0)
        error = ask(tab, "Inspector.enable", NULL, NULL); /* tells of a crashed renderer */
    if (error == 0)
        error = ask(tab, "Page.enable", NULL, NULL);
    return error;
}

int tab_close(struct tab *tab)
{
    int error = 0;

    tab->session[0] = '\0';
    tab->deadline_us = clock_monotonic_us() + CLOSE_LIMIT_US;
    /* Disposing of the context closes its tabs. */
    if (tab->context[0] != '\0')
        error = ask(tab, "Target.disposeBrowserContext",
                    json_pack("{s:s}", "browserContextId", tab->context), NULL);
    tab->context[0] = tab->target[0] = '\0';
    return error == -EREMOTEIO ? 0 : error;
}

int tab_navigate(struct tab *tab, const char *url)
{
    json_t *result = NULL;
    int error = ask(tab, "Page.navigate", json_pack("{s:s}", "url", url), &result);

    if (error < 0)
        return error;
    const char *text = cdp_string(result, "errorText");

    if (text != NULL)
        error = problem(tab, text, -EADDRNOTAVAIL);
    json_decref(result);
    return error;
}

int tab_evaluate(struct tab *tab, const char *expression, json_t **ret_value)
{
    json_t *result = NULL;
    int error = ask(tab, "Runtime.evaluate",
                    json_pack("{s:s, s:b, s:b}", "expression", expression, "awaitPromise", 1,
                              "returnByValue", 1),
                    &result);

    if (error < 0)
        return error;
    const json_t *value = cdp_evaluated(result, tab->devtools->problem, PROBLEM_MAX);

    if (value != NULL)
        *ret_value = json_incref((json_t *)value);
    json_decref(result);
    return value != NULL ? 0 : -EREMOTEIO;
}

int tab_park_pointer(struct tab *tab)
{
    json_t *params = json_pack("{s:s, s:i, s:i}", "type", "mouseMoved", "x", 0, "y", 0);

    return ask(tab, "Input.dispatchMouseEvent", params, NULL);
}

int tab_screenshot(struct tab *tab, uint8_t **ret_data, size_t *ret_length)
{
    json_t *result = NULL;
    int error = ask(tab, "Page.captureScreenshot", json_pack("{s:s}", "format", "png"), &result);

    if (error < 0)
        return error;
    const json_t *data = json_object_get(result, "data");

    if (!json_is_string(data) ||
        base64_decode(json_string_value(data), json_string_length(data), ret_data, ret_length) < 0)
        error = problem(tab, "an answer without a picture", -EREMOTEIO);
    json_decref(result);
    return error;
}
