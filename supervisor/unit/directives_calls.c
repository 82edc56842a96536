#include "supervisor/unit/call_table.h"
#include "supervisor/unit/directives.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <string.h>

/*
 * SystemCallFilter= and its relatives: systemd.exec(5), SYSTEM CALL FILTERING. Words that mean
 * nothing are warned about and passed over, as by systemd: its units name calls that not every
 * version knows.
 */

/* How the words of a line change the list. */
struct call_change {
    bool is_inverted;
    int answer; /* enum call_answer */
};

static void change_call(struct call_list *list, enum call call, const struct call_change *change)
{
    bool is_listed = change->is_inverted != list->is_allow_list;

    /* In a list of what is allowed an error stands beside the calls that are simply allowed. */
    if (is_listed || change->answer != CALL_LISTED)
        list->answers[call] = (uint16_t)change->answer;
    else
        list->answers[call] = CALL_UNLISTED;
}

static void change_groups(struct call_list *list, unsigned groups, const struct call_change *change)
{
    for (enum call call = 0; call < CALL_COUNT; call++) {
        if (call_groups(call) & groups)
            change_call(list, call, change);
    }
}

/* A name of a call or a group. */
static void change_by_name(struct reading *reading, const struct words *words,
                           struct call_list *list, const struct call_change *change)
{
    unsigned groups;
    enum call call;

    if (call_find(words->word, &call) == 0)
        change_call(list, call, change);
    else if (call_group_find(words->word, &groups) == 0)
        change_groups(list, groups, change);
    else
        reading_warning(reading, words->start, NULL, "'%s' in %s= is not a %s, ignoring",
                        words->word, reading->key,
                        words->word[0] == '@' ? "group of system calls" : "system call");
}

/* "kill", or what a call is answered with; 0 is an error number of its own here. */
static int parse_answer(const char *text, int *ret_answer)
{
    int number, error;

    if (strcmp(text, "kill") == 0) {
        *ret_answer = CALL_KILL;
        return 0;
    }
    error = value_errno(text, &number);
    if (error == 0)
        *ret_answer = CALL_ERROR + number;
    return error;
}

/* "NAME:ERROR" */
static void read_filter_word(struct reading *reading, struct words *words, struct call_list *list,
                             bool is_inverted)
{
    struct call_change change = { .is_inverted = is_inverted, .answer = CALL_LISTED };
    char *colon = strchr(words->word, ':');

    if (colon && (colon == words->word || parse_answer(colon + 1, &change.answer) < 0)) {
        reading_warning(reading, words->start, "like 'mount:EPERM' or 'mount:kill'",
                        "'%s' in %s= has no error number that is known, ignoring", words->word,
                        reading->key);
        return;
    }
    if (colon && !is_inverted) {
        reading_warning(reading, words->start, "with '~' it is refused with that error",
                        "'%s' in %s= has an error number and is allowed, ignoring", words->word,
                        reading->key);
        return;
    }
    if (colon)
        *colon = '\0';
    change_by_name(reading, words, list, &change);
}

static void read_log_word(struct reading *reading, struct words *words, struct call_list *list,
                          bool is_inverted)
{
    change_by_name(reading, words, list,
                   &(struct call_change){ .is_inverted = is_inverted, .answer = CALL_LISTED });
}

typedef void read_word(struct reading *reading, struct words *words, struct call_list *list,
                       bool is_inverted);

/* The first line decides what kind of list it is, the others change it. */
static int read_calls(struct reading *reading, read_word *read)
{
    struct call_list **list = reading_field(reading);
    bool is_inverted = reading->value[0] == '~';
    struct words words;
    int result;

    if (reading->value[0] == '\0') {
        *list = NULL;
        return 0;
    }
    if (!*list) {
        *list = arena_get(reading->arena, sizeof(**list));
        if (!*list)
            return -ENOMEM;
        memset(*list, 0, sizeof(**list));
        (*list)->is_allow_list = !is_inverted;
        if (!is_inverted && read == read_filter_word)
            change_groups(*list, CALLS_DEFAULT, &(struct call_change){ false, CALL_LISTED });
    }
    words_init(&words, reading->lexer->text, reading->value_offset + is_inverted, 0);
    while ((result = reading_word(reading, &words)) > 0)
        read(reading, &words, *list, is_inverted);
    words_release(&words);
    return result;
}

int directive_call_filter(struct reading *reading)
{
    return read_calls(reading, read_filter_word);
}

int directive_call_log(struct reading *reading)
{
    return read_calls(reading, read_log_word);
}

