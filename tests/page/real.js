/*
 * The page of a real pod (real.sh): real.js URL. $CTL is reevectl; while $GOOD exists extra.service is healthy.
 */

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { examine, launch, open, picture, textIs, textOf } from './browser.js';
import { diag, done, is, ok, until } from './tap.js';

const url = process.argv[2];
const SOON_MS = 1000;

const unitOf = async name => (await fetch(`${url}units/${name}`)).json();
const row = name => `#unit-table tr:has(a[href="#${name}"])`;
const wordOf = (page, name) => textOf(page, `${row(name)} .word`);
const ctl = (...words) => execFileSync(process.env.CTL, words, { stdio: 'ignore' });

/* Kills a main process; how many milliseconds it took until the page had another word for the unit. */
async function timeOfKill(page, name) {
    const { main_pid: pid } = await unitOf(name);
    const before = await wordOf(page, name);
    const begin = performance.now();

    process.kill(pid, 'SIGKILL');
    return await until(20, async () => await wordOf(page, name) !== before) ? Math.round(performance.now() - begin) : Infinity;
}

async function healthy(page) {
    ok(await textIs(page, '#word', 'Healthy'), 'a real pod: healthy');
    is(await textOf(page, '#target'), 'real.target', 'its target');
    is(await page.$$eval('#unit-table tbody tr', rows => rows.length), 5, 'a row for each unit');
    ok(await page.$eval('#helpers', details => !details.open), 'reeve’s helpers are folded away');
    ok(await until(15, async () => (await textOf(page, `${row('store.service')} .cpu`)).includes('%')), 'processor time is shown');
    ok((await textOf(page, `${row('store.service')} .memory`)).includes('MiB'), 'memory is shown');
    ok((await textOf(page, `${row('store.service')} .probe`)).includes('ms'), 'how long the probe took is shown');
    ok(await page.$$eval('#graph .edge', edges => edges.length) >= 3, 'what needs what is drawn');
    await examine(page, 'healthy');
}

async function kills(page) {
    const times = [];

    for (let i = 1; i <= 3; i++) {
        times.push(await timeOfKill(page, 'api.service'));
        ok(await until(20, async () => await wordOf(page, 'api.service') === 'Running'), `killed: it runs again (${i})`);
        ok(await textIs(page, `${row('api.service')} .restarts`, String(i)), `killed: the restart is counted (${i})`);
    }
    diag(`a killed unit shows after ${times.join(', ')} ms`);
    ok(Math.min(...times) < SOON_MS, 'killed: it shows within a second', `${times} ms`);
    ok(await until(5, async () => await page.$$eval('#timeline .restart', rings => rings.length) === 3), 'killed: the timeline has three rings');
}

async function degraded(page) {
    rmSync(process.env.GOOD);
    ok(await textIs(page, '#word', 'Degraded'), 'a probe fails: degraded');
    ok((await textOf(page, '#cause')).includes('extra.service'), 'a probe fails: the cause is named', await textOf(page, '#cause'));
    await examine(page, 'degraded');
    await picture(page, 'real-degraded');
    writeFileSync(process.env.GOOD, '');
    ok(await textIs(page, '#word', 'Healthy'), 'the probe succeeds: healthy again');
}

async function unhealthy(page) {
    process.kill((await unitOf('store.service')).main_pid, 'SIGKILL');
    ok(await textIs(page, '#word', 'Unhealthy'), 'the store is killed for good: unhealthy');
    ok(await until(10, async () => /store\.service.*failed/.test(await textOf(page, '#cause'))), 'the root cause is named',
        await textOf(page, '#cause'));
    is(await wordOf(page, 'store.service'), 'Failed', 'the row of the cause says so');
    ok(await until(10, async () => await wordOf(page, 'api.service') === 'Waits for store'), 'who needs it only waits',
        await wordOf(page, 'api.service'));
    ok(await page.$$eval('#graph .edge.cause', edges => edges.length) >= 1, 'the way of the failure is marked');
    await examine(page, 'unhealthy');
    await picture(page, 'real-unhealthy');
    ctl('start', 'store.service', 'api.service');
    ok(await textIs(page, '#word', 'Healthy'), 'started again: healthy');
}

async function hostile(page) {
    ok((await textOf(page, row('hostile.service'))).includes('<img src=x'), 'what a hostile unit says is shown as it is');
    await page.click(`${row('hostile.service')} a`);
    ok(await until(20, async () => (await textOf(page, '#detail-facts')).includes('<img src=x onerror=window.owned=2>')),
        'its STATUS= too');
    ok(await until(20, async () => (await textOf(page, '#detail-log')).includes('<script>window.owned=4')), 'and its log lines',
        await textOf(page, '#detail-log-word'));
    await picture(page, 'real-detail', false);
    await page.keyboard.press('Escape');
    is(await page.evaluate(() => window.owned), undefined, 'and nothing of it has run');
    is(await page.$$eval('img', list => list.length), 1, 'and made no element');
    is(await page.evaluate(() => {
        try {
            document.body.insertAdjacentHTML('beforeend', '<i>x</i>');
        } catch (problem) {
            return problem.name;
        }
        return 'made';
    }), 'TypeError', 'the policy refuses HTML made of strings');
    is(await page.evaluate(other => fetch(other).then(() => 'asked', problem => problem.name), 'http://127.0.0.1:9/'), 'TypeError',
        'and to ask others');
}

/* api.service counts: no line is missing between the backlog and what follows it, and none is there twice. */
async function log(page) {
    const numbers = () => page.$$eval('#detail-log code', lines => lines.map(line => Number(line.textContent.replace('line ', ''))));

    await page.click(`${row('api.service')} a`);
    const first = await until(20, async () => (await numbers()).at(-1));
    const seen = await until(20, async () => (await numbers()).at(-1) >= first + 3 && numbers());

    ok(seen, 'the log of a unit follows', String(await numbers()));
    /* It was killed and began to count anew; from there on each number is the next one. */
    const last = seen.slice(seen.lastIndexOf(1));

    ok(last.every((number, index) => number === index + 1), 'and no line is missing, none there twice', String(seen));
    await page.keyboard.press('Escape');
}

/* A reeve-health that hangs, then one that is killed. */
async function lost(page) {
    const pid = (await unitOf('reeve-health.service')).main_pid;

    process.kill(pid, 'SIGSTOP');
    ok(await textIs(page, '#connection', 'Connection lost, data from'), 'reeve-health hangs: the page says since when');
    await examine(page, 'connection lost');
    process.kill(pid, 'SIGCONT');
    ok(await textIs(page, '#connection', 'Live'), 'reeve-health goes on: live again');
    process.kill(pid, 'SIGKILL');
    ok(await until(20, async () => (await unitOf('reeve-health.service').catch(() => ({}))).main_pid > 0), 'reeve-health is killed: there is another');
    ok(await textIs(page, '#connection', 'Live') && await textIs(page, '#word', 'Healthy'), 'and the page follows that one');
}

const browser = await launch();

try {
    const page = await open(browser, url);

    await healthy(page);
    await kills(page);
    await log(page);
    await degraded(page);
    await unhealthy(page);
    await lost(page);
    is(page.complaints.join('\n'), '', 'the browser had nothing to complain of');
    await hostile(page);
} catch (problem) {
    ok(false, 'the test runs to its end', problem.stack);
} finally {
    await browser.close();
}
done();
