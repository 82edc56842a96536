#!/bin/bash
# lock: names
# One aardvark-dns answers for all networks of a store, in the network namespace of who came first.
# time limit: 1200
# units/kube for a cluster: kustomize puts base and overlays together; what comes out is held against Kubernetes' published
# schemas, the pod security standard "restricted" and itself (tests/kube/validate.js); and podman plays what it knows of it.
# No cluster is here. Root and the network are needed.
self=$(realpath "$0")
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/shell/pod_lib.sh
. tests/shell/pod_lib.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/image/deploy_lib.sh
. tests/image/deploy_lib.sh
deploy_begin
checker=$BUILD/image/kube
kustomizations=(base overlays/external-redis overlays/production)

# kubectl of Debian 12 has a kustomize of 2019, which knows no components.
kustomize_is_new() {
    [[ $(kubectl version --client 2>/dev/null) =~ Kustomize\ Version:\ v5 ]]
}
if command -v kustomize >/dev/null; then
    render=(kustomize build)
elif kustomize_is_new; then
    render=(kubectl kustomize)
else
    skip_all "neither kustomize nor a kubectl of release 1.27 or later"
fi

# rendered NAME: where it lies
rendered() {
    echo "$checker/${1//\//-}.yaml"
}
complaints() {
    node "$checker/validate.js" "$1" 2>&1
}
# finds NAME TEXT: the checker complained of a mistake that was made for it; else it proves nothing.
finds() {
    like "$found" "$2" "a mistake is found: $1"
}

if [[ -z ${OWN_NETWORK:-} ]]; then
    mkdir -p "$checker"
    cp tests/kube/* "$checker"
    ok "npm puts the schemas there" \
        env -C "$checker" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || done_testing
    for name in "${kustomizations[@]}"; do
        ok "$name: kustomize" "${render[@]}" -o "$(rendered "$name")" "units/kube/$name" || continue
        is "$(complaints "$(rendered "$name")")" "" "$name: schemas, restricted, selectors, ports, claims"
    done
    sed 's/readOnlyRootFilesystem/readOnlyRootFileSystem/
         s/periodSeconds: 10/periodSeconds: ten/
         s/- containerPort: 8090$/- hostIP: 8090/
         s/^kind: PodDisruptionBudget$/kind: DisruptionBudget/
         s/- ALL$/- NET_RAW/
         s/runAsNonRoot: true/runAsNonRoot: false/
         s/type: RuntimeDefault/type: Unconfined/
         s/claimName: kairos/claimName: other/
         s/targetPort: redis/targetPort: store/' "$(rendered base)" >"$checker/mistakes.yaml"
    found=$(complaints "$checker/mistakes.yaml")
    finds "an unknown field" "known properties.*readOnlyRootFileSystem"
    finds "a word for a number" "periodSeconds must be integer"
    finds "a field that is missing" "containerPort"
    finds "a kind that is none" "there is no policy/v1 DisruptionBudget"
    finds "a capability" "restricted: kairos: capabilities are not dropped"
    finds "root" "runAsNonRoot is not true"
    finds "no profile" "no seccomp profile"
    finds "a claim of nobody" "there is no claim other"
    finds "a port of nobody" "nobody whom it selects has port store"
    sed 's/replicas: 2/replicas: 1/' "$(rendered base)" >"$checker/mistakes.yaml"
    found=$(complaints "$checker/mistakes.yaml")
    finds "a budget that nothing can keep" "no pod of Deployment/datahub could ever be moved"
    # What only the overlays are for.
    is "$(grep -cE '^kind: StatefulSet|--protected-mode' "$(rendered overlays/external-redis)")" 0 "external-redis: no Redis of our own"
    like "$(sed -n '/kind: Deployment/,/^---/p' "$(rendered overlays/external-redis)" | tr '\n' ' ')" \
        'name: DATAHUB_REDIS +valueFrom: +configMapKeyRef.*REDIS_PASSWORD_FILE' "external-redis: its address and password"
    like "$(tr '\n' ' ' <"$(rendered overlays/production)")" 'localhostProfile: traderterminal-chromium.json +type: Localhost' \
        "production: the profile of Chromium's own sandbox"
    is "$(grep -oE 'image: .*' "$(rendered overlays/production)" | sort -u)" \
        "image: registry.example.internal/traderterminal:$(sed -n 's/^VERSION *:= *//p' GNUmakefile)" "production: our version, from a registry"
    is "$(jq -f units/kube/seccomp/chromium.jq tests/escape/docker-default-seccomp.json)" \
        "$(cat units/kube/seccomp/traderterminal-chromium.json)" "the profile is what chromium.jq makes of Docker's"
    ok "the image" deploy_images all || done_testing
