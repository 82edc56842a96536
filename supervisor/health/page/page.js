/*
 * The dashboard. model.js knows the pod, stream.js brings the news, the other files each show one part. All is drawn
 * from the model, at most once per frame, and once a second for what grows with time.
 */

import { addLine, closeDetail, newDetail, openDetail, reloadLog, showDetail } from './detail.js';
import { at, icon, make, setAttribute, setText } from './dom.js';
import { newGraph, showGraph } from './graph.js';
import {
    applyAll, applyLine, applyPod, applyProbe, applyUnit, causeText, helpersShown, newModel, nowUs, podWord, sum, targetName, unitCount, unitsShown, unitWord,
} from './model.js';
import { follow } from './stream.js';
import { newTable, showTable } from './table.js';
import { showLegend, showTimeline } from './timeline.js';
import { bytes, clock, count, duration, moment, percent, stemOf } from './words.js';

/* What the events do not bring, memory and processor time, is asked for. */
const LOOK_MS = 5000, LOOK_SOON_MS = 1500, LOOK_PATIENCE_MS = 4000, TICK_MS = 1000, FRAME_MS = 100;
/* Most pods have no picture: they are seldom asked for one. */
const PICTURE_MS = 10000, NO_PICTURE_MS = 120000;
const SPANS = [[300, '5 min'], [900, '15 min'], [3600, '1 h']];

const model = newModel();
const link = { state: 'connecting', heardUs: 0, changes: 0, stream: null };
const picture = { tag: '', realtimeUs: 0, nextMs: 0 };
const view = { spanS: SPANS[0][0], isDue: false, hasNews: false, shownMs: 0, costMs: 0 };

/* ---- asking ------------------------------------------------------------------------------------------------------- */

/*
 * A port with a token is asked with the one that was given as #token=…, which no server sees; it stays in this tab. True
 * when there was one.
 */
function takeToken() {
    const match = /^#token=(.+)$/.exec(location.hash);

    if (match) {
        sessionStorage.setItem('token', decodeURIComponent(match[1]));
        history.replaceState(null, '', location.pathname);
    }
    return Boolean(match);
}

function headers() {
    const token = sessionStorage.getItem('token');

    return { Accept: 'application/json', ...token && { Authorization: `Bearer ${token}` } };
}

async function request(path, signal) {
    const answer = await fetch(path, { headers: headers(), cache: 'no-store', signal: signal ?? AbortSignal.timeout(LOOK_PATIENCE_MS) });

    if (!answer.ok)
        throw Object.assign(new Error(`${path}: ${answer.status}`), { status: answer.status });
    return answer.json();
}

async function look() {
    const { changes } = link;
    const all = await request('/units');

    heard();
    /* An answer that was on its way while something changed is older than what we know. */
    if (changes !== link.changes)
        setTimeout(lookAgain, LOOK_SOON_MS);
    else
        applyAll(model, all, Date.now());
    due();
}

/* A stream begins: of what was said since the last one nothing is known. */
async function lookAnew() {
    await look();
    reloadLog(detail);
    lookAtPicture();
}

/* ---- the connection ----------------------------------------------------------------------------------------------- */

function heard() {
    link.heardUs = nowUs(model, Date.now());
    if (link.state !== 'live') {
        link.state = 'live';
        due();
    }
}

function lost(problem) {
    /* Also what would be a mistake of this page is seen in the browser's console. */
    console.warn(problem);
    link.state = problem?.status === 401 || problem?.status === 403 ? 'refused' : link.heardUs > 0 ? 'lost' : 'connecting';
    due();
}

const TAKE = {
    unit: data => applyUnit(model, data, nowUs(model, Date.now())),
    pod: data => applyPod(model, data, nowUs(model, Date.now())),
    probe: data => applyProbe(model, data),
    log: data => {
        applyLine(model, data);
        addLine(detail, data);
    },
};

function onEvent({ type, data }) {
    if (type === 'unit' || type === 'pod')
        link.changes++;
    TAKE[type]?.(JSON.parse(data));
    due();
}

