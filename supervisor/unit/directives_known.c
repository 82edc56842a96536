#include "supervisor/unit/directives.h"

#include "supervisor/unit/suggest.h"

#include <string.h>

/*
 * Every directive of systemd 257 for units of the kinds that reeve runs, which is not in
 * directives.c: systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5),
 * systemd.resource-control(5). tests/shell/unit_verdict.sh asks the installed systemd for its list
 * and finds what is missing here.
 */

/* A name that ends in "*" stands for all that begin so. */
#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const char not_yet[] = "it is not supported by reeve yet";
static const char no_cgroup[] = "it takes a cgroup, which a locked container cannot write";

static const struct known_group groups[] = {
    { "Install", KNOWN_QUIET, "it is for 'systemctl enable'; reeve starts what its target wants",
      false, NULL,
      NAMES("Alias", "WantedBy", "RequiredBy", "UpheldBy", "Also", "DefaultInstance") },

    { "Unit", KNOWN_INERT, "it is for tools that read the file", false, NULL, NAMES("SourcePath") },
    { "Unit", KNOWN_INERT, "all file systems of a container are mounted before it starts", false,
      NULL, NAMES("RequiresMountsFor", "WantsMountsFor") },
    { "Unit", KNOWN_INERT, "reeve has no isolate, no job modes and no unit garbage collector",
      false, NULL,
      NAMES("AllowIsolate", "IgnoreOnIsolate", "OnSuccessJobMode", "OnFailureJobMode",
            "OnFailureIsolate", "CollectMode", "SurviveFinalKillSignal") },
    { "Unit", KNOWN_INERT, "there is no machine to reboot", false, NULL,
      NAMES("RebootArgument", "JobTimeoutRebootArgument") },
    { "Unit", KNOWN_REFUSED, not_yet, false, NULL, NAMES("JoinsNamespaceOf") },

    { "Service", KNOWN_INERT, "there is no bus in the pod", false, NULL, NAMES("BusName") },
    { "Service", KNOWN_INERT, "there is no machine to reboot", false, NULL,
      NAMES("RebootArgument") },
    { "Service", KNOWN_REFUSED, not_yet, true, NULL,
      NAMES("PermissionsStartOnly", "RootDirectoryStartOnly", "NonBlocking", "Sockets", "OpenFile",
            "USBFunctionDescriptors", "USBFunctionStrings") },

    { "Service", KNOWN_INERT, "there is one reeve-log for all units", false, NULL,
      NAMES("LogNamespace") },
    { "Service", KNOWN_INERT, "services have no terminal", false, NULL,
      NAMES("TTYPath", "TTYReset", "TTYVHangup", "TTYVTDisallocate", "TTYRows", "TTYColumns",
            "UtmpIdentifier", "UtmpMode") },
    { "Service", KNOWN_INERT, "SIGPIPE has its usual effect in a pod", false, "yes",
      NAMES("IgnoreSIGPIPE") },
    { "Service", KNOWN_INERT, "there is no 'systemctl clean'", false, NULL,
      NAMES("TimeoutCleanSec") },
    { "Service", KNOWN_INERT, "the container already has these file systems", false, NULL,
      NAMES("BindLogSockets") },
    { "Service", KNOWN_INERT, "the container decides about it", false, NULL,
      NAMES("CoredumpReceive", "MemoryKSM", "MemoryTHP") },
    { "Service", KNOWN_INERT, "reeve leaves it to the service, which can set it for itself", false,
      NULL, NAMES("CoredumpFilter") },
    { "Service", KNOWN_INERT, "HOME, USER and SHELL are set wherever User= is", false, NULL,
      NAMES("SetLoginEnvironment") },
    { "Service", KNOWN_REFUSED, not_yet, true, "null other inherit",
      NAMES("ExecSearchPath", "NUMAPolicy", "NUMAMask", "PAMName") },
    { "Service", KNOWN_REFUSED,
      "a container has neither a TPM nor a key of its host to decrypt it with; hand it in as a "
      "file "
      "and use LoadCredential=",
      false, NULL, NAMES("SetCredentialEncrypted", "LoadCredentialEncrypted") },
    { "Service", KNOWN_SANDBOX, not_yet, true, "private shared default all",
      NAMES("RootEphemeral", "RootMStack", "ExtensionDirectories", "NetworkNamespacePath",
            "IPCNamespacePath", "UserNamespacePath", "PrivateBPF", "BPFDelegate*", "MountFlags") },
    { "Service", KNOWN_SANDBOX,
      "it takes loop devices, which a container has not got; unpack it and use RootDirectory= or "
      "BindPaths=",
      true, NULL,
      NAMES("RootImage", "RootImageOptions", "RootImagePolicy", "MountImagePolicy",
            "ExtensionImagePolicy", "RootHash", "RootHashSignature", "RootVerity",
            "ExtensionImages", "MountImages") },
    { "Service", KNOWN_SANDBOX,
      "its user may be that of other services, whose shared memory would go as well; PrivateIPC= "
      "gives it some that goes with it",
      true, NULL, NAMES("RemoveIPC") },
    { "Service", KNOWN_SANDBOX,
      "the container engine labels its processes, all of a pod alike (--security-opt)", false, "-*",
      NAMES("SELinuxContext", "AppArmorProfile", "SmackProcessLabel") },

    { "Service", KNOWN_INERT, no_cgroup, false, NULL,
      NAMES("Slice", "CPUAccounting", "StartupCPUWeight", "CPUShares", "StartupCPUShares",
            "CPUQuotaPeriodSec", "MemoryAccounting", "DefaultMemoryMin", "DefaultMemoryLow",
            "StartupMemoryLow", "DefaultStartupMemoryLow", "MemoryPressureWatch",
            "MemoryPressureThresholdSec", "IOAccounting", "StartupIOWeight",
            "IODeviceLatencyTargetSec", "BlockIOAccounting", "BlockIOWeight",
            "StartupBlockIOWeight", "BlockIODeviceWeight", "TasksAccounting", "Delegate",
            "DelegateSubgroup", "DisableControllers", "IPAccounting", "ManagedOOMSwap",
            "ManagedOOMMemoryPressure", "ManagedOOMMemoryPressureLimit",
            "ManagedOOMMemoryPressureDurationSec", "ManagedOOMPreference", "CPUPressureWatch",
            "CPUPressureThresholdSec", "IOPressureWatch", "IOPressureThresholdSec") },
    { "Service", KNOWN_SANDBOX, no_cgroup, false, "infinity auto",
      NAMES("StartupAllowedCPUs", "StartupAllowedMemoryNodes", "MemoryZSwapWriteback",
            "StartupMemoryHigh", "StartupMemoryMax", "StartupMemorySwapMax",
            "StartupMemoryZSwapMax", "DeviceAllow", "DevicePolicy", "BlockIOReadBandwidth",
            "BlockIOWriteBandwidth") },
    { "Service", KNOWN_SANDBOX,
      "it takes a BPF program in the kernel, which nobody in a container may load (CAP_BPF)", false,
      NULL,
      NAMES("IPAddressAllow", "IPAddressDeny", "IPIngressFilterPath", "IPEgressFilterPath",
            "BPFProgram", "RestrictNetworkInterfaces", "RestrictFileSystems", "NFTSet") },

    { "X-Reeve", KNOWN_REFUSED, not_yet, true, NULL,
      NAMES("HealthStartupCmd", "HealthStartupInterval", "HealthStartupRetries",
            "HealthStartupSuccess", "HealthStartupTimeout", "HealthMaxLogCount", "HealthMaxLogSize",
            "HealthLogDestination") },
};

static bool matches(const char *pattern, const char *name)
{
    size_t length = strlen(pattern) - 1;

    /* "Condition" alone is no directive. */
    return pattern[length] == '*' ? strncmp(pattern, name, length) == 0 && name[length] != '\0'
                                  : strcmp(pattern, name) == 0;
}

const char *known_name(const struct known_group *group, const char *name)
{
    for (const char *const *at = group->names; *at; at++)
        if (matches(*at, name))
            return *at;
    return NULL;
}

const struct known_group *known_find(const char *section, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        if (strcmp(groups[i].section, section) == 0 && known_name(&groups[i], name))
            return &groups[i];
    return NULL;
}

const char *known_section_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        if (known_name(&groups[i], name))
            return groups[i].section;
    return NULL;
}

void known_suggest(const char *section, struct suggestion *suggestion)
{
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        for (const char *const *at = groups[i].names; *at; at++)
            if (strcmp(groups[i].section, section) == 0 && !strchr(*at, '*'))
                suggestion_offer(suggestion, *at);
}
