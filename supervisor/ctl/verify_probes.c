#include "supervisor/ctl/verify_probes.h"

#include "supervisor/files/programs.h"
#include "supervisor/health/address.h"
#include "supervisor/unit/suggest.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { COMPLAINT_SIZE = 512, SCHEME_SIZE = 16 };

/* How each kind is written. */
static const struct {
    const char *scheme, *form;
} forms[] = {
    { "http", "http://HOST[:PORT][/PATH] [status=NUMBER[-NUMBER]] [header=NAME:TEXT] [body=TEXT]" },
    { "https",
      "https://HOST[:PORT][/PATH] [status=NUMBER[-NUMBER]] [header=NAME:TEXT] [body=TEXT]" },
    { "redis", "redis://[[USER]:PASSWORD@]HOST[:PORT][?password-file=/PATH] [role=master|slave] "
               "[info=FIELD<VALUE]" },
    { "tcp", "tcp://HOST:PORT" },
    { "unix", "unix:/PATH' or 'unix:@NAME" },
    { "x11", "x11::NUMBER' or 'x11:/PATH" },
    { "cdp", "cdp://HOST[:PORT]" },
    { "notify", "notify:PATTERN' or 'notify:!PATTERN" },
};

/* For what has something like a scheme in front; for others `otherwise`. */
static void suggest_form(const char *command, const char *otherwise, char hint[COMPLAINT_SIZE])
{
    size_t length = strcspn(command, ": \t");
    struct suggestion suggestion = { 0 };
    char scheme[SCHEME_SIZE];

    snprintf(hint, COMPLAINT_SIZE, "%s", otherwise);
    if (command[length] != ':' || length >= sizeof(scheme))
        return;
    snprintf(scheme, sizeof(scheme), "%.*s", (int)length, command);
    suggestion.word = scheme;
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
        suggestion_offer(&suggestion, forms[i].scheme);
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
        if (suggestion.nearest == forms[i].scheme)
            snprintf(hint, COMPLAINT_SIZE, "%s '%s'%s",
                     suggestion.distance == 0 ? "it is written" : "did you mean", forms[i].form,
                     suggestion.distance == 0 ? "" : "?");
}

static void check_program(const struct health_probe *probe, const struct probe_address *address,
                          const char *own_directory, struct problem_sink *sink)
{
    struct problem_place place = { probe->place.path, probe->place.line, probe->place.column,
                                   NULL };
    char path[PATH_MAX], hint[COMPLAINT_SIZE];
    int error = programs_find(own_directory, address->words[0], path);

    if (error == 0)
        return;
    suggest_form(probe->command, "install it, or correct the path", hint);
    problem_report(sink, PROBLEM_WARNING, &place, hint, "HealthCmd=: the program '%s' %s",
                   address->words[0], error == -ENOENT ? "does not exist" : "cannot be executed");
}

static int check_probe(const struct unit_spec *spec, const struct health_probe *probe,
                       const char *own_directory, struct problem_sink *sink)
{
    struct problem_place place = { probe->place.path, probe->place.line, probe->place.column,
                                   NULL };
    char complaint[COMPLAINT_SIZE], hint[COMPLAINT_SIZE];
    struct probe_address address = { 0 };
    int error = probe_address_parse(probe->command, &address, complaint, sizeof(complaint));

    if (error == -ENOMEM)
        return error;
    if (error < 0) {
        suggest_form(probe->command, "reeve(8) has the kinds of probes, HealthCmd=", hint);
        problem_report(sink, PROBLEM_ERROR, &place, hint, "HealthCmd= cannot be used: %s",
                       complaint);
        return 0;
    }
    if (address.kind == PROBE_NOTIFY && spec->service.notify_access == NOTIFY_NONE)
        problem_report(sink, PROBLEM_WARNING, &place, "NotifyAccess=main lets the service say it",
                       "HealthCmd=notify: waits for a STATUS= that nobody may say");
    if (address.kind == PROBE_COMMAND && own_directory)
        check_program(probe, &address, own_directory, sink);
    probe_address_release(&address);
    return 0;
}

int verify_probes(const struct unit_set *set, size_t count, const char *own_directory,
                  struct problem_sink *sink)
{
    int error = 0;

    for (size_t id = 0; id < count; id++)
        for (const struct health_probe *probe = set->specs[id]->health.probes; probe && error == 0;
             probe = probe->next)
            error = check_probe(set->specs[id], probe, own_directory, sink);
    return error;
}
