/* reeve-health: who gets the dashboard, and that it is whole and asks nobody else for anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "supervisor/health/answer.h"
#include "supervisor/health/page.h"

static struct table nothing;

/* What a client with this Accept gets; the body is for the caller to release. */
static struct reply ask(const char *path, const char *accept, struct text *body)
{
    struct sources sources = { .table = &nothing };
    struct reply reply = { .body = body };
    struct request request;
    const struct route *route;

    request_init(&request, "GET", path);
    request.accept = accept;
    route = answer_begin(&request, NULL, &reply);
    if (route)
        answer_fill(route, &request, &sources, &reply);
    return reply;
}

static const char *header_of(const struct reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (strcmp(reply->headers[i].name, name) == 0)
            return reply->headers[i].value;
    return "";
}

static bool is_served(const char *path, const char *type)
{
    struct text body = { 0 };
    struct reply reply = ask(path, NULL, &body);
    bool is_good = reply.status == 200 && body.length > 0 &&
                   strcmp(header_of(&reply, "Content-Type"), type) == 0 &&
                   strcmp(header_of(&reply, "Content-Security-Policy"), page_policy) == 0;

    text_release(&body);
    return is_good;
}

static void browsers_get_the_page(void **state)
{
    struct text page = { 0 }, list = { 0 };
    struct reply browser = ask(
        "/", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", &page);
    struct reply curl = ask("/", "*/*", &list);

    (void)state;
    assert_int_equal(browser.status, 200);
    assert_string_equal(header_of(&browser, "Content-Type"), "text/html; charset=utf-8");
    assert_string_equal(header_of(&browser, "Content-Security-Policy"), page_policy);
    assert_non_null(strstr(page.bytes, "<!DOCTYPE html>"));
    assert_int_equal(curl.status, 200);
    assert_string_equal(header_of(&curl, "Content-Type"), "text/plain; charset=utf-8");
    assert_string_equal(header_of(&curl, "Content-Security-Policy"), "");
    assert_non_null(strstr(list.bytes, "/metrics"));
    text_release(&page);
    text_release(&list);
}

static void its_files_are_served(void **state)
{
    (void)state;
    assert_true(is_served("/page/page.css", "text/css; charset=utf-8"));
    assert_true(is_served("/page/page.js", "text/javascript; charset=utf-8"));
}

static void no_other_files_are(void **state)
{
    static const char *const paths[] = { "/page/", "/page/none.js", "/page/../page.js",
                                         "/page/page.js/", "/pages/page.js" };
    struct text body = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        assert_int_equal(ask(paths[i], "text/html", &body).status, 404);
        text_clear(&body);
    }
    text_release(&body);
}

/* Every `before`NAME`after` in the file names a file of the page; how many there were. */
static size_t check_names(const struct page_file *file, const char *before, char after)
{
    const char *text = (const char *)file->data, *end = text + file->length;
    size_t count = 0, length = strlen(before);

    for (const char *at = memmem(text, file->length, before, length); at;
         at = memmem(at, (size_t)(end - at), before, length)) {
        char name[64] = "";
        const char *stop;

        at += length;
        stop = memchr(at, after, (size_t)(end - at));
        assert_non_null(stop);
        assert_true((size_t)(stop - at) < sizeof(name));
        memcpy(name, at, (size_t)(stop - at));
        if (!page_find(name))
            fail_msg("%s wants %s", file->name, name);
        count++;
    }
    return count;
}

static void all_that_is_loaded_is_there(void **state)
{
    size_t count = 0;

    (void)state;
    for (const struct page_file *file = page_files; file->name; file++)
        if (strcmp(file->name, "openapi.json") != 0) /* it loads nothing */
            count += check_names(file, "\"/page/", '"') + check_names(file, "from './", '\'');
    assert_true(count > 5);
}

/* The ways in which a text becomes HTML or code; and an address of somebody else, but for the name
 * of a document type. */
static void nothing_makes_html_of_text(void **state)
{
    static const char *const ways[] = {
        "innerHTML", "outerHTML",   "insertAdjacentHTML", "document.write", "eval(",   "Function(",
        "srcdoc",    "src=\"http:", "href=\"http:",       "https://",       "@import", "style=",
    };

    (void)state;
    for (const struct page_file *file = page_files; file->name; file++)
        for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
            if (memmem(file->data, file->length, ways[i], strlen(ways[i])))
                fail_msg("%s has %s", file->name, ways[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(browsers_get_the_page),      cmocka_unit_test(its_files_are_served),
        cmocka_unit_test(no_other_files_are),         cmocka_unit_test(all_that_is_loaded_is_there),
        cmocka_unit_test(nothing_makes_html_of_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
