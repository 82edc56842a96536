/* Numbers and times as people read them. Pure: no document, no clock. */

/* A number and its unit stay on one line. */
const NBSP = '\u00a0';
const SECOND_US = 1e6;
const MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400;

/* "12 s", "4 min 10 s", "3 h 5 min", "2 d 4 h": two parts at most. */
export function duration(us) {
    const s = Math.max(0, Math.floor(us / SECOND_US));
    const parts = (big, bigName, small, smallName) => small > 0 ? `${big}${NBSP}${bigName} ${small}${NBSP}${smallName}` : `${big}${NBSP}${bigName}`;

    if (s < MINUTE_S)
        return `${s}${NBSP}s`;
    if (s < HOUR_S)
        return parts(Math.floor(s / MINUTE_S), 'min', s % MINUTE_S, 's');
    if (s < DAY_S)
        return parts(Math.floor(s / HOUR_S), 'h', Math.floor((s % HOUR_S) / MINUTE_S), 'min');
    return parts(Math.floor(s / DAY_S), 'd', Math.floor((s % DAY_S) / HOUR_S), 'h');
}

/* How long something took, which may be short: "0.4 ms", "83 ms", "1.2 s". */
export function latency(us) {
    if (us < 10 * 1000)
        return `${(us / 1000).toFixed(us < 1000 ? 2 : 1)}${NBSP}ms`;
    if (us < SECOND_US)
        return `${Math.round(us / 1000)}${NBSP}ms`;
    return us < MINUTE_S * SECOND_US ? `${(us / SECOND_US).toFixed(1)}${NBSP}s` : duration(us);
}

export function bytes(count) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let step = 0;

    while (count >= 1024 && step < units.length - 1) {
        count /= 1024;
        step++;
    }
    return `${step > 0 && count < 10 ? count.toFixed(1) : Math.round(count)}${NBSP}${units[step]}`;
}

/* Of one core. */
export function percent(share) {
    const value = share * 100;

    return `${value >= 10 ? Math.round(value) : value.toFixed(1)}${NBSP}%`;
}

const two = number => String(number).padStart(2, '0');

/* The wall clock of who looks: "12:03:14". */
export function clock(realtimeUs) {
    const at = new Date(realtimeUs / 1000);

    return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/* With the date when it was not today. */
export function moment(realtimeUs, nowUs) {
    const at = new Date(realtimeUs / 1000);
    const isToday = at.toDateString() === new Date(nowUs / 1000).toDateString();

    return isToday ? clock(realtimeUs) : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(realtimeUs)}`;
}

export function count(number, one, many) {
    return `${number} ${number === 1 ? one : many}`;
}

/* "traderterminal" of "traderterminal.target": where there is little room. */
export function stemOf(name) {
    return name.replace(/\.(service|target)$/, '');
}

/* "redis" of "redis.service"; other kinds keep theirs. */
export function shortName(name) {
    return name.replace(/\.service$/, '');
}
