/* The page of TraderTerminal (pod.sh): pod.js URL. $REDIS_PID is redis-server's, as we see it. */

import { examine, launch, open, picture, textIs, textOf } from './browser.js';
import { diag, done, is, ok, until } from './tap.js';

const url = process.argv[2];
const UNITS = ['chromium.service', 'datahub.service', 'kairos.service', 'redis.service', 'traderterminal.target', 'xvfb.service'];

async function look(page) {
    ok(await textIs(page, '#word', 'Healthy'), 'TraderTerminal is healthy');
    is(await textOf(page, '#target'), 'traderterminal.target', 'it is named');
    const names = await page.$$eval('#unit-table tbody th a', links => links.map(link => link.textContent).sort());

    is(names.join(' '), UNITS.join(' '), 'its units are there');
    ok(await until(60, () => page.$eval('#picture-image', image => image.naturalWidth > 0)), 'Kairos’s latest screenshot is shown');
    ok((await textOf(page, '#picture-time')).includes('ago'), 'and when it was taken');
    ok(await until(30, async () => (await textOf(page, '#facts')).includes('%')), 'processor time is shown');
    await examine(page, 'TraderTerminal');
    is(page.complaints.join('\n'), '', 'TraderTerminal: no complaints');
}

/* Redis is killed, and comes back by itself: all of it is seen. */
async function kill(page) {
    const begin = performance.now();

    process.kill(Number(process.env.REDIS_PID), 'SIGKILL');
    ok(await until(20, async () => await textOf(page, '#word') !== 'Healthy'), 'redis is killed: the pod is not healthy');
    diag(`after ${Math.round(performance.now() - begin)} ms: ${await textOf(page, '#word')}: ${await textOf(page, '#cause')}`);
    ok((await textOf(page, '#cause')).includes('redis.service'), 'redis is the cause', await textOf(page, '#cause'));
    ok(await textIs(page, '#word', 'Healthy'), 'and it is healthy again');
    ok((await textOf(page, '#news')).includes('redis.service'), 'what happened is told');
}

const browser = await launch();

try {
    for (const [width, height, scheme] of [[1280, 900, 'light'], [1280, 900, 'dark'], [320, 640, 'dark']]) {
        const page = await open(browser, url, { width, height, scheme });

        await look(page);
        await picture(page, `pod-${width}-${scheme}`);
        if (scheme === 'light')
            await kill(page);
        await page.close();
    }
} catch (problem) {
    ok(false, 'the test runs to its end', problem.stack);
} finally {
    await browser.close();
}
done();
