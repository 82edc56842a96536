/* Units together: names, drop-ins, edges, cycles, and how large and fast that is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/loader.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

struct fixture {
    struct unit_set set;
    struct loader_problems problems;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    *state = fixture;
    if (!fixture || unit_set_init(&fixture->set, &loader_roots) < 0)
        return -1;
    loader_problems_init(&fixture->problems);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    unit_set_release(&fixture->set);
    unit_set_release(&fixture->set);
    free(fixture);
    return 0;
}

/* A service with these lines in [Unit], or a target. */
static void add(struct fixture *fixture, const char *name, const char *lines)
{
    char text[1024];

    snprintf(text, sizeof(text), "[Unit]\n%s\n%s", lines,
             strstr(name, ".service") ? "[Service]\nExecStart=/bin/true\n" : "");
    assert_int_equal(loader_add(&fixture->set, name, text, &fixture->problems), 0);
}

/* "a.service b.service": what the edge leads to. */
static void assert_edges(const struct fixture *fixture, const char *name, enum edge edge,
                         const char *wanted)
{
    unit_id id = unit_set_find(&fixture->set, name);
    const struct unit_edges *edges = &fixture->set.edges[id][edge];
    char text[256] = "";
    size_t length = 0;

    assert_int_not_equal(id, UNIT_NONE);
    for (size_t i = 0; i < edges->count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s", i ? " " : "",
                                   fixture->set.specs[edges->to[i]]->name);
    assert_string_equal(text, wanted);
}

static void test_names(void **state)
{
    static const char *const good[] = { "a.service",   "a.target",    "a-b_c:d\\x2d.service",
                                        "a.b.service", "a@b.service", "a@b@c.service" };
    static const char *const bad[] = { "",           "a",           ".service",
                                       "a.socket",   "a b.service", "a@.service",
                                       "@a.service", "a/b.service", "\xc3\xa4.service",
                                       "a.service.d" };
    enum unit_kind kind = UNIT_TARGET;
    char longest[UNIT_NAME_MAX + 2];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_true(unit_name_parse(good[i], &kind));
    assert_int_equal(kind, UNIT_SERVICE);
    assert_true(unit_name_parse("x.target", &kind));
    assert_int_equal(kind, UNIT_TARGET);
    assert_true(unit_name_parse("x@y.path", &kind));
    assert_int_equal(kind, UNIT_PATH);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(unit_name_parse(bad[i], &kind));
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + UNIT_NAME_MAX - 8, ".service", 9);
    assert_true(unit_name_parse(longest, &kind));
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + UNIT_NAME_MAX - 7, ".service", 9);
    assert_false(unit_name_parse(longest, &kind));
}

static void test_add_and_find(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(unit_set_find(&fixture->set, "a.service"), UNIT_NONE);
    for (int i = 40; i > 0; i--) {
        char name[32];

        snprintf(name, sizeof(name), "u%d.service", i);
        add(fixture, name, "");
    }
    assert_int_equal(fixture->set.count, 40);
    assert_int_equal(unit_set_find(&fixture->set, "u40.service"), 0);
    assert_int_equal(unit_set_find(&fixture->set, "u1.service"), 39);
    assert_int_equal(unit_set_find(&fixture->set, "u7.service"), 33);
    assert_int_equal(unit_set_find(&fixture->set, "v.service"), UNIT_NONE);
    assert_int_equal(loader_add(&fixture->set, "u7.service", "", &fixture->problems), -EEXIST);
    assert_int_equal(loader_add(&fixture->set, "a b.service", "", &fixture->problems), -EBADMSG);
    assert_string_equal(fixture->problems.text,
                        "a b.service: error: 'a b.service' is not a name for a unit\n"
                        "    hint: like 'NAME.service', 'NAME.target' or 'NAME.path'\n");
    assert_int_equal(loader_add(&fixture->set, "bad.service", "", &fixture->problems), -EBADMSG);
    assert_int_equal(fixture->set.count, 40);
}

