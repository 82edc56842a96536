/* Pods as /units tells of them, one per state that the page shows. */

const US = 1e6;
const ago = seconds => Date.now() * 1000 - seconds * US;

const probe = (address, message, latency_us, rest = {}) =>
    ({ address, is_good: true, at_realtime_us: ago(2), latency_us, failures: 0, message, ...rest });

const line = (text, seconds, priority = 6) => ({ realtime_us: ago(seconds), priority, text });

function unit(name, description, rest = {}) {
    return {
        name, description, active: 'active', sub: 'running', result: 'success', health: 'healthy', impact: 'critical',
        verdict: 'well', blocked_by: null, internal: false, main_pid: 40, restarts: 0, since_realtime_us: ago(11512),
        start_latency_us: 83000, memory_bytes: null, cpu_us: null, processes: 1, requires: [], status: '', probes: [], last_line: null,
        ...rest,
    };
}

function pod(rest = {}) {
    return {
        verdict: 'healthy', root: null, cause: '', version: '0.1.0', target: 'traderterminal.target',
        started_realtime_us: ago(11515), phase: 'running', now_realtime_us: 0, ...rest,
    };
}

let cpu = 0;

function units(changes = {}) {
    cpu++;
    const all = [
        unit('redis.service', 'Redis: where candles and quotes are kept', {
            main_pid: 12, memory_bytes: 14.2e6, cpu_us: 31.2e6 + cpu * 40000, status: 'Ready to accept connections',
            probes: [probe('redis://127.0.0.1:6379', 'PONG', 213)], last_line: line('1:M 26 Nov 2026 * Background saving terminated with success', 41),
        }),
        unit('datahub.service', 'DataHub: market data over HTTP', {
            main_pid: 17, memory_bytes: 9.1e6, cpu_us: 92.4e6 + cpu * 120000, requires: ['redis.service'], status: 'Serving 12 symbols',
            probes: [probe('http://127.0.0.1:8080/health', 'HTTP 200 OK', 640)], last_line: line('history: 12 symbols, 17280 candles kept', 9),
        }),
        unit('xvfb.service', 'Xvfb: the display that Chromium draws on', {
            main_pid: 19, memory_bytes: 48.5e6, cpu_us: 12.2e6 + cpu * 20000, probes: [probe('x11::99', 'X11.0 The X.Org Foundation', 402)],
        }),
        unit('chromium.service', 'Chromium: the browser that Kairos drives', {
            main_pid: 25, memory_bytes: 312.8e6, cpu_us: 840.9e6 + cpu * 900000, processes: 9, requires: ['xvfb.service'],
            probes: [probe('cdp://127.0.0.1:9222', 'Chrome/142.0.7444.59', 1830)],
            last_line: line('[0126/120231.114:ERROR:dbus/object_proxy.cc:573] Failed to call method: org.freedesktop.DBus', 61, 4),
        }),
        unit('kairos.service', 'Kairos: web automation over the DevTools protocol', {
            main_pid: 44, memory_bytes: 6.3e6, cpu_us: 8.5e6 + cpu * 15000, requires: ['chromium.service', 'datahub.service'],
            probes: [probe('http://127.0.0.1:8081/health', 'HTTP 200 OK', 510)], last_line: line('run 000412 succeeded in 1.8 s: EURUSD 1.0831, 360 candles', 24),
        }),
        unit('traderterminal.target', 'TraderTerminal: market data, store and web automation', {
            sub: 'active', health: 'none', main_pid: 0, start_latency_us: 0, processes: null,
            requires: ['redis.service', 'datahub.service', 'xvfb.service', 'chromium.service', 'kairos.service'],
        }),
        unit('reeve-log.service', 'Log collector of reeve', { internal: true, impact: 'none', health: 'none', main_pid: 8, memory_bytes: 1.1e6 }),
        unit('reeve-health.service', 'Probes and health port of reeve', { internal: true, impact: 'none', health: 'none', main_pid: 9, memory_bytes: 4.4e6 }),
    ];

    return all.map(one => ({ ...one, ...changes[one.name] }));
}