/* A look that fails tells of a connection that hangs; then the stream is made anew, too. */
async function lookAgain() {
    if (link.state !== 'live' || document.hidden)
        return;
    try {
        await look();
    } catch (problem) {
        lost(problem);
        link.stream.abort();
    }
}

/* By fetch(), since an image cannot carry a token; the browser asks only whether there is a newer one. */
async function lookAtPicture() {
    if (link.state !== 'live' || document.hidden || performance.now() < picture.nextMs)
        return;
    const answer = await fetch('/picture', { headers: headers(), cache: 'no-cache' }).catch(() => null);
    const image = at('picture-image');

    picture.nextMs = performance.now() + (answer?.status === 404 ? NO_PICTURE_MS : 0);
    if (answer?.ok && answer.headers.get('ETag') !== picture.tag) {
        URL.revokeObjectURL(image.src);
        image.src = URL.createObjectURL(await answer.blob());
        picture.tag = answer.headers.get('ETag');
        picture.realtimeUs = Date.parse(answer.headers.get('Last-Modified')) * 1000;
    }
    at('picture').hidden = !answer?.ok;
    due();
}

/* ---- showing ------------------------------------------------------------------------------------------------------ */

function connectionText() {
    switch (link.state) {
    case 'live':
        return 'Live';
    case 'lost':
        return `Connection lost, data from ${clock(link.heardUs)}; trying again`;
    case 'refused':
        return 'This port asks for a token: open the page with #token=… at the end of its address';
    default:
        return 'Connecting …';
    }
}

const ICON_COLOURS = { good: '#12805c', warn: '#b26a00', bad: '#d1293d', busy: '#2f6fd0', off: '#7b8794' };

function showTab(tone, text) {
    const colour = link.state === 'live' ? ICON_COLOURS[tone] : ICON_COLOURS.off;
    const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${colour}"/></svg>`;
    const target = stemOf(targetName(model));

    setAttribute(document.querySelector('link[rel=icon]'), 'href', `data:image/svg+xml,${encodeURIComponent(picture)}`);
    document.title = `${link.state === 'live' ? text : 'Connection lost'} · ${target}`;
}

function showFacts(units, atUs) {
    const cpu = sum(units.map(unit => ({ share: model.tracks.get(unit.name)?.cpuShare })), 'share');
    const memory = sum(units, 'memory_bytes');
    const { well, all } = unitCount(units);
    const facts = [
        ['Pod up for', model.pod.started_realtime_us > 0 ? duration(atUs - model.pod.started_realtime_us) : ''],
        ['Units well', `${well} of ${all}`],
        ['Restarts', String(sum(units, 'restarts') ?? 0)],
        ['Memory', memory === null ? '' : bytes(memory)],
        ['CPU', cpu === null ? '' : percent(cpu)],
    ];
    const place = at('facts');

    if (place.childElementCount === 0)
        place.append(...facts.map(([name]) => make('div', {}, make('dt', {}, name), make('dd'))));
    facts.forEach(([, value], index) => setText(place.children[index].lastChild, value || '–'));
}

/* What the root of the trouble said last. */
function showLastWords() {
    const root = model.pod.root ? model.units.get(model.pod.root) : null;
    const line = root?.last_line;

    at('last-words').hidden = !line;
    if (line) {
        setText(at('last-words-who'), `${root.name} said last, at ${clock(line.realtime_us)}:`);
        setText(at('last-words-text'), line.text);
    }
}

function showPod(units, atUs) {
    const { text, tone } = podWord(model.pod);

    at('pod').dataset.tone = tone;
    setAttribute(at('verdict').querySelector('use'), 'href', `#icon-${tone}`);
    setText(at('target'), targetName(model));
    setText(at('word'), text);
    setText(at('cause'), causeText(model));
    setText(at('version'), `reeve ${model.pod.version ?? ''}`);
    showLastWords();
    showFacts(units, atUs);
    showTab(tone, text);
}

function newsItem(entry, atUs) {
    return make('li', { 'data-tone': entry.tone }, make('time', { class: 'quiet' }, moment(entry.at, atUs)), icon(entry.tone),
        make('span', {}, entry.name ? make('strong', {}, entry.name) : '', entry.name ? ' ' : '', entry.text));
}

