/*
 * A lane per unit: a band in the colour of each state, a triangle where it was started, a ring where it was restarted,
 * and a tick per probe below the band. It shows what was seen since the page is open, and of the present state since
 * when it holds. For a screen reader it is one picture with a sentence; what happened is told by the list beside it.
 */

import { draw, make } from './dom.js';
import { troubleFirst, unitsShown } from './model.js';
import { clock, count, shortName } from './words.js';

const LANES_MAX = 40;
const LANE = 30, BAND = 12, TOP = 6, AXIS = 24;
const STEPS_S = [10, 30, 60, 120, 300, 600, 900, 1800, 3600];

/* Where a time lies, cut to the picture. */
function scaleOf(fromUs, toUs, left, width) {
    return us => left + width * Math.min(1, Math.max(0, (us - fromUs) / (toUs - fromUs)));
}

function axis(fromUs, toUs, x, place) {
    const spanS = (toUs - fromUs) / 1e6;
    const stepUs = (STEPS_S.find(step => spanS / step <= place.ticks) ?? 3600) * 1e6;
    const parts = [];

    for (let at = Math.ceil(fromUs / stepUs) * stepUs; at <= toUs; at += stepUs) {
        const isNearEdge = x(at) < place.left + 24 || x(at) > place.left + place.width - 20;

        parts.push(draw('line', { class: 'grid', x1: x(at), x2: x(at), y1: 0, y2: place.height - AXIS + 4 }));
        if (!isNearEdge)
            parts.push(draw('text', { class: 'tick', x: x(at), y: place.height - 6, 'text-anchor': 'middle' },
                stepUs < 60e6 ? clock(at) : clock(at).slice(0, 5)));
    }
    return parts;
}

function bands(track, toUs, fromUs, x, y) {
    const parts = [];

    track.segments.forEach((segment, index) => {
        const end = track.segments[index + 1]?.from ?? toUs;
        const width = x(end) - x(segment.from);

        if (end > fromUs)
            parts.push(draw('rect', {
                class: 'band', 'data-tone': segment.tone, x: x(segment.from), y, height: BAND, rx: 2,
                width: Math.max(1.5, width - 0.75),
            }));
    });
    return parts;
}

function marks(track, fromUs, x, y) {
    return track.marks.filter(mark => mark.at >= fromUs).map(mark => mark.kind === 'start'
        ? draw('path', { class: 'start', d: `M${x(mark.at)} ${y - 3}l8 ${BAND / 2 + 3}l-8 ${BAND / 2 + 3}z` })
        : draw('circle', { class: 'restart', cx: x(mark.at), cy: y + BAND / 2, r: 5.5 }));
}

/* All good ones in one path, all bad ones in another: there may be thousands. */
function probes(track, fromUs, x, y) {
    const path = (isGood, height) => track.probes
        .filter(probe => probe.isGood === isGood && probe.at >= fromUs)
        .map(probe => `M${x(probe.at).toFixed(1)} ${y}v${height}`).join('');

    return [draw('path', { class: 'probe', d: path(true, 4) }), draw('path', { class: 'probe failed', d: path(false, 7) })];
}

function label(name, room) {
    const text = shortName(name);
    const fits = Math.floor(room / 7.2);

    return text.length > fits ? `${text.slice(0, fits - 1)}…` : text;
}

export function showTimeline(place, model, spanS, atUs) {
    const all = unitsShown(model).filter(unit => unit.verdict !== 'idle' && !unit.name.endsWith('.target'));
    const units = troubleFirst(all, LANES_MAX);
    const full = Math.max(260, place.clientWidth);
    const left = full < 560 ? 84 : 140;
    const size = { left, width: full - left, height: TOP + units.length * LANE + AXIS, ticks: full < 560 ? 4 : 8 };
    const fromUs = atUs - spanS * 1e6;
    const x = scaleOf(fromUs, atUs, left, size.width);
    const parts = axis(fromUs, atUs, x, size);
    let restarts = 0, failures = 0;

    units.forEach((unit, index) => {
        const track = model.tracks.get(unit.name);
        const y = TOP + index * LANE + 4;

        restarts += track.marks.filter(mark => mark.kind === 'restart' && mark.at >= fromUs).length;
        failures += track.probes.filter(probe => !probe.isGood && probe.at >= fromUs).length;
        parts.push(draw('text', { class: 'lane', x: 0, y: y + BAND - 2 }, label(unit.name, left)));
        parts.push(draw('rect', { class: 'unknown', x: left, y, width: size.width, height: BAND, rx: 2 }));
        parts.push(...bands(track, atUs, fromUs, x, y), ...marks(track, fromUs, x, y), ...probes(track, fromUs, x, y + BAND + 2));
    });
    const picture = draw('svg', {
        role: 'img', width: full, height: size.height, viewBox: `0 0 ${full} ${size.height}`,
        'aria-label': `The last ${count(spanS / 60, 'minute', 'minutes')} of ${count(units.length, 'unit', 'units')}: `
            + `${count(restarts, 'restart', 'restarts')}, ${count(failures, 'failed probe', 'failed probes')}`,
    }, ...parts);

    place.replaceChildren(picture, ...units.length < all.length
        ? [make('p', { class: 'quiet' }, `${LANES_MAX} of ${all.length} units, those in trouble first.`)] : []);
}

/* What the colours and signs mean. */
export function showLegend(place) {
    const band = tone => draw('svg', { class: 'sample', width: 18, height: 12, 'aria-hidden': 'true' },
        draw('rect', { class: 'band', 'data-tone': tone, width: 18, height: 12, rx: 2 }));
    const sign = part => draw('svg', { class: 'sample', width: 14, height: 14, 'aria-hidden': 'true' }, part);
    const entries = [
        [band('good'), 'well'], [band('busy'), 'starting, stopping'], [band('wait'), 'waits for another'], [band('bad'), 'failed'],
        [sign(draw('path', { class: 'start', d: 'M3 1l8 6l-8 6z' })), 'start'],
        [sign(draw('circle', { class: 'restart', cx: 7, cy: 7, r: 5 })), 'restart'],
        [sign(draw('path', { class: 'probe', d: 'M7 4v7' })), 'probe'],
        [sign(draw('path', { class: 'probe failed', d: 'M7 1v12' })), 'failed probe'],
    ];

    place.replaceChildren(...entries.map(([picture, text]) => make('span', { class: 'entry' }, picture, ' ', text)));
}