const log = name => Array.from({ length: 60 }, (_, i) => ({
    name, ...line(i % 17 === 3 ? `WARNING slow command: HGETALL took ${20 + i} ms` : `1:M accepted 127.0.0.1:${40000 + i * 7}, 12 clients connected`, 600 - i * 10, i % 17 === 3 ? 4 : 6),
}));

/* Words of a unit that tries to be more than text. */
export const HOSTILE = '<img src=x onerror="document.title=\'owned\'"><script>window.owned=1</script>';

export const scenes = {
    healthy: () => ({ pod: pod(), units: units(), log }),

    degraded: () => ({
        log,
        pod: pod({ verdict: 'degraded', root: 'kairos.service', cause: 'kairos.service is unhealthy: timed out after 3000 ms' }),
        units: units({
            'kairos.service': {
                impact: 'degrade', verdict: 'unhealthy', health: 'unhealthy',
                probes: [probe('http://127.0.0.1:8081/health', 'timed out after 3000 ms', 3000000, { is_good: false, failures: 4 })],
                last_line: line('cannot reach the browser: connection refused', 6, 3),
            },
        }),
    }),

    unhealthy: () => ({
        log,
        pod: pod({ verdict: 'unhealthy', root: 'redis.service', cause: 'redis.service failed (signal KILL); datahub.service and kairos.service wait for it' }),
        units: units({
            'redis.service': {
                active: 'failed', sub: 'failed', result: 'signal', verdict: 'failed', health: 'none', main_pid: 0, restarts: 20,
                memory_bytes: null, cpu_us: null, processes: null, since_realtime_us: ago(3), status: '',
                probes: [probe('redis://127.0.0.1:6379', 'Connection refused', 90, { is_good: false, failures: 7 })],
                last_line: line('1:M 26 Nov 2026 # Can\'t open the append-only file: Permission denied', 3, 3),
            },
            'datahub.service': { active: 'inactive', sub: 'dead', verdict: 'unready', health: 'none', blocked_by: 'redis.service', main_pid: 0, since_realtime_us: ago(2) },
            'kairos.service': { active: 'inactive', sub: 'dead', verdict: 'unready', health: 'none', blocked_by: 'redis.service', main_pid: 0, since_realtime_us: ago(2) },
            'traderterminal.target': { active: 'inactive', sub: 'dead', verdict: 'unready', blocked_by: 'redis.service', since_realtime_us: ago(2) },
        }),
    }),

    starting: () => ({
        log,
        pod: pod({ verdict: 'starting', phase: 'starting', started_realtime_us: ago(2) }),
        units: units({
            'redis.service': { since_realtime_us: ago(1) },
            'datahub.service': { active: 'activating', sub: 'start', verdict: 'unready', health: 'starting', since_realtime_us: ago(1), probes: [] },
            'xvfb.service': { since_realtime_us: ago(1) },
            'chromium.service': { active: 'activating', sub: 'start-post', verdict: 'unready', health: 'starting', since_realtime_us: ago(0.5) },
            'kairos.service': { active: 'inactive', sub: 'dead', verdict: 'unready', health: 'none', main_pid: 0, since_realtime_us: 0 },
            'traderterminal.target': { active: 'inactive', sub: 'dead', verdict: 'unready', since_realtime_us: 0 },
        }),
    }),

    hostile: () => ({
        log: name => [{ name, ...line(HOSTILE, 1) }],
        pod: pod({ verdict: 'unhealthy', root: 'redis.service', cause: HOSTILE, target: HOSTILE, version: HOSTILE }),
        units: units({
            'redis.service': {
                description: HOSTILE, status: HOSTILE, verdict: 'failed', result: HOSTILE, sub: HOSTILE,
                probes: [probe(HOSTILE, HOSTILE, 90, { is_good: false })], last_line: line(HOSTILE, 1),
            },
        }),
    }),
};