function showNews(atUs) {
    const list = at('news');
    const mark = `${model.news.length} ${model.news[0]?.at} ${model.news[0]?.text}`;

    if (list.dataset.mark === mark)
        return;
    list.dataset.mark = mark;
    list.replaceChildren(...model.news.map(entry => newsItem(entry, atUs)));
    if (model.news.length === 0)
        list.append(make('li', { class: 'quiet' }, `Nothing since ${clock(model.seenFromUs)}, when this page was opened.`));
}

function showHelpers(atUs) {
    const helpers = helpersShown(model);
    const ill = helpers.filter(unit => unitWord(unit).tone !== 'good');

    at('helpers').hidden = helpers.length === 0;
    setText(at('helpers-word'), ill.length === 0 ? 'all well' : `${count(ill.length, 'is', 'are')} not well`);
    showTable(tables.helpers, helpers, model, atUs);
}

function show() {
    /* Without a connection the time stands still: nothing here is said of now. */
    const atUs = link.state === 'live' ? nowUs(model, Date.now()) : link.heardUs;

    const beginMs = performance.now();

    /* Until the browser has laid it out and painted it. */
    setTimeout(() => {
        view.shownMs = performance.now();
        view.costMs = view.shownMs - beginMs;
        view.isDue = false;
        if (view.hasNews)
            due();
    });
    view.hasNews = false;
    document.documentElement.dataset.link = link.state;
    at('connection').dataset.state = link.state;
    setText(at('connection-text'), connectionText());
    if (!model.pod)
        return;
    const units = unitsShown(model);

    showPod(units, atUs);
    showTable(tables.units, units, model, atUs);
    showHelpers(atUs);
    showTimeline(at('timeline'), model, view.spanS, atUs);
    showGraph(graph, model);
    showNews(atUs);
    showPictureTime(atUs);
    showDetail(detail, model, atUs);
}

function showPictureTime(atUs) {
    if (picture.realtimeUs > 0)
        setText(at('picture-time'), `${moment(picture.realtimeUs, atUs)}, ${duration(atUs - picture.realtimeUs)} ago`);
}

/* A flood of events costs no picture each, and all pictures together a fourth of the browser's time. */
function due() {
    view.hasNews = true;
    if (view.isDue)
        return;
    view.isDue = true;
    setTimeout(() => requestAnimationFrame(show), Math.max(0, view.shownMs + Math.max(FRAME_MS, 3 * view.costMs) - performance.now()));
}

/* ---- beginning ---------------------------------------------------------------------------------------------------- */

function makeSpans() {
    for (const [seconds, text] of SPANS) {
        const input = make('input', { type: 'radio', name: 'span', value: seconds, checked: seconds === view.spanS });

        input.addEventListener('change', () => {
            view.spanS = seconds;
            due();
        });
        at('spans').append(make('label', {}, input, make('span', {}, text)));
    }
}

function followAddress() {
    if (takeToken())
        link.stream.abort();
    const name = decodeURIComponent(location.hash.slice(1));

    if (name.includes('.'))
        openDetail(detail, name);
    else
        closeDetail();
    due();
}


takeToken();
makeSpans();
showLegend(at('legend'));
const tables = { units: newTable(at('unit-table'), 'units-title'), helpers: newTable(at('helper-table'), 'units-title') };
const graph = newGraph(at('graph'));
const detail = newDetail({
    request,
    onClose: () => {
        if (location.hash)
            history.pushState(null, '', location.pathname);
    },
});

link.stream = follow({ headers, onOpen: lookAnew, onEvent, onBytes: heard, onLost: lost });
addEventListener('hashchange', followAddress);
addEventListener('resize', due);
document.addEventListener('visibilitychange', lookAgain);
/* Processor time is the difference of two looks. */
setTimeout(lookAgain, LOOK_SOON_MS);
setInterval(lookAgain, LOOK_MS);
setInterval(lookAtPicture, PICTURE_MS);
setInterval(due, TICK_MS);
followAddress();
