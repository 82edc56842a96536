/*
 * A real Chromium, driven by puppeteer-core, and axe-core in it. Both come from $BUILD/web/page, where `make check-page`
 * installs them as package-lock.json says. Pictures go to $BUILD/tests/page.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { ok } from './tap.js';

const build = resolve(process.env.BUILD ?? 'build');
const require = createRequire(`${build}/web/page/`);
const puppeteer = require('puppeteer-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const pictures = `${build}/tests/page`;

mkdirSync(pictures, { recursive: true });

export async function launch() {
    return puppeteer.launch({
        executablePath: process.env.CHROMIUM,
        args: ['--disable-gpu', ...process.getuid() === 0 ? ['--no-sandbox'] : []],
    });
}

/* A page whose own errors and refusals by its policy are kept in `page.complaints`. */
export async function open(browser, url, { width = 1280, height = 900, scheme = 'light', motion = 'no-preference' } = {}) {
    const page = await browser.newPage();

    page.complaints = [];
    page.on('pageerror', error => page.complaints.push(error.message));
    page.on('console', message => {
        /* What cannot be loaded while the other side is away is told by the browser, too. */
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
            page.complaints.push(message.text());
    });
    page.setDefaultTimeout(60000);
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: motion }]);
    await page.goto(url);
    await page.waitForSelector('#unit-table tbody tr');
    return page;
}

/* Nothing that axe-core objects to, and nothing that stands out at the side. */
export async function examine(page, text) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    const told = violations.map(found => `${found.id}: ${found.help}\n${found.nodes.map(node => `  ${node.html}\n  ${node.failureSummary}`).join('\n')}`);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);

    ok(violations.length === 0, `${text}: axe-core finds nothing`, told.join('\n'));
    ok(wide <= room, `${text}: nothing stands out at the side`, `${wide} px of ${room}`);
}

export async function picture(page, name, fullPage = true) {
    await page.screenshot({ path: `${pictures}/${name}.png`, fullPage });
}

export const textOf = (page, selector) => page.$eval(selector, element => element.textContent);
export const textIs = (page, selector, text) => page.waitForFunction(
    (where, what) => document.querySelector(where)?.textContent.includes(what), {}, selector, text).then(() => true, () => false);
export const focused = page => page.evaluate(() => {
    const element = document.activeElement;

    return element.id || element.getAttribute('href') || element.value || element.tagName;
});
