# From Docker's profile to that of Chromium's own sandbox, for containers without capabilities:
#
#   jq -f units/kube/seccomp/chromium.jq tests/escape/docker-default-seccomp.json >units/kube/seccomp/traderterminal-chromium.json
#
# In Docker's notation a rule says for which capabilities and machines it is meant. Kubernetes' runtimes take the OCI's, which has
# no such words, and would apply each rule to everybody: so it is decided here, for amd64 and arm64.
def concerns_us:
    (.includes.caps // [] | length == 0)
    and (.includes.arches | . == null or any(. == ("amd64", "arm64")))
    and (.excludes.arches // [] | all(. != ("amd64", "arm64")));
{
    defaultAction, defaultErrnoRet,
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
    syscalls: (
        # clone(2) with namespaces, unshare(2) and chroot(2) in them. clone3(2) stays "not there": glibc takes clone(2) then.
        [.syscalls[] | select(concerns_us and .names != ["clone"]) | { names, action, errnoRet, args } | del(..|nulls)]
        + [{ names: ["chroot", "clone", "unshare"], action: "SCMP_ACT_ALLOW" }])
}