/* Drop-ins come after the fragment; %n and the digest know all parts. */
static void test_parts(void **state)
{
    struct fixture *fixture = *state;
    static const char fragment[] =
        "[Unit]\nDescription=one\n[Service]\nExecStart=/a\nEnvironment=A=1\n";
    static const char drop_in[] =
        "[Service]\nExecStart=\nExecStart=/b %y\nEnvironment=A=2\nNice=x\n";
    struct unit_text parts[] = {
        { "/units/a.service", fragment, sizeof(fragment) - 1 },
        { "/units/a.service.d/x.conf", drop_in, sizeof(drop_in) - 8 },
    };
    struct unit_source source = { .name = "a.service", .parts = parts, .part_count = 2 };
    const struct unit_spec *spec;
    uint64_t digest;

    assert_int_equal(unit_set_add(&fixture->set, &source, &fixture->problems.sink), 0);
    spec = fixture->set.specs[0];
    assert_string_equal(spec->description, "one");
    assert_string_equal(spec->fragment_path, "/units/a.service");
    assert_string_equal(spec->service.exec_start->path, "/b");
    assert_string_equal(spec->service.exec_start->argv[1], "/units/a.service");
    assert_null(spec->service.exec_start->next);
    assert_string_equal(spec->service.exec_start->place.path, "/units/a.service.d/x.conf");
    assert_int_equal(spec->service.exec_start->place.line, 3);
    assert_string_equal(spec->exec.environment[1], "A=2");
    digest = spec->digest;
    source.name = "b.service";
    assert_int_equal(unit_set_add(&fixture->set, &source, &fixture->problems.sink), 0);
    assert_true(fixture->set.specs[1]->digest == digest);
    source.name = "c.service";
    source.part_count = 1;
    assert_int_equal(unit_set_add(&fixture->set, &source, &fixture->problems.sink), 0);
    assert_false(fixture->set.specs[2]->digest == digest);
    /* A mistake in a drop-in is named there. */
    source.name = "d.service";
    source.part_count = 2;
    parts[1].size = sizeof(drop_in) - 1;
    assert_int_equal(unit_set_add(&fixture->set, &source, &fixture->problems.sink), -EBADMSG);
    assert_string_equal(fixture->problems.text,
                        "/units/a.service.d/x.conf:5:6: error: Nice=x is not a "
                        "number from -20 to 19\n");
}

static void test_edges(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "a.service",
        "Requires=b.service\nAfter=b.service b.service c.service nobody.service");
    add(fixture, "b.service", "Before=a.service\nWants=c.service");
    add(fixture, "c.service", "");
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_string_equal(fixture->problems.text, "");
    assert_edges(fixture, "a.service", EDGE_REQUIRES, "b.service");
    assert_edges(fixture, "b.service", EDGE_REQUIRED_BY, "a.service");
    assert_edges(fixture, "a.service", EDGE_AFTER, "b.service c.service");
    assert_edges(fixture, "b.service", EDGE_BEFORE, "a.service");
    assert_edges(fixture, "c.service", EDGE_BEFORE, "a.service");
    assert_edges(fixture, "b.service", EDGE_WANTS, "c.service");
    assert_edges(fixture, "c.service", EDGE_WANTED_BY, "b.service");
    assert_edges(fixture, "c.service", EDGE_AFTER, "");
    assert_edges(fixture, "c.service", EDGE_REQUIRES, "");
}

static void test_target_order(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "t.target", "Requires=a.service d.service\nWants=b.service c.service");
    add(fixture, "u.target", "Wants=a.service\nDefaultDependencies=no");
    add(fixture, "a.service", "");
    add(fixture, "b.service", "");
    add(fixture, "c.service", "After=t.target");
    add(fixture, "d.service", "DefaultDependencies=no");
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_edges(fixture, "t.target", EDGE_AFTER, "a.service b.service");
    assert_edges(fixture, "t.target", EDGE_BEFORE, "c.service");
    assert_edges(fixture, "a.service", EDGE_BEFORE, "t.target");
    assert_edges(fixture, "u.target", EDGE_AFTER, "");
}

static void test_internal_order(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "[Service]\nExecStart=/bin/true\n";
    struct unit_text part = { "(reeve)", text, sizeof(text) - 1 };
    struct unit_source source = {
        .name = "log.service", .is_internal = true, .parts = &part, .part_count = 1
    };

    add(fixture, "a.service", "");
    assert_int_equal(unit_set_add(&fixture->set, &source, &fixture->problems.sink), 0);
    source.name = "health.service";
    assert_int_equal(unit_set_add(&fixture->set, &source, &fixture->problems.sink), 0);
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_edges(fixture, "a.service", EDGE_AFTER, "log.service health.service");
    assert_edges(fixture, "log.service", EDGE_BEFORE, "a.service");
    assert_edges(fixture, "log.service", EDGE_AFTER, "");
    assert_null(fixture->set.specs[1]->fragment_path);
    assert_true(fixture->set.specs[1]->is_internal);
}

static void test_missing(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "redis.service", "Wants=other.target\nAfter=other.target");
    add(fixture, "a.service", "Requires=rediss.service x.service a.service");
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), -EBADMSG);
    assert_string_equal(
        fixture->problems.text,
        "redis.service:2:7: note: There is no unit 'other.target'; what is only wanted is "
        "passed over\n"
        "a.service:2:10: error: There is no unit 'rediss.service', which is required here\n"
        "    hint: did you mean 'redis.service'?\n"
        "a.service:2:25: error: There is no unit 'x.service', which is required here\n"
        "a.service:2:35: warning: A dependency of 'a.service' on itself is dropped\n");
}

