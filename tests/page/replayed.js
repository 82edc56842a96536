/* The page with pods that are played: every state, both colour schemes, narrow and wide; by keyboard; without motion. */

import { examine, focused, launch, open, picture, textIs, textOf } from './browser.js';
import { replay } from './replay.js';
import { done, is, ok, until } from './tap.js';

const pod = replay(Number(process.env.PAGE_PORT ?? 18391));
const WORDS = { healthy: 'Healthy', degraded: 'Degraded', unhealthy: 'Unhealthy', starting: 'Starting', hostile: 'Unhealthy' };

/* Probes of the last minutes, so that there is something to be seen. */
function playProbes() {
    for (const [index, name] of ['redis', 'datahub', 'xvfb', 'chromium', 'kairos'].entries())
        for (let i = 0; i < 50; i++)
            pod.send('probe', {
                name: `${name}.service`, health: 'healthy',
                probe: { address: 'replayed', is_good: true, at_realtime_us: (Date.now() - i * 5000 - index * 700) * 1000, latency_us: 400, failures: 0, message: '' },
            });
}

async function eachState(browser) {
    for (const scene of Object.keys(WORDS))
        for (const [width, height] of [[1280, 900], [320, 640]])
            for (const scheme of ['light', 'dark']) {
                const text = `${scene}, ${width} px, ${scheme}`;

                pod.play('healthy');
                const page = await open(browser, pod.url, { width, height, scheme });

                playProbes();
                pod.play(scene);
                ok(await textIs(page, '#word', WORDS[scene]), `${text}: says so`);
                await until(10, async () => (await textOf(page, '#facts')).includes('%'));
                await picture(page, `${scene}-${width}-${scheme}`);
                await examine(page, text);
                is(page.complaints.join('\n'), '', `${text}: no complaints`);
                if (scene === 'hostile')
                    await hostile(page, text);
                await page.close();
            }
}

async function hostile(page, text) {
    is(await page.evaluate(() => window.owned), undefined, `${text}: no script of a unit runs`);
    is(await page.$$eval('img', list => list.length), 1, `${text}: and there is no element of its making`);
    ok((await textOf(page, '#cause')).includes('<img src=x'), `${text}: its words are shown as they are`);
    await page.click('a[href="#redis.service"]');
    await page.waitForFunction(() => document.querySelector('#detail-log li'));
    is(await page.evaluate(() => window.owned), undefined, `${text}: nor in the detail`);
    is(await page.$$eval('img', list => list.length), 1, `${text}: nor an element there`);
}

async function detail(browser) {
    for (const [width, height, scheme] of [[1280, 900, 'dark'], [320, 640, 'light']]) {
        pod.play('degraded');
        const page = await open(browser, `${pod.url}#kairos.service`, { width, height, scheme });

        await page.waitForFunction(() => document.querySelector('#detail-log li'));
        is(await textOf(page, '#detail-name'), 'kairos.service', `detail, ${width} px: the address opens it`);
        await picture(page, `detail-${width}-${scheme}`, false);
        await examine(page, `detail, ${width} px`);
        await page.close();
    }
    pod.play('healthy');
}

async function keyboard(browser) {
    const page = await open(browser, pod.url);
    const press = async (...keys) => {
        for (const key of keys)
            await page.keyboard.press(key);
        return focused(page);
    };

    is(await press('Tab'), '#units', 'keyboard: first comes the way past the head');
    is(await press('Enter', 'Tab'), '#redis.service', 'keyboard: it leads to the first unit');
    await press('Enter');
    await page.waitForSelector('dialog[open]');
    is(await focused(page), 'detail-close', 'keyboard: Enter opens the unit');
    const seen = [];

    for (let i = 0; i < 6; i++)
        seen.push(await press('Tab'));
    ok(seen.includes('detail-log'), 'keyboard: the log can be reached, to be scrolled', seen.join(' '));
    ok(await page.evaluate(() => !document.activeElement.closest('main')), 'keyboard: what is behind cannot');
    await press('Escape');
    await page.waitForFunction(() => !document.querySelector('dialog[open]'));
    is(await focused(page), '#redis.service', 'keyboard: Escape goes back to where one was');
    is(new URL(page.url()).hash, '', 'keyboard: and so does the address');
    for (let i = 0; i < 20 && await press('Tab') !== '300'; i++)
        ;
    is(await press('ArrowRight'), '900', 'keyboard: the span of the timeline is chosen by arrows');
    ok(await until(5, async () => (await page.$eval('#timeline svg', svg => svg.getAttribute('aria-label'))).includes('15 minutes')),
        'keyboard: and is shown');
    await page.close();
}

async function lost(browser) {
    for (const scheme of ['light', 'dark']) {
        pod.play('healthy');
        const page = await open(browser, pod.url, { scheme });

        await textIs(page, '#connection', 'Live');
        await pod.close();
        ok(await textIs(page, '#connection', 'Connection lost, data from '), `lost, ${scheme}: it says so, and since when`);
        await picture(page, `lost-1280-${scheme}`);
        await examine(page, `lost, ${scheme}`);
        const upFor = await textOf(page, '#facts');

        await pod.listen();
        pod.play('degraded');
        ok(await textIs(page, '#connection', 'Live'), `lost, ${scheme}: it comes back by itself`);
        ok(await textIs(page, '#word', 'Degraded'), `lost, ${scheme}: with what happened meanwhile`, upFor);
        await page.close();
    }
}

/* A port with a token: the page says what is missing, and takes it from its address. */
async function token(browser) {
    pod.play('healthy');
    pod.wantToken('a secret');
    const page = await browser.newPage();

    await page.goto(pod.url);
    ok(await textIs(page, '#connection', 'asks for a token'), 'token: without one the page says so');
    await examine(page, 'token');
    await page.goto(`${pod.url}#token=another`);
    await page.goto(`${pod.url}#token=a%20secret`);
    ok(await textIs(page, '#word', 'Healthy'), 'token: with it the pod is shown');
    is(new URL(page.url()).hash, '', 'token: it does not stay in the address');
    await page.reload();
    ok(await textIs(page, '#word', 'Healthy'), 'token: it is kept for the tab');
    pod.wantToken('');
    await page.close();
}

async function motion(browser) {
    const page = await open(browser, pod.url, { motion: 'reduce' });

    await pod.close();
    await textIs(page, '#connection', 'Connection lost');
    is(await page.evaluate(() => document.getAnimations().length), 0, 'reduced motion: nothing moves, also when the connection is lost');
    await pod.listen();
    await page.close();
}

await pod.listen();
const browser = await launch();

try {
    await eachState(browser);
    await detail(browser);
    await keyboard(browser);
    await lost(browser);
    await token(browser);
    await motion(browser);
} catch (problem) {
    ok(false, 'the test runs to its end', problem.stack);
} finally {
    await browser.close();
    await pod.close();
}
done();
