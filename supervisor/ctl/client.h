#ifndef REEVE_CTL_CLIENT_H
#define REEVE_CTL_CLIENT_H

/*
 * reevectl's end of the control socket. Blocking, but never without a deadline: a PID 1 that does
 * not answer costs a time-out, not a hanging terminal.
 */

#include "supervisor/ctl/details.h"
#include "supervisor/ctl/model.h"

enum {
    CLIENT_PATHS_MAX = 5,
    CLIENT_PATH_SIZE = 108, /* sizeof(sockaddr_un.sun_path), unix(7) */
    CLIENT_TIMEOUT_MS = 5000,
};

struct client {
    int fd;
    int timeout_ms;   /* of a query; negative: for ever */
    const char *path; /* --socket; NULL: look in the usual places */
    pid_t peer;       /* who listens, as our namespace counts; 0: unknown */
};

/* The places where a control socket can be, in order. Returns how many. */
unsigned client_paths(const char *fixed, char paths[CLIENT_PATHS_MAX][CLIENT_PATH_SIZE]);

/* Connects to the first place that accepts. On failure says on stderr what was tried and what to
 * do. */
int client_open(struct client *client) MUST_CHECK;
/* The same without a word. */
int client_open_quietly(struct client *client) MUST_CHECK;
void client_close(struct client *client);

/* A request without options; `unit` may be NULL. */
struct wire_request client_request(enum wire_verb verb, const char *unit);

/* Sends a request. 0 or a negative errno. */
int client_send(struct client *client, const struct wire_request *request) MUST_CHECK;

/*
 * Waits for the reply and takes in what comes before it. 0 with *ret_reply; -ETIMEDOUT; -EPIPE when
 * the connection has ended; -EBADMSG when the other end is another version.
 */
int client_wait(struct client *client, struct model *model,
                struct wire_reply *ret_reply) MUST_CHECK;

/* Waits up to timeout_ms for the next message. 0, -ETIMEDOUT or as above. */
int client_next(struct client *client, int timeout_ms, union wire_message *ret_message) MUST_CHECK;

/* Takes in a message that comes before a reply. Negative: no memory. */
typedef int client_take(void *context, const union wire_message *message);

/* Sends the request and waits for its reply; what comes before it goes to `take`, unless `context`
 * is NULL. 0, or a negative errno that has been told on stderr, but for -ENOENT. */
int client_ask(struct client *client, const struct wire_request *request, client_take *take,
               void *context) MUST_CHECK;

/* Sends VERB_LIST and waits. Errors have been told on stderr. */
int client_query(struct client *client, struct model *model) MUST_CHECK;

/*
 * Sends WIRE_VERB_SHOW on the open connection and waits. 0, -ENOENT when there is no such unit;
 * other errors have been told on stderr.
 */
int client_show(struct client *client, const char *unit, struct details *details) MUST_CHECK;

/*
 * Sends WIRE_VERB_LOGS and waits for the connection to reeve-log (wire/log_wire.h), which the
 * caller owns then. 0 or a negative errno; errors have been told on stderr.
 */
int client_logs(struct client *client, int *ret_fd) MUST_CHECK;

/*
 * As client_wait() for a job, which may take as long as the unit's own time-outs allow: every
 * timeout_ms it is asked on a second connection whether PID 1 still answers.
 */
int client_wait_job(struct client *client, struct wire_reply *ret_reply) MUST_CHECK;

/* One sentence on stderr for a negative errno of the above. */
void client_complain(int error);

#endif
