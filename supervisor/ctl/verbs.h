#ifndef REEVE_CTL_VERBS_H
#define REEVE_CTL_VERBS_H

/* The verbs of reevectl: each is one function from the command line to an exit status. */

#include "supervisor/ctl/about.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/print.h"

/* systemctl(1), "Exit status": LSB's words, read generously. */
enum ctl_exit {
    CTL_OK = 0,
    CTL_FAILURE = 1,
    CTL_NOT_ACTIVE = 3,
    CTL_NOT_IMPLEMENTED = 3, /* reload of what cannot be reloaded */
    CTL_NO_SUCH_UNIT = 4,    /* is-active, status; also: not allowed */
    CTL_NOT_PERMITTED = 4,
    CTL_NOT_LOADED = 5, /* start, stop … */
};

enum { CTL_SELECTIONS_MAX = 32 };

struct ctl {
    struct client client;
    struct print_style style;
    const char *const *units; /* what follows the verb; NULL-terminated */
    const char *url;
    const char *selected[CTL_SELECTIONS_MAX];
    struct print_selection selection;
    int signal; /* kill */
    enum wire_whom whom;
    struct about about;
    bool is_json, is_quiet, no_block;
};

int verb_list_units(struct ctl *ctl);
int verb_status(struct ctl *ctl);
int verb_show(struct ctl *ctl);
int verb_is_active(struct ctl *ctl);
int verb_is_failed(struct ctl *ctl);
int verb_start(struct ctl *ctl);
int verb_stop(struct ctl *ctl);
int verb_restart(struct ctl *ctl);
int verb_reset_failed(struct ctl *ctl);
int verb_try_restart(struct ctl *ctl);
int verb_reload(struct ctl *ctl);
int verb_reload_or_restart(struct ctl *ctl);
int verb_try_reload_or_restart(struct ctl *ctl);
int verb_kill(struct ctl *ctl);
int verb_cat(struct ctl *ctl);
int verb_daemon_reload(struct ctl *ctl);
int verb_shutdown(struct ctl *ctl);
int verb_watch(struct ctl *ctl);
int verb_health(struct ctl *ctl);

/* What standard output is. */
void ctl_set_style(struct print_style *style);

/* Monotonic, for ages. */
uint64_t ctl_now_us(void);

#endif
