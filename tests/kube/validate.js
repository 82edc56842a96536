// Says what is wrong with Kubernetes manifests, a line each: `node validate.js FILE`, where npm has put what package.json names.
//
//   schema      against the published OpenAPI, as compiled into the package kubernetes-models: types, formats, what is required;
//               fields that it does not know, by the TypeScript types made from the same document
//   restricted  the pod security standard of that name (kubernetes.io/docs/concepts/security/pod-security-standards), rule by rule
//   wiring      what no schema sees: selectors that select nobody, ports and claims that nobody has, unlike images
"use strict";
const fs = require("fs");
const path = require("path");
const ts = require("typescript");
const yaml = require("yaml");

const problems = [];
const objects = yaml.parseAllDocuments(fs.readFileSync(process.argv[2], "utf8"))
    .map((document) => document.toJS()).filter((object) => object !== null);
const name = (object) => `${object.kind}/${object.metadata.name}`;
const complain = (object, text) => problems.push(`${name(object)}: ${text}`);

// ---- schema ----------------------------------------------------------------------------------------------------------
function check_schema(object) {
    const module_name = `kubernetes-models/${object.apiVersion}/${object.kind}`;
    let model;
    try {
        model = require(module_name)[object.kind];
    } catch {
        return complain(object, `schema: there is no ${object.apiVersion} ${object.kind}`);
    }
    try {
        new model(object).validate();
    } catch (error) {
        complain(object, `schema: ${error.message}`);
    }
}

function check_fields(all) {
    const file = path.join(__dirname, "manifests.ts");
    const known = all.filter((object) => fs.existsSync(
        path.join(__dirname, "node_modules/kubernetes-models", object.apiVersion, `${object.kind}.d.ts`)));
    const text = known.map((object, i) =>
        `import { I${object.kind} as T${i} } from "kubernetes-models/${object.apiVersion}/${object.kind}";\n` +
        `export const o${i}: T${i} = ${JSON.stringify(object)};\n`).join("");
    fs.writeFileSync(file, text);
    const program = ts.createProgram([file], { noEmit: true, strict: true, skipLibCheck: true, types: [],
        module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 });
    for (const found of ts.getPreEmitDiagnostics(program)) {
        const line = found.file ? found.file.getLineAndCharacterOfPosition(found.start).line : 0;
        const object = known[Math.floor(line / 2)];
        complain(object, `schema: ${ts.flattenDiagnosticMessageText(found.messageText, " ").slice(0, 300)}`);
    }
}

// ---- restricted --------------------------------------------------------------------------------------------------------
const restricted_volumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
const profiles = ["RuntimeDefault", "Localhost"];

function check_container(object, pod, container) {
    const context = container.securityContext ?? {};
    const rule = (holds, text) => holds || complain(object, `restricted: ${container.name}: ${text}`);
    const value = (key) => context[key] ?? pod.securityContext?.[key];
    rule(context.privileged !== true, "privileged");
    rule(context.allowPrivilegeEscalation === false, "allowPrivilegeEscalation is not false");
    rule(context.capabilities?.drop?.includes("ALL"), "capabilities are not dropped");
    rule((context.capabilities?.add ?? []).every((one) => one === "NET_BIND_SERVICE"), "capabilities are added");
    rule(value("runAsNonRoot") === true, "runAsNonRoot is not true");
    rule(value("runAsUser") !== 0, "runs as root");
    rule(profiles.includes(value("seccompProfile")?.type), "no seccomp profile");
    rule(["Default", undefined].includes(context.procMount), "procMount");
    rule((container.ports ?? []).every((port) => !port.hostPort), "hostPort");
    // Not of the standard, but of ours.
    rule(context.readOnlyRootFilesystem === true, "the root file system can be written");
    rule(container.resources?.limits?.memory && container.resources?.requests?.cpu, "no limits");
}

function check_restricted(object, pod) {
    const rule = (holds, text) => holds || complain(object, `restricted: ${text}`);
    rule(!pod.hostNetwork && !pod.hostPID && !pod.hostIPC, "namespaces of the host");
    rule(!pod.securityContext?.sysctls, "sysctls");
    for (const volume of pod.volumes ?? [])
        rule(Object.keys(volume).every((key) => key === "name" || restricted_volumes.includes(key)), `volume ${volume.name}`);
    for (const container of [...pod.containers, ...(pod.initContainers ?? [])])
        check_container(object, pod, container);
    rule(pod.automountServiceAccountToken === false, "has a token for the API server, which it does not need");
}