/* What systemd brings and a container has anyway; a file of the user's comes first. */
static void test_special(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "a.service", "Requires=network-online.target syslog.socket\nAfter=network.target");
    add(fixture, "b.service", "Requires=time-sync.target");
    add(fixture, "time-sync.target", "");
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_string_equal(
        fixture->problems.text,
        "a.service:2:10: note: 'network-online.target' has no file and counts as "
        "started: a container has it from the beginning\n"
        "a.service:2:32: note: 'syslog.socket' has no file and counts as started: a "
        "container has it from the beginning\n");
    assert_edges(fixture, "a.service", EDGE_REQUIRES, "");
    assert_edges(fixture, "b.service", EDGE_REQUIRES, "time-sync.target");
}

static void test_cycle(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "a.service", "After=b.service");
    add(fixture, "b.service", "After=c.service");
    add(fixture, "c.service", "\nBefore=x.service");
    add(fixture, "x.service", "After=a.service\nBefore=c.service");
    add(fixture, "y.service", "After=a.service");
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_string_equal(
        fixture->problems.text,
        "a.service:2:7: warning: Ordering cycle of 4 units: "
        "x.service <- c.service <- b.service <- a.service <- x.service\n"
        "    hint: take out one edge, else one of them is not "
        "started\n"
        "a.service:2:7: note: 'a.service' is ordered after 'b.service' here\n"
        "b.service:2:7: note: 'b.service' is ordered after 'c.service' here\n"
        "x.service:3:8: note: 'c.service' comes after 'x.service', which says here that it is "
        "before\n"
        "x.service:2:7: note: 'x.service' is ordered after 'a.service' here\n"
        "x.service:3:8: warning: Ordering cycle of 2 units: x.service <- c.service <- x.service\n"
        "    hint: take out one edge, else one of them is not "
        "started\n"
        "x.service:3:8: note: 'c.service' comes after 'x.service', which says here that it is "
        "before\n"
        "c.service:3:8: note: 'x.service' comes after 'c.service', which says here that it is "
        "before\n");
}

/* Who loses, when that is sure. */
static void test_cycle_advice(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "a.service", "After=b.service\nRequires=b.service");
    add(fixture, "b.service", "After=a.service");
    add(fixture, "c.service", "After=d.service\nBindsTo=d.service");
    add(fixture, "d.service", "After=c.service\nRequires=c.service");
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_non_null(
        strstr(fixture->problems.text,
               "a.service:2:7: warning: Ordering cycle of 2 units: b.service <- a.service "
               "<- b.service\n    hint: take out one edge, else 'a.service' is not started "
               "with them\n"));
    assert_non_null(
        strstr(fixture->problems.text, "take out one edge: what requires these cannot start"));
}

/* Edges that nobody wrote also have a place. */
static void test_implied_cycle(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "[Service]\nExecStart=/bin/true\n[Unit]\nAfter=t.target\n";
    struct unit_text part = { "(reeve)", text, sizeof(text) - 1 };
    struct unit_source source = {
        .name = "log.service", .is_internal = true, .parts = &part, .part_count = 1
    };

    add(fixture, "t.target", "Requires=a.service\nWants=b.service");
    add(fixture, "a.service", "Before=m.service");
    add(fixture, "b.service", "After=m.service");
    add(fixture, "m.service", "After=t.target");
    assert_int_equal(unit_set_add(&fixture->set, &source, &fixture->problems.sink), 0);
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), -EBADMSG);
    assert_non_null(
        strstr(fixture->problems.text,
               "t.target:2:10: note: 't.target' comes after 'a.service': a target is ordered "
               "after what it requires\n"));
    assert_non_null(
        strstr(fixture->problems.text,
               "t.target:3:7: note: 't.target' comes after 'b.service': a target is ordered "
               "after what it wants\n"));
    assert_non_null(strstr(fixture->problems.text, "a.service: note: 'a.service' comes after "
                                                   "'log.service', as every unit comes after"));
}

/* A long cycle is walked without recursion and named in full, one edge per note. */
static void test_long_cycle(void **state)
{
    enum { COUNT = 1000 };
    struct fixture *fixture = *state;

    for (int i = 0; i < COUNT; i++) {
        char name[32], line[64];

        snprintf(name, sizeof(name), "u%d.service", i);
        snprintf(line, sizeof(line), "After=u%d.service", (i + 1) % COUNT);
        add(fixture, name, line);
    }
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_int_equal(fixture->problems.sink.warnings, 1);
    assert_int_equal(fixture->problems.sink.notes, COUNT);
    assert_non_null(
        strstr(fixture->problems.text, "Ordering cycle of 1000 units: u999.service <- "));
    assert_non_null(strstr(fixture->problems.text, "…\n"));
}

