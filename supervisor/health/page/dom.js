/*
 * Elements. Every text comes in as text: nothing on this page is ever parsed as HTML, which the page's policy
 * (trusted-types 'none') makes the browser enforce.
 */

const SVG = 'http://www.w3.org/2000/svg';

export const at = id => document.getElementById(id);

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes))
        if (value !== null && value !== undefined && value !== false)
            element.setAttribute(name, value === true ? '' : value);
    element.append(...children);
    return element;
}

export function make(tag, attributes = {}, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

export function draw(tag, attributes = {}, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function icon(tone) {
    return draw('svg', { class: 'icon', 'aria-hidden': 'true', focusable: 'false' }, draw('use', { href: `#icon-${tone}` }));
}

/* Only what is news is written: a reader's selection and a screen reader's place stay where they are. */
export function setText(element, text) {
    if (element.textContent !== text)
        element.textContent = text;
}

export function setAttribute(element, name, value) {
    if (element.getAttribute(name) !== value)
        element.setAttribute(name, value);
}
