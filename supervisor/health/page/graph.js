/*
 * What needs what: boxes in layers, and a line from each unit to those that require it; from left to right, or from
 * top to bottom where the screen is narrow. The lines along which a failure goes are marked. The boxes are links.
 */

import { draw, make, setAttribute } from './dom.js';
import { layers, unitsShown, unitWord } from './model.js';
import { count, stemOf } from './words.js';

const BOX = { widthMin: 130, widthMax: 170, letter: 7.4, height: 40, gap: 18, way: 28, wayMax: 64 };
/* Beyond that nobody sees anything in it. */
const UNITS_MAX = 60;

/* Places the boxes: across is the direction in which the layers follow each other. */
function placeBoxes(columns, { isWide, boxWidth: wanted, width }) {
    const places = new Map();
    const most = Math.max(...columns.map(column => column.length));
    const boxWidth = isWide ? wanted : Math.min(wanted, Math.floor((width - (most - 1) * 8) / most));
    const along = isWide ? BOX.height + BOX.gap : boxWidth + 8;
    const room = (width - boxWidth - 4) / Math.max(1, columns.length - 1) - boxWidth;
    const step = isWide ? boxWidth + Math.max(BOX.way, Math.min(BOX.wayMax, room)) : BOX.height + BOX.way;

    columns.forEach((column, depth) => {
        const start = (most - column.length) * along / 2;

        column.forEach((unit, index) => places.set(unit.name, isWide
            ? { x: 2 + depth * step, y: 4 + start + index * along, width: boxWidth }
            : { x: (width - most * along + 8) / 2 + start + index * along, y: 4 + depth * step, width: boxWidth }));
    });
    const size = isWide ? { width: 4 + (columns.length - 1) * step + boxWidth, height: 8 + most * along - BOX.gap }
        : { width, height: 8 + (columns.length - 1) * step + BOX.height };

    return { places, size };
}

/* Neighbours of neighbours side by side: a box goes to where the boxes that it needs are, on average. */
function order(columns, edges) {
    columns.forEach((column, depth) => {
        if (depth === 0)
            return;
        const rank = new Map();

        columns.slice(0, depth).forEach(earlier => earlier.forEach((unit, index) =>
            rank.set(unit.name, (index + 0.5) / earlier.length)));
        const middle = unit => {
            const needs = edges.filter(edge => edge.to === unit.name && rank.has(edge.from)).map(edge => rank.get(edge.from));

            return needs.length > 0 ? needs.reduce((total, value) => total + value, 0) / needs.length : 0.5;
        };

        column.sort((a, b) => middle(a) - middle(b));
    });
}

function drawEdge(edge, places, isWide, isCause) {
    const from = places.get(edge.from), to = places.get(edge.to);
    const a = isWide ? { x: from.x + from.width, y: from.y + BOX.height / 2 } : { x: from.x + from.width / 2, y: from.y + BOX.height };
    const b = isWide ? { x: to.x - 6, y: to.y + BOX.height / 2 } : { x: to.x + to.width / 2, y: to.y - 6 };
    const bend = isWide ? Math.max(18, (b.x - a.x) / 2) : Math.max(14, (b.y - a.y) / 2);
    const curve = isWide ? `M${a.x} ${a.y}C${a.x + bend} ${a.y} ${b.x - bend} ${b.y} ${b.x} ${b.y}`
        : `M${a.x} ${a.y}C${a.x} ${a.y + bend} ${b.x} ${b.y - bend} ${b.x} ${b.y}`;
    const tip = isWide ? `M${b.x - 1} ${b.y - 4.5}l7 4.5l-7 4.5z` : `M${b.x - 4.5} ${b.y - 1}l4.5 7l4.5 -7z`;

    return draw('g', { class: isCause ? 'edge cause' : 'edge' }, draw('path', { class: 'way', d: curve }), draw('path', { class: 'tip', d: tip }));
}

function drawBox(unit, place) {
    const word = draw('text', { class: 'box-word', x: place.x + 28, y: place.y + 31 });
    const name = stemOf(unit.name);
    const fits = Math.floor((place.width - 34) / BOX.letter);
    const box = draw('a', { href: `#${encodeURIComponent(unit.name)}`, class: 'box' },
        draw('rect', { x: place.x, y: place.y, width: place.width, height: BOX.height, rx: 7 }),
        draw('use', { class: 'icon', x: place.x + 8, y: place.y + 13, width: 14, height: 14 }),
        draw('text', { class: 'box-name', x: place.x + 28, y: place.y + 17 }, name.length > fits ? `${name.slice(0, fits - 1)}…` : name),
        word);

    return { box, word, fits: Math.floor((place.width - 34) / 6) };
}

export function newGraph(place) {
    return { place, shape: '', boxes: new Map(), edges: [] };
}

/* Drawn anew when the units, what they require or the room changed; otherwise only the words and colours change. */
function redraw(graph, units, width) {
    const { columns, edges } = layers(units);
    const longest = Math.max(...units.map(unit => stemOf(unit.name).length));
    const boxWidth = Math.min(BOX.widthMax, Math.max(BOX.widthMin, Math.ceil(42 + longest * BOX.letter)));
    const isWide = columns.length * (boxWidth + BOX.way) - BOX.way + 4 <= width;

    order(columns, edges);
    const { places, size } = placeBoxes(columns, { isWide, boxWidth, width });

    graph.boxes.clear();
    graph.edges = edges.map(edge => ({ ...edge, element: drawEdge(edge, places, isWide, false) }));
    for (const unit of units)
        graph.boxes.set(unit.name, drawBox(unit, places.get(unit.name)));
    graph.place.replaceChildren(draw('svg', {
        role: 'group', 'aria-label': `${count(units.length, 'unit', 'units')}; each is after all that it requires`,
        width: size.width, height: size.height, viewBox: `0 0 ${size.width} ${size.height}`,
    }, ...graph.edges.map(edge => edge.element), ...[...graph.boxes.values()].map(({ box }) => box)));
}

export function showGraph(graph, model) {
    const units = unitsShown(model);
    const width = Math.max(240, graph.place.clientWidth);
    const shape = JSON.stringify([width, units.map(unit => [unit.name, unit.requires])]);

    if (units.length > UNITS_MAX) {
        graph.place.replaceChildren(make('p', { class: 'quiet' }, `No picture of more than ${UNITS_MAX} units.`));
        return;
    }
    if (shape !== graph.shape) {
        redraw(graph, units, width);
        graph.shape = shape;
    }
    for (const unit of units) {
        const { box, word, fits } = graph.boxes.get(unit.name);
        const { tone, text } = unitWord(unit);
        const needs = unit.requires?.length > 0 ? `; requires ${unit.requires.join(', ')}` : '';

        setAttribute(box, 'data-tone', tone);
        setAttribute(box, 'aria-label', `${unit.name}: ${text}${needs}`);
        setAttribute(box.querySelector('use'), 'href', `#icon-${tone}`);
        if (word.dataset.text !== text) {
            word.dataset.text = text;
            word.textContent = text.length > fits ? `${text.slice(0, fits - 1)}…` : text;
        }
    }
    for (const edge of graph.edges) {
        const from = model.units.get(edge.from), to = model.units.get(edge.to);

        setAttribute(edge.element, 'class', ['bad', 'wait'].includes(unitWord(from).tone) && to.blocked_by ? 'edge cause' : 'edge');
    }
}