/* Not more than GRAPH_CYCLES_MAX cycles are told about. */
static void test_many_cycles(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 40; i += 2) {
        char one[32], two[32], line[64];

        snprintf(one, sizeof(one), "u%d.service", i);
        snprintf(two, sizeof(two), "u%d.service", i + 1);
        snprintf(line, sizeof(line), "After=%s", two);
        add(fixture, one, line);
        snprintf(line, sizeof(line), "After=%s", one);
        add(fixture, two, line);
    }
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    assert_int_equal(fixture->problems.sink.warnings, 8);
}

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* 1000 units of an ordinary size: well under 100 ms (sanitizers take some of it) and 3 kB each. */
static void test_thousand(void **state)
{
    enum { COUNT = 1000 };
    struct fixture *fixture = *state;
    double begin = cpu_seconds(), spent;

    for (int i = 0; i < COUNT; i++) {
        char name[32], text[1024];

        snprintf(name, sizeof(name), "unit-%d.service", i);
        snprintf(
            text, sizeof(text),
            "[Unit]\nDescription=Unit number %d\nAfter=unit-%d.service\nWants=unit-%d.service\n"
            "[Service]\nType=notify\nExecStart=/usr/bin/program --option %%n --port 8080\n"
            "Restart=on-failure\nRestartSec=1s\nEnvironment=A=1 B=2\nTimeoutStopSec=10\n"
            "ProtectSystem=strict\nStateDirectory=%%p\nLimitNOFILE=1024\n"
            "[X-Reeve]\nHealthCmd=tcp://127.0.0.1:8080\nHealthGate=yes\n",
            i, i ? i - 1 : 1000, i ? i / 2 : 1000);
        assert_int_equal(loader_add(&fixture->set, name, text, &fixture->problems), 0);
    }
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    spent = cpu_seconds() - begin;
    print_message("%d units: %.1f ms, %zu bytes each, spec %zu\n", COUNT, spent * 1e3,
                  fixture->set.arena.bytes / COUNT, sizeof(struct unit_spec));
    assert_true(spent < 1.0);
    assert_true(fixture->set.arena.bytes / COUNT < 3000);
}

/* A new set beside the old one, as by a reload: it has a.service again, and adopts the rest. */
static void reload(struct fixture *fixture, const char *lines)
{
    struct unit_set old = fixture->set;

    assert_int_equal(unit_set_init(&fixture->set, &loader_roots), 0);
    add(fixture, "a.service", lines);
    for (size_t i = 0; i < old.count; i++)
        if (unit_set_find(&fixture->set, old.specs[i]->name) == UNIT_NONE)
            assert_int_equal(unit_set_adopt(&fixture->set, &old, (unit_id)i), 0);
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    unit_set_keep(&fixture->set, &old);
    unit_set_release(&old);
}

static void test_adopted(void **state)
{
    struct fixture *fixture = *state;
    unit_id gone;

    add(fixture, "a.service", "");
    add(fixture, "b.service", "After=a.service\nRequires=c.service");
    add(fixture, "c.service", "");
    assert_int_equal(unit_set_add_alias(&fixture->set, 1, "also-b.service"), 0);
    assert_int_equal(unit_set_resolve(&fixture->set, &fixture->problems.sink), 0);
    for (int i = 0; i < 3; i++) { /* each time in the arena that it was loaded into */
        reload(fixture, "Wants=also-b.service");
        assert_int_equal(fixture->set.count, 3);
        assert_int_equal(fixture->set.loaded, 1);
        assert_int_equal(fixture->set.kept_count, 1);
        gone = unit_set_find(&fixture->set, "b.service");
        assert_int_equal(unit_set_find(&fixture->set, "also-b.service"), gone);
        assert_true(unit_set_is_gone(&fixture->set, gone));
        assert_false(unit_set_is_gone(&fixture->set, unit_set_find(&fixture->set, "a.service")));
        assert_edges(fixture, "b.service", EDGE_AFTER, "a.service");
        assert_edges(fixture, "b.service", EDGE_REQUIRES, "c.service");
        assert_edges(fixture, "b.service", EDGE_WANTED_BY, "a.service");
    }
    assert_int_equal(unit_set_adopt(&fixture->set, &fixture->set, gone), -EEXIST);
    assert_string_equal(fixture->problems.text, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names),        TEST(test_add_and_find),  TEST(test_parts),
        TEST(test_edges),        TEST(test_target_order),  TEST(test_internal_order),
        TEST(test_missing),      TEST(test_special),       TEST(test_cycle),
        TEST(test_cycle_advice), TEST(test_implied_cycle), TEST(test_long_cycle),
        TEST(test_many_cycles),  TEST(test_thousand),      TEST(test_adopted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
