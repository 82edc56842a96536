/*
 * A pod that is played: serves the page's sources as they lie in the tree, and the answers of a reeve-health (/units,
 * /events, /units/NAME/logs, /picture) from a scene, so that each state of a pod can be looked at without waiting for
 * it. For whoever works on the page, and for the tests of what a real pod does not do at will.
 *
 *   node tests/page/replay.js [PORT]      then, while a browser shows it: curl -X POST http://127.0.0.1:PORT/scene/unhealthy
 */

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scenes } from './scenes.js';

const PAGE = join(dirname(fileURLToPath(import.meta.url)), '../../supervisor/health/page');
const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' };
/* The same as reeve-health's. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

export function replay(port) {
    const state = { scene: scenes.healthy(), token: '', streams: new Set(), sockets: new Set() };
    const json = (answer, value) => {
        answer.writeHead(200, { 'Content-Type': 'application/json' });
        answer.end(JSON.stringify(value));
    };
    const file = (answer, name) => {
        try {
            const body = readFileSync(join(PAGE, name));

            answer.writeHead(200, { 'Content-Type': TYPES[name.split('.').pop()], 'Content-Security-Policy': POLICY });
            answer.end(body);
        } catch {
            answer.writeHead(404).end();
        }
    };
    const server = createServer((asked, answer) => {
        const path = new URL(asked.url, 'http://x').pathname;
        const isOpen = path === '/' || path.startsWith('/page/');
        const log = /^\/units\/([^/]+)\/logs$/.exec(path);

        if (state.token && !isOpen && asked.headers.authorization !== `Bearer ${state.token}`)
            answer.writeHead(401).end();
        else if (path === '/')
            file(answer, 'index.html');
        else if (path.startsWith('/page/'))
            file(answer, path.slice('/page/'.length).replaceAll('/', ''));
        else if (path === '/units')
            json(answer, { pod: { ...state.scene.pod, now_realtime_us: Date.now() * 1000 }, units: state.scene.units });
        else if (log)
            json(answer, state.scene.log?.(decodeURIComponent(log[1])) ?? []);
        else if (path === '/events') {
            answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
            answer.write(': hello\n\n');
            state.streams.add(answer);
            answer.on('close', () => state.streams.delete(answer));
        } else if (path.startsWith('/scene/'))
            json(answer, control.play(path.slice('/scene/'.length)));
        else
            answer.writeHead(404).end();
    });
    const control = {
        url: `http://127.0.0.1:${port}/`,
        send(type, data) {
            for (const stream of state.streams)
                stream.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
        },
        /* Goes over to a scene as reeve-health would: an event for each unit that changed, then the pod. */
        play(name) {
            const before = new Map(state.scene.units.map(unit => [unit.name, JSON.stringify(unit)]));

            state.scene = scenes[name]();
            for (const unit of state.scene.units)
                if (before.get(unit.name) !== JSON.stringify(unit))
                    control.send('unit', unit);
            control.send('pod', state.scene.pod);
            return name;
        },
        /* From now on it is asked for; '': it is not. */
        wantToken(token) {
            state.token = token;
        },
        listen: () => new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve)),
        /* As a reeve-health that dies: the port is closed, and all connections are. */
        async close() {
            const done = new Promise(resolve => server.close(resolve));

            server.closeAllConnections();
            await done;
        },
    };

    return control;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const control = replay(Number(process.argv[2] ?? 18390));

    await control.listen();
    console.log(control.url);
}
