/* The exposure level beside what `systemd-analyze security` of systemd 257 says: each item of its
 * table, with each directive set and not set, and whole units of the pod and of Debian. */
#include "sandbox/exposure.h"
#include "supervisor/unit/unit_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/loader.h"

enum { LINE_SIZE = 8192, TEXT_SIZE = 16384 };

/* A unit of recorded.txt. */
struct recorded {
    char name[128], text[TEXT_SIZE], exposed[LINE_SIZE];
    unsigned level;
};

typedef void take_unit(const struct recorded *recorded);

/* 3 when it is an "item" line. */
static int read_item(const char *line, unsigned *ret_weight, unsigned *ret_range, char name[128])
{
    return sscanf(line, "item %u %u %127[^\n]", ret_weight, ret_range, name);
}

static void take_line(struct recorded *recorded, const char *line, take_unit *take)
{
    size_t length = strlen(recorded->text);

    if (sscanf(line, "unit %127s", recorded->name) == 1)
        recorded->text[0] = '\0';
    else if (line[0] == '+')
        snprintf(recorded->text + length, TEXT_SIZE - length, "%s", line + 1);
    else if (strncmp(line, "exposed", 7) == 0) {
        snprintf(recorded->exposed, LINE_SIZE, "%s ", line + 7);
        recorded->exposed[strcspn(recorded->exposed, "\n")] = ' ';
        take(recorded);
    } else
        (void)!sscanf(line, "level %u", &recorded->level);
}

static unsigned each_recorded(take_unit *take)
{
    static struct recorded recorded;
    static char line[LINE_SIZE];
    FILE *file = fopen("tests/security/recorded.txt", "re");
    unsigned count = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        take_line(&recorded, line, take);
        count += strncmp(line, "exposed", 7) == 0;
    }
    fclose(file);
    return count;
}

/* --- the table --- */

static void items_weights_and_ranges_are_those_of_systemd_257(void **state)
{
    FILE *file = fopen("tests/security/recorded.txt", "re");
    char line[LINE_SIZE], name[128];
    unsigned weight, range;
    size_t count = 0;

    (void)state;
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof(line), file));
    assert_non_null(strstr(line, "systemd 257"));
    while (fgets(line, sizeof(line), file)) {
        size_t i = 0;

        if (read_item(line, &weight, &range, name) != 3)
            continue;
        while (i < exposure_item_count() && strcmp(exposure_item(i)->name, name) != 0)
            i++;
        if (i == exposure_item_count())
            fail_msg("%s is not in the table", name);
        if (exposure_item(i)->weight != weight || exposure_item(i)->range != range)
            fail_msg("%s: weight %u, range %u, wanted %u, %u", name, exposure_item(i)->weight,
                     exposure_item(i)->range, weight, range);
        count++;
    }
    fclose(file);
    assert_int_equal(count, exposure_item_count());
}

/* --- units --- */

/* What is recorded of an item. */
static unsigned recorded_badness(const struct recorded *recorded, const struct exposure_item *item)
{
    char word[160];
    const char *found;

    snprintf(word, sizeof(word), " %s:", item->name);
    found = strstr(recorded->exposed, word);
    if (!found)
        return 0;
    found += strlen(word);
    return *found == '-' ? EXPOSURE_EXEMPT : (unsigned)strtoul(found, NULL, 10);
}

static void load(struct unit_set *set, const struct recorded *recorded)
{
    static struct loader_problems problems;

    loader_problems_init(&problems);
    assert_int_equal(unit_set_init(set, &loader_roots), 0);
    set->is_lenient = true;
    if (loader_add(set, "test.service", recorded->text, &problems) < 0)
        fail_msg("%s: %s", recorded->name, problems.text);
}

static bool may_differ(const struct exposure_item *item, unsigned got)
{
    if (strcmp(item->name, "Delegate=") == 0)
        return true;
    return !item->is_known && got == item->range;
}

static unsigned levels_compared, differences;

static void complain(const char *unit, const char *what, unsigned got, unsigned wanted)
{
    print_error("%s: %s is %u, in systemd %u\n", unit, what, got, wanted);
    differences++;
}

/* What reeve knows is judged alike; what it does not know counts as not set. */
static void compare(const struct recorded *recorded)
{
    struct unit_set set = { 0 };
    struct exposure_request request = { .is_root = true };
    struct exposure exposure;
    bool is_comparable = true;

    load(&set, recorded);
    request.spec = set.specs[0];
    exposure_judge(&request, &exposure);
    for (size_t i = 0; i < exposure_item_count(); i++) {
        const struct exposure_item *item = exposure_item(i);
        unsigned wanted = recorded_badness(recorded, item), got = exposure.badness[i];

        is_comparable &= wanted == got;
        if (wanted != got && !may_differ(item, got))
            complain(recorded->name, item->name, got, wanted);
    }
    if (is_comparable) {
        if (exposure_level(&exposure) != recorded->level)
            complain(recorded->name, "level", exposure_level(&exposure), recorded->level);
        levels_compared++;
    }
    unit_set_release(&set);
}

