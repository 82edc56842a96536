#ifndef REEVE_CTL_SECURITY_H
#define REEVE_CTL_SECURITY_H

/*
 * reevectl security: what each unit asks of the sandbox, what holds it here and how well, and how
 * exposed that leaves the service. Of a running pod PID 1 tells it, by the plans that it starts
 * services with (properties ReeveSandbox and ReeveExposed); of unit files the same planner does,
 * for the place where reevectl runs.
 */

#include "sandbox/exposure.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/unit_arguments.h"

#include <stdio.h>

struct security_directive {
    const char *directive, *asked, *held_by, *strength;
    const char *reason; /* why not more; "" when it is full */
};

struct security_unit {
    const char *name;
    bool is_refused; /* something is not held, and SandboxPolicy=strict: reeve does not start so */
    struct security_directive *directives;
    size_t count;
    struct exposure exposure;
};

/* All strings are constants or in the arena. */
struct security {
    struct arena arena;
    struct security_unit *units;
    size_t count, capacity;
    bool is_offline;
};

/* A new unit, zeroed but for its name; NULL without memory. */
struct security_unit *security_add(struct security *security, const char *name);
/* The same of a directive. */
struct security_directive *security_add_directive(struct security *security,
                                                  struct security_unit *unit);

/* Asks PID 1 for these units, or for all services. 0, or a negative errno (told on stderr). */
int security_ask(struct security *security, struct client *client, char *const *names) MUST_CHECK;

/* One unit, from its properties. 0 or -ENOMEM. */
int security_take(struct security *security, const struct details *details) MUST_CHECK;

/* Reads unit files. 0, -EBADMSG when one that was asked for cannot be loaded (told on stderr), or
 * another negative errno. */
int security_load(struct security *security, const struct unit_arguments *arguments) MUST_CHECK;

/* What of the container, or of the host, would make more of it; NULL: nothing that we know. */
const char *security_help(const struct security_directive *directive);

/* How an item that is bad came to be so. */
const char *security_cause(const struct security_unit *unit, size_t item);

void security_print_unit(const struct security *security, const struct security_unit *unit,
                         FILE *out);
/* A line for each. */
void security_print_list(const struct security *security, FILE *out);
void security_print_json(const struct security *security, FILE *out);

/* The whole of `reevectl security ARGUMENTS...`; argv[0] is "security". Returns an exit status. */
int security_main(int argc, char **argv);

#endif
