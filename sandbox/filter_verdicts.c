#include "sandbox/filter_verdicts.h"

#include "sandbox/filter_numbers.h"

#include <errno.h>
#include <linux/seccomp.h>

uint32_t filter_refuse(int error)
{
    return SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA);
}

bool filter_lets_pass(uint32_t verdict)
{
    return verdict == SECCOMP_RET_ALLOW || verdict == SECCOMP_RET_LOG;
}

/*
 * As systemd: what its table does not know is "not implemented", so that the C library falls back
 * to what it did before; so is, with its libseccomp, what the native architecture has not got.
 */
static uint32_t answer_unlisted(const struct filter_request *request, enum call call)
{
    size_t count;
    const struct filter_architecture *native = filter_architectures(&count);

    if (!(call_groups(call) & CALLS_KNOWN) || filter_number(native, call) < 0)
        return filter_refuse(ENOSYS);
    return request->error_number == 0 ? SECCOMP_RET_KILL_PROCESS
                                      : filter_refuse(request->error_number);
}

static uint32_t filter_answer(const struct filter_request *request, enum call call)
{
    const struct call_list *list = request->filter;
    unsigned answer = list ? list->answers[call] : CALL_UNLISTED;

    /* Without write() nobody could tell that the program cannot be started, so systemd allows it.
     */
    if (!list || call == CALL_write)
        return SECCOMP_RET_ALLOW;
    if (answer == CALL_KILL)
        return SECCOMP_RET_KILL_PROCESS;
    if (answer >= CALL_ERROR)
        return filter_refuse((int)(answer - CALL_ERROR));
    if ((answer == CALL_LISTED) == list->is_allow_list)
        return SECCOMP_RET_ALLOW;
    if (list->is_allow_list)
        return answer_unlisted(request, call);
    return request->error_number == 0 ? SECCOMP_RET_KILL_PROCESS
                                      : filter_refuse(request->error_number);
}

uint32_t filter_verdict(const struct filter_request *request, enum call call)
{
    uint32_t verdict = filter_answer(request, call);
    bool is_logged =
        request->log && (request->log->answers[call] == CALL_LISTED) == request->log->is_allow_list;

    return is_logged && verdict == SECCOMP_RET_ALLOW ? SECCOMP_RET_LOG : verdict;
}

uint32_t filter_verdict_unknown(const struct filter_request *request)
{
    if (request->filter && request->filter->is_allow_list)
        return filter_refuse(ENOSYS);
    return request->log && !request->log->is_allow_list ? SECCOMP_RET_LOG : SECCOMP_RET_ALLOW;
}
