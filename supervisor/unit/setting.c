#include "supervisor/unit/setting.h"

#include "supervisor/unit/directives.h"

const char *setting_verdict_name(enum setting_verdict verdict)
{
    switch (verdict) {
    case SETTING_SUPPORTED:
        return "supported";
    case SETTING_INERT:
        return "inert";
    case SETTING_REFUSED:
        return "refused";
    case SETTING_WRONG:
    case SETTING_VERDICT_COUNT:
        break;
    }
    return "wrong";
}

enum setting_verdict setting_verdict_of(enum problem_level level)
{
    switch (level) {
    case PROBLEM_NOTE:
    case PROBLEM_ADVICE:
        return SETTING_SUPPORTED;
    case PROBLEM_INERT:
        return SETTING_INERT;
    case PROBLEM_REFUSED:
        return SETTING_REFUSED;
    case PROBLEM_WARNING:
    case PROBLEM_ERROR:
        break;
    }
    return SETTING_WRONG;
}

bool setting_judge_name(const char *section, const char *name, enum setting_verdict *ret_verdict,
                        const char **ret_reason)
{
    const struct directive *directive = directive_find(section, name);
    const struct known_group *group = known_find(section, name);

    if (directive) {
        *ret_verdict = SETTING_SUPPORTED;
        *ret_reason =
            directive->modern ? "an old name, which still works" : "as systemd documents it";
        return true;
    }
    if (!group)
        return false;
    *ret_reason = group->reason;
    switch (group->class) {
    case KNOWN_INERT:
    case KNOWN_QUIET:
        *ret_verdict = SETTING_INERT;
        return true;
    case KNOWN_REFUSED:
    case KNOWN_SANDBOX:
        *ret_verdict = SETTING_REFUSED;
        return true;
    }
    return false;
}
