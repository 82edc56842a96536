/*
 * Whatever bytes a unit file has: the loader neither crashes nor reads beyond, and what it accepts
 * is whole.
 *
 *   make fuzz FUZZERS=unit FUZZ_SECONDS=600     libFuzzer with the sanitizers
 *   build/tests/fuzz_unit FILE...               runs each file named (replay.c)
 *
 * The first byte chooses the kind of unit; a byte 0x1e cuts the text into fragment and drop-ins.
 */
#include "supervisor/unit/unit_set.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct unit_roots roots = {
    .directory = { "/run", "/var/lib", "/var/cache", "/var/log", "/etc" },
    .tmp = "/tmp",
    .var_tmp = "/var/tmp",
    .user = "pod",
    .group = "pod",
    .home = "/",
    .shell = "/bin/sh",
    .hostname = "box",
    .architecture = "x86-64",
    .kernel_release = "6.1",
    .machine_id = "",
    .boot_id = "",
};

enum { PARTS_MAX = 4, CUT = 0x1e };

static void check_problem(void *context, const struct problem *problem)
{
    char line[1024];

    (void)context;
    assert(problem->text[0] != '\0' && problem->path);
    assert(problem->line > 0 || problem->column == 0);
    assert(problem_format(problem, line, sizeof(line)) > 0);
}

static void check_spec(const struct unit_spec *spec)
{
    assert(spec->name && spec->description);
    for (const struct health_probe *at = spec->health.probes; at; at = at->next)
        assert(at->command[0]);
    if (spec->kind == UNIT_SERVICE && spec->service.type != TYPE_ONESHOT)
        assert(spec->service.exec_start && !spec->service.exec_start->next);
    assert((spec->kind == UNIT_PATH) == (spec->path != NULL));
    if (spec->path)
        assert(spec->path->items && spec->path->count > 0 && spec->path->unit[0]);
    for (const struct path_item *at = spec->path ? spec->path->items : NULL; at; at = at->next)
        assert(at->path[0] == '/' && at->kind < PATH_KIND_COUNT);
    for (const struct exec_command *at = spec->service.exec_start; at; at = at->next)
        assert(at->path[0] && at->argv && at->argv[0] && at->place.line > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unit_text parts[PARTS_MAX] = { { .path = "fuzz" } };
    struct unit_source source = { .name = "fuzz@a-b.service", .parts = parts, .part_count = 1 };
    struct problem_sink sink = { .report = check_problem };
    struct unit_set set;

    if (size == 0)
        return 0;
    if (data[0] & 2)
        source.name = "fuzz@a-b.path";
    else if (data[0] & 1)
        source.name = "fuzz.target";
    parts[0].text = (const char *)data + 1;
    for (const uint8_t *at = data + 1; at < data + size; at++)
        if (*at == CUT && source.part_count < PARTS_MAX)
            parts[source.part_count++] = (struct unit_text){ "drop", (const char *)at + 1, 0 };
        else
            parts[source.part_count - 1].size++;
    if (unit_set_init(&set, &roots) < 0)
        return 0;
    if (unit_set_add(&set, &source, &sink) == 0) {
        assert(set.count == 1);
        check_spec(set.specs[0]);
        (void)!unit_set_resolve(&set, &sink);
    }
    unit_set_release(&set);
    return 0;
}
