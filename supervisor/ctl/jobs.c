/* The verbs that change something: start, stop, restart, reload, kill, reset-failed, daemon-reload,
 * shutdown. */
#include "supervisor/ctl/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* systemctl's words and exit codes for a request that was refused. */
static int refused(const char *verb, const struct wire_request *request,
                   const struct wire_reply *reply)
{
    const char *text = reply->text[0] ? reply->text : strerror(reply->error);

    if (request->verb == WIRE_VERB_KILL)
        fprintf(stderr, "Failed to kill unit %s: %s\n", request->unit, text);
    else if (request->verb == WIRE_VERB_RESET_FAILED && request->unit[0])
        fprintf(stderr, "Failed to reset failed state of unit %s: %s\n", request->unit, text);
    else if (request->unit[0])
        fprintf(stderr, "Failed to %s %s: %s\n", verb, request->unit, text);
    else
        fprintf(stderr, "Failed to %s: %s\n", verb, text);
    if (request->verb == WIRE_VERB_JOB && reply->error != ENOENT && reply->error != EBADR)
        fprintf(stderr, "See the log and 'reevectl status %s' for details.\n", request->unit);
    if (reply->error == EACCES || reply->error == EPERM)
        return CTL_NOT_PERMITTED;
    if (request->verb != WIRE_VERB_JOB)
        return CTL_FAILURE;
    return reply->error == ENOENT  ? CTL_NOT_LOADED
           : reply->error == EBADR ? CTL_NOT_IMPLEMENTED
                                   : CTL_FAILURE;
}

