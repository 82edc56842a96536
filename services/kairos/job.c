#include "services/kairos/job.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/kairos/base64.h"
#include "services/kairos/clock.h"
#include "services/kairos/tab.h"

/*
 * Resolves when the page says that its candles are drawn, or after a second: asked again until the
 * deadline, so that the browser is heard all the while. Two animation frames later the pixels are
 * there too.
 */
static const char wait_script[] =
    "new Promise(done => {"
    " const root = document.documentElement;"
    " const page = performance.getEntriesByType('navigation')[0];"
    " const say = () => done({ready: root.dataset.ready === '1',"
    "  status: page ? page.responseStatus || 0 : 0, state: document.readyState});"
    " const drawn = () => requestAnimationFrame(() => requestAnimationFrame(say));"
    " if (root.dataset.ready === '1') drawn();"
    " else new MutationObserver((_, o) => {"
    "  if (root.dataset.ready === '1') { o.disconnect(); drawn(); }"
    " }).observe(root, {attributes: true, attributeFilter: ['data-ready']});"
    " setTimeout(say, 1000);"
    "})";

static const char read_script[] =
    "(() => {"
    " const price = document.querySelector('#last-price');"
    " const chart = document.querySelector('#chart');"
    " return {price: price ? price.dataset.price || '' : '',"
    "  candles: chart ? Number.parseInt(chart.dataset.candles, 10) || 0 : 0,"
    "  symbol: chart ? chart.dataset.symbol || '' : ''};"
    "})()";

void job_describe_net_error(const char *error, char *text, size_t size)
{
    static const char prefix[] = "net::ERR_";

    if (strncmp(error, prefix, sizeof(prefix) - 1) != 0) {
        (void)snprintf(text, size, "%s", error);
        return;
    }
    (void)snprintf(text, size, "%s", error + sizeof(prefix) - 1);
    for (char *letter = text; *letter != '\0'; letter++)
        *letter = (char)(*letter == '_' ? ' ' : tolower((unsigned char)*letter));
}

/* Digits with at most one point: what a price is, and what no page can turn into something else. */
static bool is_price(const char *text)
{
    size_t whole = strspn(text, "0123456789");
    const char *rest = text + whole;

    if (whole == 0)
        return false;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    return *rest == '\0' && rest[-1] != '.';
}

int job_read_result(const json_t *value, struct run_result *ret_result)
{
    struct run_result result = { .candles = cdp_integer(value, "candles", 0) };
    const char *price = cdp_string(value, "price");
    const char *symbol = cdp_string(value, "symbol");

    if (price == NULL || strlen(price) >= sizeof(result.price) || !is_price(price))
        return -EBADMSG;
    if (symbol == NULL || strlen(symbol) >= sizeof(result.symbol) || result.candles <= 0)
        return -EBADMSG;
    (void)snprintf(result.price, sizeof(result.price), "%s", price);
    (void)snprintf(result.symbol, sizeof(result.symbol), "%s", symbol);
    *ret_result = result;
    return 0;
}

/* Whose fault an error is, for the reason that people read. */
static int fail_by(const struct tab *tab, struct run *run, int error)
{
    const char *text = tab->devtools->problem;
    char described[PROBLEM_MAX];

    if (error == -ECANCELED) {
        run_fail(run, "kairos: stopped during the run");
    } else if (error == -EADDRNOTAVAIL) {
        job_describe_net_error(text, described, sizeof(described));
        run_fail(run, "datahub: %s", described);
    } else if (error == -EREMOTEIO) {
        run_fail(run, "page: %s", text);
    } else {
        run_fail(run, "chromium: %s", text);
    }
    return error;
}

/* One question to the page: 1 when it is drawn, 0 not yet, negative when the run has failed. */
static int ask_ready(struct tab *tab, struct run *run)
{
    json_t *value = NULL;
    int error = tab_evaluate(tab, wait_script, &value);

    /* The page moved on while it was asked; a new one answers soon. */
    if (error == -EREMOTEIO)
        return loop_idle(tab->devtools->loop, NULL, clock_monotonic_us() + 100 * MS_US);
    if (error < 0)
        return fail_by(tab, run, error);
    bool is_ready = json_is_true(json_object_get(value, "ready"));
    int64_t status = cdp_integer(value, "status", 0);

    json_decref(value);
    if (status >= 400) {
        run_fail(run, "datahub: HTTP status %d for its page", (int)status);
        return -EADDRNOTAVAIL;
    }
    return is_ready;
}

