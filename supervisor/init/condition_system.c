#include "supervisor/init/comparison.h"
#include "supervisor/init/condition_private.h"

#include "supervisor/unit/value.h"
#include "supervisor/wire/fd.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>

enum {
    SYSTEM_ID_MAX = 999, /* "@system": what distributions give to daemons */
    NOBODY = 65534,      /* what maps to no user */
    GROUPS_MAX = 65536,  /* the kernel's NGROUPS_MAX */
    WORD_SIZE = 1024,    /* of a list in a condition */
    LINES_SIZE = 16384,  /* of a small file that is read for its lines */
};

static const char systemd_version[] = "257"; /* whose behaviour is ours */

extern char **environ;

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* "name=value" is looked for as a whole, "name" with and without a value. */
static bool is_assignment(const char *word, const char *wanted)
{
    size_t length = strlen(wanted);

    if (strchr(wanted, '='))
        return strcmp(word, wanted) == 0;
    return strncmp(word, wanted, length) == 0 && (word[length] == '\0' || word[length] == '=');
}

/* --- what the system is --- */

int check_architecture(const struct condition_context *context, const char *name)
{
    return strcmp(name, "native") == 0 || strcmp(name, context->roots->architecture) == 0;
}

/* A boot id has dashes where a machine id has none. */
static bool is_same_id(const char *a, const char *b)
{
    size_t digits = 0;

    for (;; a++, b++) {
        a += *a == '-';
        b += *b == '-';
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (*a == '\0')
            return digits == 32; /* 128 bits */
        digits++;
    }
}

int check_host(const struct condition_context *context, const char *name)
{
    struct utsname system;

    if (is_same_id(name, context->roots->machine_id) || is_same_id(name, context->roots->boot_id))
        return 1;
    return uname(&system) == 0 && fnmatch(name, system.nodename, FNM_CASEFOLD) == 0;
}

/* In a container the "kernel" of a pod is its PID 1: as systemd, we look at that one's arguments.
 */
int check_kernel_command_line(const struct condition_context *context, const char *wanted)
{
    char text[LINES_SIZE];
    long length;

    (void)context;
    length = condition_read("/proc/1/cmdline", text, sizeof(text));
    for (const char *word = text; length >= 0 && word < text + length; word += strlen(word) + 1)
        if (is_assignment(word, wanted))
            return 1;
    return length < 0 ? (int)length : 0;
}

/* Each word is a glob or an operator with a version; all must hold. */
static int match_versions(const char *version, const char *wanted)
{
    char word[WORD_SIZE];

    for (bool is_first = true; comparison_word(&wanted, word, sizeof(word)); is_first = false) {
        const char *at = word;
        enum comparison comparison = comparison_take(&at, true);

        at += strspn(at, " \t\n\r");
        /* The first operator may stand apart from its version. */
        if (*at == '\0' && is_first && comparison_word(&wanted, word, sizeof(word)))
            at = word;
        if (*at == '\0')
            return -EINVAL;
        if (!version_matches(comparison, version, at))
            return 0;
    }
    return 1;
}

int check_kernel_version(const struct condition_context *context, const char *wanted)
{
    return match_versions(context->roots->kernel_release, wanted);
}

int check_version(const struct condition_context *context, const char *wanted)
{
    static const char ends[] = "$=!<>~ \t";
    const struct {
        const char *name, *version;
    } versions[] = {
        { "kernel", context->roots->kernel_release },
        { "systemd", systemd_version },
        { "glibc", gnu_get_libc_version() },
    };
    size_t length = strcspn(wanted, ends);

    for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
        if (strlen(versions[i].name) == length && strncmp(versions[i].name, wanted, length) == 0)
            return match_versions(versions[i].version, wanted + length);
    return match_versions(context->roots->kernel_release, wanted);
}

/* The value of a key in /etc/os-release; "" when it has none. */
static int read_os_release(const char *key, size_t length, char *ret_value, size_t size)
{
    char text[LINES_SIZE];
    long got = condition_read("/etc/os-release", text, sizeof(text));

    if (got == -ENOENT)
        got = condition_read("/usr/lib/os-release", text, sizeof(text));
    if (got < 0)
        return (int)got;
    ret_value[0] = '\0';
    for (char *line = text; *line;) {
        size_t end = strcspn(line, "\n");
        bool is_last = line[end] == '\0';

        line[end] = '\0';
        if (strncmp(line, key, length) == 0 && line[length] == '=') {
            const char *value = line + length + 1;

            if (!comparison_word(&value, ret_value, size))
                ret_value[0] = '\0';
        }
        line += end + !is_last;
    }
    return 0;
}

