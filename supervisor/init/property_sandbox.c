#include "supervisor/init/property_sandbox.h"

#include "sandbox/exposure.h"
#include "supervisor/unit/call_table.h"

#include <stdio.h>
#include <string.h>

enum { CALL_ERROR_KILL = 0x7ffffffe }; /* systemd's SECCOMP_ERROR_NUMBER_KILL */

static const struct sandbox_verdict *verdicts_of(const struct subject *subject, size_t *ret_count)
{
    *ret_count = 0;
    return subject->member->plan ? sandbox_plan_verdicts(subject->member->plan, ret_count) : NULL;
}

static void judge(const struct subject *subject, struct exposure *ret_exposure)
{
    struct exposure_request request = { .spec = subject->spec,
                                        .is_root = subject->pod->place.uid == 0 };

    request.verdicts = verdicts_of(subject, &request.verdict_count);
    exposure_judge(&request, ret_exposure);
}

void property_put_sandbox(const struct subject *subject, struct property_text *text)
{
    size_t count;
    const struct sandbox_verdict *verdicts = verdicts_of(subject, &count);

    for (size_t i = 0; i < count; i++) {
        property_put(text, i > 0 ? "\n{ directive=" : "{ directive=");
        property_put(text, verdicts[i].directive);
        property_put(text, " ; asked=");
        property_put(text, verdicts[i].asked);
        property_put(text, " ; held-by=");
        property_put(text, sandbox_mechanism_name(verdicts[i].mechanism));
        property_put(text, " ; strength=");
        property_put(text, sandbox_strength_name(verdicts[i].strength));
        property_put(text, " ; reason=");
        property_put(text, verdicts[i].reason);
        property_put(text, " }");
    }
}

void property_put_exposed(const struct subject *subject, struct property_text *text)
{
    struct exposure exposure;

    judge(subject, &exposure);
    for (size_t i = 0; i < exposure_item_count(); i++) {
        char badness[8] = ":-";

        if (exposure.badness[i] == 0)
            continue;
        if (exposure.badness[i] != EXPOSURE_EXEMPT)
            snprintf(badness, sizeof(badness), ":%u", exposure.badness[i]);
        property_put_word(text, exposure_item(i)->name);
        property_put(text, badness);
    }
}

uint64_t property_exposure(const struct subject *subject)
{
    struct exposure exposure;

    judge(subject, &exposure);
    return exposure_level(&exposure);
}

/* ":EPERM", ":kill" */
static void put_answer(int answer, struct property_text *text)
{
    const char *name = answer >= CALL_ERROR ? strerrorname_np(answer - CALL_ERROR) : NULL;
    char number[16];

    if (answer == CALL_LISTED)
        return;
    snprintf(number, sizeof(number), "%d", answer - CALL_ERROR);
    property_put(text, ":");
    property_put(text, answer == CALL_KILL ? "kill" : name ? name : number);
}

void property_put_calls(const struct subject *subject, struct property_text *text)
{
    const struct call_list *list = subject->spec->exec.system_call_filter;
    const char *before = "";

    if (!list || !list->is_allow_list)
        property_put(text, "~"); /* alone where there is no filter */
    for (enum call call = 0; list && call < CALL_COUNT; call++) {
        if (list->answers[call] == CALL_UNLISTED)
            continue;
        property_put(text, before);
        property_put(text, call_name(call));
        put_answer(list->answers[call], text);
        before = " ";
    }
}

uint64_t property_call_error(const struct subject *subject)
{
    int number = subject->spec->exec.system_call_error_number;

    return number == 0 ? CALL_ERROR_KILL : (uint64_t)number;
}