static void units_are_as_exposed_as_systemd_257_says(void **state)
{
    unsigned count = each_recorded(compare);

    (void)state;
#ifndef __x86_64__
    print_message(
        "skipped: recorded on x86-64, where @obsolete and @raw-io have other system calls\n");
    skip();
#endif
    print_message("%u units, %u of them without anything that reeve does not know\n", count,
                  levels_compared);
    assert_int_equal(differences, 0);
    assert_true(count >= 150);
    assert_true(levels_compared >= 90);
}

/* --- what is not held --- */

static struct exposure judge_with(const char *text, const struct sandbox_verdict *verdicts,
                                  size_t count, bool is_root)
{
    static struct recorded recorded;
    struct unit_set set = { 0 };
    struct exposure exposure;

    snprintf(recorded.text, TEXT_SIZE, "[Service]\nExecStart=/bin/true\n%s", text);
    load(&set, &recorded);
    exposure_judge(&(struct exposure_request){ set.specs[0], verdicts, count, is_root }, &exposure);
    unit_set_release(&set);
    return exposure;
}

static void a_directive_that_is_not_held_counts_as_not_set(void **state)
{
    static const char *const settings[][2] = {
        { "User", "redis" },
        { "ProtectSystem", "strict" },
        { "ProtectHome", "read-only" },
        { "ProtectProc", "noaccess" },
        { "ProcSubset", "pid" },
        { "PrivateTmp", "yes" },
        { "PrivateDevices", "yes" },
        { "PrivateMounts", "yes" },
        { "ProtectControlGroups", "yes" },
        { "ProtectKernelTunables", "yes" },
        { "CapabilityBoundingSet", "" },
        { "SystemCallFilter", "@system-service" },
        { "SystemCallArchitectures", "native" },
        { "RestrictAddressFamilies", "none" },
        { "RestrictNamespaces", "yes" },
        { "LockPersonality", "yes" },
        { "RestrictRealtime", "yes" },
        { "RestrictSUIDSGID", "yes" },
        { "MemoryDenyWriteExecute", "yes" },
        { "ProtectClock", "yes" },
        { "ProtectHostname", "yes" },
        { "ProtectKernelLogs", "yes" },
        { "ProtectKernelModules", "yes" },
    };
    struct exposure plain = judge_with("", NULL, 0, true);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        struct sandbox_verdict verdict = { .directive = settings[i][0] };
        struct exposure held, not_held;
        char text[128];

        snprintf(text, sizeof(text), "%s=%s\n", settings[i][0], settings[i][1]);
        held = judge_with(text, NULL, 0, true);
        not_held = judge_with(text, &verdict, 1, true);
        if (memcmp(&held, &plain, sizeof(plain)) == 0)
            fail_msg("%s makes no difference", settings[i][0]);
        if (memcmp(&not_held, &plain, sizeof(plain)) != 0)
            fail_msg("%s makes a difference though it is not held", settings[i][0]);
        verdict.strength = SANDBOX_PARTIAL;
        not_held = judge_with(text, &verdict, 1, true);
        assert_memory_equal(&not_held, &held, sizeof(held));
    }
}

static void a_pod_of_an_ordinary_user_has_no_service_of_root(void **state)
{
    struct exposure as_user = judge_with("", NULL, 0, false);
    struct exposure as_named = judge_with("User=redis\n", NULL, 0, true);

    (void)state;
    assert_memory_equal(&as_user, &as_named, sizeof(as_user));
}

static void levels_have_the_words_of_systemd(void **state)
{
    (void)state;
    assert_string_equal(exposure_word(100), "DANGEROUS");
    assert_string_equal(exposure_word(99), "UNSAFE");
    assert_string_equal(exposure_word(90), "UNSAFE");
    assert_string_equal(exposure_word(89), "EXPOSED");
    assert_string_equal(exposure_word(75), "EXPOSED");
    assert_string_equal(exposure_word(74), "MEDIUM");
    assert_string_equal(exposure_word(50), "MEDIUM");
    assert_string_equal(exposure_word(49), "OK");
    assert_string_equal(exposure_word(10), "OK");
    assert_string_equal(exposure_word(9), "SAFE");
    assert_string_equal(exposure_word(1), "SAFE");
    assert_string_equal(exposure_word(0), "PERFECT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_weights_and_ranges_are_those_of_systemd_257),
        cmocka_unit_test(units_are_as_exposed_as_systemd_257_says),
        cmocka_unit_test(a_directive_that_is_not_held_counts_as_not_set),
        cmocka_unit_test(a_pod_of_an_ordinary_user_has_no_service_of_root),
        cmocka_unit_test(levels_have_the_words_of_systemd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