// ---- wiring ------------------------------------------------------------------------------------------------------------
const template_of = (object) => object.spec?.template;
const matches = (selector, labels) =>
    Object.entries(selector?.matchLabels ?? {}).every(([key, text]) => labels?.[key] === text) &&
    (selector?.matchExpressions ?? []).every((one) => one.operator === "In" && one.values.includes(labels?.[one.key]));
const workloads = objects.filter((object) => template_of(object)?.spec?.containers);
const selected = (selector) => workloads.filter((one) => matches(selector, template_of(one).metadata.labels));
const has_port = (one, port) => template_of(one).spec.containers.some((container) =>
    (container.ports ?? []).some((mine) => mine.name === port || mine.containerPort === port));

function check_selected(object, selector, ports) {
    const chosen = selected(selector);
    if (chosen.length === 0)
        complain(object, `wiring: selects nobody by ${JSON.stringify(selector)}`);
    for (const port of ports)
        if (!chosen.some((one) => has_port(one, port)))
            complain(object, `wiring: nobody whom it selects has port ${port}`);
}

const ports_of = (rules) => (rules ?? []).flatMap((rule) => (rule.ports ?? []).map((one) => one.port));
// A policy's peers in another namespace, and the users' own clients, are not here.
const is_ours = (peer) => peer.podSelector && !peer.namespaceSelector && !peer.podSelector.matchLabels["traderterminal/client"];

function check_policy(object) {
    check_selected(object, object.spec.podSelector, ports_of(object.spec.ingress));
    for (const peer of (object.spec.ingress ?? []).flatMap((rule) => rule.from ?? []).filter(is_ours))
        check_selected(object, peer.podSelector, []);
    for (const rule of object.spec.egress ?? [])
        for (const peer of (rule.to ?? []).filter(is_ours))
            check_selected(object, peer.podSelector, ports_of([rule]));
}

function check_workload(object) {
    const { metadata, spec } = template_of(object);
    const claims = objects.filter((one) => one.kind === "PersistentVolumeClaim").map((one) => one.metadata.name);
    const own = (object.spec.volumeClaimTemplates ?? []).map((one) => one.metadata.name);
    if (!matches(object.spec.selector, metadata.labels))
        complain(object, "wiring: its selector does not select its own pods");
    for (const volume of spec.volumes ?? []) {
        const claim = volume.persistentVolumeClaim?.claimName;
        if (claim && !claims.includes(claim))
            complain(object, `wiring: there is no claim ${claim}`);
    }
    for (const container of spec.containers) {
        const volumes = [...own, ...(spec.volumes ?? []).map((one) => one.name)];
        for (const mount of container.volumeMounts ?? [])
            if (!volumes.includes(mount.name))
                complain(object, `wiring: there is no volume ${mount.name}`);
        for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
            const port = container[probe]?.httpGet?.port;
            if (!container[probe])
                complain(object, `wiring: no ${probe}`);
            else if (port && !has_port(object, port))
                complain(object, `wiring: ${probe} asks port ${port}, which it has not got`);
        }
    }
    if (spec.enableServiceLinks !== false)
        complain(object, "wiring: DATAHUB_PORT would be set by Kubernetes");
}

function check_wiring(object) {
    switch (object.kind) {
    case "Service":
        return check_selected(object, { matchLabels: object.spec.selector }, object.spec.ports.map((one) => one.targetPort));
    case "PodDisruptionBudget":
        for (const one of selected(object.spec.selector))
            if (one.spec.replicas <= object.spec.minAvailable)
                complain(object, `wiring: no pod of ${name(one)} could ever be moved`);
        return check_selected(object, object.spec.selector, []);
    case "NetworkPolicy":
        return check_policy(object);
    }
}

check_fields(objects);
for (const object of objects) {
    check_schema(object);
    check_wiring(object);
}
for (const object of workloads) {
    check_restricted(object, template_of(object).spec);
    check_workload(object);
}
const images = new Set(workloads.flatMap((one) => template_of(one).spec.containers.map((container) => container.image)));
if (workloads.length > 0 && images.size !== 1)
    problems.push(`wiring: not one image but ${[...images].join(", ")}`);
if (!objects.length)
    problems.push("there is nothing");
console.log(problems.join("\n"));
process.exitCode = problems.length ? 1 : 0;
