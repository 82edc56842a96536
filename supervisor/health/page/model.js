/*
 * What the page knows of the pod: the answer of /units, kept up to date by the events of /events, and what happened
 * while we looked. No document here and no clock; times are microseconds since the epoch, by the pod's clock.
 */

import { duration, latency, shortName } from './words.js';

const NEWS_MAX = 200, PROBES_MAX = 2000, SEGMENTS_MAX = 500;
/* Two looks at the processor time that lie closer together say nothing. */
const CPU_SPAN_MIN_US = 1e6;

const HELPERS = new Set(['reeve-log.service', 'reeve-health.service', 'reeve-bus.service']);

export function isHelper(unit) {
    return unit.internal ?? HELPERS.has(unit.name);
}

/* ---- words and tones ---------------------------------------------------------------------------------------------- */

const POD_WORDS = {
    healthy: { text: 'Healthy', tone: 'good' },
    degraded: { text: 'Degraded', tone: 'warn' },
    starting: { text: 'Starting', tone: 'busy' },
    unhealthy: { text: 'Unhealthy', tone: 'bad' },
    stopping: { text: 'Stopping', tone: 'busy' },
};

export function podWord(pod) {
    return POD_WORDS[pod?.verdict] ?? { text: 'Unknown', tone: 'off' };
}

/* systemd's results, in words. */
const RESULTS = {
    'exit-code': 'exited with an error',
    signal: 'was killed by a signal',
    'core-dump': 'crashed',
    timeout: 'took too long',
    watchdog: 'missed its watchdog',
    'start-limit-hit': 'failed too often',
    resources: 'could not be started',
    protocol: 'did not say that it was ready',
    'oom-kill': 'was out of memory',
    'exec-condition': 'was not to run here',
};

export function resultText(unit) {
    return !unit.result || unit.result === 'success' ? '' : RESULTS[unit.result] ?? unit.result;
}

function unreadyWord(unit) {
    if (unit.active === 'deactivating')
        return 'Stopping';
    if (unit.active === 'inactive' || unit.active === 'failed')
        return unit.since_realtime_us > 0 ? 'Not running' : 'Not started';
    return unit.sub === 'auto-restart' ? 'Restarting' : 'Starting';
}

function wellWord(unit) {
    if (unit.health === 'healthy')
        return 'Healthy';
    if (unit.active === 'inactive' || unit.sub === 'exited')
        return 'Done';
    return unit.active === 'reloading' ? 'Reloading' : unit.sub === 'active' ? 'Reached' : 'Running';
}

/* How a unit is, for people: {tone, text}. Who only waits for another is no second alarm. */
export function unitWord(unit) {
    const bad = unit.impact === 'critical' || unit.impact === undefined ? 'bad' : 'warn';

    if (unit.blocked_by)
        return { tone: 'wait', text: `Waits for ${shortName(unit.blocked_by)}` };
    switch (unit.verdict) {
    case 'well':
        return { tone: 'good', text: wellWord(unit) };
    case 'failed':
        return { tone: bad, text: 'Failed' };
    case 'unhealthy':
        return { tone: bad, text: 'Unhealthy' };
    case 'unready':
    case 'blocked':
        return { tone: 'busy', text: unreadyWord(unit) };
    default:
        return { tone: 'off', text: 'Idle' };
    }
}

/* ---- the model ---------------------------------------------------------------------------------------------------- */

export function newModel() {
    return {
        pod: null,
        units: new Map(), /* by name, in the pod's order */
        tracks: new Map(), /* by name: what the timeline shows */
        news: [], /* {at, tone, name, text}, the latest first */
        offsetUs: 0, /* what the pod's clock is ahead of ours */
        seenFromUs: 0,
    };
}

export function nowUs(model, ownMs) {
    return ownMs * 1000 + model.offsetUs;
}

function tell(model, entry) {
    model.news.unshift(entry);
    model.news.length = Math.min(model.news.length, NEWS_MAX);
}

function trackOf(model, name) {
    let track = model.tracks.get(name);

    if (!track) {
        track = { segments: [], marks: [], probes: [], cpu: null, cpuShare: null };
        model.tracks.set(name, track);
    }
    return track;
}

/* The oldest goes when there are too many. */
export function pushLimited(list, item, limit) {
    list.push(item);
    if (list.length > limit)
        list.shift();
}

