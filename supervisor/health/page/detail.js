/*
 * One unit in full, in a dialog: what is known of it, its probes and the end of its log. It is opened by the address
 * (#redis.service), so that it can be linked to and the browser's way back closes it.
 */

import { at, icon, make, setText } from './dom.js';
import { pushLimited, resultText, unitWord, uptime } from './model.js';
import { nameLink, toneOfPriority } from './table.js';
import { bytes, clock, latency, moment, percent } from './words.js';

const LINES_MAX = 500, LINES_ASKED = 200;

export function newDetail({ request, onClose }) {
    /* `waiting` are lines that the next frame shows; `sequence` is that of the last one shown. */
    const detail = { name: '', request, onClose, abort: null, isLoaded: false, waiting: [], sequence: 0 };

    at('detail-close').addEventListener('click', () => at('detail').close());
    at('detail').addEventListener('close', () => {
        detail.name = '';
        detail.abort?.abort();
        onClose();
    });
    /* A click beside the dialog closes it, as people expect. */
    at('detail').addEventListener('click', event => {
        if (event.target === at('detail'))
            at('detail').close();
    });
    return detail;
}

function lineItem(line) {
    return make('li', { 'data-tone': toneOfPriority(line.priority) },
        make('time', { class: 'quiet' }, clock(line.realtime_us)), ' ', make('code', {}, line.text));
}

const isAtEnd = list => list.scrollHeight - list.scrollTop - list.clientHeight < 24;

/* What came both with the backlog and as an event is shown once. */
function showLines(detail) {
    const news = detail.waiting.filter(line => !(line.sequence <= detail.sequence)).slice(-LINES_MAX);
    const list = at('detail-log');

    detail.waiting = [];
    if (news.length === 0)
        return;
    const follows = isAtEnd(list);

    detail.sequence = news.at(-1).sequence ?? detail.sequence;
    list.append(...news.map(lineItem));
    while (list.childElementCount > LINES_MAX)
        list.firstChild.remove();
    if (follows)
        list.scrollTop = list.scrollHeight;
}

async function loadLog(detail, name) {
    detail.abort?.abort();
    detail.abort = new AbortController();
    Object.assign(detail, { isLoaded: false, waiting: [], sequence: 0 });
    setText(at('detail-log-word'), 'loading …');
    try {
        const lines = await detail.request(`/units/${encodeURIComponent(name)}/logs?n=${LINES_ASKED}`, detail.abort.signal);

        if (detail.name !== name)
            return;
        at('detail-log').replaceChildren();
        /* An entry without a text tells how many lines are lost. */
        detail.waiting.unshift(...lines.filter(line => typeof line.text === 'string'));
        detail.isLoaded = true;
        setText(at('detail-log-word'), detail.waiting.length > 0 ? '' : 'nothing was printed yet');
        showLines(detail);
    } catch (problem) {
        if (detail.name === name && problem.name !== 'AbortError')
            setText(at('detail-log-word'), 'the log cannot be read just now');
    }
}

export function openDetail(detail, name) {
    detail.name = name;
    at('detail-log').replaceChildren();
    if (!at('detail').open)
        at('detail').showModal();
    loadLog(detail, name);
}

export function closeDetail() {
    if (at('detail').open)
        at('detail').close();
}

/* A line of some unit. */
export function addLine(detail, line) {
    if (detail.name !== line.name)
        return;
    pushLimited(detail.waiting, line, LINES_MAX);
    if (detail.isLoaded)
        setText(at('detail-log-word'), '');
}

/* The connection was lost for a while: what was said meanwhile is asked for. */
export function reloadLog(detail) {
    if (detail.name)
        loadLog(detail, detail.name);
}

function links(names) {
    return names.flatMap((name, index) => index > 0 ? [', ', nameLink(name)] : [nameLink(name)]);
}

function facts(unit, model, atUs) {
    const result = resultText(unit);
    const requiredBy = [...model.units.values()].filter(other => other.requires?.includes(unit.name)).map(other => other.name);
    const cpuShare = model.tracks.get(unit.name)?.cpuShare;

    return [
        ['State', `${unit.active} (${unit.sub})`],
        result && ['Last end', `${result} (${unit.result})`],
        unit.since_realtime_us > 0 && ['Since', moment(unit.since_realtime_us, atUs)],
        uptime(unit, atUs) && ['Up for', uptime(unit, atUs)],
        unit.main_pid > 0 && ['Main process', String(unit.main_pid)],
        ['Restarts', String(unit.restarts ?? 0)],
        unit.start_latency_us > 0 && ['Start took', latency(unit.start_latency_us)],
        typeof unit.memory_bytes === 'number' && ['Memory', bytes(unit.memory_bytes)],
        typeof unit.cpu_us === 'number' && ['CPU', typeof cpuShare === 'number' ? `${percent(cpuShare)}, ${latency(unit.cpu_us)} in all` : latency(unit.cpu_us)],
        typeof unit.processes === 'number' && ['Processes', String(unit.processes)],
        unit.status && ['It says', unit.status],
        unit.impact && ['For the pod', unit.impact === 'critical' ? 'critical' : unit.impact === 'degrade' ? 'degrades it' : 'does not count'],
        unit.blocked_by && ['Waits for', links([unit.blocked_by])],
        unit.requires?.length > 0 && ['Requires', links(unit.requires)],
        requiredBy.length > 0 && ['Required by', links(requiredBy)],
    ].filter(Boolean);
}

/* Written anew only when something else is to be said, so that a link in it keeps the focus. */
function setParts(element, parts, build) {
    const text = JSON.stringify(parts, (key, value) => value instanceof Node ? value.textContent : value);

    if (element.dataset.shown !== text) {
        element.dataset.shown = text;
        element.replaceChildren(...build(parts));
    }
}

function probeItem(probe) {
    const isKnown = probe.at_realtime_us > 0;
    const tone = !isKnown ? 'busy' : probe.is_good ? 'good' : 'bad';
    const figures = isKnown ? `${clock(probe.at_realtime_us)}, ${latency(probe.latency_us)}${probe.failures > 0 ? `, ${probe.failures} failed in a row` : ''}` : 'not asked yet';

    return make('li', { 'data-tone': tone }, icon(tone), make('code', {}, probe.address), ' ',
        make('span', {}, probe.message ?? ''), ' ', make('span', { class: 'quiet' }, figures));
}

export function showDetail(detail, model, atUs) {
    if (!detail.name)
        return;
    if (detail.isLoaded)
        showLines(detail);
    const unit = model.units.get(detail.name);

    setText(at('detail-name'), detail.name);
    setText(at('detail-description'), unit ? unit.description ?? '' : 'There is no such unit in this pod.');
    if (!unit) {
        for (const id of ['detail-status', 'detail-facts', 'detail-probes'])
            setParts(at(id), [], () => []);
        return;
    }
    const word = unitWord(unit);

    at('detail-status').dataset.tone = word.tone;
    setParts(at('detail-status'), [word], ([{ tone, text }]) => [icon(tone), make('span', { class: 'word' }, text)]);
    setParts(at('detail-facts'), facts(unit, model, atUs), list => list.map(([name, value]) => make('div', {},
        make('dt', {}, name), make('dd', {}, ...[value].flat()))));
    setParts(at('detail-probes'), unit.probes ?? [], list => list.length > 0 ? [make('ul', {}, ...list.map(probeItem))]
        : [make('p', { class: 'quiet' }, 'None: it is well while it runs.')]);
}
