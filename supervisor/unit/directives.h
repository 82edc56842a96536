#ifndef REEVE_UNIT_DIRECTIVES_H
#define REEVE_UNIT_DIRECTIVES_H

/*
 * What a unit file may say. directives.c has the one table of what reeve does; directives_known.c
 * lists what systemd knows besides, and why it is inert or refused here. Nothing else decides what
 * is supported.
 */

#include "supervisor/unit/reading.h"

/* A word of an enumeration; `refused` says why this one cannot be had, `note` what it turns into.
 */
struct choice {
    const char *word;
    int value;
    const char *refused, *note;
};

struct directive {
    const char *section, *name;
    /* Sets reading_field() from reading->value; reports mistakes. 0 or -ENOMEM. */
    int (*parse)(struct reading *reading);
    size_t offset;                /* of the field in struct unit_spec */
    int argument;                 /* for the parser */
    const struct choice *choices; /* NULL-terminated; for directive_choice() */
    bool is_log;                  /* the field is one of struct log_spec */
    bool is_path;                 /* … of struct path_spec */
    const char *modern;           /* how this old spelling is written today */
};

/* NULL when reeve does not have it. */
const struct directive *directive_find(const char *section, const char *name);

/* The section in which a directive of that name would be known (supported or not); NULL for none.
 */
const char *directive_section_of(const char *name);

struct suggestion;
void directive_suggest(const char *section, struct suggestion *suggestion);

/* --- directives_known.c --- */

enum known_class {
    KNOWN_INERT,   /* warned about: nothing is lost */
    KNOWN_QUIET,   /* likewise, but in every second unit: only `reevectl verify` says so */
    KNOWN_REFUSED, /* error: the unit would not behave as it says */
    KNOWN_SANDBOX, /* error, or with SandboxPolicy=degrade a warning */
};

struct known_group {
    const char *section;
    enum known_class class;
    const char *reason;
    bool is_boolean;          /* a false boolean says "off" and is passed over in silence … */
    const char *harmless;     /* … as are these words, "-*" for all with a dash; NULL for none */
    const char *const *names; /* NULL-terminated */
};

/* NULL for a name that systemd does not know either. */
const struct known_group *known_find(const char *section, const char *name);
/* The name as the table has it: a constant. */
const char *known_name(const struct known_group *group, const char *name);
const char *known_section_of(const char *name);
void known_suggest(const char *section, struct suggestion *suggestion);

/* --- parsers; directives_*.c --- */

enum time_flag {
    TIME_ZERO_IS_NEVER = 1 << 0, /* 0 means infinity, as in TimeoutStopSec= */
    TIME_POSITIVE = 1 << 1,      /* neither 0 nor infinity: a probe's interval */
    TIME_START = 1 << 2,         /* TimeoutStartSec=: replaces oneshot's default */
    TIME_BOTH = 1 << 3,          /* TimeoutSec= */
    TIME_ABORT = 1 << 4,         /* TimeoutAbortSec=: empty means as TimeoutStopSec= */
    TIME_JOB = 1 << 5,           /* JobTimeoutSec=: also for the running job … */
    TIME_JOB_RUNNING = 1 << 6,   /* … unless JobRunningTimeoutSec= says otherwise */
};

int directive_boolean(struct reading *reading);
int directive_cpu_affinity(struct reading *reading);
int directive_cpu_policy(struct reading *reading);
int directive_cpu_priority(struct reading *reading);
int directive_reset_on_fork(struct reading *reading);
int directive_timer_slack(struct reading *reading);
int directive_personality(struct reading *reading);
int directive_io_class(struct reading *reading);
int directive_io_priority(struct reading *reading);
int directive_always_on(struct reading *reading);
int directive_choice(struct reading *reading);
int directive_kill_mode(struct reading *reading);
int directive_type(struct reading *reading);
int directive_notify_access(struct reading *reading);
int directive_restart(struct reading *reading);
int directive_gate(struct reading *reading);
/* An enumeration whose 0 is "no" and whose 1 is "yes", with further words as choices. */
int directive_switch(struct reading *reading);
int directive_protect_system(struct reading *reading);
int directive_preserve(struct reading *reading);
int directive_time(struct reading *reading);     /* argument: enum time_flag */
int directive_unsigned(struct reading *reading); /* argument: the least value */
int directive_exit_code(struct reading *reading);
int directive_nice(struct reading *reading);
int directive_oom_score(struct reading *reading);
int directive_signal(struct reading *reading);
int directive_mode(struct reading *reading);
int directive_directory_mode(struct reading *reading); /* argument: enum directory_kind */
int directive_limit(struct reading *reading);          /* argument: RLIMIT_… */
int directive_resource_list(struct reading *reading);
int directive_resource_device(struct reading *reading);
int directive_resource(struct reading *reading); /* argument: enum resource */
int directive_string(struct reading *reading);
int directive_description(struct reading *reading);
int directive_health_command(struct reading *reading);

enum list_kind {
    LIST_DOCUMENTATION,
    LIST_ENVIRONMENT,
    LIST_PASS_ENVIRONMENT,
    LIST_UNSET_ENVIRONMENT,
    LIST_PATHS,
    LIST_DIRECTORIES,
    LIST_GROUPS,
};

enum condition_form { CONDITION_TEXT, CONDITION_PATH };

int directive_condition(struct reading *reading);    /* argument: enum condition_form */
int directive_list(struct reading *reading);         /* argument: enum list_kind */
int directive_dependencies(struct reading *reading); /* argument: enum dependency */
/* An entry of a .wants directory and the like; not a directive. */
int dependency_add_link(struct reading *reading, const struct unit_link *link);
int directive_status_set(struct reading *reading);
int directive_user(struct reading *reading);
int directive_group(struct reading *reading);
int directive_dynamic_user(struct reading *reading);
int directive_groups(struct reading *reading); /* argument: LIST_GROUPS */
int directive_pid_file(struct reading *reading);

/* Whether User= and the like may say this. */
bool identity_is_valid(const char *text);
int directive_working_directory(struct reading *reading);
int directive_root_directory(struct reading *reading);
int directive_environment_file(struct reading *reading);
int directive_exec(struct reading *reading);
int directive_capabilities(struct reading *reading);
int directive_ambient_capabilities(struct reading *reading);
int directive_secure_bits(struct reading *reading);
int directive_credential(struct reading *reading); /* argument: enum credential_kind */
/* directives_calls.c */
int directive_call_filter(struct reading *reading);
int directive_call_log(struct reading *reading);
int directive_call_error(struct reading *reading);
int directive_architectures(struct reading *reading);
int directive_address_families(struct reading *reading);
int directive_namespaces(struct reading *reading);
/* directives_log.c */
int log_spec_need(struct reading *reading); /* 0 or -ENOMEM */
int directive_input(struct reading *reading);
int directive_output(struct reading *reading);
int directive_input_text(struct reading *reading);
int directive_input_data(struct reading *reading);
int directive_level(struct reading *reading);
int directive_facility(struct reading *reading);
int directive_identifier(struct reading *reading);
int directive_log_fields(struct reading *reading);
int directive_log_pattern(struct reading *reading);
int directive_log_file(struct reading *reading);
int directive_log_file_size(struct reading *reading);
/* directives_path.c */
int directive_path(struct reading *reading); /* argument: enum path_kind */
int directive_path_unit(struct reading *reading);
/* directives_mounts.c */
int directive_bind_paths(struct reading *reading); /* argument: 1 for read-only */
int directive_temporary_file_system(struct reading *reading);
int directive_socket_bind(struct reading *reading);

#endif
