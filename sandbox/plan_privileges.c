#include "sandbox/plan_private.h"

#include "sandbox/capabilities.h"
#include "sandbox/keyring.h"

#include <errno.h>
#include <sys/prctl.h>

/* NoNewPrivileges=, CapabilityBoundingSet=, AmbientCapabilities=, SecureBits=, KeyringMode= */

/* What is not permitted to us cannot be handed on. */
static void plan_ambient(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    uint64_t have = capabilities_permitted();

    if (exec->ambient_capabilities == 0)
        return;
    builder->plan->ambient_capabilities = exec->ambient_capabilities & have;
    if (exec->ambient_capabilities & ~have)
        plan_cannot(builder, &(struct plan_complaint){
                                 .directive = "AmbientCapabilities",
                                 .asked = "set",
                                 .reason = "reeve itself has not got all of these capabilities",
                                 .place = plan_place(builder, &exec->ambient_capabilities_place),
                             });
    else
        plan_verdict(builder, (struct sandbox_verdict){ .directive = "AmbientCapabilities",
                                                        .asked = "set",
                                                        .reason = "",
                                                        .mechanism = SANDBOX_BY_CAPABILITIES,
                                                        .strength = SANDBOX_FULL });
}

/* Set by our own CAP_SETPCAP, or by that of a user namespace: there everybody begins with none. */
void plan_secure_bits(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    bool is_inside = mount_plan_ends_inside(builder->plan->mounts);
    bool is_ours = !is_inside && prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == (int)exec->secure_bits;

    if (exec->secure_bits == 0)
        return;
    if (!is_inside && !is_ours && !capabilities_may_set_bounding()) {
        plan_cannot(builder, &(struct plan_complaint){
                                 .directive = "SecureBits",
                                 .asked = "set",
                                 .reason = "it takes CAP_SETPCAP, or a user namespace",
                                 .place = plan_place(builder, &exec->secure_bits_place),
                             });
        return;
    }
    builder->plan->secure_bits = (uint8_t)exec->secure_bits;
    plan_verdict(builder, (struct sandbox_verdict){ .directive = "SecureBits",
                                                    .asked = "set",
                                                    .reason = "",
                                                    .mechanism = is_ours ? SANDBOX_BY_PLACE
                                                                         : SANDBOX_BY_KERNEL,
                                                    .strength = SANDBOX_FULL });
}

static void plan_keyring(struct plan_builder *builder)
{
    static const char *const words[] = {
        [KEYRING_PRIVATE] = "private", [KEYRING_SHARED] = "shared"
    };
    enum keyring_mode mode = builder->spec->exec.keyring_mode;
    int error = mode == KEYRING_INHERIT ? 0 : keyring_probe();

    if (mode == KEYRING_INHERIT)
        return;
    if (error < 0) {
        plan_cannot(builder,
                    &(struct plan_complaint){
                        .directive = "KeyringMode",
                        .asked = words[mode],
                        .reason = error == -ENOSYS
                                      ? "this kernel has no keyrings"
                                      : "the container's filter refuses keyctl(2), to services as "
                                        "well unless they have more rights",
                        .place = plan_place(builder, NULL),
                    });
        return;
    }
    builder->plan->keyring_mode = (uint8_t)mode;
    plan_verdict(builder, (struct sandbox_verdict){ .directive = "KeyringMode",
                                                    .asked = words[mode],
                                                    .reason = "",
                                                    .mechanism = SANDBOX_BY_KERNEL,
                                                    .strength = SANDBOX_FULL });
}

void plan_privileges(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    uint64_t have;

    plan_verdict(builder, (struct sandbox_verdict){ .directive = "NoNewPrivileges",
                                                    .asked = "yes",
                                                    .reason = "",
                                                    .mechanism = SANDBOX_BY_KERNEL,
                                                    .strength = SANDBOX_FULL });
    plan_ambient(builder);
    plan_keyring(builder);
    if (!exec->has_capability_bounding_set)
        return;
    have = capabilities_bounding();
    builder->plan->has_capability_bounding_set = true;
    builder->plan->capability_bounding_set = exec->capability_bounding_set;
    plan_verdict(builder,
                 (struct sandbox_verdict){
                     .directive = "CapabilityBoundingSet",
                     .asked = "set",
                     .reason = "",
                     .mechanism = have & ~exec->capability_bounding_set ? SANDBOX_BY_CAPABILITIES
                                                                        : SANDBOX_BY_PLACE,
                     .strength = SANDBOX_FULL,
                 });
}