int directive_call_error(struct reading *reading)
{
    int *field = reading_field(reading), answer = CALL_ERROR;

    if (reading->value[0] == '\0' || strcmp(reading->value, "kill") == 0)
        *field = 0;
    else if (parse_answer(reading->value, &answer) < 0 || answer == CALL_ERROR)
        reading_warning(reading, reading->value_offset, "a number, a name like 'EPERM', or 'kill'",
                        "%s=%s is not an error number, ignoring", reading->key, reading->value);
    else
        *field = answer - CALL_ERROR;
    return 0;
}

/* --- SystemCallArchitectures= --- */

static const char *const architectures[] = {
    [ARCHITECTURE_NATIVE] = "native",
    [ARCHITECTURE_X86] = "x86",
    [ARCHITECTURE_X86_64] = "x86-64",
    [ARCHITECTURE_X32] = "x32",
    [ARCHITECTURE_ARM] = "arm",
    [ARCHITECTURE_ARM64] = "arm64",
    [ARCHITECTURE_LOONGARCH64] = "loongarch64",
    [ARCHITECTURE_MIPS] = "mips",
    [ARCHITECTURE_MIPS64] = "mips64",
    [ARCHITECTURE_MIPS64_N32] = "mips64-n32",
    [ARCHITECTURE_MIPS_LE] = "mips-le",
    [ARCHITECTURE_MIPS64_LE] = "mips64-le",
    [ARCHITECTURE_MIPS64_LE_N32] = "mips64-le-n32",
    [ARCHITECTURE_PARISC] = "parisc",
    [ARCHITECTURE_PARISC64] = "parisc64",
    [ARCHITECTURE_PPC] = "ppc",
    [ARCHITECTURE_PPC64] = "ppc64",
    [ARCHITECTURE_PPC64_LE] = "ppc64-le",
    [ARCHITECTURE_RISCV64] = "riscv64",
    [ARCHITECTURE_S390] = "s390",
    [ARCHITECTURE_S390X] = "s390x",
};

/* The bit of a name in a table of names; 0 when it is in none. */
static uint64_t name_bit(const char *const names[], size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i] && strcmp(names[i], name) == 0)
            return UINT64_C(1) << i;
    }
    return 0;
}

int directive_architectures(struct reading *reading)
{
    uint32_t *field = reading_field(reading);
    struct words words;
    int result;

    if (reading->value[0] == '\0') {
        *field = 0;
        return 0;
    }
    words_init(&words, reading->lexer->text, reading->value_offset, WORDS_QUOTES);
    while ((result = reading_word(reading, &words)) > 0) {
        uint64_t bit = name_bit(architectures, ARRAY_SIZE(architectures), words.word);

        *field |= (uint32_t)bit;
        if (bit == 0)
            reading_warning(reading, words.start, "like 'native', 'x86-64' or 'arm64'",
                            "'%s' in %s= is not an architecture, ignoring", words.word,
                            reading->key);
    }
    words_release(&words);
    return result;
}

/* --- RestrictAddressFamilies= --- */

/* Linux' numbers. */
static const char *const families[] = {
    [1] = "AF_UNIX",      [2] = "AF_INET",      [3] = "AF_AX25",       [4] = "AF_IPX",
    [5] = "AF_APPLETALK", [6] = "AF_NETROM",    [7] = "AF_BRIDGE",     [8] = "AF_ATMPVC",
    [9] = "AF_X25",       [10] = "AF_INET6",    [11] = "AF_ROSE",      [12] = "AF_DECnet",
    [13] = "AF_NETBEUI",  [14] = "AF_SECURITY", [15] = "AF_KEY",       [16] = "AF_NETLINK",
    [17] = "AF_PACKET",   [18] = "AF_ASH",      [19] = "AF_ECONET",    [20] = "AF_ATMSVC",
    [21] = "AF_RDS",      [22] = "AF_SNA",      [23] = "AF_IRDA",      [24] = "AF_PPPOX",
    [25] = "AF_WANPIPE",  [26] = "AF_LLC",      [27] = "AF_IB",        [28] = "AF_MPLS",
    [29] = "AF_CAN",      [30] = "AF_TIPC",     [31] = "AF_BLUETOOTH", [32] = "AF_IUCV",
    [33] = "AF_RXRPC",    [34] = "AF_ISDN",     [35] = "AF_PHONET",    [36] = "AF_IEEE802154",
    [37] = "AF_CAIF",     [38] = "AF_ALG",      [39] = "AF_NFC",       [40] = "AF_VSOCK",
    [41] = "AF_KCM",      [42] = "AF_QIPCRTR",  [43] = "AF_SMC",       [44] = "AF_XDP",
    [45] = "AF_MCTP",
};

