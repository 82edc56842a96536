#include "supervisor/init/condition_private.h"

#include "supervisor/unit/value.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

/* ConditionVirtualization= and ConditionCPUFeature=, by the words of systemd-detect-virt(1). */

enum virtualization_kind { VIRTUALIZATION_NONE, VIRTUALIZATION_VM, VIRTUALIZATION_CONTAINER };

/* The first PID namespace of a machine has had this inode number since Linux 3.8. */
static const ino_t first_pid_namespace = 0xEFFFFFFC;

/* As systemd 257: who sees only some of the processes is in a container, whoever made it. */
static bool is_pid_namespace(void)
{
    struct stat info;

    return stat("/proc/self/ns/pid", &info) == 0 && info.st_ino != first_pid_namespace;
}

/* What an engine writes there about itself, or that it is there at all. */
static const char *container_name(char *text, size_t size)
{
    static const struct {
        const char *path, *name;
    } files[] = {
        { "/run/.containerenv", "podman" },
        { "/.dockerenv", "docker" },
    };
    const char *variable = getenv("container");

    if (variable && *variable)
        return strcmp(variable, "oci") == 0 && access(files[0].path, F_OK) == 0 ? "podman"
                                                                                : variable;
    if (condition_read("/run/host/container-manager", text, size) > 0 ||
        condition_read("/run/systemd/container", text, size) > 0) {
        text[strcspn(text, "\n")] = '\0';
        return text;
    }
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (access(files[i].path, F_OK) == 0)
            return files[i].name;
    return is_pid_namespace() ? "container-other" : NULL;
}

/* What the processor says of who runs it. */
static const char *machine_name(void)
{
#if defined(__x86_64__) || defined(__i386__)
    static const struct {
        const char vendor[13];
        const char *name;
    } vendors[] = {
        { "XenVMMXenVMM", "xen" },   { "KVMKVMKVM", "kvm" },       { "Linux KVM Hv", "kvm" },
        { "TCGTCGTCGTCG", "qemu" },  { "VMwareVMware", "vmware" }, { "Microsoft Hv", "microsoft" },
        { "bhyve bhyve ", "bhyve" }, { "QNXQVMBSQG", "qnx" },      { "ACRNACRNACRN", "acrn" },
        { "SRESRESRESRE", "sre" },   { "Apple VZ", "apple" },
    };
    unsigned eax, ebx, ecx, edx;
    char vendor[13] = "";

    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & 1U << 31))
        return NULL;
    __cpuid(0x40000000U, eax, ebx, ecx, edx);
    memcpy(vendor, &ebx, 4);
    memcpy(vendor + 4, &ecx, 4);
    memcpy(vendor + 8, &edx, 4);
    for (size_t i = 0; i < ARRAY_SIZE(vendors); i++)
        if (strcmp(vendor, vendors[i].vendor) == 0)
            return vendors[i].name;
    return "vm-other";
#else
    return NULL;
#endif
}

/* A map of all users onto themselves is that of the first namespace. */
static bool is_user_namespace(void)
{
    char text[256];
    unsigned inside, outside, count;

    if (condition_read("/proc/self/uid_map", text, sizeof(text)) <= 0)
        return false;
    return sscanf(text, "%u %u %u", &inside, &outside, &count) != 3 || inside != 0 ||
           outside != 0 || count != UINT32_MAX;
}

int check_virtualization(const struct condition_context *context, const char *wanted)
{
    char text[64];
    const char *container = container_name(text, sizeof(text));
    const char *name = container ? container : machine_name();
    bool is_wanted;

    (void)context;
    if (strcmp(wanted, "private-users") == 0)
        return is_user_namespace();
    if (value_boolean(wanted, &is_wanted) == 0)
        return is_wanted == (name != NULL);
    if (strcmp(wanted, "vm") == 0)
        return name && !container;
    if (strcmp(wanted, "container") == 0)
        return container != NULL;
    return name && strcmp(name, wanted) == 0;
}

int check_cpu_feature(const struct condition_context *context, const char *name)
{
#if defined(__x86_64__) || defined(__i386__)
    enum cpuid_register { EBX, ECX, EDX };
    static const struct {
        const char *name;
        unsigned leaf;
        enum cpuid_register where;
        unsigned bit;
    } features[] = {
        { "fpu", 1, EDX, 0 },
        { "vme", 1, EDX, 1 },
        { "de", 1, EDX, 2 },
        { "pse", 1, EDX, 3 },
        { "tsc", 1, EDX, 4 },
        { "msr", 1, EDX, 5 },
        { "pae", 1, EDX, 6 },
        { "mce", 1, EDX, 7 },
        { "cx8", 1, EDX, 8 },
        { "apic", 1, EDX, 9 },
        { "sep", 1, EDX, 11 },
        { "mtrr", 1, EDX, 12 },
        { "pge", 1, EDX, 13 },
        { "mca", 1, EDX, 14 },
        { "cmov", 1, EDX, 15 },
        { "pat", 1, EDX, 16 },
        { "pse36", 1, EDX, 17 },
        { "clflush", 1, EDX, 19 },
        { "mmx", 1, EDX, 23 },
        { "fxsr", 1, EDX, 24 },
        { "sse", 1, EDX, 25 },
        { "sse2", 1, EDX, 26 },
        { "ht", 1, EDX, 28 },
        { "pni", 1, ECX, 0 },
        { "pclmul", 1, ECX, 1 },
        { "monitor", 1, ECX, 3 },
        { "ssse3", 1, ECX, 9 },
        { "fma3", 1, ECX, 12 },
        { "cx16", 1, ECX, 13 },
        { "sse4_1", 1, ECX, 19 },
        { "sse4_2", 1, ECX, 20 },
        { "movbe", 1, ECX, 22 },
        { "popcnt", 1, ECX, 23 },
        { "aes", 1, ECX, 25 },
        { "xsave", 1, ECX, 26 },
        { "osxsave", 1, ECX, 27 },
        { "avx", 1, ECX, 28 },
        { "f16c", 1, ECX, 29 },
        { "rdrand", 1, ECX, 30 },
        { "bmi1", 7, EBX, 3 },
        { "avx2", 7, EBX, 5 },
        { "bmi2", 7, EBX, 8 },
        { "rdseed", 7, EBX, 18 },
        { "adx", 7, EBX, 19 },
        { "sha_ni", 7, EBX, 29 },
        { "syscall", 0x80000001U, EDX, 11 },
        { "rdtscp", 0x80000001U, EDX, 27 },
        { "lm", 0x80000001U, EDX, 29 },
        { "lahf_lm", 0x80000001U, ECX, 0 },
        { "abm", 0x80000001U, ECX, 5 },
        { "constant_tsc", 0x80000007U, EDX, 8 },
    };

    (void)context;
    for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
        unsigned eax, registers[3];

        if (strcasecmp(name, features[i].name) == 0)
            return __get_cpuid_count(features[i].leaf, 0, &eax, &registers[EBX], &registers[ECX],
                                     &registers[EDX]) &&
                   (registers[features[i].where] & 1U << features[i].bit);
    }
#else
    (void)context;
    (void)name;
#endif
    return 0;
}