function followState(model, unit, atUs) {
    const track = trackOf(model, unit.name);
    const { tone, text } = unitWord(unit);
    const last = track.segments.at(-1);

    if (last && last.tone === tone && last.text === text && last.since === unit.since_realtime_us)
        return;
    const sameWord = last && last.tone === tone && last.text === text;
    /* Of the present state the pod knows since when; what was before we looked nobody tells. */
    const from = !last && unit.since_realtime_us > 0 ? unit.since_realtime_us : atUs;

    pushLimited(track.segments, { from, tone, text, since: unit.since_realtime_us }, SEGMENTS_MAX);
    if (last && !sameWord)
        tell(model, { at: from, tone, name: unit.name, text: stateSentence(unit, text.toLowerCase()) });
}

function stateSentence(unit, text) {
    const result = unit.verdict === 'well' ? '' : resultText(unit);
    const took = unit.verdict === 'well' && unit.start_latency_us > 0 ? `, after ${latency(unit.start_latency_us)}` : '';

    return `${text}${result ? ` (${result})` : ''}${took}`;
}

function followStarts(model, before, unit, atUs) {
    const track = trackOf(model, unit.name);

    if (!before) {
        if (unit.main_pid > 0 && unit.since_realtime_us > 0)
            pushLimited(track.marks, { at: unit.since_realtime_us, kind: 'start' }, SEGMENTS_MAX);
        return;
    }
    if (unit.restarts > before.restarts) {
        pushLimited(track.marks, { at: atUs, kind: 'restart' }, SEGMENTS_MAX);
        tell(model, { at: atUs, tone: 'busy', name: unit.name, text: `restart ${unit.restarts}` });
    } else if (unit.main_pid > 0 && unit.main_pid !== before.main_pid) {
        pushLimited(track.marks, { at: atUs, kind: 'start' }, SEGMENTS_MAX);
    }
}

function followCpu(model, unit, atUs) {
    const track = trackOf(model, unit.name);
    const last = track.cpu;

    if (typeof unit.cpu_us !== 'number') {
        track.cpu = track.cpuShare = null;
        return;
    }
    if (last && unit.cpu_us >= last.cpuUs && atUs - last.atUs < CPU_SPAN_MIN_US)
        return;
    track.cpuShare = last && unit.cpu_us >= last.cpuUs ? (unit.cpu_us - last.cpuUs) / (atUs - last.atUs) : null;
    track.cpu = { cpuUs: unit.cpu_us, atUs };
}

export function applyUnit(model, unit, atUs) {
    const before = model.units.get(unit.name);

    /* An event need not carry what only a look into /proc tells. */
    model.units.set(unit.name, { ...before, ...unit });
    followStarts(model, before, unit, atUs);
    followState(model, model.units.get(unit.name), atUs);
    if ('cpu_us' in unit)
        followCpu(model, unit, atUs);
}

export function applyPod(model, pod, atUs) {
    const before = model.pod;

    model.pod = { ...before, ...pod };
    if (before && before.verdict !== pod.verdict) {
        const { text, tone } = podWord(pod);

        tell(model, { at: atUs, tone, name: '', text: pod.cause ? `The pod: ${text.toLowerCase()}. ${pod.cause}` : `The pod: ${text.toLowerCase()}` });
    }
}

/* The whole answer of /units. */
export function applyAll(model, all, ownMs) {
    if (all.pod.now_realtime_us > 0)
        model.offsetUs = all.pod.now_realtime_us - ownMs * 1000;
    const atUs = nowUs(model, ownMs);
    const names = new Set(all.units.map(unit => unit.name));

    model.seenFromUs ||= atUs;
    for (const name of model.units.keys())
        if (!names.has(name)) {
            model.units.delete(name);
            model.tracks.delete(name);
        }
    for (const unit of all.units)
        applyUnit(model, unit, atUs);
    /* The pod's own order, also when units came meanwhile. */
    model.units = new Map(all.units.map(unit => [unit.name, model.units.get(unit.name)]));
    applyPod(model, all.pod, atUs);
}

/* {name, health, probe}: a probe was answered. */
export function applyProbe(model, { name, health, probe }) {
    const unit = model.units.get(name);

    if (!unit || typeof probe.is_good !== 'boolean')
        return;
    const track = trackOf(model, name);
    const last = track.probes.at(-1);

    pushLimited(track.probes, { at: probe.at_realtime_us, isGood: probe.is_good }, PROBES_MAX);
    if (last ? last.isGood !== probe.is_good : !probe.is_good)
        tell(model, {
            at: probe.at_realtime_us,
            tone: probe.is_good ? 'good' : 'warn',
            name,
            text: `probe ${probe.is_good ? 'succeeds' : 'fails'}${probe.message ? `: ${probe.message}` : ''}`,
        });
    const probes = unit.probes ?? [];
    const at = probes.findIndex(one => one.address === probe.address);

    unit.health = health ?? unit.health;
    unit.probes = at < 0 ? [...probes, probe] : probes.with(at, { ...probes[at], ...probe });
}