/* Why a job failed, by Result= of the unit; systemctl's words. */
static const char *reason_of(const char *unit_result)
{
    static const char *const reasons[][2] = {
        { "resources", "of unavailable resources or another system error" },
        { "protocol", "the service did not take the steps required by its unit configuration" },
        { "timeout", "a timeout was exceeded" },
        { "exit-code", "the control process exited with error code" },
        { "signal", "a fatal signal was delivered to the control process" },
        { "core-dump", "a fatal signal was delivered causing the control process to dump core" },
        { "watchdog", "the service failed to send watchdog ping" },
        { "start-limit-hit", "start of the service was attempted too often" },
        { "unhealthy", "its probes found it unhealthy" },
        { "oom-kill", "of an out-of-memory (OOM) situation" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
        if (strcmp(unit_result, reasons[i][0]) == 0)
            return reasons[i][1];
    return NULL;
}

static void explain_failure(const char *unit, const char *unit_result)
{
    const char *reason = reason_of(unit_result);

    fprintf(stderr, "Job for %s failed%s%s.\nSee \"reevectl status %s\" and the log for details.\n",
            unit, reason ? " because " : "", reason ? reason : "", unit);
    if (strcmp(unit_result, "start-limit-hit") == 0)
        fprintf(stderr,
                "To force a start use \"reevectl reset-failed %s\"\n"
                "followed by \"reevectl start %s\" again.\n",
                unit, unit);
}

/* What systemctl says of a job that did not end well. */
static int job_ended(const char *unit, const struct wire_reply *reply)
{
    const char *result = reply->job_result;

    if (strcmp(result, "skipped") == 0)
        return CTL_OK;
    if (strcmp(result, "canceled") == 0)
        fprintf(stderr, "Job for %s canceled.\n", unit);
    else if (strcmp(result, "timeout") == 0)
        fprintf(stderr, "Job for %s timed out.\n", unit);
    else if (strcmp(result, "dependency") == 0)
        fprintf(stderr, "A dependency job for %s failed. See the log for details.\n", unit);
    else if (strcmp(result, "invalid") == 0)
        fprintf(stderr, "%s is not active, cannot reload.\n", unit);
    else if (strcmp(result, "assert") == 0)
        fprintf(stderr, "Assertion failed on job for %s.\n", unit);
    else
        explain_failure(unit, reply->unit_result);
    return CTL_FAILURE;
}

static int request_on(struct ctl *ctl, const char *verb, const struct wire_request *request)
{
    bool waits = request->verb == WIRE_VERB_JOB && !request->no_wait;
    struct wire_reply reply = { 0 };
    int error = client_send(&ctl->client, request);

    /* A refusal can be on its way before we have asked. */
    if (error == 0 || error == -EPIPE)
        error =
            waits ? client_wait_job(&ctl->client, &reply) : client_wait(&ctl->client, NULL, &reply);
    if (error < 0) {
        client_complain(error);
        return CTL_FAILURE;
    }
    if (reply.error == 0)
        return CTL_OK;
    return reply.job_result[0] ? job_ended(request->unit, &reply) : refused(verb, request, &reply);
}

/* A connection per request: what is late for one cannot be taken for the answer to the next. */
static int send_request(struct ctl *ctl, const char *verb, const struct wire_request *request)
{
    int result;

    if (client_open(&ctl->client) < 0)
        return CTL_FAILURE;
    result = request_on(ctl, verb, request);
    client_close(&ctl->client);
    return result;
}

static int for_each_unit(struct ctl *ctl, const char *verb, struct wire_request request)
{
    int result = CTL_OK;

    if (!ctl->units[0]) {
        fputs("reevectl: Which unit? See 'reevectl list-units'.\n", stderr);
        return CTL_FAILURE;
    }
    for (size_t i = 0; ctl->units[i]; i++) {
        int one;

        model_unit_name(ctl->units[i], request.unit);
        if (request.verb == WIRE_VERB_JOB && !ctl->is_quiet)
            about_warn(ctl, ctl->units[i]);
        one = send_request(ctl, verb, &request);
        result = one != CTL_OK ? one : result;
    }
    return result;
}

static int run_job(struct ctl *ctl, const char *verb, enum wire_job job)
{
    struct wire_request request = client_request(WIRE_VERB_JOB, NULL);

    request.job = (uint8_t)job;
    request.no_wait = ctl->no_block;
    return for_each_unit(ctl, verb, request);
}

int verb_start(struct ctl *ctl)
{
    return run_job(ctl, "start", WIRE_JOB_START);
}

int verb_stop(struct ctl *ctl)
{
    return run_job(ctl, "stop", WIRE_JOB_STOP);
}

int verb_restart(struct ctl *ctl)
{
    return run_job(ctl, "restart", WIRE_JOB_RESTART);
}

int verb_try_restart(struct ctl *ctl)
{
    return run_job(ctl, "try-restart", WIRE_JOB_TRY_RESTART);
}

int verb_reload(struct ctl *ctl)
{
    return run_job(ctl, "reload", WIRE_JOB_RELOAD);
}

int verb_reload_or_restart(struct ctl *ctl)
{
    return run_job(ctl, "reload-or-restart", WIRE_JOB_RELOAD_OR_RESTART);
}

int verb_try_reload_or_restart(struct ctl *ctl)
{
    return run_job(ctl, "try-reload-or-restart", WIRE_JOB_TRY_RELOAD_OR_RESTART);
}

int verb_kill(struct ctl *ctl)
{
    struct wire_request request = client_request(WIRE_VERB_KILL, NULL);

    request.signal = ctl->signal;
    request.whom = (uint8_t)ctl->whom;
    return for_each_unit(ctl, "kill", request);
}

int verb_reset_failed(struct ctl *ctl)
{
    struct wire_request request = client_request(WIRE_VERB_RESET_FAILED, NULL);

    return ctl->units[0] ? for_each_unit(ctl, "reset-failed", request)
                         : send_request(ctl, "reset failed state", &request);
}

int verb_daemon_reload(struct ctl *ctl)
{
    struct wire_request request = client_request(WIRE_VERB_RELOAD, NULL);

    return send_request(ctl, "reload daemon", &request);
}

int verb_shutdown(struct ctl *ctl)
{
    struct wire_request request = client_request(WIRE_VERB_SHUTDOWN, NULL);

    return send_request(ctl, "shut down", &request);
}
