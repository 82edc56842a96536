/* TAP for node: ok() and is() count, done() prints the plan. A failure is told, and the test goes on. */

let count = Number(process.env.TAP_COUNT ?? 0), failed = 0;

export function diag(text) {
    console.log(String(text).replace(/^/gm, '# '));
}

export function ok(isGood, text, remark = '') {
    count++;
    failed += isGood ? 0 : 1;
    console.log(`${isGood ? 'ok' : 'not ok'} ${count} - ${text}`);
    if (!isGood && remark)
        diag(remark);
    return isGood;
}

export function is(got, wanted, text) {
    return ok(got === wanted, text, `   got: ${got}\nwanted: ${wanted}`);
}

export function done() {
    console.log(`1..${count}`);
    process.exitCode = failed > 0 ? 1 : 0;
}

/* Waits until look() gives something true, and gives it back; null after so many seconds. */
export async function until(seconds, look) {
    const end = performance.now() + seconds * 1000;

    for (;;) {
        const found = await look();

        if (found)
            return found;
        if (performance.now() > end)
            return null;
        await new Promise(resolve => setTimeout(resolve, 20));
    }
}