/* {name, realtime_us, priority, text}: a unit printed a line. */
export function applyLine(model, line) {
    const unit = model.units.get(line.name);

    if (unit)
        unit.last_line = line;
}

/* Begins with a capital letter, unless it begins with the name of a unit. */
function sentence(text) {
    const [first] = text.split(' ', 1);

    return first.includes('.') ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/*
 * Why the pod is not well, in words. The pod says so itself; when it has nothing to say, the first unit in trouble is
 * named.
 */
export function causeText(model) {
    const units = unitsShown(model);
    const tones = { unhealthy: ['bad'], degraded: ['warn', 'bad'], starting: ['busy'] }[model.pod.verdict] ?? [];
    const first = units.find(unit => tones.includes(unitWord(unit).tone));

    if (model.pod.cause)
        return sentence(model.pod.cause);
    if (first)
        return stateSentence(first, `${first.name} is ${unitWord(first).text.toLowerCase()}`);
    return model.pod.verdict === 'healthy' ? 'All units are well' : '';
}

/* ---- figures ------------------------------------------------------------------------------------------------------ */

export function unitsShown(model) {
    return [...model.units.values()].filter(unit => !isHelper(unit));
}

export function helpersShown(model) {
    return [...model.units.values()].filter(isHelper);
}

export function uptime(unit, atUs) {
    const isUp = unit.active === 'active' || unit.active === 'reloading';

    return isUp && unit.since_realtime_us > 0 ? duration(atUs - unit.since_realtime_us) : '';
}

/* What was asked to be started; when PID 1 was not told, the only target, or none. */
export function targetName(model) {
    const targets = unitsShown(model).filter(unit => unit.name.endsWith('.target'));

    return model.pod.target || (targets.length === 1 ? targets[0].name : 'pod');
}

/* Where there are more than can be shown, those in trouble come first. */
export function troubleFirst(units, limit) {
    const isCalm = unit => ['well', 'idle'].includes(unit.verdict) && unit.restarts === 0;

    return units.length <= limit ? units : [...units.filter(unit => !isCalm(unit)), ...units.filter(isCalm)].slice(0, limit);
}

/* {well, all}: of the units that somebody asked for. */
export function unitCount(units) {
    const tones = units.map(unit => unitWord(unit).tone).filter(tone => tone !== 'off');

    return { well: tones.filter(tone => tone === 'good').length, all: tones.length };
}

/* A sum over all units, null when none has the figure. */
export function sum(units, member) {
    const known = units.map(unit => unit[member]).filter(value => typeof value === 'number');

    return known.length > 0 ? known.reduce((total, value) => total + value, 0) : null;
}

/* A unit stands right before the first that needs it, so that few lines go past other boxes. */
function pushLater(units, edges, depth) {
    const last = [...units].sort((a, b) => depth.get(b.name) - depth.get(a.name));

    for (const unit of last) {
        const after = edges.filter(edge => edge.from === unit.name).map(edge => depth.get(edge.to));

        if (after.length > 0)
            depth.set(unit.name, Math.max(depth.get(unit.name), Math.min(...after) - 1));
    }
}

/*
 * What needs what, in layers: a unit is right of all that it requires. Edges that follow from others are left out, so
 * that a target which requires all is drawn behind the last ones only.
 */
export function layers(units) {
    const byName = new Map(units.map(unit => [unit.name, unit]));
    const needs = new Map(units.map(unit => [unit.name, (unit.requires ?? []).filter(name => byName.has(name) && name !== unit.name)]));
    const depth = new Map(), all = new Map();
    const visit = (name, above) => {
        if (depth.has(name) || above.has(name))
            return;
        above.add(name);
        const behind = new Set();

        for (const need of needs.get(name)) {
            visit(need, above);
            behind.add(need);
            for (const further of all.get(need) ?? [])
                behind.add(further);
        }
        above.delete(name);
        all.set(name, behind);
        depth.set(name, Math.max(-1, ...needs.get(name).map(need => depth.get(need) ?? -1)) + 1);
    };

    for (const unit of units)
        visit(unit.name, new Set());
    const edges = [];

    for (const [name, list] of needs)
        for (const need of list)
            if (!list.some(other => other !== need && all.get(other)?.has(need)))
                edges.push({ from: need, to: name });
    const columns = [];

    pushLater(units, edges, depth);
    for (const unit of units)
        (columns[depth.get(unit.name)] ??= []).push(unit);
    return { columns: columns.filter(Boolean), edges };
}
