/* The verbs that change something: start, stop, restart, reset-failed, daemon-reload, shutdown. */
#include "supervisor/ctl/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The exit status for a reply, and its sentence on stderr. */
static int judge(const struct wire_reply *reply, const char *what)
{
    if (reply->error == 0)
        return CTL_OK;
    fprintf(stderr, "reevectl: %s: %s.\n", what,
            reply->text[0] ? reply->text : strerror(reply->error));
    return reply->error == ENOENT                            ? CTL_NOT_LOADED
           : reply->error == EACCES || reply->error == EPERM ? CTL_NOT_PERMITTED
                                                             : CTL_FAILURE;
}

static int request_on(struct ctl *ctl, enum wire_verb verb, const char *unit)
{
    bool is_job = verb == WIRE_VERB_START || verb == WIRE_VERB_STOP || verb == WIRE_VERB_RESTART;
    struct wire_reply reply = { 0 };
    int error = client_send(&ctl->client, verb, unit, ctl->no_block);

    if (error == 0 || error == -EPIPE)
        error = is_job && !ctl->no_block ? client_wait_job(&ctl->client, &reply)
                                         : client_wait(&ctl->client, NULL, &reply);
    if (error < 0) {
        client_complain(error);
        return CTL_FAILURE;
    }
    return judge(&reply, unit ? unit : "refused");
}

/* A connection per request: what is late for one cannot be taken for the answer to the next. */
static int request(struct ctl *ctl, enum wire_verb verb, const char *unit)
{
    int result;

    if (client_open(&ctl->client) < 0)
        return CTL_FAILURE;
    result = request_on(ctl, verb, unit);
    client_close(&ctl->client);
    return result;
}

static int for_each_unit(struct ctl *ctl, enum wire_verb verb)
{
    int result = CTL_OK;

    if (!ctl->units[0]) {
        fputs("reevectl: Which unit? See 'reevectl list-units'.\n", stderr);
        return CTL_FAILURE;
    }
    for (size_t i = 0; ctl->units[i]; i++) {
        char name[WIRE_NAME_SIZE];
        int one;

        model_unit_name(ctl->units[i], name);
        one = request(ctl, verb, name);
        result = one != CTL_OK ? one : result;
    }
    return result;
}

int verb_start(struct ctl *ctl)
{
    return for_each_unit(ctl, WIRE_VERB_START);
}

int verb_stop(struct ctl *ctl)
{
    return for_each_unit(ctl, WIRE_VERB_STOP);
}

int verb_restart(struct ctl *ctl)
{
    return for_each_unit(ctl, WIRE_VERB_RESTART);
}

int verb_reset_failed(struct ctl *ctl)
{
    return ctl->units[0] ? for_each_unit(ctl, WIRE_VERB_RESET_FAILED)
                         : request(ctl, WIRE_VERB_RESET_FAILED, NULL);
}

int verb_reload(struct ctl *ctl)
{
    return request(ctl, WIRE_VERB_RELOAD, NULL);
}

int verb_shutdown(struct ctl *ctl)
{
    return request(ctl, WIRE_VERB_SHUTDOWN, NULL);
}