fi
own_network "$self"

# ---- podman -----------------------------------------------------------------------------------------------------------
# It knows Deployment and PersistentVolumeClaim, and takes no notice of Service, StatefulSet, PodDisruptionBudget and
# NetworkPolicy. So Redis is started as its StatefulSet says, and the name that a Service would have is an alias in podman's
# network. podman 4.3 publishes each containerPort on the host, so these are left out; and it gives an emptyDir to all pods that
# have one of that name, so that there can be one replica only (replicas.sh has two).
network=reeve-kube-$$
work=$(mktemp -d /var/tmp/reeve-kube.XXXXXX)
# shellcheck disable=SC2329 # by trap
clean_up() {
    local component
    for component in kairos datahub; do
        "${podman[@]}" kube down "$work/$component.yaml" >/dev/null 2>&1
    done
    "${podman[@]}" rm -f -v -t 0 reeve-kube-redis >/dev/null 2>&1
    "${podman[@]}" volume rm -f {datahub,kairos}-{state,tmp,shm} kairos >/dev/null 2>&1
    "${podman[@]}" network rm -f "$network" >/dev/null 2>&1
    rm -rf "$work"
}
trap clean_up EXIT
"${podman[@]}" network create "$network" >/dev/null
# The documents of one component, but for what podman cannot do.
documents_of() {
    awk -v RS='---\n' -v component="app.kubernetes.io/component: $1\n" 'index($0, component) { print "---\n" $0 }' "$(rendered base)" |
        sed "s#image: localhost/traderterminal:latest#image: $(image_name all)#; s/^  replicas: 2/  replicas: 1/; /^        ports:\$/,/^          name: health\$/d"
}
part() {
    echo "--units /usr/lib/reeve/part/$1 --units /usr/lib/reeve/pod --target $1.service"
}
like "$(tr -s ' \n' ' ' <"$(rendered base)" | sed 's/ - / /g')" "args: $(part redis)" "the arguments of the StatefulSet of Redis"
# shellcheck disable=SC2046 # words are wanted
ok "Redis, as its StatefulSet says" "${podman[@]}" run -d --name reeve-kube-redis --network "$network:alias=redis" --user 1001 \
    --read-only --cap-drop=all --security-opt no-new-privileges --tmpfs /tmp -e REDIS_BIND=0.0.0.0 \
    -e "REDIS_OPTIONS=--protected-mode no" "$(image_name all)" $(part redis)
for component in datahub kairos; do
    documents_of "$component" >"$work/$component.yaml"
    ok "podman kube play, $component" "${podman[@]}" kube play --network "$network:alias=$component" "$work/$component.yaml"
done
inside() {
    "${podman[@]}" exec "$@"
}
declare -A runs=([datahub]="datahub.service redis.service" [kairos]="chromium.service datahub.service kairos.service xvfb.service")
for container in datahub-pod-0-datahub kairos-pod-0-kairos; do
    component=${container##*-}
    if wait_until "$patience" inside "$container" reevectl --timeout=2 health; then
        pass "$container is healthy"
    else
        fail "$container is healthy"
        diag "$("${podman[@]}" logs "$container" 2>&1 | tail -n 20)"
    fi
    # shellcheck disable=SC2016 # for awk
    is "$(inside "$container" awk '/^Uid:|^CapBnd:|^NoNewPrivs:|^Seccomp:/ { print $2 }' /proc/1/status | tr '\n' ' ')" \
        "1001 0000000000000000 1 2 " "$container: uid 1001, no capability to gain, no_new_privs, a seccomp filter"
    is "$(inside "$container" reevectl list-units --no-legend | awk '/ active / { print $1 }' | sort | xargs)" "${runs[$component]}" \
        "$container: no other part of the image runs there"
done
for component in kairos datahub; do
    ok "podman kube down, $component" "${podman[@]}" kube down "$work/$component.yaml"
done
done_testing
