/* What the loader tells of each setting, and that no directive of systemd is without an answer. */
#include "supervisor/unit/setting.h"
#include "supervisor/unit/unit_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/loader.h"

/* --- every name --- */

static unsigned judged[SETTING_VERDICT_COUNT];

static void judge_line(const char *line)
{
    char section[32], name[64], source[64];
    enum setting_verdict verdict;
    const char *reason = NULL;

    assert_int_equal(sscanf(line, "%31s %63s %63s", section, name, source), 3);
    if (!setting_judge_name(section, name, &verdict, &reason))
        fail_msg("[%s] %s= of %s is unknown", section, name, source);
    if (!reason || strlen(reason) < strlen("an old name") || verdict == SETTING_WRONG)
        fail_msg("[%s] %s= has no reason or a verdict that a name cannot have", section, name);
    judged[verdict]++;
}

static void each_directive_of_systemd_257_has_a_verdict_with_a_reason(void **state)
{
    FILE *list = fopen("tests/unit/directives_257.txt", "re");
    char line[256];
    unsigned count = 0;

    (void)state;
    assert_non_null(list);
    while (fgets(line, sizeof(line), list)) {
        if (line[0] == '#')
            continue;
        judge_line(line);
        count++;
    }
    fclose(list);
    print_message("%u directives: %u supported, %u inert, %u refused\n", count,
                  judged[SETTING_SUPPORTED], judged[SETTING_INERT], judged[SETTING_REFUSED]);
    assert_true(count >= 390);
}

static void names_of_nobody_have_none(void **state)
{
    enum setting_verdict verdict = SETTING_SUPPORTED;
    const char *reason = NULL;

    (void)state;
    assert_false(setting_judge_name("Service", "ExecStrat", &verdict, &reason));
    assert_false(setting_judge_name("Unit", "ExecStart", &verdict, &reason));
    assert_false(setting_judge_name("Socket", "ListenStream", &verdict, &reason));
    assert_null(reason);
}

/* --- what a listener hears --- */

struct heard {
    char units[256], settings[1024];
    enum setting_verdict worst; /* of the problems and what is told as inert */
};

static void hear_unit(void *context, const char *name, const char *path)
{
    struct heard *heard = context;
    size_t length = strlen(heard->units);

    snprintf(heard->units + length, sizeof(heard->units) - length, "<%s|%s>", name ? name : "end",
             path ? path : "");
}

static void hear_setting(void *context, const struct setting *setting)
{
    struct heard *heard = context;
    size_t length = strlen(heard->settings);

    snprintf(heard->settings + length, sizeof(heard->settings) - length, "%s:%u-%u:%u %s.%s=%s%s\n",
             setting->place.path, setting->place.line, setting->last_line, setting->place.column,
             setting->section, setting->key, setting->value, setting->inert ? " inert" : "");
    if (setting->inert && heard->worst < SETTING_INERT)
        heard->worst = SETTING_INERT;
}

static void hear_problem(void *context, const struct problem *problem)
{
    struct heard *heard = context;
    enum setting_verdict verdict = setting_verdict_of(problem->level);

    if (verdict > heard->worst)
        heard->worst = verdict;
}

static void hear(struct heard *heard, const char *text)
{
    const struct setting_listener listener = { hear_unit, hear_setting, heard };
    struct problem_sink sink = { .report = hear_problem, .context = heard };
    struct unit_text part = { .path = "x", .text = text, .size = strlen(text) };
    struct unit_source source = { .name = "a.service", .parts = &part, .part_count = 1 };
    struct unit_set set;

    *heard = (struct heard){ .worst = SETTING_SUPPORTED };
    assert_int_equal(unit_set_init(&set, &loader_roots), 0);
    set.listener = &listener;
    (void)!unit_set_add(&set, &source, &sink);
    unit_set_release(&set);
}

static void a_listener_hears_every_line_with_its_place(void **state)
{
    struct heard heard;

    (void)state;
    hear(&heard,
         "[Service]\n  ExecStart=/bin/true a \\\n# comment\n  b\nX-Key=1\n[X-Other]\nKey=1\n"
         "[Install]\nWantedBy=a.target\n");
    assert_string_equal(heard.units, "<a.service|x><end|>");
    assert_string_equal(heard.settings, "x:2-4:3 Service.ExecStart=/bin/true a    b\n"
                                        "x:5-5:1 Service.X-Key=1 inert\n"
                                        "x:9-9:1 Install.WantedBy=a.target inert\n");
    assert_int_equal(heard.worst, SETTING_INERT);
}

/* The word of the table is the deed of the loader: what it calls refused, the loader refuses. */
static void verdicts_hold_in_the_loader(void **state)
{
    static const struct {
        const char *section, *name, *value;
    } cases[] = {
        { "Service", "User", "somebody" },
        { "Service", "PrivateBPF", "yes" },
        { "Service", "ExecSearchPath", "/x" },
        { "Service", "MemoryMax", "1G" },
        { "Service", "Slice", "a.slice" },
        { "Service", "RestartSec", "5" },
        { "Unit", "JoinsNamespaceOf", "a.service" },
        { "Unit", "Description", "text" },
        { "Unit", "RebootArgument", "x" },
        { "Install", "WantedBy", "a.target" },
        { "X-Reeve", "HealthCmd", "tcp://127.0.0.1:80" },
        { "X-Reeve", "HealthOnFailure", "kill" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        enum setting_verdict verdict;
        struct heard heard;
        const char *reason;
        char text[256];

        assert_true(setting_judge_name(cases[i].section, cases[i].name, &verdict, &reason));
        snprintf(text, sizeof(text), "[Service]\nExecStart=/bin/true\n[%s]\n%s=%s\n",
                 cases[i].section, cases[i].name, cases[i].value);
        hear(&heard, text);
        assert_string_equal(setting_verdict_name(heard.worst), setting_verdict_name(verdict));
    }
}

static void what_is_wrong_is_not_what_is_refused(void **state)
{
    static const struct {
        const char *line, *verdict;
    } cases[] = {
        { "ExecStrat=/bin/true", "wrong" },
        { "Type=nonsense", "wrong" },
        { "Type=dbus", "refused" },
        { "RestartSec=soon", "wrong" },
        { "NoNewPrivileges=no", "refused" },
        { "KillMode=none", "supported" },
        { "MemoryLimit=infinity", "supported" },
        { "PrivateBPF=no", "supported" },
        { "FailureAction=soft-reboot", "refused" },
        { "RestartSteps=3", "inert" },
        { "RestrictNamespaces=net", "supported" },
        { "RestrictNamespaces=nonsense", "wrong" },
        { "X-Whatever=1", "inert" },
        { "Type=oneshot\nRestart=always", "wrong" },
        { "PIDFile=/var/run/x", "supported" },
        { "PrivateBPF=yes\n[X-Reeve]\nSandboxPolicy=degrade", "inert" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct heard heard;
        char text[256];

        snprintf(text, sizeof(text), "[Service]\nExecStart=/bin/true\n%s\n", cases[i].line);
        hear(&heard, text);
        assert_string_equal(setting_verdict_name(heard.worst), cases[i].verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_directive_of_systemd_257_has_a_verdict_with_a_reason),
        cmocka_unit_test(names_of_nobody_have_none),
        cmocka_unit_test(a_listener_hears_every_line_with_its_place),
        cmocka_unit_test(verdicts_hold_in_the_loader),
        cmocka_unit_test(what_is_wrong_is_not_what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