static int await_candles(struct tab *tab, struct run *run, uint64_t deadline_us)
{
    int verdict = 0;

    while (verdict == 0) {
        if (clock_monotonic_us() >= deadline_us) {
            run_fail(run, "page: no candles were drawn in time (data-ready is not 1)");
            return -EREMOTEIO;
        }
        verdict = ask_ready(tab, run);
    }
    if (verdict < 0 && run->state != RUN_FAILED)
        run_fail(run, "kairos: stopped during the run");
    return verdict < 0 ? verdict : 0;
}

static int read_page(struct tab *tab, struct run *run)
{
    json_t *value = NULL;
    int error = tab_evaluate(tab, read_script, &value);

    if (error < 0)
        return fail_by(tab, run, error);
    error = job_read_result(value, &run->result);
    json_decref(value);
    if (error < 0) {
        run_fail(run, "page: no price or no candles to read (#last-price[data-price], "
                      "#chart[data-candles])");
        return -EREMOTEIO;
    }
    return 0;
}

static int take_picture(struct tab *tab, const struct job_setting *setting, struct run *run)
{
    uint8_t *data = NULL;
    size_t length = 0;
    struct png_size size;
    int error = tab_park_pointer(tab);

    if (error == 0)
        error = tab_screenshot(tab, &data, &length);

    if (error < 0)
        return fail_by(tab, run, error);
    if (png_read_size(data, length, &size) < 0) {
        run_fail(run, "chromium: the screenshot is no PNG");
        free(data);
        return -EREMOTEIO;
    }
    error = setting->keep(setting->context, run, data, length);
    free(data);
    if (error < 0) {
        run_fail(run, "kairos: cannot store the screenshot: %s", strerror(-error));
        return -EREMOTEIO;
    }
    run->has_screenshot = true;
    run->width = size.width;
    run->height = size.height;
    run->bytes = (int64_t)length;
    return 0;
}

static int work_in(struct tab *tab, const struct job_setting *setting, struct run *run)
{
    char url[512];
    /* Enough is left of the limit to read the page and to take the picture. */
    uint64_t drawn_by_us = setting->deadline_us - 8 * SECOND_US;

    (void)snprintf(url, sizeof(url), "%s/", setting->datahub);
    int error = tab_navigate(tab, url);

    if (error < 0)
        return fail_by(tab, run, error);
    error = await_candles(tab, run, drawn_by_us);
    if (error == 0)
        error = read_page(tab, run);
    if (error == 0)
        error = take_picture(tab, setting, run);
    return error;
}

/* Errors of the page or of DataHub leave the session to the browser in order. */
static bool is_session_usable(int error)
{
    return error == 0 || error == -EREMOTEIO || error == -EADDRNOTAVAIL || error == -ENOTCONN;
}

static int run_chart(const struct job_setting *setting, struct run *run)
{
    struct tab tab = { .devtools = setting->devtools, .deadline_us = setting->deadline_us };
    int error = tab_open(&tab);

    if (error == 0)
        error = work_in(&tab, setting, run);
    else
        (void)fail_by(&tab, run, error == -EREMOTEIO ? -EPROTO : error);
    if (error == 0)
        run->state = RUN_SUCCEEDED;
    if (!is_session_usable(error))
        return error;
    error = tab_close(&tab);
    return is_session_usable(error) ? 0 : error;
}

static const struct job jobs[] = {
    { .name = "chart",
      .text = "opens DataHub's chart page, waits for the candles, reads the last price, takes a "
              "picture",
      .run = run_chart },
};

const struct job *job_at(size_t index)
{
    return index < sizeof(jobs) / sizeof(jobs[0]) ? &jobs[index] : NULL;
}

const struct job *job_find(const char *name)
{
    for (size_t i = 0; job_at(i) != NULL; i++)
        if (strcmp(job_at(i)->name, name) == 0)
            return job_at(i);
    return NULL;
}