int check_os_release(const struct condition_context *context, const char *wanted)
{
    char word[WORD_SIZE], value[WORD_SIZE];

    (void)context;
    while (comparison_word(&wanted, word, sizeof(word))) {
        const char *at = word + strcspn(word, "$=!<>");
        size_t length = (size_t)(at - word);
        enum comparison comparison = comparison_take(&at, true);
        int error;

        if (length == 0 || comparison == COMPARE_NONE || *at == '\0' || strchr(" \t\n\r", *at))
            return -EINVAL;
        error = read_os_release(word, length, value, sizeof(value));
        if (error < 0)
            return error;
        if (!version_matches(comparison, value, at))
            return 0;
    }
    return 1;
}

int check_first_boot(const struct condition_context *context, const char *wanted)
{
    bool is_wanted;
    int error = value_boolean(wanted, &is_wanted);

    (void)context;
    return error < 0 ? error : (access("/run/systemd/first-boot", F_OK) == 0) == is_wanted;
}

/* --- who we are --- */

int check_user(const struct condition_context *context, const char *name)
{
    uint64_t number;

    if (strcmp(name, "root") == 0)
        return context->uid == 0;
    if (strcmp(name, "nobody") == 0)
        return context->uid == NOBODY;
    if (strcmp(name, "@system") == 0)
        return context->uid <= SYSTEM_ID_MAX;
    if (value_unsigned(name, UINT32_MAX - 1, &number) == 0)
        return number == context->uid;
    return strcmp(name, context->roots->user) == 0;
}

/* The number of a group in /etc/group, which is read line by line: it may be large. */
static bool find_group(const char *name, gid_t *ret_gid)
{
    char text[LINES_SIZE];
    size_t length = strlen(name);
    long got = condition_read("/etc/group", text, sizeof(text));

    for (char *line = text; got > 0 && *line;) {
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            char *number = strchr(line + length + 1, ':');

            *ret_gid = number ? (gid_t)strtoul(number + 1, NULL, 10) : 0;
            return number != NULL;
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return false;
}

static bool is_member(const struct condition_context *context, gid_t gid)
{
    static gid_t groups[GROUPS_MAX]; /* scratch: only the single thread of PID 1 */
    int count = getgroups(GROUPS_MAX, groups);

    for (int i = 0; i < count; i++)
        if (groups[i] == gid)
            return true;
    return gid == context->gid;
}

int check_group(const struct condition_context *context, const char *name)
{
    uint64_t number;
    gid_t gid;

    if (value_unsigned(name, UINT32_MAX - 1, &number) == 0)
        return is_member(context, (gid_t)number);
    return find_group(name, &gid) && is_member(context, gid);
}

int check_environment(const struct condition_context *context, const char *wanted)
{
    (void)context;
    for (char **at = environ; *at; at++)
        if (is_assignment(*at, wanted))
            return 1;
    return 0;
}

int check_credential(const struct condition_context *context, const char *name)
{
    static const char *const variables[] = { "CREDENTIALS_DIRECTORY",
                                             "ENCRYPTED_CREDENTIALS_DIRECTORY" };
    char path[PATH_MAX];
    struct stat status;

    (void)context;
    if (*name == '\0' || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        const char *directory = getenv(variables[i]);

        if (!directory)
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, name);
        if (lstat(path, &status) == 0)
            return 1;
    }
    return 0;
}

int check_capability(const struct condition_context *context, const char *name)
{
    unsigned capability;

    (void)context;
    if (value_capability(name, &capability) < 0)
        return -EINVAL;
    return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) > 0;
}

/* --- security --- */

static bool reads(const char *path, const char *start)
{
    char text[64];

    return condition_read(path, text, sizeof(text)) > 0 && starts_with(text, start);
}

static bool has_audit(void)
{
    cleanup_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);

    return fd >= 0 || (errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT && errno != EPERM);
}

/* The variable has four bytes of attributes before its value. */
static bool is_secure_boot(void)
{
    char text[16];

    return condition_read("/sys/firmware/efi/efivars/"
                          "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
                          text, sizeof(text)) >= 5 &&
           text[4] == 1;
}

int check_security(const struct condition_context *context, const char *name)
{
    (void)context;
    if (strcmp(name, "selinux") == 0)
        return access("/sys/fs/selinux/enforce", F_OK) == 0;
    if (strcmp(name, "smack") == 0)
        return access("/sys/fs/smackfs/", F_OK) == 0;
    if (strcmp(name, "apparmor") == 0)
        return reads("/sys/module/apparmor/parameters/enabled", "Y");
    if (strcmp(name, "tomoyo") == 0)
        return access("/sys/kernel/security/tomoyo/version", F_OK) == 0;
    if (strcmp(name, "ima") == 0)
        return access("/sys/kernel/security/ima/", F_OK) == 0;
    if (strcmp(name, "audit") == 0)
        return has_audit();
    if (strcmp(name, "uefi-secureboot") == 0)
        return is_secure_boot();
    if (strcmp(name, "tpm2") == 0)
        return access("/sys/class/tpmrm/", F_OK) == 0 &&
               access("/sys/kernel/security/tpm0/binary_bios_measurements", F_OK) == 0;
    return 0;
}