const char *address_family_name(unsigned family)
{
    return family < ARRAY_SIZE(families) ? families[family] : NULL;
}

static uint64_t family_bit(const char *name)
{
    if (strcmp(name, "AF_LOCAL") == 0 || strcmp(name, "AF_FILE") == 0)
        name = "AF_UNIX";
    else if (strcmp(name, "AF_ROUTE") == 0)
        name = "AF_NETLINK";
    return strcmp(name, "AF_UNSPEC") == 0 ? 1 : name_bit(families, ARRAY_SIZE(families), name);
}

static int read_families(struct reading *reading, struct address_families *field, bool is_inverted)
{
    struct words words;
    int result;

    words_init(&words, reading->lexer->text, reading->value_offset + is_inverted, WORDS_QUOTES);
    while ((result = reading_word(reading, &words)) > 0) {
        uint64_t bit = family_bit(words.word);

        if (bit == 0)
            reading_warning(reading, words.start, "like 'AF_INET', 'AF_UNIX' or 'none'",
                            "'%s' in %s= is not an address family, ignoring", words.word,
                            reading->key);
        if (is_inverted != field->is_allow_list)
            field->bits |= bit;
        else
            field->bits &= ~bit;
    }
    words_release(&words);
    return result;
}

int directive_address_families(struct reading *reading)
{
    struct address_families *field = reading_field(reading);
    bool is_inverted = reading->value[0] == '~';

    if (reading->value[0] == '\0' || strcmp(reading->value, "none") == 0) {
        *field = (struct address_families){ .is_allow_list = reading->value[0] != '\0' };
        return 0;
    }
    if (!field->has_words) {
        field->has_words = true;
        field->is_allow_list = !is_inverted;
    }
    return read_families(reading, field, is_inverted);
}

/* --- RestrictNamespaces= --- */

static const struct {
    const char *name;
    uint32_t flag;
} namespaces[] = {
    { "cgroup", NAMESPACE_CGROUP }, { "ipc", NAMESPACE_IPC },   { "net", NAMESPACE_NET },
    { "mnt", NAMESPACE_MNT },       { "pid", NAMESPACE_PID },   { "user", NAMESPACE_USER },
    { "uts", NAMESPACE_UTS },       { "time", NAMESPACE_TIME },
};

const char *namespace_name(uint32_t flag)
{
    for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
        if (namespaces[i].flag == flag)
            return namespaces[i].name;
    return NULL;
}

/* 1 with the flags of all words, 0 after a mistake (reported), -ENOMEM. */
static int read_namespaces(struct reading *reading, bool is_inverted, uint32_t *ret_flags)
{
    bool has_mistake = false;
    struct words words;
    int result;

    *ret_flags = 0;
    words_init(&words, reading->lexer->text, reading->value_offset + is_inverted, 0);
    while ((result = reading_word(reading, &words)) > 0) {
        size_t i = 0;

        while (i < ARRAY_SIZE(namespaces) && strcmp(namespaces[i].name, words.word) != 0)
            i++;
        if (i < ARRAY_SIZE(namespaces)) {
            *ret_flags |= namespaces[i].flag;
            continue;
        }
        reading_error(reading, words.start,
                      "yes, no, or some of cgroup ipc net mnt pid user uts time",
                      "'%s' in %s= is not a kind of namespace", words.word, reading->key);
        has_mistake = true;
    }
    words_release(&words);
    return result < 0 ? result : !has_mistake;
}

/* The words are those that may be had; with "~", those that may not. */
int directive_namespaces(struct reading *reading)
{
    struct restrict_namespaces *field = reading_field(reading);
    bool is_inverted = reading->value[0] == '~', is_restricted;
    uint32_t flags;
    int result;

    if (reading->value[0] == '\0') {
        *field = (struct restrict_namespaces){ 0 };
        return 0;
    }
    if (value_boolean(reading->value, &is_restricted) == 0) {
        field->is_set = true;
        field->refused = is_restricted ? NAMESPACE_ALL : 0;
        return 0;
    }
    result = read_namespaces(reading, is_inverted, &flags);
    if (result <= 0)
        return result;
    /* As systemd: time namespaces may be had only where they are named. */
    if (is_inverted)
        field->refused |= flags | NAMESPACE_TIME;
    else if (!field->is_set)
        field->refused = NAMESPACE_ALL & ~flags;
    else
        field->refused &= ~flags;
    field->is_set = true;
    return 0;
}
