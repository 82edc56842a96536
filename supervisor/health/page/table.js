/*
 * The table of units. Rows are made once and then only changed where there is news. Roles are spelled out, since on a
 * narrow screen the style sheet makes cards of the rows, and a browser then no longer takes them for a table.
 */

import { icon, make, setAttribute, setText } from './dom.js';
import { resultText, troubleFirst, unitWord, uptime } from './model.js';
import { bytes, clock, latency, percent } from './words.js';

/* Thousands of rows would cost a browser seconds. */
const ROWS_MAX = 250;

const COLUMNS = [
    { key: 'unit', title: 'Unit' },
    { key: 'state', title: 'State' },
    { key: 'probe', title: 'Probe' },
    { key: 'up', title: 'Up for', isNumber: true },
    { key: 'restarts', title: 'Restarts', isNumber: true },
    { key: 'memory', title: 'Memory', isNumber: true },
    { key: 'cpu', title: 'CPU', isNumber: true },
    { key: 'line', title: 'Last log line' },
];

/* The part of a name that tells, and its kind in faint letters. */
function nameParts(name) {
    const dot = name.lastIndexOf('.');

    return dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}

export function nameLink(name) {
    const [stem, kind] = nameParts(name);

    return make('a', { href: `#${encodeURIComponent(name)}` }, stem, make('span', { class: 'kind' }, kind));
}

function cellOf(column) {
    const tag = column.key === 'unit' ? 'th' : 'td';

    return make(tag, {
        class: `${column.key}${column.isNumber ? ' number' : ''}`,
        role: column.key === 'unit' ? 'rowheader' : 'cell',
        scope: column.key === 'unit' ? 'row' : null,
    });
}

function newRow(unit) {
    const row = { tr: make('tr', { role: 'row' }), cells: {} };

    for (const column of COLUMNS) {
        const cell = cellOf(column);
        const value = make('span', { class: 'value' });

        /* What the head of the column says, for cards, where there is no head. */
        if (column.key !== 'unit')
            cell.append(make('span', { class: 'label', 'aria-hidden': 'true' }, column.title));
        cell.append(value);
        row.cells[column.key] = value;
        row.tr.append(cell);
    }
    row.description = make('span', { class: 'quiet' });
    row.cells.unit.append(nameLink(unit.name), row.description);
    row.icon = icon('off');
    row.word = make('span', { class: 'word' });
    row.sub = make('span', { class: 'quiet' });
    row.cells.state.append(row.icon, row.word, row.sub);
    row.lineTime = make('time', { class: 'quiet' });
    row.lineText = make('code');
    return row;
}

export function toneOfPriority(priority) {
    return priority <= 3 ? 'bad' : priority === 4 ? 'warn' : 'plain';
}

function showLine(row, line) {
    if (!line) {
        row.cells.line.replaceChildren();
        return;
    }
    setText(row.lineTime, clock(line.realtime_us));
    setText(row.lineText, line.text);
    setAttribute(row.lineText, 'data-tone', toneOfPriority(line.priority));
    if (!row.lineTime.isConnected)
        row.cells.line.append(row.lineTime, row.lineText);
}

/* One sentence about the probes: the first that fails, else how long the slowest took. */
export function probeText(unit) {
    const known = (unit.probes ?? []).filter(probe => probe.at_realtime_us > 0);
    const failing = known.find(probe => !probe.is_good);

    if (failing)
        return failing.message || 'fails';
    return known.length > 0 ? latency(Math.max(...known.map(probe => probe.latency_us))) : '';
}

function subText(unit) {
    const result = unit.verdict === 'well' ? '' : resultText(unit);

    return result || `${unit.active} (${unit.sub})`;
}

const or = (value, show) => typeof value === 'number' ? show(value) : '';

function show(row, unit, track, atUs) {
    const word = unitWord(unit);
    const { cells } = row;

    setAttribute(row.tr, 'data-tone', word.tone);
    setAttribute(row.icon.firstChild, 'href', `#icon-${word.tone}`);
    setText(row.description, unit.description ?? '');
    setText(row.word, word.text);
    setText(row.sub, subText(unit));
    setText(cells.probe, unit.blocked_by ? '' : probeText(unit));
    setText(cells.up, uptime(unit, atUs));
    setText(cells.restarts, unit.name.endsWith('.target') ? '' : String(unit.restarts ?? 0));
    setAttribute(cells.restarts, 'data-tone', unit.restarts > 0 ? 'warn' : 'plain');
    setText(cells.memory, or(unit.memory_bytes, bytes));
    setText(cells.cpu, or(track?.cpuShare, percent));
    showLine(row, unit.last_line);
}

export function newTable(place, titleId) {
    const body = make('tbody', { role: 'rowgroup' });
    const head = make('tr', { role: 'row' }, ...COLUMNS.map(column => make('th', {
        role: 'columnheader', scope: 'col', class: column.isNumber ? 'number' : null,
    }, column.title)));

    const remark = make('p', { class: 'quiet' });

    place.append(make('table', { role: 'table', 'aria-labelledby': titleId },
        make('thead', { role: 'rowgroup' }, head), body), remark);
    return { body, remark, rows: new Map() };
}

export function showTable(table, all, model, atUs) {
    const units = troubleFirst(all, ROWS_MAX);
    const names = new Set(units.map(unit => unit.name));

    for (const [name, row] of table.rows)
        if (!names.has(name)) {
            row.tr.remove();
            table.rows.delete(name);
        }
    units.forEach((unit, index) => {
        let row = table.rows.get(unit.name);

        if (!row) {
            row = newRow(unit);
            table.rows.set(unit.name, row);
        }
        if (table.body.children[index] !== row.tr)
            table.body.insertBefore(row.tr, table.body.children[index] ?? null);
        show(row, unit, model.tracks.get(unit.name), atUs);
    });
    setText(table.remark, units.length < all.length ? `${ROWS_MAX} of ${all.length} units, those in trouble first; /units tells of all.` : '');
}
