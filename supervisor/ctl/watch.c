/* `reevectl watch`: on a terminal the list, drawn again in place; into a pipe one line per change.
 */
#include "supervisor/ctl/verbs.h"
#include "supervisor/ctl/words.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void draw(struct ctl *ctl, const struct model *model)
{
    struct winsize size = { 0 };
    struct model sorted = *model;

    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    ctl->style.columns = size.ws_col > 0 ? size.ws_col : 80;
    ctl->style.now_us = ctl_now_us();
    /* The order of the copy is ours; the states are found by number, so sorting in place is
     * harmless. */
    model_sort(&sorted);
    fputs("\033[H\033[J", stdout);
    print_list(&sorted, &ctl->style, stdout);
    fflush(stdout);
}

static void report(const struct model *model, const union wire_message *message)
{
    const struct model_unit *unit =
        message->header.type == WIRE_STATE ? model_find_id(model, message->state.id) : NULL;

    if (unit)
        print_change(unit, stdout);
    else if (message->header.type == WIRE_POD)
        printf("- the pod is %s\n", words_system_state(model));
    fflush(stdout);
}

/* Ends when the pod does, or when the reader of our output has gone. */
static int follow(struct ctl *ctl, struct model *model, bool is_terminal)
{
    int error = 0;

    while (!ferror(stdout)) {
        union wire_message message;

        /* On a terminal the ages move on, too. */
        error = client_next(&ctl->client, is_terminal ? 1000 : -1, &message);
        if (error < 0 && error != -ETIMEDOUT && error != -EINTR)
            break;
        if (error == 0 && model_message(model, &message) < 0)
            return -ENOMEM;
        if (is_terminal)
            draw(ctl, model);
        else if (error == 0)
            report(model, &message);
    }
    return error == -EPIPE ? 0 : error;
}

int verb_watch(struct ctl *ctl)
{
    bool is_terminal = isatty(STDOUT_FILENO);
    struct wire_request request = client_request(WIRE_VERB_WATCH, NULL);
    struct model model = { 0 };
    struct wire_reply reply = { 0 };
    int error = client_open(&ctl->client);

    if (error < 0)
        return CTL_FAILURE;
    error = client_send(&ctl->client, &request);
    if (error == 0 || error == -EPIPE)
        error = client_wait(&ctl->client, &model, &reply);
    if (error == 0 && reply.error != 0) {
        fprintf(stderr, "reevectl: Refused: %s\n", reply.text);
    } else if (error == 0) {
        if (is_terminal)
            draw(ctl, &model);
        else
            for (size_t i = 0; i < model.count; i++)
                if (ctl->style.shows_all || !model.units[i].unit.is_internal)
                    print_change(&model.units[i], stdout);
        fflush(stdout);
        error = follow(ctl, &model, is_terminal);
    }
    if (error < 0)
        client_complain(error);
    client_close(&ctl->client);
    model_release(&model);
    return error < 0 || reply.error != 0 ? CTL_FAILURE : CTL_OK;
}
