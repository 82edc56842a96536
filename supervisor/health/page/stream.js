/*
 * The pod's events (server-sent events, GET /events), for as long as the page is open. Read by fetch() and not by
 * EventSource, which can neither carry a token nor tell that a connection hangs. Who calls says with `abort()` that
 * nothing was heard for too long.
 */

const RETRY_MS = [250, 500, 1000, 2000, 5000];
/* What ended sooner was no success: a client that is too slow for what is said is not to come again at once. */
const LIVED_MS = 5000;

/* One block of lines, up to an empty one. */
function parse(block) {
    const event = { type: 'message', data: [], id: '' };

    for (const line of block.split('\n')) {
        const colon = line.indexOf(':');
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');

        if (field === 'event')
            event.type = value;
        else if (field === 'data')
            event.data.push(value);
        else if (field === 'id')
            event.id = value;
    }
    return event.data.length > 0 ? { type: event.type, id: event.id, data: event.data.join('\n') } : null;
}

async function read(answer, onEvent, onBytes) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';

    for (;;) {
        const { value, done } = await reader.read();

        if (done)
            return;
        onBytes();
        rest = (rest + value).replace(/\r\n/g, '\n');
        const blocks = rest.split('\n\n');

        rest = blocks.pop();
        for (const block of blocks) {
            const event = parse(block);

            if (event)
                onEvent(event);
        }
    }
}

/*
 * follow({headers, onOpen, onEvent, onBytes, onLost}): never ends; returns {abort}. onOpen may be asynchronous: the first
 * event waits until it is done.
 */
export function follow({ headers, onOpen, onEvent, onBytes, onLost }) {
    let controller = new AbortController();
    const run = async () => {
        for (let attempt = 0;; attempt++) {
            const begin = performance.now();

            controller = new AbortController();
            try {
                const answer = await fetch('/events', { headers: { ...headers(), Accept: 'text/event-stream' }, cache: 'no-store', signal: controller.signal });

                if (!answer.ok)
                    throw Object.assign(new Error(`/events: ${answer.status}`), { status: answer.status });
                await onOpen();
                await read(answer, onEvent, onBytes);
                /* It ended in good order: the pod has other units now, or we were too slow. */
            } catch (problem) {
                onLost(problem);
            }
            if (performance.now() - begin > LIVED_MS)
                attempt = 0;
            await new Promise(resolve => setTimeout(resolve, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]));
        }
    };

    run();
    return { abort: () => controller.abort() };
}
