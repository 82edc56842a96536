#ifndef REEVE_TESTS_LOADER_H
#define REEVE_TESTS_LOADER_H

/*
 * For tests of the unit loader: roots that are the same everywhere, and a sink that keeps all
 * problems as text. Header only, so that each test program stays one file.
 */

#include "supervisor/unit/unit_set.h"

#include <stdio.h>
#include <string.h>

static const struct unit_roots loader_roots __attribute__((unused)) = {
    .directory = { "/run", "/var/lib", "/var/cache", "/var/log", "/etc" },
    .tmp = "/tmp",
    .var_tmp = "/var/tmp",
    .user = "pod",
    .group = "pods",
    .home = "/home/pod",
    .shell = "/bin/sh",
    .uid = 1001,
    .gid = 1002,
    .hostname = "box.example",
    .architecture = "x86-64",
    .kernel_release = "6.1.0",
    .machine_id = "0123456789abcdef0123456789abcdef",
    .boot_id = "",
    .pretty_hostname = "Box",
    .os = { [OS_ID] = "debian",
            [OS_VERSION_ID] = "13",
            [OS_VARIANT_ID] = "",
            [OS_BUILD_ID] = "",
            [OS_IMAGE_ID] = "",
            [OS_IMAGE_VERSION] = "" },
};

struct loader_problems {
    struct problem_sink sink;
    char text[65536]; /* one problem per line, hints below, as printed */
    size_t length;
};

static inline void loader_keep(void *context, const struct problem *problem)
{
    struct loader_problems *problems = context;
    size_t room = sizeof(problems->text) - problems->length;
    int length = problem_format(problem, problems->text + problems->length, room);

    if (length > 0 && (size_t)length + 1 < room) {
        problems->length += (size_t)length;
        problems->text[problems->length++] = '\n';
        problems->text[problems->length] = '\0';
    }
}

static inline void loader_problems_init(struct loader_problems *problems)
{
    memset(problems, 0, sizeof(*problems));
    problems->sink.report = loader_keep;
    problems->sink.context = problems;
}

/* One unit from one text. */
static inline int loader_add(struct unit_set *set, const char *name, const char *text,
                             struct loader_problems *problems)
{
    struct unit_text part = { .path = name, .text = text, .size = strlen(text) };
    struct unit_source source = { .name = name, .parts = &part, .part_count = 1 };

    return unit_set_add(set, &source, &problems->sink);
}

#endif
